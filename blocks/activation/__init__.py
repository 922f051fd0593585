"""The nonlinear functions between layers."""
