# A version without a value is refused before it is written.

mock_provider "google" {}

variables {
  labels    = {}
  name      = "platform-token"
  project   = "notify-test"
  protected = false
  region    = "asia-south1"
}

run "no_value_wanted" {
  command = plan

  assert {
    condition     = output.version == null
    error_message = "Without a version there is no value to write."
  }
}

run "value" {
  command = plan

  variables {
    value         = "a token"
    value_version = 1
  }

  assert {
    condition     = google_secret_manager_secret_version.this[0].secret_data_wo_version == 1
    error_message = "The value must be written."
  }
}

run "value_forgotten" {
  command = plan

  variables {
    value_version = 1
  }

  expect_failures = [google_secret_manager_secret_version.this]
}

run "value_blank" {
  command = plan

  variables {
    value         = " "
    value_version = 2
  }

  expect_failures = [google_secret_manager_secret_version.this]
}
