# Cloud Run logs every request with its address. Webhook's have tokens, those of brandapi telephone numbers, those of subscribe may have an order
# link's token, and those by which people enter the console have the link's: they are not kept.
# The functions' own lines tell of every call without them. In this language OR binds more tightly than AND.
resource "google_logging_project_exclusion" "paths" {
  name        = "paths-with-tokens-and-numbers"
  project     = var.project
  description = "Request logs of webhook, of GETs of brandapi, and of subscribe and console where they have a link's token"

  filter = join(" AND ", [
    "resource.type=\"cloud_run_revision\"",
    "log_id(\"run.googleapis.com/requests\")",
    "(resource.labels.service_name=\"webhook\" OR (resource.labels.service_name=\"brandapi\" AND httpRequest.requestMethod=\"GET\") OR (resource.labels.service_name=\"subscribe\" AND httpRequest.requestUrl:\"token=\") OR (resource.labels.service_name=\"console\" AND httpRequest.requestUrl:\"/enter/\"))",
  ])

  depends_on = [google_project_service.this]
}
