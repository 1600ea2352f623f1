locals {
  # What is set for each variable that the function reads; empty if nothing is.
  values = {
    for name, v in var.variables : name => try(coalesce(
      lookup(var.known, name, ""),
      lookup(var.settings, name, ""),
      v.default,
    ), "") if !contains(keys(var.secrets), name)
  }

  # As many threads run Go code as the instance has processors. Go finds this out by itself where the container's share is to be seen; one more costs
  # a quarter more processor time while there is little to do.
  runtime = { GOMAXPROCS = tostring(max(1, floor(tonumber(var.cpu)))) }

  # Required ones without a value.
  missing = [
    for name, value in local.values : name
    if value == "" && (var.variables[name].required || contains(var.required, name))
  ]
}

# The name has the content's hash, so that exactly a changed function is deployed again.
resource "google_storage_bucket_object" "source" {
  name   = "${var.name}-${filesha256(var.bundle)}.zip"
  bucket = var.bucket
  source = var.bundle
}

resource "google_cloudfunctions2_function" "this" {
  name        = var.name
  project     = var.project
  location    = var.region
  description = var.description
  labels      = var.labels

  build_config {
    runtime           = var.runtime
    entry_point       = var.entry_point
    service_account   = var.build_service_account
    docker_repository = var.repository

    source {
      storage_source {
        bucket = google_storage_bucket_object.source.bucket
        object = google_storage_bucket_object.source.name
      }
    }

    # Patches of the base image come without a deployment of ours.
    automatic_update_policy {}
  }

  service_config {
    all_traffic_on_latest_revision   = true
    available_cpu                    = var.cpu
    available_memory                 = var.memory
    environment_variables            = merge({ for name, value in local.values : name => value if value != "" }, local.runtime)
    ingress_settings                 = var.ingress
    max_instance_count               = var.max_instances
    max_instance_request_concurrency = var.concurrency
    min_instance_count               = var.min_instances
    service_account_email            = var.service_account
    timeout_seconds                  = var.timeout

    dynamic "secret_environment_variables" {
      for_each = { for name, secret in var.secrets : name => secret if contains(keys(var.variables), name) }
      content {
        key        = secret_environment_variables.key
        project_id = var.project
        secret     = secret_environment_variables.value.secret
        version    = secret_environment_variables.value.version
      }
    }
  }

  lifecycle {
    precondition {
      condition     = length(local.missing) == 0
      error_message = "The function ${var.name} needs ${join(", ", local.missing)}: set it in the variable settings."
    }

    precondition {
      condition     = var.concurrency == 1 || tonumber(var.cpu) >= 1
      error_message = "The function ${var.name} has less than one CPU, with which Cloud Run takes one request at a time."
    }
  }
}
