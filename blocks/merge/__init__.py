"""Several wires become one: residual and dense connections are made with these."""
