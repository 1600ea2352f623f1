output "brandapi_url" {
  description = "What BusinessOnBot's bot calls."
  value       = local.addresses["brandapi"]
}

output "console_staff_address" {
  description = "Where the host of the staff's console has to lead to, as an A record; null without one."
  value       = one(values(google_compute_global_address.console_staff)[*].address)
}

output "console_staff_url" {
  description = "What the platform's staff opens in a browser; null without console_staff_host."
  value       = var.console_staff_host == null ? null : "https://${var.console_staff_host}"
}

output "console_url" {
  description = "Where links lead that let people of brands into the console."
  value       = local.addresses["console"]
}

output "function_urls" {
  description = "The functions' addresses as Cloud Functions names them."
  value       = { for name, f in module.function : name => f.function.url }
}

output "grants" {
  description = "Who may do what: by member, each role and on what."
  value       = local.grants
}

output "order_events_topic" {
  description = "The topic that the platform publishes order events to."
  value       = "projects/${var.project}/topics/${module.queue["order-events"].topic}"
}

output "outcomes_table" {
  description = "The table of BigQuery that message-outcomes is written to; null if it is not."
  value       = one([for s in google_pubsub_subscription.analysis : s.bigquery_config[0].table])
}

output "platform_subscriptions" {
  description = "The subscriptions that the platform reads, by topic."
  value       = { for name in local.pulled : name => "projects/${var.project}/subscriptions/${module.queue[name].pull.name}" }
}

output "protected" {
  description = "Whether database and keys can not be destroyed."
  value       = module.firestore.database.delete_protection_state == "DELETE_PROTECTION_ENABLED" && alltrue([for k in module.key : k.secret.deletion_protection])
}

output "roots_bucket" {
  description = "The bucket that the daily roots of consents are published in."
  value       = google_storage_bucket.roots.name
}

output "subscribe_url" {
  description = "What the customer portal calls, before the path /api/esb/v2/order/{order_id}. Cloud Run lets no path below /_ah/ through."
  value       = local.addresses["subscribe"]
}

output "webhook_url" {
  description = "What providers call, before /{provider}/{token}."
  value       = local.addresses["webhook"]
}

output "workspace_url" {
  description = "What the pages of brands and of the platform call, before /v1."
  value       = local.addresses["workspace"]
}
