terraform {
  required_providers {
    pgum = {
      source = "pgum/pgum"
    }
  }
}

variable "master_password" {
  type      = string
  sensitive = true
}

# Everything can come from the environment as well: PGHOST, PGUSER, PGPASSWORD and the like.
provider "pgum" {
  host     = "127.0.0.1"
  port     = 5432
  username = "postgres"
  password = var.master_password
}
