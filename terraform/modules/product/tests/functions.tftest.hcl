# Each function is deployed as its code describes itself in functions.json.

mock_provider "google" {
  source = "./tests/mocks"
}

# With a value for everything that has no default.
run "as_the_code_says" {
  command = apply # the staff's console is told an id that Google gives

  variables {
    console_staff_host     = "console.example.com"
    order_link_key_version = 1
    platform_token_version = 1

    settings = {
      CONSENT_NOTICE_SHA256   = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
      CONSENT_NOTICE_VERSION  = "notice/2"
      CONSOLE_FRAME_ORIGINS   = "https://pages.example.com"
      CONSOLE_STAFF           = "{}"
      CONSOLE_STAFF_ROLE      = "viewer"
      GOGC                    = "300"
      GOMEMLIMIT              = "400MiB"
      META_VERSION            = "v26.0"
      PLATFORM_BASE_URL       = "https://platform.example.com"
      PLATFORM_RESOLUTION_URL = "https://platform.example.com/resolution"
      PORTAL_ORIGINS          = "https://portal.example.com"
      SERVICE_IDENTITIES      = "{}"
      SETTINGS_TTL            = "20s"
      USER_AUDIENCE           = "notifications"
      USER_ISSUER             = "https://login.example.com"
      USER_KEYS_URL           = "https://login.example.com/keys"
      WORKSPACE_INSTALL_LINK  = "https://pages.example.com/{accountId}"
      WORKSPACE_ORIGINS       = "https://pages.example.com"
    }
  }

  # console is deployed twice.
  assert {
    condition     = toset(keys(module.function)) == toset(concat(keys(jsondecode(file("../../functions.json")).functions), ["console-staff"]))
    error_message = "Other functions are deployed than functions.json has."
  }

  assert {
    condition     = toset(keys(local.deployment)) == toset(concat(keys(jsondecode(file("../../functions.json")).functions), ["console-staff"]))
    error_message = "functions.tf says how functions are deployed that functions.json does not have."
  }

  assert {
    condition = { for name, f in module.function : name => f.function.build_config[0].entry_point } == {
      for name, f in module.function : name => jsondecode(file("../../functions.json")).functions[trimsuffix(name, "-staff")].entryPoint
    }
    error_message = "An entry point is not the name by which the code registers the function."
  }

  # Every variable that a function reads is set, and none that it does not read, but for the runtime's. The proxy's audience is the staff's console's alone.
  assert {
    condition = { for name, f in module.function : name => sort(concat(
      keys(f.function.service_config[0].environment_variables),
      f.function.service_config[0].secret_environment_variables[*].key,
      ))
      } == { for name, f in module.function : name => sort(concat(["GOMAXPROCS"], [
        for v in keys(jsondecode(file("../../functions.json")).functions[trimsuffix(name, "-staff")].variables) : v if v != "IAP_AUDIENCE" || name == "console-staff"
    ])) }
    error_message = "Other variables are set than functions read: ${jsonencode({ for name, f in jsondecode(file("../../functions.json")).functions : name => {
      missing = setsubtract(keys(f.variables), concat(
        keys(module.function[name].function.service_config[0].environment_variables),
        module.function[name].function.service_config[0].secret_environment_variables[*].key,
      ))
      unread = setsubtract(concat(
        keys(module.function[name].function.service_config[0].environment_variables),
        module.function[name].function.service_config[0].secret_environment_variables[*].key,
      ), concat(keys(f.variables), ["GOMAXPROCS"]))
    } })}"
  }

  assert {
    condition = alltrue([for f in values(module.function) :
      f.function.service_config[0].environment_variables["GOMAXPROCS"] == f.function.service_config[0].available_cpu
    ])
    error_message = "A function runs on another number of threads than it has processors."
  }

  assert {
    condition = { for name, f in module.function : name => join(" ", sort(f.function.service_config[0].secret_environment_variables[*].key)) } == {
      brandapi      = "PLATFORM_TOKEN"
      console       = ""
      console-staff = ""
      notify        = "PLATFORM_TOKEN"
      receive       = "PLATFORM_TOKEN"
      subscribe     = "ORDER_LINK_KEY PLATFORM_TOKEN"
      sweep         = ""
      webhook       = ""
      workspace     = ""
    }
    error_message = "Exactly the token and the key must come from Secret Manager."
  }

  assert {
    condition     = alltrue([for f in module.function : lookup(f.function.service_config[0].environment_variables, "SETTINGS_TTL", "20s") == "20s"])
    error_message = "A setting must override the default in every function that reads it."
  }

  assert {
    condition     = module.function["notify"].function.service_config[0].environment_variables["LEASE"] == "45s"
    error_message = "Without a setting the default must be set."
  }
}

run "deployment" {
  command = plan

  # What follows from the deployment is what is deployed.
  assert {
    condition = (
      module.function["notify"].function.service_config[0].environment_variables["MAX_INSTANCES"] == tostring(module.function["notify"].function.service_config[0].max_instance_count) &&
      module.function["notify"].function.service_config[0].environment_variables["CONCURRENCY"] == tostring(module.function["notify"].function.service_config[0].max_instance_request_concurrency)
    )
    error_message = "MAX_INSTANCES and CONCURRENCY of notify must be as it is deployed: they divide a sender's rate."
  }

  # Cloud Run has checked the token of a private function, and hands it on without its signature. Nobody has for a public one.
  assert {
    condition = toset([
      for name, f in module.function : name
      if lookup(f.function.service_config[0].environment_variables, "PUSH_SIGNATURE", "") == "checked-by-platform"
    ]) == toset(["notify", "receive", "sweep"])
    error_message = "PUSH_SIGNATURE must be checked-by-platform for exactly the private functions."
  }

  assert {
    condition = toset([for g in google_cloud_run_v2_service_iam_member.public : g.name if g.member == "allUsers"]) == toset([
      "brandapi", "console", "subscribe", "webhook", "workspace",
    ])
    error_message = "Other functions are public than those that strangers have to call."
  }

  assert {
    condition = { for name, f in module.function : name => f.function.service_config[0].ingress_settings } == {
      brandapi  = "ALLOW_ALL"
      console   = "ALLOW_ALL"
      notify    = "ALLOW_INTERNAL_ONLY"
      receive   = "ALLOW_INTERNAL_ONLY"
      subscribe = "ALLOW_ALL"
      sweep     = "ALLOW_INTERNAL_ONLY"
      webhook   = "ALLOW_ALL"
      workspace = "ALLOW_ALL"
    }
    error_message = "Only public functions are reached from outside."
  }

  assert {
    condition = { for name, f in module.function : name => f.function.service_config[0].service_account_email } == {
      for name in keys(local.functions) : name => "fn-${name}@notify-test.iam.gserviceaccount.com"
    }
    error_message = "Each function must have a service account of its own."
  }

  # Without these a build runs as an account that may far more, its images have no clean-up, and the platform picks what it runs on.
  assert {
    condition = alltrue([for f in module.function :
      f.function.build_config[0].service_account == "projects/notify-test/serviceAccounts/fn-build@notify-test.iam.gserviceaccount.com" &&
      f.function.build_config[0].docker_repository == "projects/notify-test/locations/asia-south1/repositories/functions" &&
      f.function.build_config[0].runtime == "go126"
    ])
    error_message = "A function must be built by the build's account, into our repository, for the runtime that is set."
  }

  assert {
    condition     = alltrue([for f in module.function : f.function.service_config[0].environment_variables["GOOGLE_CLOUD_PROJECT"] == "notify-test"])
    error_message = "GOOGLE_CLOUD_PROJECT must be the project."
  }

  assert {
    condition     = alltrue([for name, f in module.function : f.function.service_config[0].timeout_seconds <= 60 if !contains(["console", "workspace"], name)])
    error_message = "A request must have ended when Pub/Sub and Scheduler deliver again, and when callers have given up."
  }

  # An import of customers takes minutes, and so does what tells a page of changes; the code ends every other request after REQUEST_TIMEOUT.
  assert {
    condition = alltrue([
      for f in [module.function["console"], module.function["workspace"]] :
      tonumber(trimsuffix(f.function.service_config[0].environment_variables["IMPORT_TIMEOUT"], "s")) + 30 <= f.function.service_config[0].timeout_seconds &&
      tonumber(trimsuffix(f.function.service_config[0].environment_variables["REQUEST_TIMEOUT"], "s")) <= 30
    ])
    error_message = "An import must have time to say how far it came, and no other request may take as long."
  }

  assert {
    condition     = tonumber(trimsuffix(module.function["console"].function.service_config[0].environment_variables["CONSOLE_STREAM"], "m")) * 60 + 30 <= module.function["console"].function.service_config[0].timeout_seconds
    error_message = "What tells a page of changes must have ended by itself."
  }

  assert {
    condition = (
      module.function["console"].function.service_config[0].environment_variables["CONSOLE_DOOR"] == "brand" &&
      output.console_url == "https://console-123456789012.asia-south1.run.app" &&
      module.function["workspace"].function.service_config[0].environment_variables["CONSOLE_URL"] == output.console_url &&
      length(google_compute_backend_service.console_staff) == 0 && output.console_staff_url == null && output.console_staff_address == null
    )
    error_message = "Without a host for the staff there must be the console for brands alone, and workspace must make links to it."
  }

  # Code ends a request before the platform does, so that there is an answer and a log line.
  assert {
    condition = alltrue([
      for name in ["brandapi", "console", "subscribe", "workspace"] :
      tonumber(trimsuffix(module.function[name].function.service_config[0].environment_variables["REQUEST_TIMEOUT"], "s")) < module.function[name].function.service_config[0].timeout_seconds
      ]) && (
      tonumber(trimsuffix(module.function["webhook"].function.service_config[0].environment_variables["PROVIDER_TIMEOUT"], "s")) < module.function["webhook"].function.service_config[0].timeout_seconds
    )
    error_message = "A function's timeout must be longer than its code's own."
  }

  assert {
    condition = alltrue([for f in module.function :
      f.function.event_trigger == null || length(f.function.event_trigger) == 0
    ])
    error_message = "An event trigger would make a subscription without a dead letter topic."
  }

  # The name changes with the content, and with nothing else.
  assert {
    condition     = { for name, f in module.function : name => f.source.name } == { for name in keys(local.functions) : name => "${name}-${filesha256("tests/fixtures/${name}.zip")}.zip" }
    error_message = "A source must be named by its content."
  }

  # A variable without a value is not set at all.
  assert {
    condition     = alltrue([for f in module.function : !contains(values(f.function.service_config[0].environment_variables), "")])
    error_message = "A variable is set to nothing."
  }

  assert {
    condition     = output.webhook_url == "https://webhook-123456789012.asia-south1.run.app" && module.function["sweep"].function.service_config[0].environment_variables["WEBHOOK_URL"] == output.webhook_url
    error_message = "WEBHOOK_URL must be webhook's address."
  }

  assert {
    condition = toset(split(",", module.function["subscribe"].function.service_config[0].environment_variables["PUBLIC_HOSTS"])) == toset(concat(
      [for name in keys(local.functions) : "${name}-123456789012.asia-south1.run.app"], ["asia-south1-notify-test.cloudfunctions.net"],
    ))
    error_message = "PUBLIC_HOSTS must name every host of ours."
  }
}

# A domain of one's own reaches everything that names the function.
run "address" {
  command = plan

  variables {
    addresses = { webhook = "https://wa.example.com/callbacks", notify = "https://internal.example.com" }
  }

  assert {
    condition = (
      module.function["workspace"].function.service_config[0].environment_variables["WEBHOOK_URL"] == "https://wa.example.com/callbacks" &&
      contains(split(",", module.function["notify"].function.service_config[0].environment_variables["PUBLIC_HOSTS"]), "wa.example.com") &&
      module.function["notify"].function.service_config[0].environment_variables["PUSH_AUDIENCE"] == "https://internal.example.com" &&
      module.queue["order-events"].push.push_config[0].push_endpoint == "https://internal.example.com"
    )
    error_message = "An address must be the same wherever it stands."
  }
}

run "instances" {
  command = plan

  variables {
    max_instances = { notify = 40 }
    min_instances = { webhook = 2 }
  }

  assert {
    condition = (
      module.function["notify"].function.service_config[0].max_instance_count == 40 &&
      module.function["notify"].function.service_config[0].environment_variables["MAX_INSTANCES"] == "40" &&
      module.function["webhook"].function.service_config[0].min_instance_count == 2
    )
    error_message = "Instances must be as they are set."
  }
}
