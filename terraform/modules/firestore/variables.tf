variable "indexes_file" {
  description = "The file with indexes and field settings, in the form of the Firebase CLI."
  type        = string
  nullable    = false
}

variable "location" {
  description = "Where the database is. It cannot be changed later."
  type        = string
  nullable    = false
}

variable "project" {
  description = "The project's id."
  type        = string
  nullable    = false
}

variable "protected" {
  description = "Whether the database has point-in-time recovery, daily backups and deletion protection."
  type        = bool
  nullable    = false
}
