"""Indicators become indices."""
