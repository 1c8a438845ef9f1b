# By names or globs with commas between them, or all.
terraform import pgum_roster.all applications,orders,billing
