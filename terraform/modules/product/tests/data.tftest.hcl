# What is stored: indexes, protection, secrets, alerts.

mock_provider "google" {
  source = "./tests/mocks"
}

run "protected" {
  command = plan

  # The file that the local cloud enforces is what is made, whole.
  assert {
    condition = sort([for i in module.firestore.indexes : jsonencode([i.collection, i.query_scope, [for f in i.fields : [f.field_path, coalesce(f.order, f.array_config)]]])]) == sort([
      for i in jsondecode(file("../../../shared/store/firestore.indexes.json")).indexes : jsonencode([i.collectionGroup, i.queryScope, [for f in i.fields : [f.fieldPath, try(f.order, f.arrayConfig)]]])
    ])
    error_message = "The composite indexes must be those of shared/store/firestore.indexes.json."
  }

  assert {
    condition = sort([for f in module.firestore.fields : "${f.collection} ${f.field} ${length(f.index_config[0].indexes)} ${length(f.ttl_config) > 0}"]) == sort([
      for f in jsondecode(file("../../../shared/store/firestore.indexes.json")).fieldOverrides : "${f.collectionGroup} ${f.fieldPath} ${length(f.indexes)} ${try(f.ttl, false)}"
    ])
    error_message = "The settings of fields must be those of shared/store/firestore.indexes.json."
  }

  assert {
    condition = (
      module.firestore.database.name == "(default)" &&
      module.firestore.database.type == "FIRESTORE_NATIVE" &&
      module.firestore.database.location_id == "asia-south1" &&
      module.firestore.database.point_in_time_recovery_enablement == "POINT_IN_TIME_RECOVERY_ENABLED" &&
      module.firestore.database.delete_protection_state == "DELETE_PROTECTION_ENABLED" &&
      length(module.firestore.backups) == 1
    )
    error_message = "A protected database must have recovery, backups and protection."
  }

  assert {
    condition     = toset(keys(module.key)) == toset(["occurrence-key", "phone-key", "proof-key", "reference-key", "session-key"]) && alltrue([for k in module.key : k.secret.deletion_protection && k.version == null])
    error_message = "Terraform must make the five keys' secrets, protected, and write none of their values."
  }

  assert {
    condition     = google_storage_bucket.source.public_access_prevention == "enforced" && length(google_storage_bucket.source.lifecycle_rule) == 1
    error_message = "Sources must be private, and replaced ones must go."
  }

  assert {
    condition = (
      google_storage_bucket.roots.public_access_prevention == "enforced" &&
      google_storage_bucket.roots.uniform_bucket_level_access &&
      !google_storage_bucket.roots.force_destroy &&
      tostring(google_storage_bucket.roots.retention_policy[0].retention_period) == "315360000" &&
      !google_storage_bucket.roots.retention_policy[0].is_locked &&
      !google_storage_bucket.roots.versioning[0].enabled
    )
    error_message = "Daily roots must be private and kept for ten years, by a policy that is not locked: ${jsonencode(google_storage_bucket.roots.retention_policy)}."
  }

  assert {
    condition     = length(google_artifact_registry_repository.images.cleanup_policies) == 2
    error_message = "Old images must go."
  }

  # The runbook shows the same filter, for other sinks.
  assert {
    condition     = replace(google_logging_project_exclusion.paths.filter, " AND (", " AND\n  (") == trimspace(split("```", split("## Request logs", file("../../RUNBOOK.md"))[1])[1])
    error_message = "Request logs with tokens and numbers must not be kept: ${google_logging_project_exclusion.paths.filter}."
  }

  # What failed is kept, and so is what strangers call.
  assert {
    condition     = google_logging_project_exclusion.pushes.filter == "resource.type=\"cloud_run_revision\" AND log_id(\"run.googleapis.com/requests\") AND (resource.labels.service_name=\"notify\" OR resource.labels.service_name=\"receive\" OR resource.labels.service_name=\"sweep\") AND httpRequest.status<400"
    error_message = "Of request logs of pushes only those that went well may go: ${google_logging_project_exclusion.pushes.filter}."
  }

  assert {
    condition     = length(google_billing_budget.this) == 0 && length(module.monitoring.channels) == 0
    error_message = "Without a billing account or an address there is no budget and no channel."
  }

  assert {
    condition     = toset(keys(module.monitoring.alerts)) == toset(["action-late", "actions-unread", "dead-letters", "failing", "given-up", "held", "in-doubt", "late", "logged", "new-shape", "possible-stop", "rate-card", "roots-late", "silent", "spending", "sweep-silent", "template-falls", "webhook-slow"])
    error_message = "Alerts are missing, or there are others."
  }

  assert {
    condition     = module.monitoring.alerts["dead-letters"].conditions[*].display_name == tolist(["order-events-dead-kept", "provider-events-dead-kept"]) && module.monitoring.alerts["late"].conditions[*].display_name == tolist(["notify", "receive"])
    error_message = "Each dead-letter subscription and each push subscription must be watched."
  }

  assert {
    condition = alltrue([for name in keys(local.functions) :
      strcontains(module.monitoring.alerts["failing"].conditions[0].condition_threshold[0].denominator_filter, "\"${name}\"")
    ])
    error_message = "Each function must be watched."
  }

  assert {
    condition     = alltrue([for a in module.monitoring.alerts : length(a.conditions) >= 1 && length(a.conditions) <= 6])
    error_message = "Cloud Monitoring takes one to six conditions in a policy: ${jsonencode({ for name, a in module.monitoring.alerts : name => length(a.conditions) })}."
  }

  # Of a policy on log lines that is the only condition, and it must have a rate limit. The shortest time is half an hour.
  assert {
    condition = alltrue([for a in module.monitoring.alerts :
      contains(["CRITICAL", "ERROR", "WARNING"], a.severity) &&
      tonumber(trimsuffix(a.alert_strategy[0].auto_close, "s")) >= 1800 &&
      length(a.alert_strategy[0].notification_rate_limit) == length(flatten(a.conditions[*].condition_matched_log)) &&
      (length(flatten(a.conditions[*].condition_matched_log)) == 0 || length(a.conditions) == 1)
    ])
    error_message = "Each alert must have a severity and close by itself, and only one on log lines must have a rate limit."
  }

  # What an alert shows of its line is what it takes from it.
  assert {
    condition     = strcontains(module.monitoring.alerts["spending"].documentation[0].content, "account: $${log.extracted_label.account}") && module.monitoring.alerts["spending"].conditions[0].condition_matched_log[0].label_extractors == tomap({ account = "EXTRACT(jsonPayload.account_id)", currency = "EXTRACT(jsonPayload.currency)" })
    error_message = "An alert on a log line must show whose it is: ${module.monitoring.alerts["spending"].documentation[0].content}"
  }

  # A label that is not declared is refused, as is a value of what only counts.
  assert {
    condition = alltrue([for m in module.monitoring.metrics :
      toset(keys(m.label_extractors)) == toset(m.metric_descriptor[0].labels[*].key) &&
      m.metric_descriptor[0].metric_kind == "DELTA" &&
      (m.value_extractor != null) == (m.metric_descriptor[0].value_type == "DISTRIBUTION") &&
      length(m.bucket_options) == (m.value_extractor == null ? 0 : 1) &&
      alltrue([for field in values(m.label_extractors) : startswith(field, "EXTRACT(jsonPayload.")])
    ])
    error_message = "Each metric must declare its labels, and only distributions take a value: ${jsonencode({ for n, m in module.monitoring.metrics : n => m.metric_descriptor })}"
  }

  assert {
    condition = alltrue([for name in ["sent", "refused", "failed", "in_doubt", "given_up", "webhook_latency", "webhook_rejections", "action_lag", "unknown_fields", "new_shapes", "spend"] :
      contains(keys(module.monitoring.metrics), name)
    ])
    error_message = "Metrics are missing: ${jsonencode(keys(module.monitoring.metrics))}."
  }

  # A percentile of the answers of one revision with one status would be one of few answers.
  assert {
    condition     = module.monitoring.alerts["webhook-slow"].conditions[0].condition_threshold[0].aggregations[0].cross_series_reducer == "REDUCE_PERCENTILE_99"
    error_message = "Webhook's answers must be looked at together."
  }

  assert {
    condition     = strcontains(module.monitoring.alerts["actions-unread"].conditions[0].condition_threshold[0].filter, "\"order-actions-kept\"")
    error_message = "The platform's subscription of actions must be watched."
  }

  # A chart of a metric that is not there stays empty, and nobody is told.
  assert {
    condition     = toset(flatten(regexall("googleapis[._]com[/:]user[/_]([a-z_]+?)(?:_sum)?[\\\\{]", module.monitoring.dashboard))) == toset(keys(module.monitoring.metrics))
    error_message = "The dashboard must show the metrics that are made, and no others: ${module.monitoring.dashboard}"
  }

  assert {
    condition = alltrue([for widget in jsondecode(module.monitoring.dashboard).gridLayout.widgets :
      length(widget.xyChart.dataSets) > 0 && alltrue([for set in widget.xyChart.dataSets : length(set.timeSeriesQuery) == 1])
    ])
    error_message = "Each series of the dashboard must have one query: ${module.monitoring.dashboard}"
  }

  assert {
    condition = { for name, a in module.monitoring.alerts : name => distinct(flatten(a.conditions[*].condition_threshold))[0].threshold_value if length(flatten(a.conditions[*].condition_threshold)) > 0 } == {
      actions-unread = 3600
      dead-letters   = 0
      failing        = 0.05
      late           = 300
      webhook-slow   = 1000
    }
    error_message = "Alerts on metrics must open at what the runbook says."
  }

  assert {
    condition     = alltrue([for a in module.monitoring.alerts : alltrue([for limit in a.alert_strategy[0].notification_rate_limit : limit.period == "3600s"])])
    error_message = "An alert on a log line must mail at most once an hour."
  }

  # Refused calls are calls too.
  assert {
    condition     = strcontains(module.monitoring.alerts["sweep-silent"].conditions[0].condition_absent[0].filter, "response_code_class=\"2xx\"")
    error_message = "Only calls of sweep that succeed must keep its alert silent."
  }
}

run "not_protected" {
  command = plan

  variables {
    protected = false
  }

  assert {
    condition = (
      module.firestore.database.point_in_time_recovery_enablement == "POINT_IN_TIME_RECOVERY_DISABLED" &&
      module.firestore.database.delete_protection_state == "DELETE_PROTECTION_DISABLED" &&
      module.firestore.database.deletion_policy == "DELETE" &&
      length(module.firestore.backups) == 0 &&
      google_storage_bucket.roots.force_destroy &&
      length(google_storage_bucket.roots.retention_policy) == 0 &&
      google_storage_bucket.roots.versioning[0].enabled &&
      alltrue([for k in module.key : !k.secret.deletion_protection])
    )
    error_message = "Without protection one command must destroy everything."
  }
}

# Everybody may read the roots, and nobody can ever delete one.
run "roots_for_everybody" {
  command = plan

  variables {
    roots_public         = true
    roots_locked         = true
    roots_retention_days = 30
  }

  assert {
    condition     = google_storage_bucket.roots.public_access_prevention == "inherited" && google_storage_bucket.roots.retention_policy[0].is_locked && tostring(google_storage_bucket.roots.retention_policy[0].retention_period) == "2592000"
    error_message = "The roots must be readable and locked."
  }

  assert {
    condition     = contains(output.grants["allUsers"], "roles/storage.objectViewer bucket notify-test-consent-roots") && !contains(output.grants["allUsers"], "roles/storage.objectViewer bucket notify-test-functions")
    error_message = "Everybody must be able to read the roots, and no other bucket."
  }
}

# Without a retention policy replaced roots are kept as versions.
run "roots_without_retention" {
  command = plan

  variables {
    roots_retention_days = 0
  }

  assert {
    condition     = length(google_storage_bucket.roots.retention_policy) == 0 && google_storage_bucket.roots.versioning[0].enabled
    error_message = "Without a retention policy the roots must have versions."
  }
}

run "told" {
  command = plan

  variables {
    alert_email     = "ops@example.com"
    billing_account = "012345-6789AB-CDEF01"
    budget          = 250
    runbook_url     = "https://code.example.com/terraform/RUNBOOK.md"
  }

  assert {
    condition     = module.monitoring.alerts["possible-stop"].documentation[0].links[0].url == "https://code.example.com/terraform/RUNBOOK.md#a-shoppers-message-cannot-be-read"
    error_message = "An alert must link its section of the runbook."
  }

  assert {
    condition     = length(google_billing_budget.this) == 1 && one(google_billing_budget.this[0].budget_filter[0].projects) == "projects/123456789012" && google_billing_budget.this[0].amount[0].specified_amount[0].units == "250"
    error_message = "The budget must be the project's."
  }

  assert {
    condition     = length(google_billing_budget.this[0].all_updates_rule) == 1
    error_message = "Who gets the alerts must get the budget's mails too."
  }

  assert {
    condition     = contains(keys(google_project_service.this), "billingbudgets")
    error_message = "A budget needs its API."
  }
}

run "budget_alone" {
  command = plan

  variables {
    billing_account = "012345-6789AB-CDEF01"
  }

  assert {
    condition     = length(google_billing_budget.this) == 1 && length(google_billing_budget.this[0].all_updates_rule) == 0
    error_message = "Without an address for alerts the budget must have no rule of its own for mails."
  }
}
