"""From answers to oriented values in [0, 1], block by block. Pure functions on columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from livelihoods.engine import Columns
from livelihoods.engine.coded import Coded, as_floats
from livelihoods.measure.spec import Indicator
from livelihoods.typing import Bools, Floats, Ints

# Columns the program adds to those of the data; no data column can have such a name.
BY = "\x00by"
WEIGHT = "\x00weight"
FROM = "\x00from"
_ADDED = (BY, WEIGHT, FROM)


@dataclass(frozen=True, slots=True)
class Scaling:
    """What turns values into oriented ones.

    Attributes
    ----------
    indicators
        The ``p`` indicators.
    low, high
        Bounds, shape ``(G, p)``; G = 1 when one pair of bounds serves all rows.
    closed
        Whether no value lies beyond the bounds, so that none need be pulled in.
    """

    indicators: tuple[Indicator, ...]
    low: Floats
    high: Floats
    closed: bool = False


def complete(names: Sequence[str], columns: Columns) -> Bools:
    """Return which rows have every indicator, group and weight."""
    rows = np.ones(len(columns[names[0]]), dtype=np.bool_)
    for name in names:
        values: Any = columns[name]
        if isinstance(values, Coded):  # bytes have no room for a missing value
            continue
        if values.size and np.isnan(values.min()):  # the least of values with a NaN is NaN
            rows &= ~np.isnan(values)
    if BY in columns:
        rows &= columns[BY] >= 0
    if WEIGHT in columns:
        rows &= ~np.isnan(columns[WEIGHT])
    return rows


def keep_complete(names: Sequence[str], columns: Columns) -> Columns:
    """Return the columns without incomplete rows."""
    rows = complete(names, columns)
    if rows.all():
        return columns
    return {name: values[rows] for name, values in columns.items()}


def keep_base(columns: Columns) -> Columns:
    """Return the rows that the weights are estimated on."""
    return {name: values[columns[FROM]] for name, values in columns.items()}


def orient_block(scaling: Scaling, columns: Columns) -> Columns:
    """Return oriented values of one block, with the program's own columns passed on."""
    codes = columns[BY] if scaling.low.shape[0] > 1 else None
    if codes is not None and codes.size and codes.min() == codes.max():  # one pair is enough
        only = slice(int(codes[0]), int(codes[0]) + 1)
        scaling, codes = replace(scaling, low=scaling.low[only], high=scaling.high[only]), None
    result = {name: columns[name] for name in _ADDED if name in columns}
    for j, indicator in enumerate(scaling.indicators):
        low, high = _bounds(scaling, j, codes)
        x: Any = columns[indicator.name]
        if isinstance(x, Coded) and codes is None:
            result[indicator.name] = x.mapped(partial(_within, low, high, indicator))  # type: ignore[assignment]
        elif scaling.closed:
            result[indicator.name] = oriented(as_floats(x), low, high, indicator)
        else:
            result[indicator.name] = _within(low, high, indicator, as_floats(x))
    return result


def _within(low: Floats | float, high: Floats | float, indicator: Indicator, x: Floats) -> Floats:
    """Orient values, those beyond the bounds as the bound."""
    return oriented(np.clip(x, low, high), low, high, indicator)


def oriented(x: Floats, low: Floats | float, high: Floats | float, indicator: Indicator) -> Floats:
    """Return z in [0, 1], 1 the best.

    ``"+"``: (x − low)/(high − low); ``"-"``: (high − x)/(high − low); ``"target"`` with best
    value t: 1 − |x − t| / max(|low − t|, |high − t|). Values lie within the bounds.
    """
    if indicator.direction in ("+", "-"):
        above = x - low if indicator.direction == "+" else high - x
        above /= high - low
        return np.asarray(above)
    assert indicator.target is not None
    reach = np.maximum(np.abs(low - indicator.target), np.abs(high - indicator.target))
    return np.asarray(1.0 - np.abs(x - indicator.target) / reach)


def outside(scaling: Scaling, columns: Columns) -> Ints:
    """Return how many values of each indicator lie beyond its bounds, shape ``(p,)``."""
    codes = columns[BY] if scaling.low.shape[0] > 1 else None
    counts = np.zeros(len(scaling.indicators), dtype=np.int64)
    for j, indicator in enumerate(scaling.indicators):
        low, high = _bounds(scaling, j, codes)
        x = as_floats(columns[indicator.name])
        counts[j] = np.count_nonzero((x < low) | (x > high))
    return counts


def project(
    names: Sequence[str], nodes: Floats, labels: Sequence[str], columns: Columns
) -> Columns:
    """Return weighted sums of columns, one a node.

    Parameters
    ----------
    names
        The ``p`` columns to sum.
    nodes
        Weights, shape ``(G, p, q)``.
    labels
        Names of the ``q`` sums.

    Notes
    -----
    Summed column by column in the order of the indicators, without BLAS, so that the digits do
    not depend on how many threads it uses.
    """
    result = {name: columns[name] for name in _ADDED if name in columns}
    codes = columns[BY] if nodes.shape[0] > 1 else None
    for place, label in enumerate(labels):
        total = np.zeros(len(columns[names[0]]))
        for j, name in enumerate(names):
            weight = nodes[:, j, place]
            if np.any(weight != 0.0):
                total += as_floats(columns[name]) * (weight[0] if codes is None else weight[codes])
        result[label] = total
    return result


def _bounds(scaling: Scaling, j: int, codes: Ints | None) -> tuple[Floats | float, Floats | float]:
    if codes is None:
        return float(scaling.low[0, j]), float(scaling.high[0, j])
    return scaling.low[codes, j], scaling.high[codes, j]
