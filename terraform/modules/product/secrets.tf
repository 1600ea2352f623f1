locals {
  # Our own keys have the names that are the defaults of their variables. `ops keys` makes their values, once.
  key_variables = { for name, f in local.functions : name => {
    for variable, v in f.variables : variable => v.default if endswith(variable, "_SECRET")
  } }

  keys = toset(flatten([for v in local.key_variables : values(v)]))

  # Secrets that functions get as environment variables, if they are used. The number of the version pins the value: an instance
  # reads it when it starts, so `latest` would give instances of one revision different values.
  secret_variables = merge(
    var.order_link_key_version == 0 ? {} : { ORDER_LINK_KEY = {
      secret  = module.order_link_key[0].name
      version = module.order_link_key[0].version
    } },
    var.platform_token_version == 0 ? {} : { PLATFORM_TOKEN = {
      secret  = module.platform_token[0].name
      version = module.platform_token[0].version
    } },
  )
}

module "key" {
  source   = "../secret"
  for_each = local.keys

  name      = each.key
  project   = var.project
  region    = var.region
  labels    = local.labels
  protected = var.protected

  depends_on = [google_project_service.this]
}

module "order_link_key" {
  source = "../secret"
  count  = var.order_link_key_version == 0 ? 0 : 1

  name          = "order-link-key"
  project       = var.project
  region        = var.region
  labels        = local.labels
  protected     = false # can be written again
  value         = var.order_link_key
  value_version = var.order_link_key_version

  depends_on = [google_project_service.this]
}

module "platform_token" {
  source = "../secret"
  count  = var.platform_token_version == 0 ? 0 : 1

  name          = "platform-token"
  project       = var.project
  region        = var.region
  labels        = local.labels
  protected     = false # can be written again
  value         = var.platform_token
  value_version = var.platform_token_version

  depends_on = [google_project_service.this]
}
