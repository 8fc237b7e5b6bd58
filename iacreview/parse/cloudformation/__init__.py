"""YAML and JSON documents with spans."""
