"""Net-Results: what its exports hold and how their values read."""
