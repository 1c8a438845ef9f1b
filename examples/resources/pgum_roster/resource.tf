resource "pgum_roster" "all" {
  groups = {
    applications = jsonencode({ databases = ["myapp"] })
  }

  users = {
    orders = jsonencode({
      auth_method      = "iam"
      groups           = ["applications"]
      connection_limit = 20
    })
    billing = jsonencode({
      auth_method = "iam"
      groups      = ["applications"]
      settings    = { statement_timeout = "30s" }
    })
  }
}
