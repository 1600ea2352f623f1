locals {
  metrics = yamldecode(file("${path.module}/metrics.yaml"))
}

resource "google_logging_metric" "this" {
  for_each = local.metrics

  name             = each.key
  project          = var.project
  description      = each.value.counts
  filter           = each.value.filter
  label_extractors = { for name, field in each.value.labels : name => "EXTRACT(${field})" }
  value_extractor  = can(each.value.value) ? "EXTRACT(${each.value.value})" : null

  # Only a distribution takes a value out of the lines; what counts them is a whole number.
  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = can(each.value.value) ? "DISTRIBUTION" : "INT64"
    unit        = try(each.value.unit, "1")

    dynamic "labels" {
      for_each = each.value.labels
      content {
        key         = labels.key
        value_type  = "STRING"
        description = labels.value
      }
    }
  }

  dynamic "bucket_options" {
    for_each = can(each.value.value) ? [1] : []
    content {
      exponential_buckets {
        scale              = each.value.scale
        growth_factor      = each.value.growth
        num_finite_buckets = each.value.buckets
      }
    }
  }
}
