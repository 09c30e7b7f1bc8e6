"""From answers to oriented values in [0, 1], block by block. Pure functions on columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from livelihoods.engine import Columns
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
    """

    indicators: tuple[Indicator, ...]
    low: Floats
    high: Floats


def complete(names: Sequence[str], columns: Columns) -> Bools:
    """Return which rows have every indicator, group and weight."""
    rows = np.ones(len(columns[names[0]]), dtype=np.bool_)
    for name in names:
        rows &= ~np.isnan(columns[name])
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
    result = {name: columns[name] for name in _ADDED if name in columns}
    for j, indicator in enumerate(scaling.indicators):
        low, high = _bounds(scaling, j, codes)
        result[indicator.name] = oriented(columns[indicator.name], low, high, indicator)
    return result


def oriented(x: Floats, low: Floats | float, high: Floats | float, indicator: Indicator) -> Floats:
    """Return z in [0, 1], 1 the best.

    ``"+"``: (x − low)/(high − low); ``"-"``: (high − x)/(high − low); ``"target"`` with best
    value t: 1 − |x − t| / max(|low − t|, |high − t|). Values beyond the bounds count as the bound.
    """
    within = np.clip(x, low, high)
    if indicator.direction == "+":
        return np.asarray((within - low) / (high - low))
    if indicator.direction == "-":
        return np.asarray((high - within) / (high - low))
    assert indicator.target is not None
    reach = np.maximum(np.abs(low - indicator.target), np.abs(high - indicator.target))
    return np.asarray(1.0 - np.abs(within - indicator.target) / reach)


def outside(scaling: Scaling, columns: Columns) -> Ints:
    """Return how many values of each indicator lie beyond its bounds, shape ``(p,)``."""
    codes = columns[BY] if scaling.low.shape[0] > 1 else None
    counts = np.zeros(len(scaling.indicators), dtype=np.int64)
    for j, indicator in enumerate(scaling.indicators):
        low, high = _bounds(scaling, j, codes)
        x = columns[indicator.name]
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
                total += columns[name] * (weight[0] if codes is None else weight[codes])
        result[label] = total
    return result


def _bounds(scaling: Scaling, j: int, codes: Ints | None) -> tuple[Floats | float, Floats | float]:
    if codes is None:
        return float(scaling.low[0, j]), float(scaling.high[0, j])
    return scaling.low[codes, j], scaling.high[codes, j]
