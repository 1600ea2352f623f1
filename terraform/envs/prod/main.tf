terraform {
  required_version = ">= 1.11"

  # Its bucket is given by init: terraform/deploy makes it.
  backend "gcs" {
    prefix = "whatsapp-notifications/prod"
  }

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 6.50, < 8"
    }
  }
}

# With a person's credentials the API of budgets asks whose quota a call counts to.
provider "google" {
  billing_project       = var.project
  project               = var.project
  region                = var.region
  user_project_override = true
}

module "product" {
  source = "../../modules/product"

  environment = "prod"
  protected   = true

  # Shoppers and providers wait for these two: they are spared the start of a container.
  min_instances = { subscribe = 1, webhook = 1 }

  addresses                 = var.addresses
  alert_email               = var.alert_email
  billing_account           = var.billing_account
  budget                    = var.budget
  bundles                   = var.bundles
  console_staff             = var.console_staff
  console_staff_certificate = var.console_staff_certificate
  console_staff_host        = var.console_staff_host
  firestore_location        = var.firestore_location
  labels                    = var.labels
  max_instances             = var.max_instances
  order_link_key            = var.order_link_key
  order_link_key_version    = var.order_link_key_version
  outcomes_in_bigquery      = var.outcomes_in_bigquery
  platform_members          = var.platform_members
  platform_publishers       = var.platform_publishers
  platform_token            = var.platform_token
  platform_token_version    = var.platform_token_version
  project                   = var.project
  region                    = var.region
  roots_locked              = var.roots_locked
  roots_public              = var.roots_public
  roots_retention_days      = var.roots_retention_days
  runbook_url               = var.runbook_url
  runtime                   = var.runtime
  settings                  = var.settings
}
