output "name" {
  description = "The secret's name."
  value       = google_secret_manager_secret.this.secret_id
}

output "secret" {
  description = "The secret, without values."
  value       = google_secret_manager_secret.this
}

output "version" {
  description = "The number of the version that Terraform wrote; null if it wrote none."
  value       = one(google_secret_manager_secret_version.this[*].version)
}
