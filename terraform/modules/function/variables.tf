variable "bucket" {
  description = "The bucket that the source is uploaded to."
  type        = string
  nullable    = false
}

variable "build_service_account" {
  description = "Id of the service account that builds."
  type        = string
  nullable    = false
}

variable "bundle" {
  description = "Path of the zip of the function's source."
  type        = string
  nullable    = false
}

variable "concurrency" {
  description = "How many requests an instance takes at once."
  type        = number
  nullable    = false
}

variable "cpu" {
  description = "CPUs of an instance."
  type        = string
  nullable    = false
}

variable "description" {
  description = "What the function does."
  type        = string
  nullable    = false
}

variable "entry_point" {
  description = "The name by which the code registers the function."
  type        = string
  nullable    = false
}

variable "ingress" {
  description = "Where requests may come from: ALLOW_ALL or ALLOW_INTERNAL_ONLY."
  type        = string
  nullable    = false
}

variable "known" {
  description = "Values of variables that follow from what Terraform makes. Names that the function does not read are left out."
  type        = map(string)
  nullable    = false
}

variable "labels" {
  description = "Labels of the function."
  type        = map(string)
  nullable    = false
}

variable "max_instances" {
  description = "The most instances."
  type        = number
  nullable    = false
}

variable "memory" {
  description = "Memory of an instance, such as 512Mi."
  type        = string
  nullable    = false
}

variable "min_instances" {
  description = "Instances that are kept while there are no requests."
  type        = number
  nullable    = false
}

variable "name" {
  description = "The function's name, which is also that of its Cloud Run service."
  type        = string
  nullable    = false
}

variable "project" {
  description = "The project's id."
  type        = string
  nullable    = false
}

variable "region" {
  description = "The function's region."
  type        = string
  nullable    = false
}

variable "repository" {
  description = "Id of the repository that images are kept in."
  type        = string
  nullable    = false
}

variable "required" {
  description = "Variables that a deployed function needs beside those that functions.json calls required."
  type        = list(string)
  nullable    = false
}

variable "runtime" {
  description = "The runtime, such as go126."
  type        = string
  nullable    = false
}

variable "secrets" {
  description = "Variables whose values are secrets, each with the secret's name and the number of its version. Names that the function does not read are left out."
  type        = map(object({ secret = string, version = string }))
  nullable    = false
}

variable "service_account" {
  description = "E-mail of the function's own service account."
  type        = string
  nullable    = false
}

variable "settings" {
  description = "Values that override defaults. Names that the function does not read are left out."
  type        = map(string)
  nullable    = false
}

variable "timeout" {
  description = "Seconds after which a request is ended."
  type        = number
  nullable    = false
}

variable "variables" {
  description = "The variables that the function reads, as functions.json describes them."
  type        = map(object({ default = optional(string), required = optional(bool, false) }))
  nullable    = false
}
