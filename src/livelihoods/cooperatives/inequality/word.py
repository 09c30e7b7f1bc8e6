"""Words of this room."""

from __future__ import annotations

from typing import Any

from livelihoods import words


def word(key: str, **values: Any) -> str:
    """Return a label of this room in the current language."""
    return words.text(f"heterogeneity.{key}", **values)
