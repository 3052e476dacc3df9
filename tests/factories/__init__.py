"""Rows for tests, ready to be saved."""
