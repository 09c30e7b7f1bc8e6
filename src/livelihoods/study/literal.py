"""Plain values as Python text that a person can read and edit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

_WIDTH = 96


def literal(value: Any, indent: int = 0) -> str:
    """Return ``value`` as Python source, one entry a line where it does not fit on one.

    Parameters
    ----------
    value
        Texts, numbers, booleans, None, and mappings and sequences of such.
    indent
        Columns that stand before the lines that follow the first.
    """
    if isinstance(value, str) and "\n" in value.strip("\n") and _can_be_tripled(value):
        return f'"""{value}"""'
    short = _flat(value)
    if len(short) + indent <= _WIDTH or not value:
        return short
    if isinstance(value, Mapping):
        pairs = [f"{key!r}: {literal(item, indent + 4)}" for key, item in value.items()]
        return _lines("{", pairs, "}", indent)
    if isinstance(value, list | tuple):
        return _lines("[", [literal(item, indent + 4) for item in value], "]", indent)
    return short


def _flat(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key!r}: {_flat(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flat(item) for item in value) + "]"
    if isinstance(value, float) and math.isinf(value):
        return "1e999" if value > 0 else "-1e999"
    return repr(value)


def _lines(opening: str, parts: list[str], closing: str, indent: int) -> str:
    inner = " " * (indent + 4)
    return f"{opening}\n" + "".join(f"{inner}{part},\n" for part in parts) + " " * indent + closing


def _can_be_tripled(value: str) -> bool:
    plain = all(letter.isprintable() or letter == "\n" for letter in value)
    return plain and "\\" not in value and '"""' not in value and not value.endswith('"')
