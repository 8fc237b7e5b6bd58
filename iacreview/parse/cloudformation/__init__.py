"""What makes a document a template."""
