"""Parquet larger than memory as a source of canonical blocks.

The row order is that of the files, sorted by the bytes of their names, then of the rows in them.
Row groups have no say in where a block begins. Only paths, row numbers and column names travel
to workers, which read for themselves; so a cluster must see the files under the same paths.
"""

from __future__ import annotations

import glob
import os
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl

from livelihoods.engine.blocks import BLOCK_ROWS, Columns
from livelihoods.engine.coded import coded
from livelihoods.engine.footers import Footer, FooterError, read_footer
from livelihoods.errors import DataError
from livelihoods.typing import Floats, Ints

# Blocks read at once: opening a file costs as much as reading two blocks of it.
_PIECE = 16
_WIDEST_TABLE = 1 << 20


@dataclass(frozen=True)
class ParquetFiles:
    """Files that together are one table.

    Attributes
    ----------
    paths
        Absolute paths, in the order of the rows.
    footers
        What each file says of itself.
    schema
        Column -> type, the same in every file.
    """

    paths: tuple[str, ...]
    footers: tuple[Footer, ...]
    schema: Mapping[str, pl.DataType]

    @cached_property
    def rows(self) -> int:
        """Number of rows."""
        return sum(footer.rows for footer in self.footers)

    def source(self, *wanted: Wanted) -> ParquetSource:
        """Return the columns wanted as a source."""
        ends = np.cumsum([footer.rows for footer in self.footers])
        return ParquetSource(self.paths, (0, *ends.tolist()), wanted)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One column of a block and the form in which it is wanted.

    Attributes
    ----------
    name
        Its name in the block.
    column
        Its name in the files.
    form
        ``"number"``: floats, NaN where missing (``Coded`` if stored in bytes). ``"whole"``: whole
        numbers as stored, ``fill`` where missing. ``"codes"``: place of each value in ``levels``,
        −1 where it is in none. ``"equals"``: whether the value is ``fill``. ``"series"``: the
        Polars column itself.
    levels
        Of codes: sorted values.
    fill
        See ``form``.
    limits
        Of numbers and series: values beyond are pulled to these.
    """

    name: str
    column: str
    form: Literal["number", "whole", "codes", "equals", "series"] = "number"
    levels: tuple[Any, ...] = ()
    fill: Any = None
    limits: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class ParquetSource:
    """Columns of Parquet files by canonical block.

    Attributes
    ----------
    paths
        The files.
    starts
        Row at which each file starts, and after them the number of rows.
    wanted
        The columns.
    """

    paths: tuple[str, ...]
    starts: tuple[int, ...]
    wanted: tuple[Wanted, ...]
    costly: bool = field(default=True, init=False)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.starts[-1]

    @property
    def blocks(self) -> int:
        """Number of canonical blocks."""
        return -(-self.rows // BLOCK_ROWS)

    def read(self, block: int) -> Columns:
        """Return one block."""
        return next(self.read_run(block, block + 1))

    def read_run(self, first: int, last: int) -> Iterator[Columns]:
        """Yield blocks ``first`` … ``last - 1``, some read at a time."""
        tables = [_table(one) for one in self.wanted]
        for begin in range(first, last, _PIECE):
            end = min(begin + _PIECE, last)
            low, high = begin * BLOCK_ROWS, min(end * BLOCK_ROWS, self.rows)
            frame = self._rows(low, high)
            for offset in range(0, high - low, BLOCK_ROWS):
                part = frame.slice(offset, BLOCK_ROWS)
                yield {
                    one.name: _formed(part.get_column(one.column), one, table)
                    for one, table in zip(self.wanted, tables, strict=True)
                }

    def _rows(self, low: int, high: int) -> pl.DataFrame:
        columns = list(dict.fromkeys(one.column for one in self.wanted))
        parts = []
        place = bisect_right(self.starts, low) - 1
        while low < high:
            length = min(high, self.starts[place + 1]) - low
            if length > 0:
                parts.append(_read(self.paths[place], low - self.starts[place], length, columns))
            low += length
            place += 1
        return parts[0] if len(parts) == 1 else pl.concat(parts)


def open_files(path: str | os.PathLike[str]) -> ParquetFiles:
    """Find Parquet files and read their footers.

    Parameters
    ----------
    path
        A folder (with all ``*.parquet`` below it), a pattern such as ``"wave-*.parquet"``, or one
        file.

    Raises
    ------
    DataError
        If there is no file or no row, a file cannot be read, or files differ in their columns.
    """
    paths = _found(path)
    if not paths:
        raise DataError("engine.no_parquet", path=str(path))
    footers, schema = [], None
    for file in paths:
        footer, columns = _described(file)
        if schema is None:
            schema = columns
        _refuse_drift(file, paths[0], columns, schema)
        footers.append(footer)
    files = ParquetFiles(tuple(str(file) for file in paths), tuple(footers), schema or {})
    if files.rows == 0:
        raise DataError("engine.no_parquet_rows", path=str(path))
    return files


def stated_levels(files: ParquetFiles, column: str) -> list[Any] | None:
    """Return a column's distinct values if the footers tell: one value in each row group."""
    found: dict[Any, None] = {}
    for footer in files.footers:
        for group in footer.groups:
            extent = group.extents.get(column)
            if group.rows == 0 or (extent is not None and extent.nulls == group.rows):
                continue
            if extent is None or extent.low is None or extent.low != extent.high:
                return None
            found[extent.low] = None
    return sorted(found)


def stated_ranges(
    files: ParquetFiles, columns: Sequence[str], by: str | None = None, levels: Sequence[Any] = ()
) -> tuple[Ints, Floats, Floats] | None:
    """Return rows, lowest and highest values by group from the footers, or None.

    They are those of the complete rows only if no value is missing; footers count nulls but no
    NaN, so whoever reads the data must check that all rows were complete.

    Returns
    -------
    rows, low, high
        Shapes ``(G,)``, ``(G, p)``, ``(G, p)``; None where a row group does not say, lacks a
        value, or holds more than one group.
    """
    count = max(1, len(levels)) if by is not None else 1
    rows = np.zeros(count, np.int64)
    low, high = np.full((count, len(columns)), np.inf), np.full((count, len(columns)), -np.inf)
    places = {level: place for place, level in enumerate(levels)}
    for group in (group for footer in files.footers for group in footer.groups if group.rows):
        place = 0
        if by is not None:
            extent = group.extents.get(by)
            if extent is None or extent.low is None or extent.low != extent.high or extent.nulls:
                return None
            place = places[extent.low]
        rows[place] += group.rows
        for j, name in enumerate(columns):
            extent = group.extents.get(name)
            if extent is None or extent.nulls != 0 or extent.low is None:
                return None
            assert extent.high is not None
            low[place, j] = min(low[place, j], float(extent.low))
            high[place, j] = max(high[place, j], float(extent.high))
    return rows, low, high


def _found(path: str | os.PathLike[str]) -> list[Path]:
    text = os.fspath(path)
    if os.path.isdir(text):
        files = [file for file in Path(text).rglob("*.parquet") if file.is_file()]
    elif os.path.isfile(text):
        files = [Path(text)]
    else:
        files = [Path(name) for name in glob.glob(text, recursive=True) if os.path.isfile(name)]
    return sorted((file.absolute() for file in files), key=lambda file: os.fsencode(file))


def _described(file: Path) -> tuple[Footer, dict[str, pl.DataType]]:
    try:
        return read_footer(file), dict(pl.read_parquet_schema(file))
    except (FooterError, OSError, pl.exceptions.PolarsError) as error:
        raise DataError("engine.corrupt_parquet", file=str(file), reason=str(error)) from error


def _refuse_drift(
    file: Path, first: Path, columns: dict[str, pl.DataType], schema: dict[str, pl.DataType]
) -> None:
    for name in (*schema, *columns):
        if schema.get(name) != columns.get(name):
            raise DataError(
                "engine.schema_drift",
                file=str(file),
                first=str(first),
                variable=name,
                expected=str(schema.get(name, "–")),
                found=str(columns.get(name, "–")),
            )


def _read(path: str, offset: int, length: int, columns: Sequence[str]) -> pl.DataFrame:
    def read(names: Sequence[str]) -> pl.DataFrame:
        lazy = pl.scan_parquet(path, glob=False, hive_partitioning=False, cache=False)
        return lazy.select(names).slice(offset, length).collect()

    try:
        frame = read(columns)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _unreadable(path, columns, read, error) from error
    if frame.height != length:
        raise DataError("engine.corrupt_parquet", file=path, reason=f"{frame.height} < {length}")
    return frame


def _unreadable(path: str, columns: Sequence[str], read: Any, error: Exception) -> DataError:
    """Return the error that names the first column that cannot be read by itself."""
    for name in columns:
        try:
            read([name])
        except (pl.exceptions.PolarsError, OSError) as own:
            return DataError(
                "engine.corrupt_column", file=path, variable=name, reason=str(own)[:300]
            )
    return DataError("engine.corrupt_parquet", file=path, reason=str(error)[:300])


def _formed(series: pl.Series, wanted: Wanted, table: tuple[int, Ints] | None) -> Any:
    if wanted.form == "number":
        few = None if series.null_count() else coded(series.to_numpy())
        if few is not None:
            ends = wanted.limits
            return few if ends is None else few.mapped(lambda table: np.clip(table, *ends))
        values = series.cast(pl.Float64)
        found: Floats = (values.fill_null(np.nan) if values.null_count() else values).to_numpy()
        return found if wanted.limits is None else np.clip(found, *wanted.limits)
    if wanted.form == "whole":
        return (series.fill_null(wanted.fill) if series.null_count() else series).to_numpy()
    if wanted.form == "equals":
        return (series == wanted.fill).fill_null(False).to_numpy()
    if wanted.form == "series":
        if wanted.limits is None:
            return series
        low, high = wanted.limits
        return series.cast(pl.Float64).clip(low, high)
    if table is not None and series.null_count() == 0:
        low, places = table
        shifted = series.to_numpy().astype(np.int64) - low
        if shifted.size and shifted.min() >= 0 and shifted.max() < places.size:
            return places[shifted]
    levels = pl.Series(wanted.levels, dtype=series.dtype)
    ranks = pl.int_range(len(levels), eager=True)
    codes = series.replace_strict(levels, ranks, default=-1, return_dtype=pl.Int64)
    return codes.fill_null(-1).to_numpy()


def _table(wanted: Wanted) -> tuple[int, Ints] | None:
    """Return code by value for whole numbers close to each other, or None."""
    levels = wanted.levels
    if wanted.form != "codes" or not levels or not all(type(level) is int for level in levels):
        return None
    low, high = min(levels), max(levels)
    if high - low >= _WIDEST_TABLE:
        return None
    places = np.full(high - low + 1, -1, np.int64)
    places[np.array(levels) - low] = np.arange(len(levels))
    return low, places
