"""One module a verb: wiring, no logic."""
