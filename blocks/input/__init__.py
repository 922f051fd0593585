"""Where data enters the network."""
