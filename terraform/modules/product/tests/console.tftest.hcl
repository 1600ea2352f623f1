# The staff's console, where it has a host: the second deployment of console, behind Identity-Aware Proxy.

mock_provider "google" {
  source = "./tests/mocks"
}

variables {
  console_staff      = ["group:support@example.com", "domain:example.org"]
  console_staff_host = "console.example.com"
}

run "staff" {
  command = apply

  # Nobody reaches it but through the load balancer, and nobody gets through that but by the proxy.
  assert {
    condition = (
      module.function["console-staff"].function.service_config[0].ingress_settings == "ALLOW_INTERNAL_AND_GCLB" &&
      google_compute_backend_service.console_staff["console.example.com"].iap[0].enabled
    )
    error_message = "The staff's console must be behind the proxy."
  }

  assert {
    condition     = !contains(values(google_cloud_run_v2_service_iam_member.public)[*].name, "console-staff")
    error_message = "The staff's console must not be public."
  }

  # The function takes the proxy's word for this backend service, and for no other.
  assert {
    condition = (
      module.function["console-staff"].function.service_config[0].environment_variables["CONSOLE_DOOR"] == "staff" &&
      module.function["console-staff"].function.service_config[0].environment_variables["IAP_AUDIENCE"] == "/projects/123456789012/global/backendServices/9876543210"
    )
    error_message = "The staff's console must know whose word it takes."
  }

  assert {
    condition = (
      module.function["console"].function.service_config[0].environment_variables["CONSOLE_DOOR"] == "brand" &&
      !contains(keys(module.function["console"].function.service_config[0].environment_variables), "IAP_AUDIENCE")
    )
    error_message = "The brands' console must have no door for the staff."
  }

  # One zip, deployed twice.
  assert {
    condition = (
      module.function["console-staff"].function.build_config[0].entry_point == module.function["console"].function.build_config[0].entry_point &&
      endswith(module.function["console-staff"].source.name, "-${filesha256("tests/fixtures/console.zip")}.zip")
    )
    error_message = "Both consoles must be of the same code."
  }

  # What the load balancer calls is the function's service, on whose name the two agree.
  assert {
    condition = (
      google_compute_region_network_endpoint_group.console_staff["console.example.com"].cloud_run[0].service == module.function["console-staff"].name &&
      google_compute_region_network_endpoint_group.console_staff["console.example.com"].region == "asia-south1"
    )
    error_message = "The load balancer must lead to the staff's console."
  }

  assert {
    condition = (
      google_compute_managed_ssl_certificate.console_staff["console.example.com"].managed[0].domains == tolist(["console.example.com"]) &&
      google_compute_global_forwarding_rule.console_staff["console.example.com"].port_range == "443" &&
      output.console_staff_url == "https://console.example.com"
    )
    error_message = "The staff's console must be at its host, with a certificate for it."
  }

  assert {
    condition = output.grants["serviceAccount:service-123456789012@gcp-sa-iap.iam.gserviceaccount.com"] == tolist([
      "roles/run.invoker function console-staff",
    ])
    error_message = "The proxy's agent, and nobody else, calls the staff's console."
  }

  assert {
    condition = alltrue([for m in ["group:support@example.com", "domain:example.org"] :
      output.grants[m] == tolist(["roles/iap.httpsResourceAccessor backend service console-staff"])
    ])
    error_message = "Exactly console_staff gets through the proxy."
  }

  # It may do what the brands' console may, and mend dead letters.
  assert {
    condition = toset(output.grants["serviceAccount:fn-console-staff@notify-test.iam.gserviceaccount.com"]) == setunion(output.grants["serviceAccount:fn-console@notify-test.iam.gserviceaccount.com"], [
      "roles/pubsub.publisher topic order-events",
      "roles/pubsub.publisher topic provider-events",
      "roles/pubsub.subscriber subscription order-events-dead-kept",
      "roles/pubsub.subscriber subscription provider-events-dead-kept",
    ])
    error_message = "fn-console-staff may: ${join("; ", output.grants["serviceAccount:fn-console-staff@notify-test.iam.gserviceaccount.com"])}."
  }
}

# Rows that BigQuery refused are dead letters too.
run "analysed" {
  command = plan

  variables {
    outcomes_in_bigquery = true
  }

  assert {
    condition = toset([for g in google_pubsub_subscription_iam_member.mend : g.subscription]) == toset([
      "message-outcomes-bigquery-dead-kept", "order-events-dead-kept", "provider-events-dead-kept",
    ]) && contains(output.grants["serviceAccount:fn-console-staff@notify-test.iam.gserviceaccount.com"], "roles/pubsub.publisher topic message-outcomes")
    error_message = "The staff must be able to mend every dead letter."
  }
}

run "certificate" {
  command = plan

  variables {
    console_staff_certificate = "projects/notify-test/global/sslCertificates/console"
  }

  assert {
    condition = (
      length(google_compute_managed_ssl_certificate.console_staff) == 0 &&
      google_compute_target_https_proxy.console_staff["console.example.com"].ssl_certificates == tolist(["projects/notify-test/global/sslCertificates/console"])
    )
    error_message = "A certificate that is given must be used."
  }
}

# Members without a host get nothing, since there is nothing.
run "no_host" {
  command = plan

  variables {
    console_staff_host = null
  }

  assert {
    condition     = length(google_iap_web_backend_service_iam_member.staff) == 0 && !contains(keys(module.function), "console-staff")
    error_message = "Without a host there must be no console for the staff."
  }
}
