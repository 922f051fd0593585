"""Dense layers, look-up tables, and changes of form."""
