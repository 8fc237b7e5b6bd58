"""Algebra that knows nothing of resources: policies, networks, secrets."""
