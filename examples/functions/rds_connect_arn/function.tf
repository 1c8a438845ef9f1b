variable "cluster_resource_id" {
  type        = string
  description = "cluster_resource_id of the aws_rds_cluster, not its name."
  default     = "cluster-ABCDEFGHIJKL01234"
}

# With the AWS provider: data.aws_partition.current.partition, data.aws_region.current.region and
# data.aws_caller_identity.current.account_id.
output "service" {
  value = provider::pgum::rds_connect_arn("aws", "eu-west-1", "123456789012", var.cluster_resource_id, "service")
}
