"""Answers of a register in Parquet, counted block by block."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import polars as pl

from livelihoods.describe.counting import NARROW, Answers, Ends, weigh_blocks, whole_numbers
from livelihoods.engine import Columns, Executor, MappedSource, State, Wanted, combine, fold
from livelihoods.errors import DataError
from livelihoods.notes import Note

if TYPE_CHECKING:
    from livelihoods.survey.parquet_folder import ParquetFolder
    from livelihoods.typing import Floats

Found: TypeAlias = "dict[str, Counter[Any]]"
_MOST = 10_000  # different answers after which a column is no item and counting stops
_CODE, _WEIGHT = "codes", "weights"


def folder_answers(
    folder: ParquetFolder, names: Sequence[str], weight: str | None, executor: Executor | None
) -> tuple[list[Answers], list[Note]]:
    """Count the answers of items in one pass, and note rows whose weight does not count.

    Columns of few whole numbers, by the footers, are counted by comparison as in memory; others
    by their values.

    Raises
    ------
    DataError
        If a column does not exist, has too many different answers, or a weight is negative.
    """
    folder.require(names, numeric=False)
    ends, missing = _narrow(folder, names)
    others = [name for name in names if name not in ends]
    wanted = [Wanted(name, name, "whole", fill=high + 1) for name, (_, high) in ends.items()]
    wanted += [Wanted(name, name, "series") for name in others]
    values: State[Found, Found] = State(dict, partial(_tally, tuple(others)), _join, dict)
    narrow, tallied = fold(combine(whole_numbers(ends), values), folder.source(*wanted), executor)
    notes = [] if weight is None else _weight_notes(folder, weight, executor)
    answers = []
    for name in names:
        found = tallied.get(name, {})
        if name in ends:
            counts = narrow[name]
            counts[-1] = folder.rows - missing[name] - counts[:-1].sum()
            pairs = enumerate(counts.tolist(), start=ends[name][0])
            found = {code: count for code, count in pairs if count}
        kind = pl.Float64() if name in folder.limits else folder.files.schema[name]
        masses = None
        if weight is not None:
            masses = partial(_masses, folder, name, weight, executor)
        ordered = dict(sorted(found.items()))
        answers.append(Answers(name, kind, folder.rows, ordered, masses))
    return answers, notes


def _narrow(folder: ParquetFolder, names: Sequence[str]) -> tuple[Ends, dict[str, int]]:
    """Return the ends of columns of few whole numbers, and their missing values, by the footers."""
    ends: Ends = {}
    missing: dict[str, int] = {}
    groups = [g for footer in folder.files.footers for g in footer.groups if g.rows]
    for name in names:
        stated = [group.extents.get(name) for group in groups]
        known = [e for e in stated if e is not None and e.nulls is not None]
        told = [e for e in known if type(e.low) is int and type(e.high) is int]
        whole = folder.files.schema[name].is_integer() and name not in folder.limits
        if not whole or len(told) < len(groups):
            continue
        low, high = min(int(e.low or 0) for e in told), max(int(e.high or 0) for e in told)
        gaps = sum(e.nulls or 0 for e in told)
        if high - low < NARROW and not (gaps and high >= 127):
            ends[name], missing[name] = (low, high), gaps
    return ends, missing


def _tally(names: tuple[str, ...], state: Found, columns: Columns) -> Found:
    found: Found = {}
    for name in names:
        series: Any = columns[name]
        if series.dtype.is_float():
            series = series.filter(series.is_finite())
        if isinstance(series.dtype, pl.Categorical | pl.Enum):
            series = series.cast(pl.String)
        table = series.drop_nulls().alias("answer").value_counts(name="times")
        found[name] = Counter(
            dict(zip(table["answer"].to_list(), table["times"].to_list(), strict=True))
        )
    return _join(state, found)


def _join(left: Found, right: Found) -> Found:
    joined = {name: left.get(name, Counter()) + counts for name, counts in right.items()}
    for name, counts in joined.items():
        if len(counts) > _MOST:
            raise DataError("describe.too_many_answers", variable=name, answers=len(counts))
    return joined


def _weight_notes(folder: ParquetFolder, weight: str, executor: Executor | None) -> list[Note]:
    folder.require([weight])
    state: State[Any, Any] = State(
        partial(np.zeros, 2, np.int64), _count_weights, np.add, np.ndarray.tolist
    )
    negative, silent = fold(state, folder.source(Wanted(_WEIGHT, weight)), executor)
    if negative:
        raise DataError("describe.folder_weights", variable=weight, n=negative)
    if not silent:
        return []
    return [Note("describe.no_weight", "caution", {"n": silent, "variable": weight})]


def _count_weights(state: Any, columns: Columns) -> Any:
    values = np.asarray(columns[_WEIGHT])
    silent = np.count_nonzero(~np.isfinite(values) | (values == 0))
    return state + np.array([np.count_nonzero(values < 0), silent])


def _masses(
    folder: ParquetFolder,
    name: str,
    weight: str,
    executor: Executor | None,
    codes: Sequence[Any],
) -> Floats:
    """Return the sum of weights of each answer."""
    source = folder.source(
        Wanted(_CODE, name, "codes", tuple(codes)), Wanted(_WEIGHT, weight, "number")
    )
    return weigh_blocks(MappedSource(source, _without_gaps), len(codes), executor)


def _without_gaps(columns: Columns) -> Columns:
    weights = np.nan_to_num(np.asarray(columns[_WEIGHT]), nan=0.0, posinf=0.0, neginf=0.0)
    return {_CODE: columns[_CODE], _WEIGHT: weights}
