# Each wrong value is refused by the variable that has it: of each run every value is wrong, and every one has to be
# refused. What looks at another variable waits until that one is right, and so is in a run of its own.

mock_provider "google" {
  source = "./tests/mocks"
}

run "wrong_1" {
  command = plan

  variables {
    ack_deadline              = 30
    addresses                 = { notifier = "https://a.example.com" }
    alert_email               = "nobody"
    billing_account           = "012345"
    budget                    = 0
    bundles                   = "tests"
    console_staff             = ["allUsers"]
    console_staff_certificate = "console"
    console_staff_host        = "https://console.example.com"
    environment               = "Dev 1"
    firestore_location        = "india"
    labels                    = { Team = "orders" }
    max_instances             = { notify = 0 }
    order_link_key_version    = -1
    platform_members          = ["allUsers"]
    platform_publishers       = ["allAuthenticatedUsers"]
    platform_token_version    = 1.5
    project                   = "123456789012"
    region                    = "asia-south1-a"
    runbook_url               = "https://example.com/#top"
    runtime                   = "go124"
  }

  expect_failures = [
    var.ack_deadline,
    var.addresses,
    var.alert_email,
    var.billing_account,
    var.budget,
    var.bundles,
    var.console_staff,
    var.console_staff_certificate,
    var.console_staff_host,
    var.environment,
    var.firestore_location,
    var.labels,
    var.max_instances,
    var.order_link_key_version,
    var.platform_members,
    var.platform_publishers,
    var.platform_token_version,
    var.project,
    var.region,
    var.runbook_url,
    var.runtime,
  ]
}

run "wrong_2" {
  command = plan

  variables {
    settings      = { PLATFORM_BASE_URL = "https://platform.example.com", USER_AUDIENCE = "a", USER_ISSUER = "https://login.example.com", MAX_INSTANCES = "3" }
    runtime       = "python312"
    min_instances = { notify = 11 }
  }

  expect_failures = [
    var.settings,
    var.runtime,
    var.min_instances,
  ]
}

run "wrong_3" {
  command = plan

  variables {
    ack_deadline  = 60.5
    addresses     = { notify = "https://a.example.com/" }
    max_instances = { notifier = 1 }
    region        = "asia"
  }

  expect_failures = [
    var.ack_deadline,
    var.addresses,
    var.max_instances,
    var.region,
  ]
}

run "wrong_4" {
  command = plan

  variables {
    settings      = { PLATFORM_BASE_URL = "https://platform.example.com", USER_AUDIENCE = "a", USER_ISSUER = "https://login.example.com", PLATFORM_URL = "https://platform.example.com" }
    min_instances = { notifier = 0 }
  }

  expect_failures = [
    var.settings,
    var.min_instances,
  ]
}

run "wrong_5" {
  command = plan

  variables {
    ack_deadline = 601
    addresses    = { notify = "http://a.example.com" }
  }

  expect_failures = [
    var.ack_deadline,
    var.addresses,
  ]
}

run "wrong_6" {
  command = plan

  variables {
    settings = { PLATFORM_BASE_URL = "https://platform.example.com", USER_AUDIENCE = "a", USER_ISSUER = "https://login.example.com", PLATFORM_TOKEN = "token" }
  }

  expect_failures = [
    var.settings,
  ]
}

# A version without its value, which was not exported in this shell.
run "forgotten_secrets" {
  command = plan

  variables {
    order_link_key         = null
    order_link_key_version = 1
    platform_token         = null
    platform_token_version = 1
  }

  expect_failures = [
    var.order_link_key_version,
    var.platform_token_version,
  ]
}

run "short_secrets" {
  command = plan

  variables {
    order_link_key         = "a-key-of-sixteen-or-more,short"
    order_link_key_version = 2
    platform_token         = " "
    platform_token_version = 2
  }

  expect_failures = [
    var.order_link_key_version,
    var.platform_token_version,
  ]
}
