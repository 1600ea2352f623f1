# How messages ended, as a table of BigQuery: only where it is asked for, and then without a loss.

mock_provider "google" {
  source = "./tests/mocks"
}

run "off" {
  command = plan

  assert {
    condition = (
      length(google_bigquery_dataset.outcomes) + length(google_bigquery_table.outcomes) + length(google_bigquery_table_iam_member.analysis) == 0 &&
      length(google_pubsub_subscription.analysis) + length(google_pubsub_topic.analysis_dead) + length(google_pubsub_subscription.analysis_kept) == 0 &&
      length(google_pubsub_topic_iam_member.analysis_dead) + length(google_pubsub_subscription_iam_member.analysis_dead) == 0
    )
    error_message = "Without outcomes_in_bigquery nothing of it may be made."
  }

  assert {
    condition     = !contains(keys(google_project_service.this), "bigquery") && output.outcomes_table == null
    error_message = "Without outcomes_in_bigquery its API must not be enabled."
  }
}

run "on" {
  command = plan

  variables {
    outcomes_in_bigquery = true
  }

  assert {
    condition     = contains(keys(google_project_service.this), "bigquery")
    error_message = "BigQuery's API must be enabled."
  }

  # The file that the test of shared/outcome holds to the code is what is made, whole.
  assert {
    condition     = jsondecode(google_bigquery_table.outcomes["message-outcomes"].schema) == jsondecode(file("../../outcomes.schema.json"))
    error_message = "The table must have the schema of terraform/outcomes.schema.json."
  }

  assert {
    condition = (
      google_bigquery_dataset.outcomes["message-outcomes"].location == "asia-south1" &&
      !google_bigquery_dataset.outcomes["message-outcomes"].delete_contents_on_destroy &&
      google_bigquery_table.outcomes["message-outcomes"].deletion_protection &&
      google_bigquery_table.outcomes["message-outcomes"].time_partitioning[0].field == "at" &&
      google_bigquery_table.outcomes["message-outcomes"].clustering == tolist(["accountId", "event"])
    )
    error_message = "A protected table must not be destroyed, and stands where the functions are, by days."
  }

  assert {
    condition = (
      google_pubsub_subscription.analysis["message-outcomes"].topic == "message-outcomes" &&
      google_pubsub_subscription.analysis["message-outcomes"].bigquery_config[0].table == "notify-test.whatsapp_notifications.message_outcomes" &&
      google_pubsub_subscription.analysis["message-outcomes"].bigquery_config[0].use_table_schema &&
      google_pubsub_subscription.analysis["message-outcomes"].bigquery_config[0].drop_unknown_fields
    )
    error_message = "The outcomes must be written to the table, by its columns."
  }

  # As of every other subscription: nothing expires, and what is refused is kept.
  assert {
    condition = alltrue([for s in [google_pubsub_subscription.analysis["message-outcomes"], google_pubsub_subscription.analysis_kept["message-outcomes"]] :
      s.expiration_policy[0].ttl == "" && s.message_retention_duration == "2678400s" && s.labels.product == "whatsapp-notifications"
    ])
    error_message = "A subscription must neither expire nor forget, and must have labels."
  }

  assert {
    condition = (
      google_pubsub_subscription.analysis["message-outcomes"].dead_letter_policy[0].dead_letter_topic == "projects/notify-test/topics/message-outcomes-bigquery-dead" &&
      google_pubsub_subscription.analysis["message-outcomes"].dead_letter_policy[0].max_delivery_attempts == 20 &&
      google_pubsub_subscription.analysis_kept["message-outcomes"].topic == "message-outcomes-bigquery-dead"
    )
    error_message = "What BigQuery refuses must become a dead letter that is kept."
  }

  assert {
    condition     = contains(module.monitoring.alerts["dead-letters"].conditions[*].display_name, "message-outcomes-bigquery-dead-kept")
    error_message = "Somebody must hear of what BigQuery refuses."
  }

  # What the platform reads stays.
  assert {
    condition     = output.platform_subscriptions["message-outcomes"] == "projects/notify-test/subscriptions/message-outcomes-kept"
    error_message = "The platform must read the outcomes as before."
  }

  # The agent may write this table, and nothing else of BigQuery.
  assert {
    condition = output.grants["serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com"] == tolist([
      "roles/bigquery.dataEditor table whatsapp_notifications.message_outcomes",
      "roles/iam.serviceAccountTokenCreator account fn-push@notify-test.iam.gserviceaccount.com",
      "roles/pubsub.publisher topic message-outcomes-bigquery-dead",
      "roles/pubsub.publisher topic order-events-dead",
      "roles/pubsub.publisher topic provider-events-dead",
      "roles/pubsub.subscriber subscription message-outcomes-bigquery",
      "roles/pubsub.subscriber subscription notify",
      "roles/pubsub.subscriber subscription receive",
    ])
    error_message = "agent may: ${join("; ", output.grants["serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com"])}."
  }
}

# What is not protected goes with one command.
run "unprotected" {
  command = plan

  variables {
    outcomes_in_bigquery = true
    protected            = false
  }

  assert {
    condition     = google_bigquery_dataset.outcomes["message-outcomes"].delete_contents_on_destroy && !google_bigquery_table.outcomes["message-outcomes"].deletion_protection
    error_message = "What is not protected must go with the rest."
  }
}
