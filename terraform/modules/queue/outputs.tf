output "dead_topic" {
  description = "Name of the dead-letter topic; null if the topic is not pushed."
  value       = one(google_pubsub_topic.dead[*].name)
}

output "kept" {
  description = "The subscription that keeps dead letters; null if the topic is not pushed."
  value       = one(google_pubsub_subscription.kept)
}

output "pull" {
  description = "The platform's subscription; null if the topic is pushed."
  value       = one(google_pubsub_subscription.pull)
}

output "push" {
  description = "The push subscription; null if the platform pulls."
  value       = one(google_pubsub_subscription.push)
}

output "topic" {
  description = "The topic's name."
  value       = google_pubsub_topic.this.name
}

output "topic_retention" {
  description = "How long the topic keeps everything; null if it keeps nothing."
  value       = google_pubsub_topic.this.message_retention_duration
}
