bundles     = "tests/fixtures"
environment = "test"
project     = "notify-test"
region      = "asia-south1"

platform_members    = ["group:orders@example.com"]
platform_publishers = ["serviceAccount:orders@example-platform.iam.gserviceaccount.com"]

settings = {
  PLATFORM_BASE_URL = "https://platform.example.com"
  USER_AUDIENCE     = "notifications"
  USER_ISSUER       = "https://login.example.com"
}

# terraform/check looks for these in the state.
order_link_key = "value-of-the-order-link-key"
platform_token = "value-of-the-platform-token"
