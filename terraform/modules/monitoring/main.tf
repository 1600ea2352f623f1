locals {
  # Each links the section of the runbook that says what to do.
  alerts = {
    dead-letters = {
      section = "Dead letters"
      title   = "Dead letters are kept"
      text    = "A dead-letter subscription is not empty: what cannot be read, or what our own calls failed on for hours."
    }
    failing = {
      section = "Alerts"
      title   = "A function fails"
      text    = "More than one in 20 requests of a function was answered with a 5xx for five minutes."
    }
    late = {
      section = "Alerts"
      title   = "Messages wait for a function"
      text    = "The oldest message of a push subscription has not been taken for five minutes: its function fails, or there are too few instances."
    }
    logged = {
      section = "Alerts"
      title   = "A function logged an error"
      text    = "A line with severity ERROR or more, such as a shopper's message that cannot be read, in which a STOP may lie."
    }
    template-falls = {
      section = "Alerts"
      title   = "Fewer messages arrive or are read"
      text    = "Of the messages of a template, a much smaller share arrived or was read in the last three days than in the four weeks before."
    }
    rate-card = {
      section = "Alerts"
      title   = "A rate card is old"
      text    = "The newest rate card of a currency is from before this quarter: prices may be WhatsApp's former ones."
    }
    roots-late = {
      section = "Alerts"
      title   = "A daily root of consents is late"
      text    = "What was stored of an account's consents on a day has not been published a day after: a change of it would not be found."
    }
    spending = {
      section = "Alerts"
      title   = "An account nears its spending limit"
      text    = "An account has spent four fifths of its limit of a day or a month. What would pass the limit is not sent."
    }
    sweep-silent = {
      section = "Alerts"
      title   = "Sweep does not run"
      text    = "No call of sweep succeeded for ten minutes: nothing that waits comes back."
    }
  }

  # Warnings of sweep's that an alert waits for, by its name.
  lines = {
    rate-card      = "the newest rate card is of a former quarter"
    roots-late     = "the daily root of an account's consents is late"
    spending       = "an account has spent four fifths of a limit"
    template-falls = "fewer messages of a template arrive or are read"
  }

  runbook_file = file("${path.module}/../../RUNBOOK.md")
  requests     = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=one_of(${join(",", [for name in var.functions : "\"${name}\""])}) AND metric.type=\"run.googleapis.com/request_count\""
  services     = join(" OR ", [for name in var.functions : "resource.labels.service_name=\"${name}\""])
  channels     = google_monitoring_notification_channel.email[*].id
}

resource "google_monitoring_notification_channel" "email" {
  count = var.email == null ? 0 : 1

  display_name = "WhatsApp notifications"
  project      = var.project
  type         = "email"
  user_labels  = var.labels

  labels = {
    email_address = var.email
  }
}

resource "google_monitoring_alert_policy" "this" {
  for_each = local.alerts

  display_name          = "WhatsApp notifications: ${each.value.title}"
  project               = var.project
  combiner              = "OR"
  user_labels           = var.labels
  notification_channels = local.channels

  documentation {
    content   = "${each.value.text}\n\nWhat to do: section \"${each.value.section}\" of terraform/RUNBOOK.md."
    mime_type = "text/markdown"

    dynamic "links" {
      for_each = var.runbook_url == null ? [] : [1]
      content {
        display_name = "Runbook"
        url          = "${var.runbook_url}#${lower(replace(each.value.section, " ", "-"))}"
      }
    }
  }

  dynamic "conditions" {
    for_each = each.key == "dead-letters" ? var.kept : []
    content {
      display_name = conditions.value
      condition_threshold {
        filter          = "resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=\"${conditions.value}\" AND metric.type=\"pubsub.googleapis.com/subscription/num_undelivered_messages\""
        comparison      = "COMPARISON_GT"
        threshold_value = 0
        duration        = "0s"
        aggregations {
          alignment_period   = "60s"
          per_series_aligner = "ALIGN_MAX"
        }
      }
    }
  }

  dynamic "conditions" {
    for_each = each.key == "late" ? var.pushed : []
    content {
      display_name = conditions.value
      condition_threshold {
        filter          = "resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=\"${conditions.value}\" AND metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\""
        comparison      = "COMPARISON_GT"
        threshold_value = 300
        duration        = "60s"
        aggregations {
          alignment_period   = "60s"
          per_series_aligner = "ALIGN_MAX"
        }
      }
    }
  }

  # One condition for all functions, since a policy takes six at most. Each function is compared by itself.
  dynamic "conditions" {
    for_each = each.key == "failing" ? [1] : []
    content {
      display_name = "5xx"
      condition_threshold {
        filter             = "${local.requests} AND metric.labels.response_code_class=\"5xx\""
        denominator_filter = local.requests
        comparison         = "COMPARISON_GT"
        threshold_value    = 0.05
        duration           = "300s"
        aggregations {
          alignment_period     = "60s"
          per_series_aligner   = "ALIGN_RATE"
          cross_series_reducer = "REDUCE_SUM"
          group_by_fields      = ["resource.label.service_name"]
        }
        denominator_aggregations {
          alignment_period     = "60s"
          per_series_aligner   = "ALIGN_RATE"
          cross_series_reducer = "REDUCE_SUM"
          group_by_fields      = ["resource.label.service_name"]
        }
      }
    }
  }

  dynamic "conditions" {
    for_each = each.key == "logged" ? [1] : []
    content {
      display_name = "ERROR"
      condition_matched_log {
        filter = "resource.type=\"cloud_run_revision\" AND severity>=ERROR AND NOT log_id(\"run.googleapis.com/requests\") AND (${local.services})"
      }
    }
  }

  dynamic "conditions" {
    for_each = contains(keys(local.lines), each.key) ? [local.lines[each.key]] : []
    content {
      display_name = conditions.value
      condition_matched_log {
        filter = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"sweep\" AND jsonPayload.message=\"${conditions.value}\""
      }
    }
  }

  # Only answers that say it succeeded: calls that are refused, such as for a wrong audience, bring nothing back either.
  dynamic "conditions" {
    for_each = each.key == "sweep-silent" ? [1] : []
    content {
      display_name = "sweep"
      condition_absent {
        filter   = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"sweep\" AND metric.type=\"run.googleapis.com/request_count\" AND metric.labels.response_code_class=\"2xx\""
        duration = "600s"
        aggregations {
          alignment_period     = "60s"
          per_series_aligner   = "ALIGN_DELTA"
          cross_series_reducer = "REDUCE_SUM"
        }
      }
    }
  }

  # Only a condition on log lines takes a rate limit, and it must have one.
  dynamic "alert_strategy" {
    for_each = contains(concat(["logged"], keys(local.lines)), each.key) ? [1] : []
    content {
      auto_close = "86400s"
      notification_rate_limit {
        period = "3600s"
      }
    }
  }

  lifecycle {
    precondition {
      condition     = strcontains(local.runbook_file, "\n## ${each.value.section}\n")
      error_message = "The alert ${each.key} links the section ${each.value.section} of terraform/RUNBOOK.md, which is not there."
    }
  }
}
