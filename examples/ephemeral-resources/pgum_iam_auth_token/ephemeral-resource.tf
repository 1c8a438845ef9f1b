# Host, port, region and credentials are the provider's.
ephemeral "pgum_iam_auth_token" "migrations" {
  username = "migrations"
  database = "myapp"
}

# For whatever takes ephemeral values: another provider's configuration, a write-only attribute, a provisioner.
resource "terraform_data" "migrations" {
  triggers_replace = ["v1"]

  provisioner "local-exec" {
    command = "./migrate"
    environment = {
      DATABASE_URL = ephemeral.pgum_iam_auth_token.migrations.connection_string
    }
  }
}
