terraform {
  required_providers {
    pgum = {
      source = "pgum/pgum"
    }
  }
}

# Host, user and password from the environment: PGHOST, PGUSER, PGPASSWORD.
provider "pgum" {}

# Passwords by user. They are not in the file, and kept in neither state nor plan.
variable "passwords" {
  type      = map(string)
  ephemeral = true
}

locals {
  # Checked as a whole: a mistake is an error with its place, such as users[3].groups[1].
  roster = provider::pgum::roster(file("${path.module}/users.json"))
}

resource "pgum_roster" "all" {
  groups = local.roster.groups
  users  = local.roster.users

  passwords_wo = var.passwords
  # A change sends that user's password again.
  password_versions = {
    admin_user = "1"
  }

  # Roles that are made by hand are named in the plan.
  unmanaged        = "warn"
  unmanaged_ignore = ["app_*"]
}
