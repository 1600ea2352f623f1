module "monitoring" {
  source = "../monitoring"

  project     = var.project
  labels      = local.labels
  actions     = module.queue["order-actions"].pull.name
  email       = var.alert_email
  functions   = keys(local.functions)
  kept        = concat([for topic in keys(local.pushed) : module.queue[topic].kept.name], values(google_pubsub_subscription.analysis_kept)[*].name)
  pushed      = [for topic in keys(local.pushed) : module.queue[topic].push.name]
  runbook_url = var.runbook_url

  depends_on = [google_project_service.this]
}

resource "google_billing_budget" "this" {
  count = var.billing_account == null ? 0 : 1

  billing_account = var.billing_account
  display_name    = "WhatsApp notifications (${var.environment})"

  budget_filter {
    projects = ["projects/${local.number}"]
  }

  # In the billing account's own currency.
  amount {
    specified_amount {
      units = tostring(var.budget)
    }
  }

  threshold_rules {
    threshold_percent = 0.5
  }

  threshold_rules {
    threshold_percent = 1
    spend_basis       = "FORECASTED_SPEND"
  }

  # Without it the mails go to the administrators of the billing account alone. A rule without a channel would be in every plan again.
  dynamic "all_updates_rule" {
    for_each = length(module.monitoring.channels) == 0 ? [] : [1]
    content {
      monitoring_notification_channels = module.monitoring.channels
    }
  }

  depends_on = [google_project_service.this]
}
