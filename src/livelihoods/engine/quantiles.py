"""Exact quantiles of any number of rows in two passes and small memory.

Floats are read as ordered 64-bit integers. Pass one counts their top 16 bits (65,536 bins);
pass two collects, with counts, the distinct values of the few bins that hold the wanted ranks.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from livelihoods.engine.blocks import Columns, Source, as_source
from livelihoods.engine.executor import Executor
from livelihoods.engine.fold import State, fold
from livelihoods.errors import DataError, SpecError
from livelihoods.typing import Floats, Ints

_BINS = 65_536
_SIGN = np.uint64(1 << 63)
_SHIFT = np.uint64(48)

Bits: TypeAlias = NDArray[np.uint64]
_Collected: TypeAlias = list[tuple[Floats, Ints]]


def exact_quantiles(
    data: Columns | Source,
    names: Sequence[str],
    probabilities: Sequence[float],
    executor: Executor | None = None,
) -> Floats:
    """Return sample quantiles, shape ``(len(names), len(probabilities))``.

    The quantile at q lies at h = (n − 1)q between the order statistics around it, straight line
    between them: type 7 of Hyndman and Fan (1996), the default of R, NumPy and Polars. NaN is left
    out.

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
    source = as_source(data)
    counts = fold(histogram(names), source, executor)
    sizes = counts.sum(axis=1)
    if np.any(sizes == 0):
        empty = [name for name, size in zip(names, sizes, strict=True) if size == 0]
        raise DataError("engine.no_values", variables=empty)
    place = (sizes[:, None] - 1) * probs[None, :]
    low = np.floor(place).astype(np.int64)
    high = np.minimum(low + 1, sizes[:, None] - 1)
    wanted = np.concatenate([low, high], axis=1)
    found = _order_statistics(source, names, counts, wanted, executor)
    a, b = found[:, : probs.size], found[:, probs.size :]
    return np.asarray(a + (place - low) * (b - a))


def histogram(names: Sequence[str]) -> State[Any, Ints]:
    """State of counts by the top 16 bits of the ordered float pattern, shape ``(p, 65 536)``."""
    return State(
        partial(np.zeros, (len(names), _BINS), np.int64),
        partial(_update_histogram, tuple(names)),
        np.add,
        _itself,
    )


def ordered_bits(values: NDArray[Any]) -> Bits:
    """Return 64-bit integers in the order of the floats; −0 and +0 become one."""
    bits: Bits = (values.astype(np.float64) + 0.0).view(np.uint64)
    return np.where(bits & _SIGN, ~bits, bits | _SIGN)


def _bins(values: NDArray[Any]) -> Ints:
    return (ordered_bits(values) >> _SHIFT).astype(np.int64)


def _present(values: NDArray[Any]) -> NDArray[Any]:
    missing = np.isnan(values)
    return values[~missing] if missing.any() else values


def _update_histogram(names: tuple[str, ...], state: Ints, columns: Columns) -> Ints:
    for j, name in enumerate(names):
        state[j] += np.bincount(_bins(_present(columns[name])), minlength=_BINS)
    return state


def _order_statistics(
    source: Source,
    names: Sequence[str],
    counts: Ints,
    wanted: Ints,
    executor: Executor | None,
) -> Floats:
    """Return the order statistics with zero-based ranks ``wanted`` (p, r)."""
    below = np.cumsum(counts, axis=1)
    holding = [
        np.searchsorted(below[j], wanted[j], side="right").astype(np.int64)
        for j in range(len(names))
    ]
    keep = [np.unique(bins) for bins in holding]
    collected = fold(_collect(names, keep), source, executor)
    result = np.empty(wanted.shape)
    for j, (values, multiplicity) in enumerate(collected):
        before = np.concatenate([[0], np.cumsum(multiplicity)])
        first = np.searchsorted(_bins(values), holding[j], side="left")
        outside = below[j][holding[j]] - counts[j][holding[j]]
        rank = wanted[j] - outside + before[first]
        result[j] = values[np.searchsorted(before[1:], rank, side="right")]
    return result


def _collect(names: Sequence[str], keep: Sequence[Ints]) -> State[Any, _Collected]:
    return State(
        partial(_start_collected, len(names)),
        partial(_update_collected, tuple(names), tuple(keep)),
        _merge_collected,
        _itself,
    )


def _start_collected(count: int) -> _Collected:
    return [(np.empty(0), np.empty(0, np.int64)) for _ in range(count)]


def _update_collected(
    names: tuple[str, ...], keep: tuple[Ints, ...], state: _Collected, columns: Columns
) -> _Collected:
    block: _Collected = []
    for name, bins in zip(names, keep, strict=True):
        values = _present(columns[name]).astype(np.float64) + 0.0
        chosen = np.zeros(_BINS, dtype=np.bool_)
        chosen[bins] = True
        distinct, multiplicity = np.unique(values[chosen[_bins(values)]], return_counts=True)
        block.append((distinct, multiplicity.astype(np.int64)))
    return _merge_collected(state, block)


def _merge_collected(left: _Collected, right: _Collected) -> _Collected:
    merged: _Collected = []
    for (a, count_a), (b, count_b) in zip(left, right, strict=True):
        distinct, inverse = np.unique(np.concatenate([a, b]), return_inverse=True)
        count = np.zeros(distinct.size, np.int64)
        np.add.at(count, inverse, np.concatenate([count_a, count_b]))
        merged.append((distinct, count))
    return merged


def _itself(state: Any) -> Any:
    return state
