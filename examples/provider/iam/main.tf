terraform {
  required_providers {
    pgum = {
      source = "pgum/pgum"
    }
  }
}

# In the pipeline nothing more is needed: its role comes from the environment.
provider "pgum" {
  host     = "main.cluster-abc123.eu-west-1.rds.amazonaws.com"
  username = "terraform"
  iam_auth = true
}

# Two roles, one after the other, with the credentials of a profile to begin with; and a tunnel.
provider "pgum" {
  alias       = "other_account"
  host        = "main.cluster-def456.eu-west-1.rds.amazonaws.com"
  connect_via = "127.0.0.1:15432"
  username    = "terraform"
  iam_auth    = true

  aws = {
    profile = "hub"
    assume_role = [
      {
        role_arn = "arn:aws:iam::123456789012:role/hub"
      },
      {
        role_arn     = "arn:aws:iam::210987654321:role/database-pipeline"
        session_name = "terraform"
        external_id  = "pgum"
        duration     = "30m"
      },
    ]
  }
}
