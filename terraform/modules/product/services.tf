locals {
  services = concat([
    "artifactregistry",
    "cloudbuild",
    "cloudfunctions",
    "cloudresourcemanager",
    "cloudscheduler",
    "firestore",
    "iam",
    "logging",
    "monitoring",
    "pubsub",
    "run",
    "secretmanager",
    "storage",
  ], var.billing_account == null ? [] : ["billingbudgets"], var.outcomes_in_bigquery ? ["bigquery"] : [], var.console_staff_host == null ? [] : ["compute", "iap"])

  labels = merge(var.labels, {
    environment = var.environment
    product     = "whatsapp-notifications"
  })

  # Of Google's own service accounts only the number is needed.
  number       = data.google_project.this.number
  pubsub_agent = "serviceAccount:service-${local.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}

data "google_project" "this" {
  project_id = var.project
}

resource "google_project_service" "this" {
  for_each = toset(local.services)

  project = var.project
  service = "${each.key}.googleapis.com"

  # Something else in the project may use it.
  disable_on_destroy = false
}
