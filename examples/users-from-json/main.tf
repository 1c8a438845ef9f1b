terraform {
  required_providers {
    pgum = {
      source = "pgum/pgum"
    }
  }
}

# Host, user and password from the environment: PGHOST, PGUSER, PGPASSWORD.
provider "pgum" {}

# In locals, the file is read once. Written into for_each it would be read again for every user.
locals {
  access = jsondecode(file("${path.module}/users.json"))
  groups = { for group in local.access.groups : group.name => group }
  users  = { for user in local.access.users : user.username => user }
}

resource "pgum_group" "all" {
  for_each = local.groups

  name        = each.value.name
  privileges  = try(each.value.privileges, null)
  databases   = try(each.value.databases, null)
  description = try(each.value.description, null)
  inherit     = try(each.value.inherit, null)
}

resource "pgum_user" "all" {
  for_each = local.users

  username         = each.value.username
  auth_method      = try(each.value.auth_method, null)
  password         = try(each.value.password, null)
  groups           = try(each.value.groups, null)
  privileges       = try(each.value.privileges, null)
  databases        = try(each.value.databases, null)
  description      = try(each.value.description, null)
  iam_role         = try(each.value.iam_role, null)
  enabled          = try(each.value.enabled, null)
  can_login        = try(each.value.can_login, null)
  connection_limit = try(each.value.connection_limit, null)

  # The users name groups by text, which Terraform cannot follow: groups come first.
  depends_on = [pgum_group.all]
}
