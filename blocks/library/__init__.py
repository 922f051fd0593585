"""Whole architectures, one a file, as plain graph documents. `engine.library` finds and reads them."""
