# Everything is made, with secrets' values. terraform/check also reads the state that this leaves: it must not have the values, and every
# grant in it must be in the output grants, which grants.tftest.hcl holds to its table.

mock_provider "google" {
  source = "./tests/mocks"
}

run "made" {
  command = apply

  variables {
    order_link_key_version = 1
    platform_token_version = 1
  }

  # Pinned, so that instances of one revision have one value.
  assert {
    condition     = alltrue(flatten([for f in module.function : [for s in f.function.service_config[0].secret_environment_variables : s.version == "7"]]))
    error_message = "A function must name the version that was written."
  }
}

# The same with the staff's console: its APIs, its labels and its grants.
run "with_staff" {
  command = apply

  variables {
    console_staff          = ["group:support@example.com"]
    console_staff_host     = "console.example.com"
    order_link_key_version = 1
    platform_token_version = 1
  }

  assert {
    condition     = output.console_staff_url == "https://console.example.com"
    error_message = "Another address: ${output.console_staff_url}."
  }
}

# The same with the table for analysis: its API, its labels and its grants.
run "analysed" {
  command = apply

  variables {
    order_link_key_version = 1
    platform_token_version = 1
    outcomes_in_bigquery   = true
  }

  assert {
    condition     = output.outcomes_table == "notify-test.whatsapp_notifications.message_outcomes"
    error_message = "Another table: ${output.outcomes_table}."
  }
}
