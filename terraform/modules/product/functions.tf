locals {
  # What the code says of itself: its entry points, and the variables that each function reads.
  described = jsondecode(file("${path.module}/../../functions.json")).functions

  # By what names functions may be deployed.
  names = concat(keys(local.described), ["console-staff"])

  # What is deployed, by its name: each function once, and console twice where the staff has a host. code is the function's name.
  functions = { for name, code in merge(
    { for name in keys(local.described) : name => name },
    var.console_staff_host == null ? {} : { console-staff = "console" },
  ) : name => merge(local.described[code], { code = code }) }

  # How each is deployed. One CPU everywhere: with less, Cloud Run takes one request at a time. 512Mi is the least that
  # Cloud Run gives with one CPU in its second execution environment; under load a function uses about 50 MB.
  deployment = {
    brandapi = {
      description   = "Answers BusinessOnBot's bot about orders and shoppers, and takes cancellations"
      public        = true # for the bot; the header x-guest-id says whose it is
      memory        = "512Mi"
      concurrency   = 80 # it waits for Firestore and the platform
      min_instances = 0
      max_instances = 5  # BRANDAPI_RATE counts at each instance
      timeout       = 30 # REQUEST_TIMEOUT ends a request after 25 s
    }

    console = {
      description   = "Shows brands in a browser what happened to their messages, and changes their settings"
      public        = true # for browsers; a link that workspace makes lets people in
      memory        = "512Mi"
      concurrency   = 80 # it waits for Firestore; pages that are told of changes wait for minutes
      min_instances = 0
      max_instances = 5
      timeout       = 600 # IMPORT_TIMEOUT ends an import after 9 min, CONSOLE_STREAM what tells of changes after 5, REQUEST_TIMEOUT every other request after 25 s
    }

    console-staff = {
      description   = "The same for the platform's staff, behind Identity-Aware Proxy"
      public        = false # console.tf says who may
      memory        = "512Mi"
      concurrency   = 80
      min_instances = 0
      max_instances = 2
      timeout       = 600
    }

    notify = {
      description   = "Decides on a platform event, claims its message, sends it, records the answer"
      public        = false
      memory        = "512Mi"
      concurrency   = 80 # it waits for providers; CONCURRENCY has the same value
      min_instances = 0
      max_instances = 10 # share a sender's rate: MAX_INSTANCES has the same value
      timeout       = var.ack_deadline
    }

    receive = {
      description   = "Takes delivery reports, replies, prices and news that providers reported"
      public        = false
      memory        = "512Mi"
      concurrency   = 80 # it waits for Firestore
      min_instances = 0
      max_instances = 10 # 3,000 reports a second each
      timeout       = var.ack_deadline
    }

    subscribe = {
      description   = "Shows the customer portal an order with its WhatsApp key; subscribes and withdraws its shopper"
      public        = true # for browsers; the order's own data, or the order link's token, says who may
      memory        = "512Mi"
      concurrency   = 80 # it waits for the platform
      min_instances = 0
      max_instances = 10
      timeout       = 30 # REQUEST_TIMEOUT ends a request after 25 s
    }

    sweep = {
      description   = "Brings back what waits, settles what is in doubt, checks what is unhealthy"
      public        = false
      memory        = "512Mi"
      concurrency   = 1 # one call a minute, which works on many messages at once
      min_instances = 0
      max_instances = 2                # a call that takes longer than a minute keeps the next one from nothing
      timeout       = var.ack_deadline # SWEEP_FOR ends a call after 50 s
    }

    webhook = {
      description   = "Checks a provider's callback, makes its events durable, answers"
      public        = true # for providers; token and signature say who may
      memory        = "1Gi"
      concurrency   = 80 # bodies of up to 3 MiB: 240 MiB if all are of that size
      min_instances = 0
      max_instances = 20 # bounds what strangers can cost
      timeout       = 15 # PROVIDER_TIMEOUT ends a request after 10 s
    }

    workspace = {
      description   = "Shows and changes the settings of accounts; tells what happened to messages, and why; keeps consents"
      public        = true # for browsers; the bearer token says who may
      memory        = "512Mi"
      concurrency   = 80 # it waits for Firestore and providers
      min_instances = 0
      max_instances = 5
      timeout       = 600 # IMPORT_TIMEOUT ends an import after 9 min, REQUEST_TIMEOUT every other request after 25 s
    }
  }

  public  = toset([for name, f in local.deployment : name if f.public])
  private = setsubtract(keys(local.deployment), concat(tolist(local.public), ["console-staff"]))

  # Known before anything is made, so that functions can name each other and themselves.
  addresses = { for name in keys(local.functions) :
    name => lookup(var.addresses, name, "https://${name}-${local.number}.${var.region}.run.app")
  }

  hosts = sort(distinct(concat(
    [for a in values(local.addresses) : split("/", trimprefix(a, "https://"))[0]],
    ["${var.region}-${var.project}.cloudfunctions.net"],
  )))

  # Values that follow from what is made here. A function gets those that it reads.
  known = { for name, f in local.deployment : name => {
    ACK_DEADLINE         = "${var.ack_deadline}s"
    CONCURRENCY          = tostring(f.concurrency)
    CONSOLE_DOOR         = lookup({ console = "brand", console-staff = "staff" }, name, "")
    CONSOLE_URL          = local.addresses["console"]
    GOOGLE_CLOUD_PROJECT = var.project
    IAP_AUDIENCE         = name == "console-staff" ? local.staff_audience : ""
    MAX_INSTANCES        = tostring(lookup(var.max_instances, name, f.max_instances))
    PROOF_BUCKET         = google_storage_bucket.roots.name
    PUBLIC_HOSTS         = join(",", local.hosts)
    PUSH_AUDIENCE        = contains(local.private, name) ? local.addresses[name] : ""
    PUSH_SERVICE_ACCOUNT = contains(local.private, name) ? local.caller_emails[name] : ""
    PUSH_SIGNATURE       = contains(local.private, name) ? "checked-by-platform" : ""
    WEBHOOK_URL          = local.addresses["webhook"]
  } if contains(keys(local.functions), name) }

  # All variables of all functions, and those of them that are an operator's to set: topics and keys have the names that are
  # made here.
  variables = merge([for f in values(local.described) : f.variables]...)
  settable = setsubtract(
    [for name, v in local.variables : name if !endswith(name, "_TOPIC") && !endswith(name, "_SECRET") && !try(v.secret, false)],
    keys(local.known["notify"]),
  )
}

module "function" {
  source   = "../function"
  for_each = local.functions

  name                  = each.key
  description           = local.deployment[each.key].description
  entry_point           = each.value.entryPoint
  variables             = each.value.variables
  project               = var.project
  region                = var.region
  labels                = local.labels
  runtime               = var.runtime
  bundle                = "${var.bundles}/${each.value.code}.zip"
  bucket                = google_storage_bucket.source.name
  repository            = "projects/${var.project}/locations/${var.region}/repositories/${google_artifact_registry_repository.images.repository_id}"
  build_service_account = "projects/${var.project}/serviceAccounts/${local.build_email}"
  service_account       = local.function_emails[each.key]

  cpu           = "1"
  memory        = local.deployment[each.key].memory
  concurrency   = local.deployment[each.key].concurrency
  min_instances = lookup(var.min_instances, each.key, local.deployment[each.key].min_instances)
  max_instances = lookup(var.max_instances, each.key, local.deployment[each.key].max_instances)
  timeout       = local.deployment[each.key].timeout

  # Pub/Sub and Scheduler of the same project count as internal.
  ingress = (local.deployment[each.key].public ? "ALLOW_ALL" :
    contains(local.private, each.key) ? "ALLOW_INTERNAL_ONLY" : "ALLOW_INTERNAL_AND_GCLB"
  )

  known    = local.known[each.key]
  settings = var.settings
  secrets  = local.secret_variables

  # The code asks for these two only where it is deployed.
  required = ["USER_AUDIENCE", "USER_ISSUER"]

  # A build needs its rights. New code needs its own, and the indexes of its queries: until an index is built, they fail.
  # tests/order.mjs names what is missing here.
  depends_on = [
    google_artifact_registry_repository_iam_member.build,
    google_project_iam_member.app_secrets,
    google_project_iam_member.build_logs,
    google_project_iam_member.build_staging,
    google_project_iam_member.create_secrets,
    google_project_iam_member.firestore,
    google_project_service.this,
    google_pubsub_subscription_iam_member.mend,
    google_pubsub_topic_iam_member.publish,
    google_secret_manager_secret_iam_member.read,
    google_storage_bucket_iam_member.build,
    google_storage_bucket_iam_member.roots,
    google_storage_bucket_iam_member.roots_public,
    module.firestore,
  ]
}

# Calls sweep every minute. A failed call is not repeated: the next one is a minute away.
resource "google_cloud_scheduler_job" "sweep" {
  name             = "sweep"
  project          = var.project
  region           = var.region
  description      = "Calls sweep"
  schedule         = "* * * * *"
  time_zone        = "Etc/UTC"
  attempt_deadline = "${var.ack_deadline}s"

  retry_config {
    retry_count = 0
  }

  http_target {
    http_method = "POST"
    uri         = local.addresses["sweep"]

    oidc_token {
      audience              = local.addresses["sweep"]
      service_account_email = local.caller_emails["sweep"]
    }
  }

  depends_on = [
    google_cloud_run_v2_service_iam_member.caller,
    google_project_service.this,
  ]
}
