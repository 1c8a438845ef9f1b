locals {
  # file("${path.module}/users.json") in a real configuration.
  text = <<-EOT
    {
      "groups": [{ "name": "applications", "databases": ["myapp"] }],
      "users": [{ "username": "orders", "auth_method": "iam", "groups": ["applications"] }]
    }
  EOT

  roster = provider::pgum::roster(local.text)
}

output "orders" {
  value = local.roster.users["orders"] # {"auth_method":"iam","groups":["applications"]}
}
