module "firestore" {
  source = "../firestore"

  project   = var.project
  location  = coalesce(var.firestore_location, var.region)
  protected = var.protected

  # The one file that the local cloud enforces too.
  indexes_file = "${path.module}/../../../shared/store/firestore.indexes.json"

  depends_on = [google_project_service.this]
}
