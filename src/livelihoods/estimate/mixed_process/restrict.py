"""Linear restrictions as text: ``"wage:age = 0"``, ``"a:x - b:x = 0"``, ``"/:atanhrho_12 = 0"``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from livelihoods.design.language import nearest
from livelihoods.errors import SpecError
from livelihoods.estimate.mixed_process.fit import Constraints

if TYPE_CHECKING:
    from livelihoods.typing import Floats

_NUMBER = r"\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+"
# A sign, an optional factor, then a parameter (bare or in back-quotes); or a plain number.
_PIECE = re.compile(
    rf"\s*(?P<sign>[+-]?)\s*(?:(?:(?P<factor>{_NUMBER})\s*\*\s*)?"
    rf"(?:`(?P<quoted>[^`]+)`|(?P<bare>[^\s+*=`-][^\s+*=`-]*:[^\s+*=`]+))|(?P<number>{_NUMBER}))\s*"
)
_MOST = 1_000


def parse_constraints(texts: Sequence[str], names: Sequence[tuple[str, str]]) -> Constraints | None:
    """Read restrictions on the parameters ``names``.

    Raises
    ------
    SpecError
        If a text cannot be read or names no parameter; the nearest ones are told.
    """
    if not texts:
        return None
    R, d = np.zeros((len(texts), len(names))), np.zeros(len(texts))
    for row, text in enumerate(texts):
        sides = text.split("=")
        if len(sides) != 2 or len(text) > _MOST:
            raise SpecError("estimate.cmp.constraint", text=text)
        for side, direction in zip(sides, (1.0, -1.0), strict=True):
            d[row] -= _add(side, direction, R[row], names, text)
        if not R[row].any():
            raise SpecError("estimate.cmp.constraint", text=text)
    return Constraints(R, d)


def _add(
    side: str, direction: float, row: Floats, names: Sequence[tuple[str, str]], text: str
) -> float:
    """Add one side's terms to the row; return the side's plain number."""
    keys = [f"{equation}:{term}" for equation, term in names]
    at, number = 0, 0.0
    while at < len(side):
        found = _PIECE.match(side, at)
        if found is None or found.end() == at or (at and not found["sign"]):
            raise SpecError("estimate.cmp.constraint", text=text)
        factor = direction * (-1.0 if found["sign"] == "-" else 1.0)
        key = found["quoted"] or found["bare"]
        if key is None:
            number += factor * float(found["number"])
        else:
            if key not in keys:
                near = nearest(key, keys) or keys
                raise SpecError("estimate.cmp.constraint_name", name=key, text=text, nearest=near)
            row[keys.index(key)] += factor * float(found["factor"] or 1.0)
        at = found.end()
    if not side.strip():
        raise SpecError("estimate.cmp.constraint", text=text)
    return number
