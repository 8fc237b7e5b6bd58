"""Syntax to values: what Terraform and CloudFormation would make of the files."""
