"""Words and slugs of this room's tables."""

from __future__ import annotations

from typing import Any

from livelihoods import words


def word(key: str, **values: Any) -> str:
    """Return a label of this room in the current language."""
    return words.text(f"describe.{key}", **values)


def slug(*parts: str) -> str:
    """Return an identifier of letters a to z, digits and hyphens."""
    kept = (
        "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in part)
        for part in parts
    )
    return "-".join(part.lower().strip("-") or "x" for part in kept)
