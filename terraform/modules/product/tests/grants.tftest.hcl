# Who may do what, as a table: every member, and everything that it may. Nothing more and nothing less is made. That all grants are in
# the list that this compares is held by terraform/check.

mock_provider "google" {
  source = "./tests/mocks"
}

run "grants" {
  command = plan

  assert {
    condition = toset(keys(output.grants)) == toset([
      "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com",
      "allUsers",
      "serviceAccount:fn-brandapi@notify-test.iam.gserviceaccount.com",
      "serviceAccount:fn-build@notify-test.iam.gserviceaccount.com",
      "serviceAccount:fn-console@notify-test.iam.gserviceaccount.com",
      "serviceAccount:fn-notify@notify-test.iam.gserviceaccount.com",
      "serviceAccount:fn-push@notify-test.iam.gserviceaccount.com",
      "serviceAccount:fn-receive@notify-test.iam.gserviceaccount.com",
      "serviceAccount:fn-schedule@notify-test.iam.gserviceaccount.com",
      "serviceAccount:fn-subscribe@notify-test.iam.gserviceaccount.com",
      "serviceAccount:fn-sweep@notify-test.iam.gserviceaccount.com",
      "serviceAccount:fn-webhook@notify-test.iam.gserviceaccount.com",
      "serviceAccount:fn-workspace@notify-test.iam.gserviceaccount.com",
      "group:orders@example.com",
      "serviceAccount:orders@example-platform.iam.gserviceaccount.com",
    ])
    error_message = "Others than these have rights: ${join(", ", keys(output.grants))}."
  }

  assert {
    condition = output.grants["serviceAccount:fn-brandapi@notify-test.iam.gserviceaccount.com"] == tolist([
      "roles/datastore.user project if resource.name == \"projects/notify-test/databases/(default)\"",
      "roles/pubsub.publisher topic order-actions",
      "roles/secretmanager.secretAccessor secret phone-key",
    ])
    error_message = "fn-brandapi may: ${join("; ", output.grants["serviceAccount:fn-brandapi@notify-test.iam.gserviceaccount.com"])}."
  }

  assert {
    condition = output.grants["serviceAccount:fn-notify@notify-test.iam.gserviceaccount.com"] == tolist([
      "roles/datastore.user project if resource.name == \"projects/notify-test/databases/(default)\"",
      "roles/pubsub.publisher topic account-news",
      "roles/pubsub.publisher topic customer-notifications",
      "roles/pubsub.publisher topic message-outcomes",
      "roles/pubsub.publisher topic order-events-dead",
      "roles/secretmanager.secretAccessor project if resource.name.startsWith(\"projects/123456789012/secrets/app-\")",
      "roles/secretmanager.secretAccessor secret occurrence-key",
      "roles/secretmanager.secretAccessor secret phone-key",
      "roles/secretmanager.secretAccessor secret reference-key",
    ])
    error_message = "fn-notify may: ${join("; ", output.grants["serviceAccount:fn-notify@notify-test.iam.gserviceaccount.com"])}."
  }

  assert {
    condition = output.grants["serviceAccount:fn-receive@notify-test.iam.gserviceaccount.com"] == tolist([
      "roles/datastore.user project if resource.name == \"projects/notify-test/databases/(default)\"",
      "roles/pubsub.publisher topic account-news",
      "roles/pubsub.publisher topic customer-messages",
      "roles/pubsub.publisher topic customer-notifications",
      "roles/pubsub.publisher topic message-outcomes",
      "roles/pubsub.publisher topic provider-events-dead",
      "roles/secretmanager.secretAccessor project if resource.name.startsWith(\"projects/123456789012/secrets/app-\")",
      "roles/secretmanager.secretAccessor secret phone-key",
      "roles/secretmanager.secretAccessor secret reference-key",
    ])
    error_message = "fn-receive may: ${join("; ", output.grants["serviceAccount:fn-receive@notify-test.iam.gserviceaccount.com"])}."
  }

  assert {
    condition = output.grants["serviceAccount:fn-subscribe@notify-test.iam.gserviceaccount.com"] == tolist([
      "roles/datastore.user project if resource.name == \"projects/notify-test/databases/(default)\"",
      "roles/secretmanager.secretAccessor secret phone-key",
    ])
    error_message = "fn-subscribe may: ${join("; ", output.grants["serviceAccount:fn-subscribe@notify-test.iam.gserviceaccount.com"])}."
  }

  assert {
    condition = output.grants["serviceAccount:fn-sweep@notify-test.iam.gserviceaccount.com"] == tolist([
      "projects/notify-test/roles/whatsappSecretRemover project if resource.name.startsWith(\"projects/123456789012/secrets/app-\")",
      "roles/datastore.user project if resource.name == \"projects/notify-test/databases/(default)\"",
      "roles/pubsub.publisher topic account-news",
      "roles/pubsub.publisher topic customer-notifications",
      "roles/pubsub.publisher topic message-outcomes",
      "roles/pubsub.publisher topic order-events",
      "roles/pubsub.publisher topic provider-events",
      "roles/secretmanager.secretAccessor project if resource.name.startsWith(\"projects/123456789012/secrets/app-\")",
      "roles/secretmanager.secretAccessor secret proof-key",
      "roles/secretmanager.secretAccessor secret reference-key",
      "roles/storage.objectCreator bucket notify-test-consent-roots",
      "roles/storage.objectViewer bucket notify-test-consent-roots",
    ])
    error_message = "fn-sweep may: ${join("; ", output.grants["serviceAccount:fn-sweep@notify-test.iam.gserviceaccount.com"])}."
  }

  assert {
    condition = output.grants["serviceAccount:fn-webhook@notify-test.iam.gserviceaccount.com"] == tolist([
      "roles/datastore.viewer project if resource.name == \"projects/notify-test/databases/(default)\"",
      "roles/pubsub.publisher topic provider-events",
      "roles/secretmanager.secretAccessor project if resource.name.startsWith(\"projects/123456789012/secrets/app-\")",
      "roles/secretmanager.secretAccessor secret reference-key",
    ])
    error_message = "fn-webhook may: ${join("; ", output.grants["serviceAccount:fn-webhook@notify-test.iam.gserviceaccount.com"])}."
  }

  assert {
    condition = output.grants["serviceAccount:fn-console@notify-test.iam.gserviceaccount.com"] == tolist([
      "projects/notify-test/roles/whatsappSecretCreator project",
      "projects/notify-test/roles/whatsappSecretRemover project if resource.name.startsWith(\"projects/123456789012/secrets/app-\")",
      "roles/datastore.user project if resource.name == \"projects/notify-test/databases/(default)\"",
      "roles/pubsub.publisher topic account-news",
      "roles/secretmanager.secretAccessor project if resource.name.startsWith(\"projects/123456789012/secrets/app-\")",
      "roles/secretmanager.secretAccessor secret phone-key",
      "roles/secretmanager.secretAccessor secret proof-key",
      "roles/secretmanager.secretAccessor secret reference-key",
      "roles/secretmanager.secretAccessor secret session-key",
      "roles/secretmanager.secretVersionAdder project if resource.name.startsWith(\"projects/123456789012/secrets/app-\")",
      "roles/storage.objectViewer bucket notify-test-consent-roots",
    ])
    error_message = "fn-console may: ${join("; ", output.grants["serviceAccount:fn-console@notify-test.iam.gserviceaccount.com"])}."
  }

  assert {
    condition = output.grants["serviceAccount:fn-workspace@notify-test.iam.gserviceaccount.com"] == tolist([
      "projects/notify-test/roles/whatsappSecretCreator project",
      "projects/notify-test/roles/whatsappSecretRemover project if resource.name.startsWith(\"projects/123456789012/secrets/app-\")",
      "roles/datastore.user project if resource.name == \"projects/notify-test/databases/(default)\"",
      "roles/pubsub.publisher topic account-news",
      "roles/secretmanager.secretAccessor project if resource.name.startsWith(\"projects/123456789012/secrets/app-\")",
      "roles/secretmanager.secretAccessor secret phone-key",
      "roles/secretmanager.secretAccessor secret proof-key",
      "roles/secretmanager.secretAccessor secret reference-key",
      "roles/secretmanager.secretVersionAdder project if resource.name.startsWith(\"projects/123456789012/secrets/app-\")",
      "roles/storage.objectViewer bucket notify-test-consent-roots",
    ])
    error_message = "fn-workspace may: ${join("; ", output.grants["serviceAccount:fn-workspace@notify-test.iam.gserviceaccount.com"])}."
  }

  assert {
    condition = output.grants["serviceAccount:fn-build@notify-test.iam.gserviceaccount.com"] == tolist([
      "roles/artifactregistry.writer repository functions",
      "roles/logging.logWriter project",
      "roles/storage.objectViewer bucket notify-test-functions",
      "roles/storage.objectViewer project if resource.name.startsWith(\"projects/_/buckets/gcf-v2-sources-123456789012-\")",
    ])
    error_message = "fn-build may: ${join("; ", output.grants["serviceAccount:fn-build@notify-test.iam.gserviceaccount.com"])}."
  }

  assert {
    condition = output.grants["serviceAccount:fn-push@notify-test.iam.gserviceaccount.com"] == tolist([
      "roles/run.invoker function notify",
      "roles/run.invoker function receive",
    ])
    error_message = "fn-push may: ${join("; ", output.grants["serviceAccount:fn-push@notify-test.iam.gserviceaccount.com"])}."
  }

  assert {
    condition = output.grants["serviceAccount:fn-schedule@notify-test.iam.gserviceaccount.com"] == tolist([
      "roles/run.invoker function sweep",
    ])
    error_message = "fn-schedule may: ${join("; ", output.grants["serviceAccount:fn-schedule@notify-test.iam.gserviceaccount.com"])}."
  }

  assert {
    condition = output.grants["serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com"] == tolist([
      "roles/iam.serviceAccountTokenCreator account fn-push@notify-test.iam.gserviceaccount.com",
      "roles/pubsub.publisher topic order-events-dead",
      "roles/pubsub.publisher topic provider-events-dead",
      "roles/pubsub.subscriber subscription notify",
      "roles/pubsub.subscriber subscription receive",
    ])
    error_message = "agent may: ${join("; ", output.grants["serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com"])}."
  }

  assert {
    condition = output.grants["allUsers"] == tolist([
      "roles/run.invoker function brandapi",
      "roles/run.invoker function console",
      "roles/run.invoker function subscribe",
      "roles/run.invoker function webhook",
      "roles/run.invoker function workspace",
    ])
    error_message = "allUsers may: ${join("; ", output.grants["allUsers"])}."
  }

  assert {
    condition = output.grants["group:orders@example.com"] == tolist([
      "roles/pubsub.subscriber subscription account-news-kept",
      "roles/pubsub.subscriber subscription customer-messages-kept",
      "roles/pubsub.subscriber subscription customer-notifications-kept",
      "roles/pubsub.subscriber subscription message-outcomes-kept",
      "roles/pubsub.subscriber subscription order-actions-kept",
    ])
    error_message = "group:orders@example.com may: ${join("; ", output.grants["group:orders@example.com"])}."
  }

  assert {
    condition = output.grants["serviceAccount:orders@example-platform.iam.gserviceaccount.com"] == tolist([
      "roles/pubsub.publisher topic order-events",
    ])
    error_message = "serviceAccount:orders@example-platform.iam.gserviceaccount.com may: ${join("; ", output.grants["serviceAccount:orders@example-platform.iam.gserviceaccount.com"])}."
  }

  # The two roles of our own.
  assert {
    condition     = google_project_iam_custom_role.secret_creator.permissions == toset(["secretmanager.secrets.create"])
    error_message = "whatsappSecretCreator may do more than make secrets."
  }

  assert {
    condition = google_project_iam_custom_role.secret_remover.permissions == toset([
      "secretmanager.secrets.delete",
      "secretmanager.versions.destroy",
      "secretmanager.versions.list",
    ])
    error_message = "whatsappSecretRemover may do more than destroy secrets."
  }
}

# With secrets among the variables, those who have such a variable may read them, and nobody else.
run "secret_variables" {
  command = plan

  variables {
    order_link_key_version = 1
    platform_token_version = 1
  }

  assert {
    condition = [for member, grants in output.grants : member if contains(grants, "roles/secretmanager.secretAccessor secret order-link-key")] == [
      "serviceAccount:fn-subscribe@notify-test.iam.gserviceaccount.com",
    ]
    error_message = "Exactly subscribe must read order-link-key."
  }

  assert {
    condition = toset([for member, grants in output.grants : member if contains(grants, "roles/secretmanager.secretAccessor secret platform-token")]) == toset([
      for name in ["brandapi", "notify", "receive", "subscribe"] : "serviceAccount:fn-${name}@notify-test.iam.gserviceaccount.com"
    ])
    error_message = "Exactly the functions that call the platform must read platform-token."
  }
}
