locals {
  users = ["service", "report"]
  arns = [
    for user in local.users :
    provider::pgum::rds_connect_arn("aws", "eu-west-1", "123456789012", "cluster-ABCDEFGHIJKL01234", user)
  ]
}

# For the policy of an aws_iam_policy or an aws_iam_role_policy.
output "policy" {
  value = provider::pgum::rds_connect_policy(local.arns)
}
