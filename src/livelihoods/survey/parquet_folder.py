"""A register in Parquet, opened but not read: every statistic reads the columns it needs."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.engine import Executor, State, fold
from livelihoods.engine.parquet import (
    ParquetFiles,
    ParquetSource,
    Wanted,
    open_files,
    stated_levels,
)
from livelihoods.errors import DataError
from livelihoods.survey.codebook import read_codebook
from livelihoods.survey.model import Codebook

if TYPE_CHECKING:
    from os import PathLike

    from livelihoods.engine import Columns
    from livelihoods.notes import Note

_NEAR = 1 << 16


@dataclass(frozen=True, slots=True, repr=False)
class ParquetFolder:
    """A table in Parquet files that may be larger than memory; what ``lv.open_parquet`` returns.

    Attributes
    ----------
    files
        The files, their footers and columns.
    codebook
        Wording and answers of the columns.
    limits
        Column -> bounds to which values beyond are pulled (see ``lv.winsorise``).
    notes
        What was done to it so far.
    """

    files: ParquetFiles
    codebook: Codebook = field(default_factory=Codebook)
    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.files.rows

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(self.files.schema)

    def __repr__(self) -> str:
        counts = {"n": self.rows, "k": len(self.columns), "files": len(self.files.paths)}
        return words.text("survey.folder_repr", **counts)

    def require(self, names: Sequence[str], *, numeric: bool = True) -> None:
        """Raise if a column is absent or, if asked, no number.

        Raises
        ------
        DataError
            With the nearest name there is, or the type found.
        """
        for name in names:
            kind = self.files.schema.get(name)
            if kind is None:
                near = difflib.get_close_matches(name, self.columns, n=1) or self.columns[:8]
                raise DataError("survey.folder_column", variable=name, nearest=list(near))
            if numeric and not (kind.is_numeric() or kind == pl.Boolean):
                raise DataError("survey.folder_not_numeric", variable=name, type=str(kind))

    def source(self, *wanted: Wanted) -> ParquetSource:
        """Return columns as a source, values beyond the limits pulled in."""
        return self.files.source(*(self._limited(one) for one in wanted))

    def _limited(self, wanted: Wanted) -> Wanted:
        if wanted.form not in ("number", "series"):
            return wanted
        return replace(wanted, limits=self.limits.get(wanted.column))

    def levels(self, column: str, executor: Executor | None = None) -> list[Any]:
        """Return the distinct values of a column, sorted, missing ones left out.

        Taken from the footers where every row group holds one value, else read.
        """
        self.require([column], numeric=False)
        kind = self.files.schema[column]
        if kind.is_integer() or kind == pl.String:
            stated = stated_levels(self.files, column)
            if stated is not None:
                return stated
        state: State[list[Any], list[Any]] = State(
            list, partial(_distinct, column), _union, _sorted
        )
        return fold(state, self.source(Wanted(column, column, "series")), executor)


def open_parquet(
    path: str | PathLike[str], codebook: str | PathLike[str] | Codebook | None = None
) -> ParquetFolder:
    """Open a table in Parquet that may be larger than memory.

    Nothing but the footers is read. What it returns is accepted by ``lv.build_index``,
    ``lv.winsorise``, ``lv.frequency_table``, ``lv.summary_statistics`` and ``lv.ols``, which
    read the columns they need, 65,536 rows at a time, on threads or on the workers of a cluster.

    Parameters
    ----------
    path
        A folder (with all ``*.parquet`` below it), a pattern such as ``"wave-*.parquet"``, or one
        file. Rows are in the order of the files, sorted by the bytes of their names.
    codebook
        A codebook, or the path of one in TOML.

    Raises
    ------
    DataError
        If there is no file or no row, a file is broken, or files differ in their columns; the
        file and the column are named.
    """
    if codebook is None or isinstance(codebook, Codebook):
        book = codebook or Codebook()
    else:
        book = read_codebook(codebook)
    return ParquetFolder(open_files(path), book)


def _distinct(column: str, state: list[Any], columns: Columns) -> list[Any]:
    series: Any = columns[column]
    if series.dtype.is_integer() and series.null_count() == 0 and len(series):
        values = series.to_numpy()
        low = int(values.min())
        if int(values.max()) - low < _NEAR:  # counting is far quicker than sorting
            found = np.flatnonzero(np.bincount(values.astype(np.int64) - low)) + low
            return _union(state, [pl.Series(column, found, dtype=pl.Int64).cast(series.dtype)])
    if series.dtype.is_float():
        series = series.fill_nan(None)
    return _union(state, [series.drop_nulls().unique()])


def _union(left: list[Any], right: list[Any]) -> list[Any]:
    return [pl.concat([*left, *right]).unique()]


def _sorted(state: list[Any]) -> list[Any]:
    found: list[Any] = state[0].sort().to_list()
    return found
