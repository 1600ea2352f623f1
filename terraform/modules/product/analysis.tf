# How messages ended, as rows of a table for analysis, where outcomes_in_bigquery says so. Pub/Sub writes them itself, so no code runs for it.

locals {
  # No function publishes or reads here, so the names are of no variable.
  analysis = var.outcomes_in_bigquery ? toset(["message-outcomes"]) : toset([])
}

resource "google_bigquery_dataset" "outcomes" {
  for_each = local.analysis

  dataset_id                 = "whatsapp_notifications"
  project                    = var.project
  location                   = var.region
  description                = "How WhatsApp notifications ended: shared/outcome."
  labels                     = local.labels
  delete_contents_on_destroy = !var.protected

  depends_on = [google_project_service.this]
}

resource "google_bigquery_table" "outcomes" {
  for_each = local.analysis

  table_id            = "message_outcomes"
  dataset_id          = google_bigquery_dataset.outcomes[each.key].dataset_id
  project             = var.project
  description         = "One row for each time that an outcome was told: count each id once. Its charge is as of the outcome; usage is the ledger."
  labels              = local.labels
  deletion_protection = var.protected

  # A test of shared/outcome holds it to what is published. Columns may be added at its end, as NULLABLE.
  schema = file("${path.module}/../../outcomes.schema.json")

  time_partitioning {
    type  = "DAY"
    field = "at"
  }

  clustering = ["accountId", "event"]
}

resource "google_pubsub_subscription" "analysis" {
  for_each = local.analysis

  name                       = "${each.key}-bigquery"
  project                    = var.project
  topic                      = module.queue[each.key].topic
  labels                     = local.labels
  ack_deadline_seconds       = 60
  message_retention_duration = "2678400s"

  # The default policy deletes a subscription after 31 days without activity.
  expiration_policy {
    ttl = ""
  }

  bigquery_config {
    table            = "${var.project}.${google_bigquery_table.outcomes[each.key].dataset_id}.${google_bigquery_table.outcomes[each.key].table_id}"
    use_table_schema = true

    # A newer function may publish a field before the table has its column.
    drop_unknown_fields = true
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  dead_letter_policy {
    dead_letter_topic     = "projects/${var.project}/topics/${google_pubsub_topic.analysis_dead[each.key].name}"
    max_delivery_attempts = 20
  }

  # Pub/Sub refuses a subscription that it may not write for.
  depends_on = [google_bigquery_table_iam_member.analysis]
}

resource "google_pubsub_topic" "analysis_dead" {
  for_each = local.analysis

  name    = "${each.key}-bigquery-dead"
  project = var.project
  labels  = local.labels

  depends_on = [google_project_service.this]
}

# Keeps rows that BigQuery has refused until a person has looked at them.
resource "google_pubsub_subscription" "analysis_kept" {
  for_each = local.analysis

  name                       = "${each.key}-bigquery-dead-kept"
  project                    = var.project
  topic                      = google_pubsub_topic.analysis_dead[each.key].name
  labels                     = local.labels
  ack_deadline_seconds       = 600
  message_retention_duration = "2678400s"

  expiration_policy {
    ttl = ""
  }
}
