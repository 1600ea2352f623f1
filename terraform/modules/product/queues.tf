locals {
  # The names of topics are the defaults of the variables that name them, so that code and Terraform cannot differ.
  topic_variables = { for name, f in local.functions : name => {
    for variable, v in f.variables : variable => v.default if endswith(variable, "_TOPIC")
  } }

  topics = toset([for t in distinct(flatten([for v in local.topic_variables : values(v)])) : t if !endswith(t, "-dead")])

  # Which function a topic is pushed to. The others are for the platform to read.
  pushed = {
    order-events    = "notify"
    provider-events = "receive"
  }

  # What a topic keeps although it was delivered, so that "ops replay" can deliver a day once more. By Google's price list a gibibyte costs
  # 0.27 USD a month: a million events of 3 kB a day are 20 GiB in a week, or 5 USD a month.
  retained = { order-events = "604800s" }

  pulled = setsubtract(local.topics, keys(local.pushed))
}

module "queue" {
  source   = "../queue"
  for_each = local.topics

  name    = each.key
  project = var.project
  labels  = local.labels

  topic_retention = lookup(local.retained, each.key, null)

  push = !contains(keys(local.pushed), each.key) ? null : {
    name            = local.pushed[each.key]
    endpoint        = local.addresses[local.pushed[each.key]]
    audience        = local.addresses[local.pushed[each.key]]
    service_account = local.caller_emails[local.pushed[each.key]]
    ack_deadline    = var.ack_deadline
  }

  depends_on = [google_project_service.this]
}
