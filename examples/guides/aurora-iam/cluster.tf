data "aws_partition" "current" {}
data "aws_region" "current" {}
data "aws_caller_identity" "current" {}

resource "aws_rds_cluster" "main" {
  cluster_identifier = "main"
  engine             = "aurora-postgresql"
  engine_version     = "17.5"
  database_name      = "myapp"

  # The master's password is RDS's own business: it makes it and keeps it in Secrets Manager. It stays the way back in.
  master_username             = "postgres"
  manage_master_user_password = true

  # Without this the group rds_iam is there, and nobody in it can log in.
  iam_database_authentication_enabled = true

  # Why a login with IAM was refused stands in this log only.
  enabled_cloudwatch_logs_exports = ["postgresql", "iam-db-auth-error"]
}

resource "aws_rds_cluster_instance" "one" {
  cluster_identifier = aws_rds_cluster.main.id
  engine             = aws_rds_cluster.main.engine
  instance_class     = "db.r8g.large"
}
