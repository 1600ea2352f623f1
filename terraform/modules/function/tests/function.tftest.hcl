# What one function is refused for.

mock_provider "google" {}

variables {
  bucket                = "notify-test-functions"
  build_service_account = "projects/notify-test/serviceAccounts/fn-build@notify-test.iam.gserviceaccount.com"
  bundle                = "../product/tests/fixtures/notify.zip"
  concurrency           = 80
  cpu                   = "1"
  description           = "A test"
  entry_point           = "Notify"
  ingress               = "ALLOW_INTERNAL_ONLY"
  known                 = { ADDRESS = "https://known.example.com", OTHER = "unread" }
  labels                = {}
  max_instances         = 1
  memory                = "512Mi"
  min_instances         = 0
  name                  = "notify"
  project               = "notify-test"
  region                = "asia-south1"
  repository            = "projects/notify-test/locations/asia-south1/repositories/functions"
  required              = ["ISSUER", "OTHER"]
  runtime               = "go126"
  secrets               = {}
  service_account       = "fn-notify@notify-test.iam.gserviceaccount.com"
  settings              = { ADDRESS = "https://set.example.com", ISSUER = "https://login.example.com", LEVEL = "WARN", UNREAD = "x" }
  timeout               = 60

  variables = {
    ADDRESS = { required = true }
    ISSUER  = {}
    LEVEL   = { default = "INFO" }
    NOTHING = {}
    TIMES   = { default = "3" }
  }
}

run "values" {
  command = plan

  assert {
    condition = google_cloudfunctions2_function.this.service_config[0].environment_variables == tomap({
      ADDRESS    = "https://known.example.com"
      GOMAXPROCS = "1"
      ISSUER     = "https://login.example.com"
      LEVEL      = "WARN"
      TIMES      = "3"
    })
    error_message = "A variable must have what Terraform knows, else what is set, else its default; else it is not set at all."
  }
}

run "required_by_the_code" {
  command = plan

  variables {
    known    = {}
    settings = { ISSUER = "https://login.example.com" }
  }

  expect_failures = [google_cloudfunctions2_function.this]
}

run "required_where_deployed" {
  command = plan

  variables {
    settings = {}
  }

  expect_failures = [google_cloudfunctions2_function.this]
}

run "part_of_a_cpu" {
  command = plan

  variables {
    cpu = "0.5"
  }

  expect_failures = [google_cloudfunctions2_function.this]
}
