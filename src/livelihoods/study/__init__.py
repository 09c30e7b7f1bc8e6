"""A study file and what it runs."""
