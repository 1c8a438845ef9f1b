resource "pgum_group" "applications" {
  name      = "applications"
  databases = ["myapp"]
}

# Logs in with IAM tokens; no password exists.
resource "pgum_user" "orders" {
  username         = "orders"
  auth_method      = "iam"
  groups           = [pgum_group.applications.name]
  connection_limit = 20
  description      = "The orders service"

  settings = {
    statement_timeout = "30s"
  }
}

variable "reporting_password" {
  type      = string
  ephemeral = true
}

# Logs in with a password that is never in the state. A new version sends it again.
resource "pgum_user" "reporting" {
  username            = "reporting"
  password_wo         = var.reporting_password
  password_wo_version = "1"
  valid_until         = "2040-01-01T00:00:00Z"
  databases           = ["myapp"]

  database_settings = {
    myapp = {
      default_transaction_read_only = "on"
    }
  }
}

# Kept when it leaves the configuration, but disabled, and its sessions are ended.
resource "pgum_user" "alice" {
  username    = "alice"
  auth_method = "iam"

  # With options: she may add others to the group.
  memberships = {
    (pgum_group.applications.name) = { admin = true }
  }

  on_destroy = {
    action = "disable"
  }
  terminate_sessions = true
}
