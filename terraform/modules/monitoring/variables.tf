variable "actions" {
  description = "Name of the subscription with which the platform takes actions, such as cancellations."
  type        = string
  nullable    = false
}

variable "email" {
  description = "Who gets the alerts; null means that they show in Cloud Monitoring only."
  type        = string
  default     = null
}

variable "functions" {
  description = "Names of the functions."
  type        = list(string)
  nullable    = false
}

variable "kept" {
  description = "Names of the subscriptions that keep dead letters."
  type        = list(string)
  nullable    = false
}

variable "labels" {
  description = "Labels of alerts and channel."
  type        = map(string)
  nullable    = false
}

variable "project" {
  description = "The project's id."
  type        = string
  nullable    = false
}

variable "pushed" {
  description = "Names of the push subscriptions."
  type        = list(string)
  nullable    = false
}

variable "runbook_url" {
  description = "Where people read terraform/RUNBOOK.md; null means that alerts only name its section."
  type        = string
  default     = null
}
