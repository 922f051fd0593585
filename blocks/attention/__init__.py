"""Layers in which every position looks at every other."""
