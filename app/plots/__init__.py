"""Figures from arrays: pure functions that know neither the store nor Streamlit."""
