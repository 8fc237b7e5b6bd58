"""Terraform configurations to units."""
