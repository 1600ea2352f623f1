# The environment's own values, on top of what modules/product/tests hold.

mock_provider "google" {
  source = "../../modules/product/tests/mocks"
}

variables {
  bundles = "../../modules/product/tests/fixtures"
  project = "notify-prod"
  region  = "asia-south1"

  settings = {
    PLATFORM_BASE_URL = "https://platform.example.com"
    USER_AUDIENCE     = "notifications"
    USER_ISSUER       = "https://login.example.com"
  }
}

run "prod" {
  command = plan

  assert {
    condition     = output.webhook_url == "https://webhook-123456789012.asia-south1.run.app"
    error_message = "Another address of webhook: ${output.webhook_url}."
  }

  assert {
    condition     = output.order_events_topic == "projects/notify-prod/topics/order-events"
    error_message = "Another topic of order events: ${output.order_events_topic}."
  }

  assert {
    condition     = output.protected == true
    error_message = "The data of prod must be protected."
  }
}
