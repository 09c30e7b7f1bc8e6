"""Columns of few different numbers, kept as small codes and a table of what each code means.

An answer on a scale of five is one byte a row. What is calculated of single values (a logarithm,
a place between two bounds) is calculated once a code, and looked up: the same digits as row by
row, in a fraction of the time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livelihoods.typing import Floats, Ints

# What a byte means; two's complement: as int8 the byte 255 is −1.
_BYTES = np.arange(256.0)
_SIGNED = np.where(_BYTES < 128.0, _BYTES, _BYTES - 256.0)
_FEW = 32  # so few numbers are compared sooner as a list
_TRUTHS = np.minimum(_BYTES, 1.0)


@dataclass(frozen=True, slots=True)
class Coded:
    """A column of ``n`` values out of at most 256.

    Attributes
    ----------
    codes
        Shape ``(n,)``, whole numbers from 0.
    table
        Value of each code, shape ``(256,)``.
    """

    codes: NDArray[np.uint8]
    table: Floats

    def __len__(self) -> int:
        return int(self.codes.size)

    def __getitem__(self, rows: Any) -> Coded:
        return Coded(self.codes[rows], self.table)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return self.look_up(self.table).astype(dtype or np.float64, copy=False)

    def look_up(self, table: Floats, out: Floats | None = None) -> Floats:
        """Return the table's entry of every row."""
        if out is None:
            out = np.empty(self.codes.size)
        # Codes are bytes and the table has 256 entries: nothing is ever clipped.
        return np.take(table, self.codes, out=out, mode="clip")

    def ends(self) -> tuple[float, float]:
        """Return the smallest and largest value that occurs, of at least one row."""
        low, high = int(self.codes.min()), int(self.codes.max())
        between = self.table[low : high + 1]
        if high - low < _FEW:
            listed = between.tolist()
            monotone = listed in (sorted(listed), sorted(listed, reverse=True))
        else:
            steps = np.diff(between)
            monotone = bool(np.all(steps >= 0) or np.all(steps <= 0))
        if not monotone:  # which codes occur decides
            between = self.table[np.flatnonzero(np.bincount(self.codes, minlength=256))]
        return float(between.min()), float(between.max())

    def taken(self, rows: Ints) -> Coded:
        """Return some rows, in the order given."""
        return Coded(np.take(self.codes, rows, mode="clip"), self.table)

    def mapped(self, function: Callable[[Floats], Floats]) -> Coded:
        """Return the column with every value replaced by a function of it."""
        return Coded(self.codes, function(self.table))


def coded(values: NDArray[Any]) -> Coded | None:
    """Return a column of bytes or truths as codes, without copying it; None for wider numbers."""
    tables = {np.dtype(np.int8): _SIGNED, np.dtype(np.uint8): _BYTES, np.dtype(np.bool_): _TRUTHS}
    table = tables.get(values.dtype)
    return None if table is None else Coded(values.view(np.uint8), table)


def taken(column: Any, rows: Ints) -> Any:
    """Return some rows of a column, coded or not; row numbers are those of the column."""
    if isinstance(column, Coded):
        return column.taken(rows)
    return np.take(column, rows, mode="clip")  # twice as quick as with a check of each number


def as_floats(column: Any) -> Floats:
    """Return a column, coded or not, as floats."""
    return np.asarray(column, dtype=np.float64)
