# Where sweep publishes the daily roots of the accounts' consents, and the key that they are signed with.

locals {
  # Functions know the name before the bucket is there.
  roots_bucket = "${var.project}-consent-roots"

  # Where nothing is protected, one command destroys everything, and a policy would not let it.
  roots_retained = var.protected && var.roots_retention_days > 0
}

resource "google_storage_bucket" "roots" {
  name                        = local.roots_bucket
  project                     = var.project
  location                    = var.region
  labels                      = local.labels
  force_destroy               = !var.protected
  public_access_prevention    = var.roots_public ? "inherited" : "enforced"
  uniform_bucket_level_access = true

  # What is published cannot be replaced or deleted for so long, not even by the project's owner once the policy is locked. Cloud Storage
  # takes either such a policy or versions, which keep what was replaced.
  dynamic "retention_policy" {
    for_each = local.roots_retained ? [1] : []
    content {
      retention_period = var.roots_retention_days * 86400
      is_locked        = var.roots_locked
    }
  }

  versioning {
    enabled = !local.roots_retained
  }

  depends_on = [google_project_service.this]
}
