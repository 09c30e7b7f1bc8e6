"""Roles, formulas and derived variables become named arrays."""
