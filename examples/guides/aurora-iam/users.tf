# Who there is. In locals, so that it is evaluated once and not for every user.
locals {
  services = {
    orders = { databases = ["myapp"], connection_limit = 50 }
    report = { databases = ["myapp"], connection_limit = 5 }
  }
}

resource "pgum_group" "services" {
  name = "services"
}

resource "pgum_user" "service" {
  for_each = local.services

  username         = each.key
  auth_method      = "iam"
  groups           = [pgum_group.services.name]
  databases        = each.value.databases
  connection_limit = each.value.connection_limit
  iam_role         = aws_iam_role.service[each.key].arn
}
