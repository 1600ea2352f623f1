# What Pub/Sub does not take is refused before it is tried.

mock_provider "google" {}

variables {
  labels  = {}
  name    = "order-events"
  project = "notify-test"
}

run "deadline_too_short" {
  command = plan

  variables {
    push = { name = "notify", endpoint = "https://notify.example.com", audience = "a", service_account = "a@example.com", ack_deadline = 9 }
  }

  expect_failures = [var.push]
}

run "too_few_attempts" {
  command = plan

  variables {
    push = { name = "notify", endpoint = "https://notify.example.com", audience = "a", service_account = "a@example.com", ack_deadline = 60, attempts = 4 }
  }

  expect_failures = [var.push]
}

run "pulled" {
  command = plan

  assert {
    condition     = output.push == null && output.kept == null && output.dead_topic == null && output.pull.name == "order-events-kept"
    error_message = "A topic for the platform has one subscription, which nothing is pushed to."
  }

  assert {
    condition     = output.topic_retention == null
    error_message = "A topic keeps nothing unless it is said for how long: it is paid for."
  }
}

run "kept_by_the_topic" {
  command = plan

  variables {
    topic_retention = "604800s"
  }

  assert {
    condition     = output.topic_retention == "604800s"
    error_message = "The topic must keep everything for as long as is said."
  }
}
