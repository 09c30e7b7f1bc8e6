"""Cells of money for tables: whole cents in, yuan with two decimals out."""

from __future__ import annotations

from livelihoods.tables import BLANK, Cell, number


def yuan(cents: int | None) -> Cell:
    """Return an amount of money; None gives an empty cell, never a zero."""
    return BLANK if cents is None else number(cents / 100, 2)
