# Each function has an account of its own. So have those who call the private ones, and the build.

resource "google_service_account" "function" {
  for_each = local.functions

  account_id   = "fn-${each.key}"
  project      = var.project
  display_name = "Function ${each.key}"

  depends_on = [google_project_service.this]
}

resource "google_service_account" "build" {
  account_id   = "fn-build"
  project      = var.project
  display_name = "Builds the functions"

  depends_on = [google_project_service.this]
}

resource "google_service_account" "caller" {
  for_each = toset(["push", "schedule"])

  account_id   = "fn-${each.key}"
  project      = var.project
  display_name = each.key == "push" ? "Pub/Sub's pushes to functions" : "Cloud Scheduler's calls of sweep"

  depends_on = [google_project_service.this]
}

locals {
  function_emails = { for name, a in google_service_account.function : name => "${a.account_id}@${a.project}.iam.gserviceaccount.com" }
  build_email     = "${google_service_account.build.account_id}@${google_service_account.build.project}.iam.gserviceaccount.com"

  # Who calls a private function.
  caller_emails = { for name in local.private : name =>
    "${google_service_account.caller[name == "sweep" ? "schedule" : "push"].account_id}@${var.project}.iam.gserviceaccount.com"
  }
}
