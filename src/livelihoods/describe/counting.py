"""Counting answers, quickly enough for a register."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import polars as pl

from livelihoods.engine.blocks import BLOCK_ROWS, ColumnSource
from livelihoods.engine.fold import State, fold

if TYPE_CHECKING:
    from livelihoods.engine.blocks import Columns, Source
    from livelihoods.engine.executor import Executor
    from livelihoods.typing import Floats, Ints

NARROW = 32  # so many different whole numbers are counted by comparison, which vectorises
Ends: TypeAlias = dict[str, tuple[int, int]]
Counted: TypeAlias = "dict[str, Ints]"


def count_answers(
    columns: Sequence[pl.Series], executor: Executor | None = None
) -> list[dict[Any, int]]:
    """Return for each column how often each answer occurs, answers ascending, nulls left out."""
    found: list[dict[Any, int]] = [{} for _ in columns]
    narrow: Ends = {}
    for place, series in enumerate(columns):
        ends = _narrow_range(series)
        if ends is None:
            found[place] = _by_hash(series)
        else:
            narrow[str(place)] = ends
    if narrow:
        source = _Answers({name: columns[int(name)] for name in narrow}, narrow)
        counted = fold(whole_numbers(narrow), source, executor)
        for name, (low, _) in narrow.items():
            series, counts = columns[int(name)], counted[name]
            counts[-1] = len(series) - series.null_count() - counts[:-1].sum()
            pairs = enumerate(counts.tolist(), start=low)
            found[int(name)] = {code: count for code, count in pairs if count}
    return found


def _narrow_range(series: pl.Series) -> tuple[int, int] | None:
    """Return the ends of a column of few whole numbers, or None."""
    if not series.dtype.is_integer() or not len(series):
        return None
    low, high = series.min(), series.max()
    if not isinstance(low, int) or not isinstance(high, int) or high - low >= NARROW:
        return None
    if series.null_count() and high >= 127:  # no room for the null of the narrowest type
        return None
    return low, high


@dataclass(frozen=True, slots=True)
class Answers:
    """What was counted of one column.

    Attributes
    ----------
    name, kind
        Column and its type.
    rows
        Rows of the data.
    found
        How often each answer occurs, answers ascending.
    masses
        Answers -> sum of weights of each; None without weights.
    """

    name: str
    kind: pl.DataType
    rows: int
    found: Mapping[Any, int]
    masses: Callable[[Sequence[Any]], Floats] | None = None


@dataclass(frozen=True, slots=True)
class _Answers:
    """Columns read by canonical block without joining their chunks; a null becomes high + 1."""

    columns: Mapping[str, pl.Series]
    ends: Ends

    @property
    def blocks(self) -> int:
        return -(-len(next(iter(self.columns.values()))) // BLOCK_ROWS)

    def read(self, block: int) -> Columns:
        found = {}
        for name, series in self.columns.items():
            part = series.slice(block * BLOCK_ROWS, BLOCK_ROWS)
            known = part.fill_null(self.ends[name][1] + 1) if part.null_count() else part
            found[name] = known.to_numpy()
        return found


def _by_hash(series: pl.Series) -> dict[Any, int]:
    table = series.drop_nulls().alias("answer").value_counts(name="times").sort("answer")
    return dict(zip(table["answer"].to_list(), table["times"].to_list(), strict=True))


def whole_numbers(ends: Ends) -> State[Any, Counted]:
    """State of counts of each whole number between given ends but the last, by column."""
    return State(partial(_start, ends), partial(_update, ends), _merge, _itself)


def _start(ends: Ends) -> Counted:
    return {name: np.zeros(high - low + 1, np.int64) for name, (low, high) in ends.items()}


def _update(ends: Ends, state: Counted, columns: Columns) -> Counted:
    for name, (low, high) in ends.items():
        block, counts = columns[name], state[name]
        same = np.empty(block.size, dtype=np.bool_)
        for code in range(low, high):
            counts[code - low] += np.count_nonzero(np.equal(block, code, out=same))
    return state


def _merge(left: Counted, right: Counted) -> Counted:
    return {name: counts + right[name] for name, counts in left.items()}


def _itself(state: Counted) -> Counted:
    return state


def weigh_answers(
    codes: Ints, weights: Floats, count: int, executor: Executor | None = None
) -> Floats:
    """Return the sum of weights of each code 0 … count−1 (−1 is left out), shape ``(count,)``."""
    return weigh_blocks(ColumnSource({"codes": codes, "weights": weights}), count, executor)


def weigh_blocks(source: Source, count: int, executor: Executor | None = None) -> Floats:
    """Return the same of blocks with the columns ``codes`` and ``weights``."""
    state: State[Any, Floats] = State(
        partial(np.zeros, count), partial(_add_weights, count), np.add, np.asarray
    )
    return fold(state, source, executor)


def _add_weights(count: int, state: Floats, columns: Columns) -> Floats:
    known = columns["codes"] >= 0
    codes, weights = columns["codes"][known], columns["weights"][known]
    return np.asarray(state + np.bincount(codes, weights=weights, minlength=count))
