"""Summaries of windows, of whole images and of sequences."""
