"""Roles, formulas and derived variables become named arrays."""

from livelihoods.design.model import Design, Dropped

__all__ = ["Design", "Dropped"]
