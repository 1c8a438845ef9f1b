# By the group's name.
terraform import pgum_group.applications applications
