resource "google_pubsub_topic" "this" {
  name    = var.name
  project = var.project
  labels  = var.labels

  message_retention_duration = var.topic_retention
}

# A message to a topic without a subscription is lost, so every topic has one that never expires.

resource "google_pubsub_subscription" "push" {
  count = var.push == null ? 0 : 1

  name    = var.push.name
  project = var.project
  topic   = google_pubsub_topic.this.name
  labels  = var.labels

  # Also how long Pub/Sub waits for the answer. Must not be shorter than the function's timeout, else a message is delivered again
  # while it is still being worked on.
  ack_deadline_seconds       = var.push.ack_deadline
  message_retention_duration = var.retention

  # The default policy deletes a subscription after 31 days without activity.
  expiration_policy {
    ttl = ""
  }

  push_config {
    push_endpoint = var.push.endpoint

    # Without an audience Google puts the whole endpoint there, path included.
    oidc_token {
      audience              = var.push.audience
      service_account_email = var.push.service_account
    }
  }

  # The longest delays that Pub/Sub takes: 20 attempts last about 2.3 hours.
  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  dead_letter_policy {
    dead_letter_topic     = "projects/${var.project}/topics/${google_pubsub_topic.dead[0].name}"
    max_delivery_attempts = var.push.attempts
  }
}

resource "google_pubsub_subscription" "pull" {
  count = var.push == null ? 1 : 0

  name                       = "${var.name}-kept"
  project                    = var.project
  topic                      = google_pubsub_topic.this.name
  labels                     = var.labels
  ack_deadline_seconds       = 60
  message_retention_duration = var.retention

  expiration_policy {
    ttl = ""
  }
}

resource "google_pubsub_topic" "dead" {
  count = var.push == null ? 0 : 1

  name    = "${var.name}-dead"
  project = var.project
  labels  = var.labels
}

# Keeps dead letters until a person has looked at them.
resource "google_pubsub_subscription" "kept" {
  count = var.push == null ? 0 : 1

  name                       = "${var.name}-dead-kept"
  project                    = var.project
  topic                      = google_pubsub_topic.dead[0].name
  labels                     = var.labels
  ack_deadline_seconds       = 600
  message_retention_duration = var.retention

  expiration_policy {
    ttl = ""
  }
}
