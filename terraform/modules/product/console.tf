# The staff's way to the console: a load balancer with Identity-Aware Proxy, where console_staff_host names a host. Without it there is none of this,
# and no function console-staff.

locals {
  staff_hosts = toset(var.console_staff_host == null ? [] : [var.console_staff_host])

  # Whose assertions of the proxy the function takes: those for this backend service.
  staff_audience = one([for b in values(google_compute_backend_service.console_staff) : "/projects/${local.number}/global/backendServices/${b.generated_id}"])

  # Google's own account that calls the function for the proxy.
  iap_agent = "serviceAccount:service-${local.number}@gcp-sa-iap.iam.gserviceaccount.com"
}

# It names the function and does not refer to it: the function is told the backend service's id, so it is made after both.
resource "google_compute_region_network_endpoint_group" "console_staff" {
  for_each = local.staff_hosts

  name                  = "console-staff"
  project               = var.project
  region                = var.region
  network_endpoint_type = "SERVERLESS"

  cloud_run {
    service = "console-staff"
  }

  depends_on = [google_project_service.this]
}

resource "google_compute_backend_service" "console_staff" {
  for_each = local.staff_hosts

  name                  = "console-staff"
  project               = var.project
  description           = "The console for the platform's staff"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"

  backend {
    group = google_compute_region_network_endpoint_group.console_staff[each.key].id
  }

  # With Google's own OAuth client, which lets in accounts of the project's organisation.
  iap {
    enabled = true
  }
}

resource "google_compute_url_map" "console_staff" {
  for_each = local.staff_hosts

  name            = "console-staff"
  project         = var.project
  default_service = google_compute_backend_service.console_staff[each.key].id
}

# The host is part of the name, since a certificate cannot be changed: the next one is made before the former one goes.
resource "google_compute_managed_ssl_certificate" "console_staff" {
  for_each = var.console_staff_certificate == null ? local.staff_hosts : []

  name    = "console-staff-${substr(sha256(each.key), 0, 8)}"
  project = var.project

  managed {
    domains = [each.key]
  }

  lifecycle {
    create_before_destroy = true
  }

  depends_on = [google_project_service.this]
}

resource "google_compute_target_https_proxy" "console_staff" {
  for_each = local.staff_hosts

  name             = "console-staff"
  project          = var.project
  url_map          = google_compute_url_map.console_staff[each.key].id
  ssl_certificates = [coalesce(var.console_staff_certificate, one(values(google_compute_managed_ssl_certificate.console_staff)[*].id))]
}

resource "google_compute_global_address" "console_staff" {
  for_each = local.staff_hosts

  name    = "console-staff"
  project = var.project
  labels  = local.labels

  depends_on = [google_project_service.this]
}

resource "google_compute_global_forwarding_rule" "console_staff" {
  for_each = local.staff_hosts

  name                  = "console-staff"
  project               = var.project
  labels                = local.labels
  ip_address            = google_compute_global_address.console_staff[each.key].id
  load_balancing_scheme = "EXTERNAL_MANAGED"
  port_range            = "443"
  target                = google_compute_target_https_proxy.console_staff[each.key].id
}
