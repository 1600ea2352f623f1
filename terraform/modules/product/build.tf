# What functions are built of, and the images they are built into.

resource "google_storage_bucket" "source" {
  name                        = "${var.project}-functions"
  project                     = var.project
  location                    = var.region
  labels                      = local.labels
  force_destroy               = true # holds nothing that a build does not make again
  public_access_prevention    = "enforced"
  uniform_bucket_level_access = true

  # Only for versions that were replaced: what a function is built of now is current.
  versioning {
    enabled = true
  }

  lifecycle_rule {
    condition {
      days_since_noncurrent_time = 30
    }
    action {
      type = "Delete"
    }
  }

  depends_on = [google_project_service.this]
}

resource "google_artifact_registry_repository" "images" {
  repository_id = "functions"
  project       = var.project
  location      = var.region
  format        = "DOCKER"
  description   = "Images of the functions"
  labels        = local.labels

  # KEEP wins over DELETE: what is deployed, and what one would go back to, stays however old it is.
  cleanup_policies {
    id     = "keep-newest"
    action = "KEEP"
    most_recent_versions {
      keep_count = 5
    }
  }

  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"
    condition {
      older_than = "2592000s"
    }
  }

  depends_on = [google_project_service.this]
}
