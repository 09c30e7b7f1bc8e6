"""The index of a register larger than memory: weights, bounds and means; scores go to files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods.engine import Executor
from livelihoods.measure.orient import Scaling
from livelihoods.measure.spec import IndexSpec
from livelihoods.notes import Note
from livelihoods.typing import TIDY_COLUMNS

if TYPE_CHECKING:
    from os import PathLike

    from livelihoods.figures import Figure
    from livelihoods.survey.parquet_folder import ParquetFolder
    from livelihoods.tables import Table


@dataclass(frozen=True, slots=True)
class FolderIndex:
    """A composite index of a register in Parquet.

    Attributes
    ----------
    spec
        What was asked for.
    weights, entropy, bounds
        As in ``Index``.
    diagnostics
        One row (a wave with weights of its own): ``rows, effective_number, largest_weight,
        largest_indicator, mean``; ``mean`` is that of the scores.
    means
        One row (a wave): ``rows``, ``score``, and the mean contribution of each dimension; these
        sum to the score. By waves only with ``weights_by="by"``. Weighted if the spec names
        sampling weights.
    labels
        Wording of the indicators.
    notes
        Findings.
    folder, scaling, waves
        The register, the bounds as arrays and the values of ``by``, for ``write_scores``.
    """

    spec: IndexSpec
    weights: pl.DataFrame
    entropy: pl.DataFrame
    bounds: pl.DataFrame
    diagnostics: pl.DataFrame
    means: pl.DataFrame
    labels: Mapping[str, str]
    notes: tuple[Note, ...]
    folder: ParquetFolder
    scaling: Scaling
    waves: tuple[Any, ...]

    @property
    def nobs(self) -> int:
        """Rows with a score."""
        return int(self.diagnostics["rows"].sum())

    def tidy(self) -> pl.DataFrame:
        """One row a weight, with the columns of every result; standard errors are null."""
        empty = {name: pl.lit(None, dtype=pl.Float64) for name in TIDY_COLUMNS[2:]}
        return self.weights.rename({"indicator": "term", "weight": "estimate"}).with_columns(
            **empty
        )

    def glance(self) -> pl.DataFrame:
        """One row: rows used, numbers of indicators and dimensions, scheme, mean score."""
        rows, scores = self.means["rows"].to_numpy(), self.means["score"].to_numpy()
        return pl.DataFrame(
            {
                "nobs": [self.nobs],
                "indicators": [len(self.spec.indicators())],
                "dimensions": [len(self.spec.dimensions)],
                "weights": [self.spec.scheme()],
                "levels": [self.spec.levels],
                "shift": [self.spec.shift],
                "mean": [float(np.average(scores, weights=rows))],
            }
        ).with_columns(self.diagnostics.select(pl.col("effective_number").first()))

    def summary(self) -> Table:
        """The index system as a table: dimensions, indicators, directions, entropy, weights."""
        from livelihoods.measure.index_table import system_table

        return system_table(self)

    def plot(self) -> Figure:
        """Weights of the indicators as bars, coloured by dimension."""
        from livelihoods.measure.index_table import weights_figure

        return weights_figure(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for the run record."""
        return {
            "spec": self.spec.model_dump(mode="json"),
            "nobs": self.nobs,
            "weights": self.weights.to_dicts(),
            "entropy": self.entropy.to_dicts(),
            "bounds": self.bounds.to_dicts(),
            "diagnostics": self.diagnostics.to_dicts(),
            "means": self.means.to_dicts(),
            "notes": [note.to_dict() for note in self.notes],
        }

    def write_scores(
        self,
        out: str | PathLike[str],
        *,
        name: str = "score",
        keep: Sequence[str] = (),
        executor: Executor | str | None = None,
    ) -> ParquetFolder:
        """Write every row's score and contributions as Parquet, and open them.

        Parameters
        ----------
        out
            A new folder; it appears whole or not at all. A cluster's workers must be able to
            write there under the same path.
        name
            Column of the score; ``name.dimension`` are the contributions. Null where a row is
            incomplete.
        keep
            Columns of the register to be carried along (identifiers, the wave).
        executor
            Where to compute; the bytes do not depend on it.

        Raises
        ------
        OutputError
            If the folder exists or cannot be written.
        DataError
            If a column to keep does not exist.
        """
        from livelihoods.measure.folder_scores import write_scores

        return write_scores(self, Path(out), name, tuple(keep), executor)

    def __repr__(self) -> str:
        from livelihoods.tables.to_text import to_text

        return to_text(self.summary())
