output "alerts" {
  description = "The alert policies."
  value       = google_monitoring_alert_policy.this
}

output "channels" {
  description = "Ids of the channels that alerts go to."
  value       = local.channels
}

output "dashboard" {
  description = "The dashboard, in Google's JSON."
  value       = google_monitoring_dashboard.this.dashboard_json
}

output "metrics" {
  description = "The metrics that are made of log lines."
  value       = google_logging_metric.this
}
