"""What is to be minimised."""
