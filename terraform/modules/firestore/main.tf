locals {
  settings = jsondecode(file(var.indexes_file))

  # Keys are made of what an index is, so that adding one replaces no other.
  indexes = {
    for i in local.settings.indexes : join(" ", concat([i.collectionGroup], flatten([
      for f in i.fields : [f.fieldPath, try(f.order, f.arrayConfig)]
    ]))) => i
  }

  fields = { for f in local.settings.fieldOverrides : "${f.collectionGroup}/${f.fieldPath}" => f }
}

resource "google_firestore_database" "this" {
  # The only name that the functions know.
  name        = "(default)"
  project     = var.project
  location_id = var.location
  type        = "FIRESTORE_NATIVE"

  point_in_time_recovery_enablement = var.protected ? "POINT_IN_TIME_RECOVERY_ENABLED" : "POINT_IN_TIME_RECOVERY_DISABLED"
  delete_protection_state           = var.protected ? "DELETE_PROTECTION_ENABLED" : "DELETE_PROTECTION_DISABLED"

  # Without it `terraform destroy` would leave the database, and the next apply would fail since it is there.
  deletion_policy = "DELETE"
}

resource "google_firestore_backup_schedule" "daily" {
  count = var.protected ? 1 : 0

  project   = var.project
  database  = google_firestore_database.this.name
  retention = "1209600s" # 14 days: longer than point-in-time recovery reaches back, which is 7

  daily_recurrence {}
}

resource "google_firestore_index" "this" {
  for_each = local.indexes

  project     = var.project
  database    = google_firestore_database.this.name
  collection  = each.value.collectionGroup
  query_scope = each.value.queryScope

  dynamic "fields" {
    for_each = each.value.fields
    content {
      field_path   = fields.value.fieldPath
      order        = try(fields.value.order, null)
      array_config = try(fields.value.arrayConfig, null)
    }
  }

  # Over a large collection it takes hours. An index that Terraform stopped waiting for is not in the state, and is in the way of the next apply.
  timeouts {
    create = "6h"
  }
}

resource "google_firestore_field" "this" {
  for_each = local.fields

  project    = var.project
  database   = google_firestore_database.this.name
  collection = each.value.collectionGroup
  field      = each.value.fieldPath

  # An empty block switches the field's own indexes off.
  index_config {
    dynamic "indexes" {
      for_each = each.value.indexes
      content {
        order        = try(indexes.value.order, null)
        array_config = try(indexes.value.arrayConfig, null)
        query_scope  = try(indexes.value.queryScope, "COLLECTION")
      }
    }
  }

  # Firestore deletes a document when the time in this field has come.
  dynamic "ttl_config" {
    for_each = try(each.value.ttl, false) ? [1] : []
    content {}
  }
}
