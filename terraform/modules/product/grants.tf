# Who may do what. No other file grants anything, so that this one can be read as a whole; local.grants at its end lists all of it,
# and the tests hold that list to a table.

# Topics and secrets: a function has the right to what its variables name.

locals {
  # console names topics for what only the staff may do: to publish dead letters again where they came from. The brands' console tells news alone.
  publishable = {
    console       = ["account-news"]
    console-staff = concat(["account-news"], keys(local.pushed), tolist(local.analysis))
  }

  # Reading a topic takes no right: Pub/Sub pushes it.
  publishes = { for pair in flatten([for name, topics in local.topic_variables : [
    for topic in values(topics) : { function = name, topic = topic }
    if lookup(local.pushed, topic, "") != name && contains(lookup(local.publishable, name, [topic]), topic)
  ]]) : "${pair.function} ${pair.topic}" => pair }

  # The subscriptions that keep dead letters, which the staff looks through and takes from.
  mended = length(local.staff_hosts) == 0 ? {} : merge(
    { for topic in keys(local.pushed) : topic => module.queue[topic].kept.name },
    { for topic, s in google_pubsub_subscription.analysis_kept : topic => s.name },
  )

  topic_names = merge(
    { for name, q in module.queue : name => q.topic },
    { for name in keys(local.pushed) : "${name}-dead" => module.queue[name].dead_topic },
  )

  reads = merge(
    { for pair in flatten([for name, secrets in local.key_variables : [
      for secret in values(secrets) : { function = name, secret = module.key[secret].name, key = secret }
    ]]) : "${pair.function} ${pair.key}" => pair },
    { for pair in flatten([for name, f in local.functions : [
      for variable, s in local.secret_variables : { function = name, secret = s.secret, key = variable } if contains(keys(f.variables), variable)
    ]]) : "${pair.function} ${pair.key}" => pair },
  )
}

resource "google_pubsub_topic_iam_member" "publish" {
  for_each = local.publishes

  project = var.project
  topic   = local.topic_names[each.value.topic]
  role    = "roles/pubsub.publisher"
  member  = "serviceAccount:${local.function_emails[each.value.function]}"
}

resource "google_pubsub_subscription_iam_member" "mend" {
  for_each = local.mended

  project      = var.project
  subscription = each.value
  role         = "roles/pubsub.subscriber"
  member       = "serviceAccount:${local.function_emails["console-staff"]}"
}

resource "google_secret_manager_secret_iam_member" "read" {
  for_each = local.reads

  project   = var.project
  secret_id = each.value.secret
  role      = "roles/secretmanager.secretAccessor"
  member    = "serviceAccount:${local.function_emails[each.value.function]}"
}

# The platform publishes its events, and reads what is for it.

resource "google_pubsub_topic_iam_member" "platform" {
  for_each = toset(var.platform_publishers)

  project = var.project
  topic   = local.topic_names["order-events"]
  role    = "roles/pubsub.publisher"
  member  = each.key
}

resource "google_pubsub_subscription_iam_member" "platform" {
  for_each = { for pair in setproduct(local.pulled, var.platform_members) : join(" ", pair) => pair }

  project      = var.project
  subscription = module.queue[each.value[0]].pull.name
  role         = "roles/pubsub.subscriber"
  member       = each.value[1]
}

# Dead letters: Pub/Sub's own agent moves a message from the subscription to the dead-letter topic. Without both it never does.

resource "google_pubsub_topic_iam_member" "dead" {
  for_each = local.pushed

  project = var.project
  topic   = local.topic_names["${each.key}-dead"]
  role    = "roles/pubsub.publisher"
  member  = local.pubsub_agent
}

resource "google_pubsub_subscription_iam_member" "dead" {
  for_each = local.pushed

  project      = var.project
  subscription = module.queue[each.key].push.name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}

# Outcomes for analysis: Pub/Sub's agent writes the rows, into this one table, and moves what BigQuery refuses.

resource "google_bigquery_table_iam_member" "analysis" {
  for_each = local.analysis

  project    = var.project
  dataset_id = google_bigquery_table.outcomes[each.key].dataset_id
  table_id   = google_bigquery_table.outcomes[each.key].table_id
  role       = "roles/bigquery.dataEditor"
  member     = local.pubsub_agent
}

resource "google_pubsub_topic_iam_member" "analysis_dead" {
  for_each = local.analysis

  project = var.project
  topic   = google_pubsub_topic.analysis_dead[each.key].name
  role    = "roles/pubsub.publisher"
  member  = local.pubsub_agent
}

resource "google_pubsub_subscription_iam_member" "analysis_dead" {
  for_each = local.analysis

  project      = var.project
  subscription = google_pubsub_subscription.analysis[each.key].name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}

# Calls: the public functions verify their callers themselves. For Cloud Run it is the service's invoker that counts; the role of
# Cloud Functions is for the first generation.

resource "google_cloud_run_v2_service_iam_member" "public" {
  for_each = local.public

  project  = var.project
  location = var.region
  name     = module.function[each.key].name
  role     = "roles/run.invoker"
  member   = "allUsers"
}

resource "google_cloud_run_v2_service_iam_member" "caller" {
  for_each = local.private

  project  = var.project
  location = var.region
  name     = module.function[each.key].name
  role     = "roles/run.invoker"
  member   = "serviceAccount:${local.caller_emails[each.key]}"
}

# The staff's console is called by Identity-Aware Proxy alone, and that lets in whom console_staff names.

resource "google_cloud_run_v2_service_iam_member" "staff" {
  for_each = local.staff_hosts

  project  = var.project
  location = var.region
  name     = module.function["console-staff"].name
  role     = "roles/run.invoker"
  member   = local.iap_agent
}

resource "google_iap_web_backend_service_iam_member" "staff" {
  for_each = length(local.staff_hosts) == 0 ? [] : toset(var.console_staff)

  project             = var.project
  web_backend_service = one(values(google_compute_backend_service.console_staff)[*].name)
  role                = "roles/iap.httpsResourceAccessor"
  member              = each.key
}

# In projects from before April 2021 Pub/Sub's agent has no right to make tokens of the account that pushes.
resource "google_service_account_iam_member" "push_tokens" {
  service_account_id = "projects/${var.project}/serviceAccounts/${local.caller_emails["notify"]}"
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = local.pubsub_agent

  depends_on = [google_service_account.caller]
}

# Firestore's roles can only be granted for the project. The condition leaves one database of it.

resource "google_project_iam_member" "firestore" {
  for_each = local.functions

  project = var.project
  role    = each.key == "webhook" ? "roles/datastore.viewer" : "roles/datastore.user" # webhook looks tokens up, and writes nothing
  member  = "serviceAccount:${local.function_emails[each.key]}"

  condition {
    title      = "the product's database"
    expression = "resource.name == \"projects/${var.project}/databases/${module.firestore.database.name}\""
  }
}

# Credentials of apps are secrets that workspace and console make as brands install apps, so they cannot be named here. Their names begin
# with app-, and nobody else's do.

locals {
  app_secrets = "resource.name.startsWith(\"projects/${local.number}/secrets/app-\")"

  app_secret_roles = {
    read   = "roles/secretmanager.secretAccessor"
    add    = "roles/secretmanager.secretVersionAdder"
    remove = "projects/${var.project}/roles/${google_project_iam_custom_role.secret_remover.role_id}"
  }

  app_secret_users = {
    console       = ["read", "add", "remove"]
    console-staff = ["read", "add", "remove"]
    notify        = ["read"]
    receive       = ["read"]
    sweep         = ["read", "remove"] # removes what was replaced and what belonged to apps that are gone
    webhook       = ["read"]           # with what callbacks are signed
    workspace     = ["read", "add", "remove"]
  }
}

resource "google_project_iam_custom_role" "secret_creator" {
  role_id     = "whatsappSecretCreator"
  project     = var.project
  title       = "Makes secrets"
  description = "Makes secrets, without reading any or writing values. Making one cannot be narrowed to names."
  permissions = ["secretmanager.secrets.create"]

  depends_on = [google_project_service.this]
}

resource "google_project_iam_custom_role" "secret_remover" {
  role_id     = "whatsappSecretRemover"
  project     = var.project
  title       = "Removes secrets"
  description = "Destroys secrets and versions of them, without reading any."

  permissions = [
    "secretmanager.secrets.delete",
    "secretmanager.versions.destroy",
    "secretmanager.versions.list",
  ]

  depends_on = [google_project_service.this]
}

resource "google_project_iam_member" "create_secrets" {
  for_each = toset([for name in ["console", "console-staff", "workspace"] : name if contains(keys(local.functions), name)])

  project = var.project
  role    = "projects/${var.project}/roles/${google_project_iam_custom_role.secret_creator.role_id}"
  member  = "serviceAccount:${local.function_emails[each.key]}"
}

resource "google_project_iam_member" "app_secrets" {
  for_each = { for pair in flatten([for name, rights in local.app_secret_users : [
    for right in rights : { function = name, right = right } if contains(keys(local.functions), name)
  ]]) : "${pair.function} ${pair.right}" => pair }

  project = var.project
  role    = local.app_secret_roles[each.value.right]
  member  = "serviceAccount:${local.function_emails[each.value.function]}"

  condition {
    title      = "credentials of apps"
    expression = local.app_secrets
  }
}

# Daily roots of consents: sweep adds them, and reads what it finds in their place; workspace and console read them. Nobody may replace or delete any.

locals {
  roots_roles = {
    add  = "roles/storage.objectCreator"
    read = "roles/storage.objectViewer"
  }

  roots_users = {
    console       = ["read"]
    console-staff = ["read"]
    sweep         = ["add", "read"]
    workspace     = ["read"]
  }
}

resource "google_storage_bucket_iam_member" "roots" {
  for_each = { for pair in flatten([for name, rights in local.roots_users : [
    for right in rights : { function = name, right = right } if contains(keys(local.functions), name)
  ]]) : "${pair.function} ${pair.right}" => pair }

  bucket = google_storage_bucket.roots.name
  role   = local.roots_roles[each.value.right]
  member = "serviceAccount:${local.function_emails[each.value.function]}"
}

resource "google_storage_bucket_iam_member" "roots_public" {
  for_each = var.roots_public ? toset(["allUsers"]) : toset([])

  bucket = google_storage_bucket.roots.name
  role   = local.roots_roles["read"]
  member = each.key
}

# The build reads the source, writes the image, and logs.

resource "google_storage_bucket_iam_member" "build" {
  bucket = google_storage_bucket.source.name
  role   = "roles/storage.objectViewer"
  member = "serviceAccount:${local.build_email}"
}

resource "google_artifact_registry_repository_iam_member" "build" {
  project    = var.project
  location   = var.region
  repository = google_artifact_registry_repository.images.repository_id
  role       = "roles/artifactregistry.writer"
  member     = "serviceAccount:${local.build_email}"
}

# The right to write log entries is the project's only.
resource "google_project_iam_member" "build_logs" {
  project = var.project
  role    = "roles/logging.logWriter"
  member  = "serviceAccount:${local.build_email}"
}

# Cloud Functions copies the source to a bucket that it makes itself at the first deployment, so it cannot be named before.
resource "google_project_iam_member" "build_staging" {
  project = var.project
  role    = "roles/storage.objectViewer"
  member  = "serviceAccount:${local.build_email}"

  condition {
    title      = "sources that Cloud Functions has copied"
    expression = "resource.name.startsWith(\"projects/_/buckets/gcf-v2-sources-${local.number}-\")"
  }
}

locals {
  # By member: the role, and on what.
  grants = { for member in distinct(local.all_grants[*].member) : member => sort([
    for g in local.all_grants : "${g.role} ${g.on}" if g.member == member
  ]) }

  all_grants = concat(
    [for g in google_pubsub_topic_iam_member.publish : { member = g.member, role = g.role, on = "topic ${g.topic}" }],
    [for g in google_pubsub_topic_iam_member.platform : { member = g.member, role = g.role, on = "topic ${g.topic}" }],
    [for g in google_pubsub_topic_iam_member.dead : { member = g.member, role = g.role, on = "topic ${g.topic}" }],
    [for g in google_pubsub_subscription_iam_member.platform : { member = g.member, role = g.role, on = "subscription ${g.subscription}" }],
    [for g in google_pubsub_subscription_iam_member.mend : { member = g.member, role = g.role, on = "subscription ${g.subscription}" }],
    [for g in google_pubsub_subscription_iam_member.dead : { member = g.member, role = g.role, on = "subscription ${g.subscription}" }],
    [for g in google_pubsub_topic_iam_member.analysis_dead : { member = g.member, role = g.role, on = "topic ${g.topic}" }],
    [for g in google_pubsub_subscription_iam_member.analysis_dead : { member = g.member, role = g.role, on = "subscription ${g.subscription}" }],
    [for g in google_bigquery_table_iam_member.analysis : { member = g.member, role = g.role, on = "table ${g.dataset_id}.${g.table_id}" }],
    [for g in google_secret_manager_secret_iam_member.read : { member = g.member, role = g.role, on = "secret ${g.secret_id}" }],
    [for g in google_cloud_run_v2_service_iam_member.public : { member = g.member, role = g.role, on = "function ${g.name}" }],
    [for g in google_cloud_run_v2_service_iam_member.caller : { member = g.member, role = g.role, on = "function ${g.name}" }],
    [for g in google_cloud_run_v2_service_iam_member.staff : { member = g.member, role = g.role, on = "function ${g.name}" }],
    [for g in google_iap_web_backend_service_iam_member.staff : { member = g.member, role = g.role, on = "backend service ${g.web_backend_service}" }],
    [for g in [google_service_account_iam_member.push_tokens] : { member = g.member, role = g.role, on = "account ${basename(g.service_account_id)}" }],
    [for g in concat([google_storage_bucket_iam_member.build], values(google_storage_bucket_iam_member.roots), values(google_storage_bucket_iam_member.roots_public)) : { member = g.member, role = g.role, on = "bucket ${g.bucket}" }],
    [for g in [google_artifact_registry_repository_iam_member.build] : { member = g.member, role = g.role, on = "repository ${g.repository}" }],
    [for g in concat(
      values(google_project_iam_member.firestore),
      values(google_project_iam_member.app_secrets),
      values(google_project_iam_member.create_secrets),
      [google_project_iam_member.build_logs, google_project_iam_member.build_staging],
    ) : { member = g.member, role = g.role, on = join(" if ", concat(["project"], g.condition[*].expression)) }],
  )
}
