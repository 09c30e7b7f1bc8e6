"""Words of the registry tables."""

from __future__ import annotations

from typing import Any

from livelihoods import words


def say(key: str, **values: Any) -> str:
    """Return a label of this package in the current language."""
    return words.text(f"cooperatives.statistics.{key}", **values)


def signed(value: float, decimals: int = 1) -> str:
    """Return a number with its sign and a real minus."""
    return f"{value:+,.{decimals}f}".replace("-", "−")
