output "brandapi_url" {
  description = "What BusinessOnBot's bot calls."
  value       = module.product.brandapi_url
}

output "console_staff_address" {
  description = "Where the host of the staff's console has to lead to, as an A record; null without one."
  value       = module.product.console_staff_address
}

output "console_staff_url" {
  description = "What the platform's staff opens in a browser; null without console_staff_host."
  value       = module.product.console_staff_url
}

output "console_url" {
  description = "Where links lead that let people of brands into the console."
  value       = module.product.console_url
}

output "function_urls" {
  description = "The functions' addresses as Cloud Functions names them."
  value       = module.product.function_urls
}

output "grants" {
  description = "Who may do what: by member, each role and on what."
  value       = module.product.grants
}

output "order_events_topic" {
  description = "The topic that the platform publishes order events to."
  value       = module.product.order_events_topic
}

output "platform_subscriptions" {
  description = "The subscriptions that the platform reads, by topic."
  value       = module.product.platform_subscriptions
}

output "protected" {
  description = "Whether database and keys can not be destroyed."
  value       = module.product.protected
}

output "roots_bucket" {
  description = "The bucket that the daily roots of consents are published in."
  value       = module.product.roots_bucket
}

output "subscribe_url" {
  description = "What the customer portal calls, before the path /api/esb/v2/order/{order_id}. Cloud Run lets no path below /_ah/ through."
  value       = module.product.subscribe_url
}

output "webhook_url" {
  description = "What providers call, before /{provider}/{token}."
  value       = module.product.webhook_url
}

output "workspace_url" {
  description = "What the pages of brands and of the platform call, before /v1."
  value       = module.product.workspace_url
}
