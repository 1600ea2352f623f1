# Topics and who is called: nothing is lost on the way to a function, or to the platform.

mock_provider "google" {
  source = "./tests/mocks"
}

run "queues" {
  command = plan

  assert {
    condition = toset(keys(module.queue)) == toset([
      "account-news", "customer-messages", "customer-notifications", "message-outcomes", "order-actions", "order-events", "provider-events",
    ])
    error_message = "Other topics are made: ${join(", ", keys(module.queue))}."
  }

  assert {
    condition = { for name, q in module.queue : name => q.push.push_config[0].push_endpoint if q.push != null } == {
      order-events    = "https://notify-123456789012.asia-south1.run.app"
      provider-events = "https://receive-123456789012.asia-south1.run.app"
    }
    error_message = "order-events must be pushed to notify, provider-events to receive, and no other topic to anything."
  }

  # A day of order-events can be replayed for a week. Nothing else is kept twice.
  assert {
    condition     = { for name, q in module.queue : name => q.topic_retention if q.topic_retention != null } == { order-events = "604800s" }
    error_message = "order-events must be kept for a week, and no other topic."
  }

  # Every push carries a token for exactly this function, of the account that the function expects.
  assert {
    condition = alltrue([for topic, name in { order-events = "notify", provider-events = "receive" } :
      module.queue[topic].push.push_config[0].oidc_token[0].audience == module.function[name].function.service_config[0].environment_variables["PUSH_AUDIENCE"] &&
      module.queue[topic].push.push_config[0].oidc_token[0].service_account_email == module.function[name].function.service_config[0].environment_variables["PUSH_SERVICE_ACCOUNT"] &&
      module.queue[topic].push.push_config[0].oidc_token[0].service_account_email == "fn-push@notify-test.iam.gserviceaccount.com"
    ])
    error_message = "A push must have the audience and the account that its function asks for."
  }

  assert {
    condition = alltrue([for topic, name in { order-events = "notify", provider-events = "receive" } :
      module.queue[topic].push.ack_deadline_seconds >= module.function[name].function.service_config[0].timeout_seconds &&
      "${module.queue[topic].push.ack_deadline_seconds}s" == module.function[name].function.service_config[0].environment_variables["ACK_DEADLINE"]
    ])
    error_message = "The acknowledgement deadline must be what the function is told, and not shorter than its timeout."
  }

  assert {
    condition = alltrue([for q in module.queue : q.push.retry_policy[0].minimum_backoff == "10s" && q.push.retry_policy[0].maximum_backoff == "600s" if q.push != null])

    error_message = "A push must be repeated with back-off."
  }

  assert {
    condition     = alltrue([for q in module.queue : length(q.push.dead_letter_policy) == 1 && try(q.push.dead_letter_policy[0].max_delivery_attempts, 0) == 20 if q.push != null])
    error_message = "Every push subscription must have a dead-letter topic."
  }

  assert {
    condition = alltrue([for name, q in module.queue :
      q.push.topic == name && q.push.dead_letter_policy[0].dead_letter_topic == "projects/notify-test/topics/${name}-dead" if q.push != null
    ])
    error_message = "A push subscription must be of its own topic, and its dead letters must go to the topic beside that."
  }

  # A dead letter is kept, by a subscription of that topic.
  assert {
    condition = { for name, q in module.queue : name => "${q.kept.name} of ${q.kept.topic}" if q.kept != null } == {
      order-events    = "order-events-dead-kept of order-events-dead"
      provider-events = "provider-events-dead-kept of provider-events-dead"
    }
    error_message = "Every dead-letter topic must have its subscription."
  }

  assert {
    condition = { for name, q in module.queue : name => "${q.pull.name} of ${q.pull.topic}" if q.pull != null } == {
      for name in ["account-news", "customer-messages", "customer-notifications", "message-outcomes", "order-actions"] : name => "${name}-kept of ${name}"
    }
    error_message = "What is for the platform must wait for it."
  }

  # Nothing expires while nobody looks.
  assert {
    condition = alltrue([for s in flatten([for q in module.queue : [for s in [q.push, q.pull, q.kept] : s if s != null]]) :
      s.expiration_policy[0].ttl == "" && s.message_retention_duration == "2678400s"
    ])
    error_message = "A subscription must neither expire nor forget."
  }

  # Scheduler.
  assert {
    condition = (
      google_cloud_scheduler_job.sweep.schedule == "* * * * *" &&
      google_cloud_scheduler_job.sweep.attempt_deadline == module.function["sweep"].function.service_config[0].environment_variables["ACK_DEADLINE"] &&
      google_cloud_scheduler_job.sweep.http_target[0].http_method == "POST" &&
      google_cloud_scheduler_job.sweep.http_target[0].uri == local.addresses["sweep"] &&
      google_cloud_scheduler_job.sweep.http_target[0].oidc_token[0].audience == module.function["sweep"].function.service_config[0].environment_variables["PUSH_AUDIENCE"] &&
      google_cloud_scheduler_job.sweep.http_target[0].oidc_token[0].service_account_email == module.function["sweep"].function.service_config[0].environment_variables["PUSH_SERVICE_ACCOUNT"]
    )
    error_message = "Scheduler must call sweep every minute, with the token that sweep asks for."
  }
}
