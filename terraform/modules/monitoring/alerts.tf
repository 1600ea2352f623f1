locals {
  alerts = yamldecode(file("${path.module}/alerts.yaml"))

  requests = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=one_of(${join(",", [for name in var.functions : "\"${name}\""])}) AND metric.type=\"run.googleapis.com/request_count\""

  # The conditions of the alerts that metrics of Google's open. They rest on none of our own metrics: a new one is known to Cloud Monitoring
  # only minutes after it was made, and until then a policy on it is refused.
  conditions = {
    actions-unread = [{
      name    = var.actions
      filter  = "resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=\"${var.actions}\" AND metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\""
      above   = 3600
      for     = "60s"
      aligner = "ALIGN_MAX"
    }]

    dead-letters = [for name in var.kept : {
      name    = name
      filter  = "resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=\"${name}\" AND metric.type=\"pubsub.googleapis.com/subscription/num_undelivered_messages\""
      above   = 0
      for     = "0s"
      aligner = "ALIGN_MAX"
    }]

    # One condition for all functions, since a policy takes six at most. Each function is compared by itself.
    failing = [{
      name    = "5xx"
      filter  = "${local.requests} AND metric.labels.response_code_class=\"5xx\""
      of      = local.requests
      above   = 0.05
      for     = "300s"
      aligner = "ALIGN_RATE"
      reducer = "REDUCE_SUM"
      by      = ["resource.label.service_name"]
    }]

    late = [for name in var.pushed : {
      name    = name
      filter  = "resource.type=\"pubsub_subscription\" AND resource.labels.subscription_id=\"${name}\" AND metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\""
      above   = 300
      for     = "60s"
      aligner = "ALIGN_MAX"
    }]

    # In milliseconds, over all revisions and answers together.
    webhook-slow = [{
      name    = "99 of 100"
      filter  = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"webhook\" AND metric.type=\"run.googleapis.com/request_latencies\""
      above   = 1000
      for     = "300s"
      period  = "300s"
      aligner = "ALIGN_DELTA"
      reducer = "REDUCE_PERCENTILE_99"
    }]
  }

  # Only answers that say it succeeded: calls that are refused, such as for a wrong audience, bring nothing back either.
  absent = {
    sweep-silent = [{
      name   = "sweep"
      filter = "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"sweep\" AND metric.type=\"run.googleapis.com/request_count\" AND metric.labels.response_code_class=\"2xx\""
      for    = "600s"
    }]
  }

  runbook_file = file("${path.module}/../../RUNBOOK.md")
}

resource "google_monitoring_alert_policy" "this" {
  for_each = local.alerts

  display_name          = "WhatsApp notifications: ${each.value.title}"
  project               = var.project
  combiner              = "OR"
  severity              = each.value.severity
  user_labels           = var.labels
  notification_channels = local.channels

  documentation {
    # Cloud Monitoring puts what it has taken from the line in the place of each variable.
    content = join("\n\n", concat(
      [each.value.text],
      [for name in keys(try(each.value.labels, {})) : "${name}: $${log.extracted_label.${name}}"],
      ["What to do: section \"${each.value.title}\" of terraform/RUNBOOK.md."],
    ))
    mime_type = "text/markdown"

    dynamic "links" {
      for_each = var.runbook_url == null ? [] : [1]
      content {
        display_name = "Runbook"
        url          = "${var.runbook_url}#${replace(lower(replace(each.value.title, " ", "-")), "/[^a-z0-9-]/", "")}"
      }
    }
  }

  dynamic "conditions" {
    for_each = try(local.conditions[each.key], [])
    content {
      display_name = conditions.value.name
      condition_threshold {
        filter             = conditions.value.filter
        denominator_filter = try(conditions.value.of, null)
        comparison         = "COMPARISON_GT"
        threshold_value    = conditions.value.above
        duration           = conditions.value.for

        aggregations {
          alignment_period     = try(conditions.value.period, "60s")
          per_series_aligner   = conditions.value.aligner
          cross_series_reducer = try(conditions.value.reducer, null)
          group_by_fields      = try(conditions.value.by, null)
        }

        dynamic "denominator_aggregations" {
          for_each = can(conditions.value.of) ? [1] : []
          content {
            alignment_period     = "60s"
            per_series_aligner   = conditions.value.aligner
            cross_series_reducer = conditions.value.reducer
            group_by_fields      = conditions.value.by
          }
        }
      }
    }
  }

  dynamic "conditions" {
    for_each = try(local.absent[each.key], [])
    content {
      display_name = conditions.value.name
      condition_absent {
        filter   = conditions.value.filter
        duration = conditions.value.for
        aggregations {
          alignment_period     = "60s"
          per_series_aligner   = "ALIGN_DELTA"
          cross_series_reducer = "REDUCE_SUM"
        }
      }
    }
  }

  dynamic "conditions" {
    for_each = can(each.value.filter) ? [1] : []
    content {
      display_name = each.value.title
      condition_matched_log {
        filter           = each.value.filter
        label_extractors = { for name, field in try(each.value.labels, {}) : name => "EXTRACT(${field})" }
      }
    }
  }

  alert_strategy {
    auto_close = each.value.closes

    # Only a condition on log lines takes a rate limit, and it must have one.
    dynamic "notification_rate_limit" {
      for_each = can(each.value.filter) ? [1] : []
      content {
        period = "3600s"
      }
    }
  }

  lifecycle {
    precondition {
      condition     = strcontains(local.runbook_file, "\n### ${each.value.title}\n")
      error_message = "The alert ${each.key} links the section ${each.value.title} of terraform/RUNBOOK.md, which is not there."
    }
  }
}
