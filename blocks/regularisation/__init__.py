"""Noise while training, against overfitting."""
