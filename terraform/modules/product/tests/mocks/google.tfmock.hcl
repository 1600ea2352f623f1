# What the provider would answer. Ids look as real ones do, since the real provider checks their form.

mock_data "google_project" {
  defaults = {
    number = "123456789012"
  }
}

mock_resource "google_service_account" {
  defaults = {
    id = "projects/notify-test/serviceAccounts/fn-test@notify-test.iam.gserviceaccount.com"
  }
}

mock_resource "google_artifact_registry_repository" {
  defaults = {
    id = "projects/notify-test/locations/asia-south1/repositories/functions"
  }
}

mock_resource "google_pubsub_topic" {
  defaults = {
    id = "projects/notify-test/topics/test-dead"
  }
}

mock_resource "google_secret_manager_secret" {
  defaults = {
    id = "projects/notify-test/secrets/test"
  }
}

mock_resource "google_secret_manager_secret_version" {
  defaults = {
    version = "7"
  }
}

mock_resource "google_compute_backend_service" {
  defaults = {
    generated_id = "9876543210"
    id           = "projects/notify-test/global/backendServices/console-staff"
  }
}

mock_resource "google_compute_region_network_endpoint_group" {
  defaults = {
    id = "projects/notify-test/regions/asia-south1/networkEndpointGroups/console-staff"
  }
}

mock_resource "google_compute_url_map" {
  defaults = {
    id = "projects/notify-test/global/urlMaps/console-staff"
  }
}

mock_resource "google_compute_managed_ssl_certificate" {
  defaults = {
    id = "projects/notify-test/global/sslCertificates/console-staff"
  }
}

mock_resource "google_compute_target_https_proxy" {
  defaults = {
    id = "projects/notify-test/global/targetHttpsProxies/console-staff"
  }
}

mock_resource "google_compute_global_address" {
  defaults = {
    id = "projects/notify-test/global/addresses/console-staff"
  }
}
