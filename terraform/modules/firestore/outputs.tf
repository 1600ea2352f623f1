output "backups" {
  description = "The schedules of backups."
  value       = google_firestore_backup_schedule.daily
}

output "database" {
  description = "The database."
  value       = google_firestore_database.this
}

output "fields" {
  description = "The settings of single fields, by collection and field."
  value       = google_firestore_field.this
}

output "indexes" {
  description = "The composite indexes, by collection and fields."
  value       = google_firestore_index.this
}
