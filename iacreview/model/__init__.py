"""The vocabulary every stage shares: sources, values, resources, findings."""
