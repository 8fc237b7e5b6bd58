"""Rules over the graph, in three-valued logic."""
