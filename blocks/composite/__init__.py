"""The ports of composites."""
