variable "bootstrap_password" {
  type        = string
  description = "The master's password, for the first run only."
  default     = null
  sensitive   = true
  ephemeral   = true
}

locals {
  bootstrap = var.bootstrap_password != null
}

# The first run logs in as the master, with its password, and makes the user that all later runs log in as, with IAM.
provider "pgum" {
  host     = aws_rds_cluster.main.endpoint
  username = local.bootstrap ? "postgres" : "terraform"
  password = var.bootstrap_password
  iam_auth = !local.bootstrap

  # Roles that no run may lock out, disable or drop, besides the one it logs in as.
  protected_roles = ["postgres", "terraform"]
}

resource "pgum_user" "terraform" {
  username    = "terraform"
  auth_method = "iam"
  groups      = ["rds_superuser"]
  create_role = true
  description = "The pipeline that manages users and groups"
}
