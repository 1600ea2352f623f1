variable "labels" {
  description = "Labels of the topics and subscriptions."
  type        = map(string)
  nullable    = false
}

variable "name" {
  description = "The topic's short name, of which the names of the dead-letter topic and of the subscriptions are made."
  type        = string
  nullable    = false
}

variable "project" {
  description = "The project's id."
  type        = string
  nullable    = false
}

variable "push" {
  description = "The function that the topic is pushed to: its name and endpoint, the audience and service account of the tokens, the acknowledgement deadline in seconds, and after how many attempts a message becomes a dead letter. Null makes a pull subscription, for the platform."
  type = object({
    name            = string
    endpoint        = string
    audience        = string
    service_account = string
    ack_deadline    = number
    attempts        = optional(number, 20)
  })
  default = null

  validation {
    condition     = var.push == null ? true : var.push.ack_deadline >= 10 && var.push.ack_deadline <= 600
    error_message = "Pub/Sub takes acknowledgement deadlines of 10 to 600 seconds."
  }

  validation {
    condition     = var.push == null ? true : var.push.attempts >= 5 && var.push.attempts <= 100
    error_message = "Pub/Sub takes 5 to 100 attempts."
  }
}

variable "retention" {
  description = "How long the subscriptions keep what nobody has acknowledged. Pub/Sub's maximum is 31 days."
  type        = string
  default     = "2678400s"
  nullable    = false
}

variable "topic_retention" {
  description = "How long the topic keeps everything that is published, so that it can be read once more; null keeps nothing. Pub/Sub's maximum is 31 days."
  type        = string
  default     = null
}
