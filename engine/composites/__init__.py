"""Graphs used as blocks: formulas over their parameters, and what they stand for when written out."""
