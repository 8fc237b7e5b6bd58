"""CloudFormation templates to units."""
