# One policy for each service: it may log in as its own user and as nobody else.
locals {
  connect_policies = {
    for name in keys(local.services) : name => provider::pgum::rds_connect_policy([
      provider::pgum::rds_connect_arn(
        data.aws_partition.current.partition,
        data.aws_region.current.region,
        data.aws_caller_identity.current.account_id,
        aws_rds_cluster.main.cluster_resource_id,
        name,
      ),
    ])
  }
}

resource "aws_iam_role" "service" {
  for_each = local.services

  name = "${each.key}-service"
  # Who may take the role: here, tasks of ECS.
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "service" {
  for_each = local.connect_policies

  name   = "rds-connect"
  role   = aws_iam_role.service[each.key].name
  policy = each.value
}
