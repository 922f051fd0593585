"""Filters that slide over images, series and sequences."""
