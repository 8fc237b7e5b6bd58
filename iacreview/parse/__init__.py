"""Text to syntax with spans, for both languages."""
