"""Rescaling that keeps activations at a steady size."""
