"""Words of the finance tables."""

from __future__ import annotations

from typing import Any

from livelihoods import words
from livelihoods.errors import SpecError


def say(key: str, **values: Any) -> str:
    """Return a label of this package in the current language."""
    return words.text(f"cooperatives.finance.{key}", **values)


def within(name: str, value: float, low: float, high: float, *, open_low: bool = False) -> float:
    """Return the value if it lies between its bounds; refuse it by name if not (or if NaN).

    Raises
    ------
    SpecError
        Outside the bounds.
    """
    inside = (low < value if open_low else low <= value) and value <= high
    if not inside:
        raise SpecError(
            "cooperatives.finance.out_of_range",
            name=name,
            given=value,
            low=f"> {low:g}" if open_low else f"≥ {low:g}",
            high=f"{high:g}",
        )
    return value
