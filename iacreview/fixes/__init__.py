"""Edits of the sources that remedy findings whose remedy is certain."""
