variable "ack_deadline" {
  description = "Seconds that Pub/Sub and Cloud Scheduler wait for an answer of notify, receive and sweep, after which these end a request too. More than LEASE and SWEEP_FOR."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = var.ack_deadline >= 60 && var.ack_deadline <= 600 && floor(var.ack_deadline) == var.ack_deadline
    error_message = "ack_deadline must be whole seconds from 60 to 600: LEASE is 45 s by default, and Pub/Sub takes at most 600."
  }
}

variable "addresses" {
  description = "Addresses of functions other than Google's own, such as of a domain in front of one, by the function's name. They end without a slash."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.addresses), local.names)) == 0
    error_message = "addresses names a function that there is not: ${join(", ", setsubtract(keys(var.addresses), local.names))}."
  }

  validation {
    condition     = alltrue([for a in values(var.addresses) : can(regex("^https://[a-z0-9.-]+(/[^/ ]+)*$", a))])
    error_message = "Each of addresses must be such as https://webhook.example.com, without a slash at its end."
  }
}

variable "alert_email" {
  description = "Who gets the alerts; null means that they show in Cloud Monitoring only."
  type        = string
  default     = null

  validation {
    condition     = var.alert_email == null ? true : can(regex("^[^@ ]+@[^@ ]+\\.[^@ ]+$", var.alert_email))
    error_message = "alert_email must be an e-mail address."
  }
}

variable "billing_account" {
  description = "The billing account, such as 012345-6789AB-CDEF01, on which a budget for the project is set; null sets none."
  type        = string
  default     = null

  validation {
    condition     = var.billing_account == null ? true : can(regex("^[0-9A-F]{6}(-[0-9A-F]{6}){2}$", var.billing_account))
    error_message = "billing_account must be such as 012345-6789AB-CDEF01."
  }
}

variable "budget" {
  description = "The budget of a month, in the currency of the billing account. An e-mail comes at half of it, and when the month is expected to pass it."
  type        = number
  default     = 100
  nullable    = false

  validation {
    condition     = var.budget >= 1 && floor(var.budget) == var.budget
    error_message = "budget must be a whole number, 1 or more."
  }
}

variable "bundles" {
  description = "The directory with the zip of each function, as functions/cmd/bundle makes them."
  type        = string
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(local.described) : fileexists("${var.bundles}/${name}.zip")])
    error_message = "bundles must have a zip for each function; missing: ${join(", ", [for name in keys(local.described) : name if !fileexists("${var.bundles}/${name}.zip")])}. Run functions/cmd/bundle."
  }
}

variable "console_staff" {
  description = "Whom Identity-Aware Proxy lets into the staff's console, such as group:support@example.com. What each may do there is in the settings CONSOLE_STAFF and CONSOLE_STAFF_ROLE."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for m in var.console_staff : can(regex("^((serviceAccount|group|user):[^@ ]+@[^@ ]+|domain:[^@ ]+)$", m))])
    error_message = "Each of console_staff must be such as group:support@example.com; the public is none."
  }
}

variable "console_staff_certificate" {
  description = "The id of a certificate for console_staff_host, such as projects/my-project/global/sslCertificates/console; null has Google make one, once the host leads to console_staff_address."
  type        = string
  default     = null

  validation {
    condition     = var.console_staff_certificate == null ? true : can(regex("^projects/[^/ ]+/global/sslCertificates/[^/ ]+$", var.console_staff_certificate))
    error_message = "console_staff_certificate must be such as projects/my-project/global/sslCertificates/console."
  }
}

variable "console_staff_host" {
  description = "The host that the platform's staff opens the console at, such as console.example.com; null makes neither the load balancer nor the function console-staff."
  type        = string
  default     = null

  validation {
    condition     = var.console_staff_host == null ? true : can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", var.console_staff_host))
    error_message = "console_staff_host must be a host such as console.example.com, without a scheme or a path."
  }
}

variable "environment" {
  description = "The environment's name, which labels everything, such as dev."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,19}$", var.environment))
    error_message = "environment must be a short word in lower case, such as dev."
  }
}

variable "firestore_location" {
  description = "Where the database is, if not in the functions' region. It cannot be changed later."
  type        = string
  default     = null

  validation {
    condition     = var.firestore_location == null ? true : can(regex("^([a-z]+-[a-z]+[0-9]+|nam5|nam7|eur3)$", var.firestore_location))
    error_message = "firestore_location must be a region such as asia-south1, or one of nam5, nam7 and eur3."
  }
}

variable "labels" {
  description = "Labels beside environment and product."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for k, v in var.labels : can(regex("^[a-z][a-z0-9_-]{0,62}$", k)) && can(regex("^[a-z0-9_-]{0,63}$", v))])
    error_message = "Keys and values of labels must be lower case letters, digits, - and _, at most 63; a key begins with a letter."
  }
}

variable "max_instances" {
  description = "The most instances of a function, if others than functions.tf says, by its name."
  type        = map(number)
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.max_instances), local.names)) == 0
    error_message = "max_instances names a function that there is not: ${join(", ", setsubtract(keys(var.max_instances), local.names))}."
  }

  validation {
    condition     = alltrue([for n in values(var.max_instances) : n >= 1 && n <= 100 && floor(n) == n])
    error_message = "Each of max_instances must be a whole number from 1 to 100."
  }
}

variable "min_instances" {
  description = "Instances of a function that are kept while nobody calls it, by its name. Each is paid for; it saves callers the start of a container."
  type        = map(number)
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.min_instances), local.names)) == 0
    error_message = "min_instances names a function that there is not: ${join(", ", setsubtract(keys(var.min_instances), local.names))}."
  }

  validation {
    condition = alltrue([for name, n in var.min_instances :
      n >= 0 && floor(n) == n && n <= try(var.max_instances[name], local.deployment[name].max_instances, 0)
    ])
    error_message = "Each of min_instances must be a whole number, 0 or more, and not more than the function's most instances."
  }
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

  validation {
    condition     = var.order_link_key_version >= 0 && floor(var.order_link_key_version) == var.order_link_key_version
    error_message = "order_link_key_version must be a whole number, 0 or more."
  }

  # Else the functions would have no key, or one that they refuse at their start.
  validation {
    condition     = var.order_link_key_version <= 0 || try(alltrue([for key in split(",", var.order_link_key) : length(trimspace(key)) >= 16]), false)
    error_message = "order_link_key_version is 1 or more, so TF_VAR_order_link_key must be set, to keys of at least 16 characters each; also to destroy."
  }
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

  validation {
    condition     = alltrue([for m in var.platform_members : can(regex("^(serviceAccount|group|user):[^@ ]+@[^@ ]+$", m))])
    error_message = "Each of platform_members must be such as serviceAccount:orders@example.iam.gserviceaccount.com; the public is none."
  }
}

variable "platform_publishers" {
  description = "Who of the platform publishes order events."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for m in var.platform_publishers : can(regex("^(serviceAccount|group|user):[^@ ]+@[^@ ]+$", m))])
    error_message = "Each of platform_publishers must be such as serviceAccount:orders@example.iam.gserviceaccount.com; the public is none."
  }
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

  validation {
    condition     = var.platform_token_version >= 0 && floor(var.platform_token_version) == var.platform_token_version
    error_message = "platform_token_version must be a whole number, 0 or more."
  }

  validation {
    condition     = var.platform_token_version <= 0 || try(length(trimspace(var.platform_token)) > 0, false)
    error_message = "platform_token_version is 1 or more, so TF_VAR_platform_token must be set; also to destroy."
  }
}

variable "project" {
  description = "The project's id, not its number. Everything in it is this environment's."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "project must be a project's id: 6 to 30 lower case letters, digits and -."
  }
}

variable "protected" {
  description = "Whether the data is protected: point-in-time recovery, daily backups, and no destroying of database and keys. Without it one command destroys everything."
  type        = bool
  default     = true
  nullable    = false
}

variable "region" {
  description = "The region of functions, images, secrets and Scheduler."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region must be a region, such as asia-south1; not a zone or a multi-region."
  }
}

variable "roots_locked" {
  description = "Whether the retention policy of the daily roots is locked. It cannot be taken back: nobody, the project's owner included, can delete a root or shorten the policy then."
  type        = bool
  default     = false
  nullable    = false

  validation {
    condition     = !var.roots_locked || var.roots_retention_days > 0
    error_message = "roots_locked needs a retention policy: roots_retention_days must be 1 or more."
  }
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

  validation {
    condition     = var.roots_retention_days >= 0 && var.roots_retention_days <= 36500 && floor(var.roots_retention_days) == var.roots_retention_days
    error_message = "roots_retention_days must be whole days from 0 to 36500."
  }
}

variable "runbook_url" {
  description = "Where people read terraform/RUNBOOK.md; null means that alerts only name its section."
  type        = string
  default     = null

  validation {
    condition     = var.runbook_url == null ? true : can(regex("^https://[^ #]+$", var.runbook_url))
    error_message = "runbook_url must be an https address without a #."
  }
}

variable "runtime" {
  description = "The runtime of the functions. A Go runtime is deprecated about a year after it came."
  type        = string
  default     = "go126"
  nullable    = false

  validation {
    condition     = can(regex("^go1[0-9]{2}$", var.runtime)) && try(tonumber(trimprefix(var.runtime, "go")) >= 126, false)
    error_message = "runtime must be go126 or newer."
  }
}

variable "settings" {
  description = "Variables of the functions, by their names in functions/README.md. Each goes to every function that reads it."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.settings), local.settable)) == 0
    error_message = "settings has names that no function reads, or whose values Terraform knows: ${join(", ", setsubtract(keys(var.settings), local.settable))}."
  }
}
