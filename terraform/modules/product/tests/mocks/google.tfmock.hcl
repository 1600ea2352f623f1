# What the provider would answer. Ids look as real ones do, since the real provider checks their form.

mock_data "google_project" {
  defaults = {
    number = "123456789012"
  }
}

mock_resource "google_service_account" {
  defaults = {
    id = "projects/notify-test/serviceAccounts/fn-test@notify-test.iam.gserviceaccount.com"
  }
}

mock_resource "google_artifact_registry_repository" {
  defaults = {
    id = "projects/notify-test/locations/asia-south1/repositories/functions"
  }
}

mock_resource "google_pubsub_topic" {
  defaults = {
    id = "projects/notify-test/topics/test-dead"
  }
}

mock_resource "google_secret_manager_secret" {
  defaults = {
    id = "projects/notify-test/secrets/test"
  }
}

mock_resource "google_secret_manager_secret_version" {
  defaults = {
    version = "7"
  }
}
