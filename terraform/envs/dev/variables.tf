# The product validates what it is given: modules/product/variables.tf.

variable "addresses" {
  description = "Addresses of functions other than Google's own, such as of a domain in front of one, by the function's name. They end without a slash."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "alert_email" {
  description = "Who gets the alerts; null means that they show in Cloud Monitoring only."
  type        = string
  default     = null
}

variable "billing_account" {
  description = "The billing account, such as 012345-6789AB-CDEF01, on which a budget for the project is set; null sets none."
  type        = string
  default     = null
}

variable "budget" {
  description = "The budget of a month, in the currency of the billing account. An e-mail comes at half of it, and when the month is expected to pass it."
  type        = number
  default     = 100
  nullable    = false
}

variable "bundles" {
  description = "The directory with the zip of each function, as functions/cmd/bundle makes them."
  type        = string
  nullable    = false
}

variable "console_staff" {
  description = "Whom Identity-Aware Proxy lets into the staff's console, such as group:support@example.com. What each may do there is in the settings CONSOLE_STAFF and CONSOLE_STAFF_ROLE."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "console_staff_certificate" {
  description = "The id of a certificate for console_staff_host, such as projects/my-project/global/sslCertificates/console; null has Google make one, once the host leads to console_staff_address."
  type        = string
  default     = null
}

variable "console_staff_host" {
  description = "The host that the platform's staff opens the console at, such as console.example.com; null makes neither the load balancer nor the function console-staff."
  type        = string
  default     = null
}

variable "firestore_location" {
  description = "Where the database is, if not in the functions' region. It cannot be changed later."
  type        = string
  default     = null
}

variable "labels" {
  description = "Labels beside environment and product."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "max_instances" {
  description = "The most instances of a function, if others than modules/product/functions.tf says, by its name."
  type        = map(number)
  default     = {}
  nullable    = false
}

variable "order_link_key" {
  description = "The key of order links; several, separated by commas, are all good. Given through the environment, as TF_VAR_order_link_key; never stored by Terraform."
  type        = string
  default     = null
  ephemeral   = true
  sensitive   = true
}

variable "order_link_key_version" {
  description = "0: order links have no key. 1: order_link_key is the key. A higher number writes order_link_key again, after it was changed."
  type        = number
  default     = 0
  nullable    = false
}

variable "outcomes_in_bigquery" {
  description = "Whether message-outcomes is written to a table of BigQuery too, for analysis. It costs what BigQuery and Pub/Sub take for it."
  type        = bool
  default     = false
  nullable    = false
}

variable "platform_members" {
  description = "Who of the platform reads the topics that are for it, such as serviceAccount:orders@example.iam.gserviceaccount.com."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "platform_publishers" {
  description = "Who of the platform publishes order events."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "platform_token" {
  description = "The bearer token for the order platform. Given through the environment, as TF_VAR_platform_token; never stored by Terraform."
  type        = string
  default     = null
  ephemeral   = true
  sensitive   = true
}

variable "platform_token_version" {
  description = "0: the order platform takes no token. 1: platform_token is the token. A higher number writes platform_token again, after it was changed."
  type        = number
  default     = 0
  nullable    = false
}

variable "project" {
  description = "The project's id, not its number. Everything in it is this environment's."
  type        = string
  nullable    = false
}

variable "region" {
  description = "The region of functions, images, secrets and Scheduler."
  type        = string
  nullable    = false
}

variable "roots_locked" {
  description = "Whether the retention policy of the daily roots is locked. It cannot be taken back: nobody, the project's owner included, can delete a root or shorten the policy then."
  type        = bool
  default     = false
  nullable    = false
}

variable "roots_public" {
  description = "Whether everybody may read the daily roots of consents and the key that they are signed with. They hold hashes only."
  type        = bool
  default     = false
  nullable    = false
}

variable "roots_retention_days" {
  description = "For how many days a daily root of consents cannot be replaced or deleted. 0 sets no such policy, and nor does an environment that is not protected; replaced roots are kept as versions then."
  type        = number
  default     = 3650
  nullable    = false
}

variable "runbook_url" {
  description = "Where people read terraform/RUNBOOK.md; null means that alerts only name its section."
  type        = string
  default     = null
}

variable "runtime" {
  description = "The runtime of the functions. A Go runtime is deprecated about a year after it came."
  type        = string
  default     = "go126"
  nullable    = false
}

variable "settings" {
  description = "Variables of the functions, by their names in functions/README.md. Each goes to every function that reads it."
  type        = map(string)
  default     = {}
  nullable    = false
}
