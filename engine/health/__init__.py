"""Whether the error signal reaches every layer: measured on the way back, and judged in words."""
