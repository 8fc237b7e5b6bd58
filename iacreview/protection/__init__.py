"""What guards others in a unit, as it stands there, so that two sides of a change can be compared."""
