"""The true effect of the treatment on each column, row by row, where the generator knows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from livelihoods.study.refusals import index_of
from livelihoods.typing import Bools, Floats

if TYPE_CHECKING:
    from livelihoods.datasets.truth import Truth
    from livelihoods.measure import Index
    from livelihoods.survey.model import Survey


@dataclass(frozen=True, slots=True)
class Known:
    """What is true of a study's data.

    Attributes
    ----------
    truth
        The generator's knowledge, one value a row it drew.
    survey
        The data as the analyses saw them.
    indices
        Index column -> index.
    """

    truth: Truth
    survey: Survey
    indices: Mapping[str, Index]

    def treats(self, treatment: str) -> bool:
        """Tell whether a column is the treatment that the generator knows, on every row."""
        if treatment not in self.survey.frame.columns:
            return False
        column = self.survey.frame[treatment]
        if column.null_count() or not (column.dtype.is_numeric() or column.dtype == pl.Boolean):
            return False
        return np.array_equal(column.cast(pl.Float64).to_numpy(), self.treated)

    @property
    def treated(self) -> Floats:
        """The true treatment of the rows of the survey, shape ``(n,)``."""
        return np.asarray(self.truth.treated[self.survey.rows], dtype=np.float64)

    def change(self, column: str, through: str | None = None) -> Floats | None:
        """Return the true effect on a column for each row of the survey, or None.

        An index changes by Σ weight · change / (high − low) over its indicators, with the weights
        and bounds that the study gave it.
        """
        found = self.truth.change(column, through)
        if found is not None:
            return np.asarray(found[self.survey.rows])
        base, part = index_of(column, self.indices)
        return self._index_change(self.indices[base], part, through) if base else None

    def _index_change(self, index: Index, part: str, through: str | None) -> Floats | None:
        scaled = part.endswith(".score")
        part = part.removesuffix(".score")
        weights, by = index.weights, index.spec.by
        if part:
            dimension, _, sub = part.partition(".")
            weights = weights.filter(pl.col("dimension") == dimension)
            if sub:
                weights = weights.filter(pl.col("sub_dimension") == sub)
        total = np.zeros(self.survey.rows.size)
        for inside, rows in _by_wave(weights, by, self.survey):
            size = float(inside["weight"].sum()) if scaled else 1.0
            for row in inside.iter_rows(named=True):
                change = self.truth.change(row["indicator"], through)
                bounds = _bounds(index, row, by)
                if change is None or row["direction"] not in ("+", "-") or bounds is None:
                    return None
                sign = 1.0 if row["direction"] == "+" else -1.0
                step = sign * row["weight"] / size / (bounds[1] - bounds[0])
                total[rows] += step * change[self.survey.rows][rows]
        return total


def _by_wave(
    weights: pl.DataFrame, by: str | None, survey: Survey
) -> list[tuple[pl.DataFrame, Bools]]:
    """Weights and the rows they hold for: all rows, or those of each wave."""
    if by is None or by not in weights.columns:
        return [(weights, np.ones(survey.rows.size, dtype=np.bool_))]
    waves = survey.frame[by].cast(pl.String)
    return [
        (weights.filter(pl.col(by) == wave), (waves == wave).to_numpy())
        for wave in weights[by].unique(maintain_order=True).to_list()
    ]


def _bounds(index: Index, row: Mapping[str, object], by: str | None) -> tuple[float, float] | None:
    found = index.bounds.filter(pl.col("indicator") == row["indicator"])
    if by is not None and by in found.columns and by in row:
        found = found.filter(pl.col(by) == row[by])
    if found.height != 1:
        return None
    low, high = float(found["low"][0]), float(found["high"][0])
    return (low, high) if high > low else None
