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

  assert {
    condition     = alltrue([for m in [module.order_link_key[0], module.platform_token[0]] : m.version.secret_data == null && m.version.secret_data_wo == null && m.version.secret_data_wo_version == 1])
    error_message = "A secret's value must not be stored."
  }

  # Pinned, so that instances of one revision have one value.
  assert {
    condition     = alltrue(flatten([for f in module.function : [for s in f.function.service_config[0].secret_environment_variables : s.version == "7"]]))
    error_message = "A function must name the version that was written."
  }

  assert {
    condition     = alltrue([for q in module.queue : q.push.dead_letter_policy[0].dead_letter_topic != "" && q.dead_topic == "${q.topic}-dead" if q.push != null])
    error_message = "A subscription's dead letters must go to the topic beside its own."
  }
}
