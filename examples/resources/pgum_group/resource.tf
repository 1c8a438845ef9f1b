# A group that may connect to one database.
resource "pgum_group" "applications" {
  name        = "applications"
  description = "All applications"
  databases   = ["myapp"]
}

# A group within a group, with different privileges on different databases. Only applications may be in it;
# any other member is taken out.
resource "pgum_group" "migrations" {
  name   = "migrations"
  groups = [pgum_group.applications.name]

  database_privileges = {
    myapp    = ["CONNECT", "CREATE"]
    postgres = ["CONNECT"]
  }

  allowed_members = ["app_*"]
}
