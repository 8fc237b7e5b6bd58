"""The JSON Schemas of rule and catalog files."""
