# What the pipeline runs as. GitHub's tokens for this repository may take the role; no key is kept anywhere.
resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

resource "aws_iam_role" "pipeline" {
  name = "database-pipeline"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = aws_iam_openid_connect_provider.github.arn }
      Condition = {
        StringEquals = {
          "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
          "token.actions.githubusercontent.com:sub" = "repo:example/infrastructure:ref:refs/heads/main"
        }
      }
    }]
  })
}

locals {
  pipeline_policy = provider::pgum::rds_connect_policy([
    provider::pgum::rds_connect_arn(
      data.aws_partition.current.partition,
      data.aws_region.current.region,
      data.aws_caller_identity.current.account_id,
      aws_rds_cluster.main.cluster_resource_id,
      "terraform",
    ),
  ])
}

resource "aws_iam_role_policy" "pipeline" {
  name   = "rds-connect"
  role   = aws_iam_role.pipeline.name
  policy = local.pipeline_policy
}
