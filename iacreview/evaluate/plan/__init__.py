"""Terraform plans in JSON to units."""
