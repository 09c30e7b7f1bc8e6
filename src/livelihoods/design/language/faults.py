"""Where in the text something is wrong, shown to a person: an excerpt with a caret."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from typing import Any

_BEFORE = 60
_AFTER = 40


def at(text: str, position: int) -> dict[str, Any]:
    """Return what every language error carries: the text, the place, and the excerpt.

    Parameters
    ----------
    text
        The whole formula or expression.
    position
        Zero-based place of the fault; ``len(text)`` means the end.
    """
    start = max(0, position - _BEFORE)
    stop = min(len(text), position + _AFTER)
    before = ("…" if start else "") + _one_line(text[start:position])
    after = _one_line(text[position:stop]) + ("…" if stop < len(text) else "")
    excerpt = f"    {before}{after}\n    {' ' * _width(before)}^"
    return {"text": text, "position": position + 1, "excerpt": excerpt}


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Return up to three known names that look like ``name``, best first."""
    pool = list(known)
    folded = {entry.casefold(): entry for entry in reversed(pool)}
    close = difflib.get_close_matches(name.casefold(), list(folded), n=3, cutoff=0.6)
    return [folded[entry] for entry in close]


def _one_line(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
