# By the user's name. A user with a password can be imported without it.
terraform import pgum_user.orders orders
