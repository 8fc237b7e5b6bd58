"""Canonical kinds and properties, and where each dialect writes them."""
