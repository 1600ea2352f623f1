# Cloud Run logs every request with its path. Webhook's have tokens, and those of brandapi telephone numbers: they are not kept.
# The functions' own lines tell of every call without them. In this language OR binds more tightly than AND.
resource "google_logging_project_exclusion" "paths" {
  name        = "paths-with-tokens-and-numbers"
  project     = var.project
  description = "Request logs of webhook, and of GETs of brandapi"

  filter = join(" AND ", [
    "resource.type=\"cloud_run_revision\"",
    "log_id(\"run.googleapis.com/requests\")",
    "(resource.labels.service_name=\"webhook\" OR (resource.labels.service_name=\"brandapi\" AND httpRequest.requestMethod=\"GET\"))",
  ])

  depends_on = [google_project_service.this]
}
