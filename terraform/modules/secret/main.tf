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

  lifecycle {
    # A function must have the new version before the former one is destroyed.
    create_before_destroy = true

    # Not a validation of the variable: destroying takes no value.
    precondition {
      condition     = try(trimspace(var.value), "") != ""
      error_message = "The secret ${var.name} has no value: export TF_VAR_${replace(var.name, "-", "_")} for every plan and apply while its version is 1 or more."
    }
  }
}
