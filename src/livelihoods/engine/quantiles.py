"""Exact order statistics and quantiles of any number of rows, in memory that does not grow.

A float is read as four digits of 16 bits, which (after a turn for negative numbers) stand in the
order of the floats. A pass counts the first digit in 65,536 bins. Of the few bins that hold the
wanted ranks the values themselves are collected, sorted and looked up, if they are no more than
``_COLLECTED``; where they are more, another pass counts their next digit. At most four passes
leave nothing to collect. All counts are whole numbers, so any order of merging gives the same.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from livelihoods.engine.blocks import Columns, Source, as_source
from livelihoods.engine.coded import as_floats
from livelihoods.engine.executor import Executor
from livelihoods.engine.fold import State, fold
from livelihoods.errors import DataError, SpecError
from livelihoods.typing import Floats, Ints

_BINS = 65_536
_DIGITS = 4
_COLLECTED = 1 << 21
_HALF = _BINS // 2
# Place of each 16-bit digit of a float in memory, the highest first.
_PLACES = (3, 2, 1, 0) if sys.byteorder == "little" else (0, 1, 2, 3)

Prefix: TypeAlias = tuple[int, ...]
Ranks: TypeAlias = Callable[[int], Sequence[int]]


@dataclass(frozen=True, slots=True)
class OrderStatistics:
    """Order statistics of one column.

    Attributes
    ----------
    rows
        Values that are not missing.
    values
        The order statistics, shape ``(r,)``.
    below, through
        How many values are smaller, and how many are not larger, each ``(r,)``.
    """

    rows: int
    values: Floats
    below: Ints
    through: Ints


@dataclass(frozen=True, slots=True)
class _Cell:
    """Values that begin with some digits.

    Attributes
    ----------
    column
        Number of the column.
    digits
        Their first digits, as stored.
    before
        Values of the column that are smaller than all of them.
    size
        How many they are.
    """

    column: int
    digits: Prefix
    before: int
    size: int


def exact_quantiles(
    data: Columns | Source,
    names: Sequence[str],
    probabilities: Sequence[float],
    executor: Executor | None = None,
) -> Floats:
    """Return sample quantiles, shape ``(len(names), len(probabilities))``.

    The quantile at q lies at h = (n − 1)q between the order statistics around it, straight line
    between them: type 7 of Hyndman and Fan (1996), the default of R, NumPy and Polars; the digits
    are NumPy's. NaN is left out.

    Raises
    ------
    SpecError
        If a probability is outside [0, 1].
    DataError
        If a column has no value at all.
    """
    probs = np.asarray(probabilities, dtype=np.float64)
    if not np.all((probs >= 0) & (probs <= 1)):
        raise SpecError("engine.probability", probabilities=[float(q) for q in probs])
    found = order_statistics(data, names, partial(_neighbours, probs), executor)
    empty = [name for name, one in zip(names, found, strict=True) if one.rows == 0]
    if empty:
        raise DataError("engine.no_values", variables=empty)
    return np.array([_between(one, probs) for one in found]).reshape(len(names), probs.size)


def order_statistics(
    data: Columns | Source,
    names: Sequence[str],
    ranks: Ranks,
    executor: Executor | None = None,
) -> list[OrderStatistics]:
    """Return order statistics of columns; NaN is left out.

    Parameters
    ----------
    ranks
        Number of values -> zero-based ranks wanted; not called for a column without values.
    """
    source = as_source(data)
    whole = [_Cell(j, (), 0, -1) for j in range(len(names))]
    counts = fold(_count(names, whole), source, executor)
    sizes = counts.sum(axis=1)
    wanted = [np.asarray(ranks(int(n)) if n else (), dtype=np.int64) for n in sizes]
    cells = [_Cell(j, (), 0, int(n)) for j, n in enumerate(sizes)]
    cells = _narrowed(cells, counts, wanted)
    while sum(cell.size for cell in cells) > _COLLECTED and len(cells[0].digits) < _DIGITS:
        counts = fold(_count(names, cells), source, executor)
        cells = _narrowed(cells, counts, wanted)
    if cells and len(cells[0].digits) == _DIGITS:
        inside = [np.array([_float(cell.digits)]) for cell in cells]
    else:
        inside = [np.sort(one) for one in fold(_collect(names, cells), source, executor)]
    return [
        _looked_up(
            int(n),
            wanted[j],
            [pair for pair in zip(cells, inside, strict=True) if pair[0].column == j],
        )
        for j, n in enumerate(sizes)
    ]


def _neighbours(probs: Floats, n: int) -> list[int]:
    low = np.floor((n - 1) * probs).astype(np.int64)
    return [*low.tolist(), *np.minimum(low + 1, n - 1).tolist()]


def _between(found: OrderStatistics, probs: Floats) -> Floats:
    """Return the points of a straight line as NumPy calculates them."""
    place = (found.rows - 1) * probs
    share = place - np.floor(place)
    a, b = found.values[: probs.size], found.values[probs.size :]
    gap = b - a
    return np.where(share >= 0.5, b - gap * (1.0 - share), a + gap * share)


def _narrowed(cells: Sequence[_Cell], counts: Ints, wanted: Sequence[Ints]) -> list[_Cell]:
    """Return the cells, one digit longer, that hold the wanted ranks; each once, ascending."""
    found: list[_Cell] = []
    for cell, row in zip(cells, counts, strict=True):
        order = _order(cell.digits)
        ends = cell.before + np.cumsum(row[order])
        ranks = wanted[cell.column]
        inside = ranks[(ranks >= cell.before) & (ranks < cell.before + cell.size)]
        for place in np.unique(np.searchsorted(ends, inside, side="right")):
            digit, size = int(order[place]), int(row[order[place]])
            found.append(_Cell(cell.column, (*cell.digits, digit), int(ends[place]) - size, size))
    return found


def _order(digits: Prefix) -> Ints:
    """Return the next digits in ascending order of the floats they begin or go on."""
    every = np.arange(_BINS, dtype=np.int64)
    if not digits:  # the sign: negative numbers first, the largest pattern the smallest number
        return np.concatenate([every[: _HALF - 1 : -1], every[:_HALF]])
    return every[::-1] if digits[0] >= _HALF else every


def _looked_up(rows: int, wanted: Ints, cells: Sequence[tuple[_Cell, Floats]]) -> OrderStatistics:
    """Find ranks among the sorted values of a column's cells.

    Where all digits were counted a cell is one value, and stands there once.
    """
    found = np.empty(wanted.size)
    below, through = np.empty(wanted.size, np.int64), np.empty(wanted.size, np.int64)
    for cell, ordered in cells:
        here = (wanted >= cell.before) & (wanted < cell.before + cell.size)
        if ordered.size < cell.size:
            found[here] = ordered[0]
            below[here], through[here] = cell.before, cell.before + cell.size
            continue
        found[here] = ordered[wanted[here] - cell.before]
        below[here] = cell.before + np.searchsorted(ordered, found[here], side="left")
        through[here] = cell.before + np.searchsorted(ordered, found[here], side="right")
    return OrderStatistics(rows, found, below, through)


def _float(digits: Prefix) -> float:
    stored = np.empty(_DIGITS, np.uint16)
    stored[list(_PLACES)] = digits
    return float(stored.view(np.float64)[0])


def _count(names: Sequence[str], cells: Sequence[_Cell]) -> State[Any, Ints]:
    """State of counts of the next digit of the values in each cell, shape ``(c, 65 536)``."""
    return State(
        partial(np.zeros, (len(cells), _BINS), np.int64),
        partial(_update_count, tuple(names), tuple(cells)),
        np.add,
        np.asarray,
    )


def _update_count(
    names: tuple[str, ...], cells: tuple[_Cell, ...], state: Ints, columns: Columns
) -> Ints:
    for column in dict.fromkeys(cell.column for cell in cells):
        digits = _digits(columns[names[column]])
        for row, cell in enumerate(cells):
            if cell.column == column:
                chosen = _begins(digits, cell.digits)
                next_digit = digits[:, _PLACES[len(cell.digits)]]
                part = next_digit if chosen is None else next_digit[chosen]
                state[row] += np.bincount(part, minlength=_BINS)
    return state


def _collect(names: Sequence[str], cells: Sequence[_Cell]) -> State[Any, list[Floats]]:
    return State(
        partial(_empty, len(cells)),
        partial(_update_collected, tuple(names), tuple(cells)),
        _joined,
        list,
    )


def _empty(count: int) -> list[Floats]:
    return [np.empty(0) for _ in range(count)]


def _update_collected(
    names: tuple[str, ...], cells: tuple[_Cell, ...], state: list[Floats], columns: Columns
) -> list[Floats]:
    found = list(state)
    for column in dict.fromkeys(cell.column for cell in cells):
        digits = _digits(columns[names[column]])
        values = digits.view(np.float64)[:, 0]
        for row, cell in enumerate(cells):
            if cell.column == column:
                found[row] = np.concatenate([found[row], values[_begins(digits, cell.digits)]])
    return found


def _joined(left: list[Floats], right: list[Floats]) -> list[Floats]:
    return [np.concatenate([a, b]) for a, b in zip(left, right, strict=True)]


def _digits(column: Any) -> NDArray[np.uint16]:
    """Return the present values as digits, shape ``(n, 4)``; −0 and +0 become one."""
    values = as_floats(column) + 0.0
    if values.size and np.isnan(values.min()):
        values = values[~np.isnan(values)]
    return values.view(np.uint16).reshape(-1, _DIGITS)


def _begins(digits: NDArray[np.uint16], prefix: Prefix) -> Any:
    """Return which values begin with the digits; None for all."""
    chosen: Any = None
    for digit, place in zip(prefix, _PLACES, strict=False):
        same = digits[:, place] == digit
        chosen = same if chosen is None else chosen & same
    return chosen
