output "function" {
  description = "The function."
  value       = google_cloudfunctions2_function.this
}

output "name" {
  description = "The function's name, once it is deployed."
  value       = google_cloudfunctions2_function.this.name
}

output "source" {
  description = "The object that the function is built of."
  value       = google_storage_bucket_object.source
}
