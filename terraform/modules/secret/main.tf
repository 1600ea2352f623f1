resource "google_secret_manager_secret" "this" {
  secret_id           = var.name
  project             = var.project
  labels              = var.labels
  deletion_protection = var.protected

  replication {
    user_managed {
      replicas {
        location = var.region
      }
    }
  }
}

# The value is write-only: it is in no plan and no state.
resource "google_secret_manager_secret_version" "this" {
  count = var.value_version == 0 ? 0 : 1

  secret                 = google_secret_manager_secret.this.id
  secret_data_wo         = var.value
  secret_data_wo_version = var.value_version

  # A function must have the new version before the former one is destroyed.
  lifecycle {
    create_before_destroy = true
  }
}
