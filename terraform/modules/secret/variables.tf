variable "labels" {
  description = "Labels of the secret."
  type        = map(string)
  nullable    = false
}

variable "name" {
  description = "The secret's name."
  type        = string
  nullable    = false
}

variable "project" {
  description = "The project's id."
  type        = string
  nullable    = false
}

variable "protected" {
  description = "Whether the secret can only be destroyed once this has been taken back."
  type        = bool
  nullable    = false
}

variable "region" {
  description = "The only region that the value is stored in."
  type        = string
  nullable    = false
}

variable "value" {
  description = "The value, which Terraform writes and never stores. Null where value_version is 0."
  type        = string
  default     = null
  ephemeral   = true
  sensitive   = true
}

variable "value_version" {
  description = "Counts the values: a higher number writes var.value as a new version. With 0 Terraform makes the secret without a value."
  type        = number
  default     = 0
  nullable    = false
}
