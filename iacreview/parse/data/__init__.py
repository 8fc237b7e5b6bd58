"""YAML and JSON documents with spans, whoever wrote them."""
