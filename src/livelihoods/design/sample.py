"""Which rows an estimate uses, and why the others left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from livelihoods.design.model import Dropped
from livelihoods.errors import DataError
from livelihoods.notes import Note, Where

if TYPE_CHECKING:
    import polars as pl

    from livelihoods.typing import Bools, Ints

REASONS = (
    "missing",
    "not_positive_log",
    "undefined",
    "no_value",
    "zero_weight",
    "missing_cluster",
)


class Sample:
    """A shrinking set of rows with the log of its losses; each row is logged once."""

    def __init__(self, original: Ints) -> None:
        self.original = original
        self.dropped: list[Dropped] = []
        self.kept = int(original.size)
        self._mask: Bools | None = None

    def mask(self) -> Bools:
        """Return which rows are still in."""
        return np.ones(self.original.size, dtype=np.bool_) if self._mask is None else self._mask

    def drop(self, reason: str, variable: str, bad: Bools) -> None:
        """Leave rows out, for the record."""
        if not bad.any():
            return
        lost = bad if self._mask is None else bad & self._mask
        if not lost.any():
            return
        self._mask = self.mask() & ~lost
        self.kept = int(np.count_nonzero(self._mask))
        rows = tuple(self.original[lost].tolist())
        self.dropped.append(Dropped(reason, variable, rows))

    def take(self, series: pl.Series) -> pl.Series:
        """Return a column on the rows that are in."""
        if self._mask is None:
            return series
        import polars as pl

        return series.filter(pl.Series(self._mask))

    def rows(self) -> Ints:
        """Return the original numbers of the rows that are in."""
        return self.original if self._mask is None else self.original[self._mask]


def empty_sample(sample: Sample) -> DataError:
    """Return the error for a sample without rows, naming what emptied it."""
    if not sample.original.size:
        return DataError("design.no_rows")
    causes = [f"{drop.variable} ({len(drop.rows):,})" for drop in sample.dropped]
    return DataError("design.empty_sample", n=int(sample.original.size), causes=causes)


def sample_notes(sample: Sample) -> list[Note]:
    """Return one note for each reason and variable that cost rows."""
    notes = []
    total = int(sample.original.size)
    for drop in sample.dropped:
        values = {
            "n": len(drop.rows),
            "total": total,
            "variable": drop.variable,
        }
        where = Where((drop.variable,), drop.rows)
        notes.append(Note(f"design.rows_{drop.reason}", "caution", values, where))
    return notes
