# Cloud Run's own line of a push or a tick that went well says nothing that the function's line does not, and is twice as long: of a message with
# three callbacks they would be a tenth of its price. Those of calls that failed are kept.
resource "google_logging_project_exclusion" "pushes" {
  name        = "pushes-that-went-well"
  project     = var.project
  description = "Request logs of the functions that only our own infrastructure calls, but of calls that failed"

  filter = join(" AND ", [
    "resource.type=\"cloud_run_revision\"",
    "log_id(\"run.googleapis.com/requests\")",
    "(${join(" OR ", [for name in sort(tolist(local.private)) : "resource.labels.service_name=\"${name}\""])})",
    "httpRequest.status<400",
  ])

  depends_on = [google_project_service.this]
}
