"""The functions of Terraform, a module for each family."""
