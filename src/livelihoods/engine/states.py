"""Additive statistics of columns: counts, ranges, moments, entropy sums, value counts.

Every function here returns a ``State``. Values must be finite: the caller drops incomplete rows
(``MappedSource``). Sums are NumPy's pairwise sums over one canonical block; no BLAS takes part,
so that the number of BLAS threads has no say in the digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from livelihoods.engine.blocks import Columns
from livelihoods.engine.coded import Coded, as_floats
from livelihoods.engine.fold import State
from livelihoods.engine.groups import Groups, height_of, parts_of
from livelihoods.typing import Floats, Ints


@dataclass(frozen=True, slots=True)
class Ranges:
    """Rows, lowest and highest values: ``rows`` (G,), ``low`` and ``high`` (G, p).

    A group without rows has ``low = inf``, ``high = -inf``.
    """

    rows: Ints
    low: Floats
    high: Floats


def ranges(names: Sequence[str], groups: Groups | None = None) -> State[Any, Ranges]:
    """State of row counts, minima and maxima of ``p`` columns in ``G`` groups (1 without)."""
    shape = _shape(names, groups)
    return State(
        partial(_start_ranges, shape),
        partial(_update_ranges, tuple(names), groups),
        _merge_ranges,
        _itself,
    )


def _start_ranges(shape: tuple[int, int]) -> Ranges:
    return Ranges(np.zeros(shape[0], np.int64), np.full(shape, np.inf), np.full(shape, -np.inf))


def _update_ranges(
    names: tuple[str, ...], groups: Groups | None, state: Ranges, columns: Columns
) -> Ranges:
    for group, rows in parts_of(columns, groups):
        state.rows[group] += height_of(columns, names, rows)
        for j, name in enumerate(names):
            values: Any = columns[name][rows]
            if len(values):
                few = isinstance(values, Coded)
                low, high = values.ends() if few else (values.min(), values.max())
                state.low[group, j] = min(state.low[group, j], low)
                state.high[group, j] = max(state.high[group, j], high)
    return state


def _merge_ranges(left: Ranges, right: Ranges) -> Ranges:
    return Ranges(
        left.rows + right.rows,
        np.minimum(left.low, right.low),
        np.maximum(left.high, right.high),
    )


@dataclass(frozen=True, slots=True)
class Moments:
    """Central moments of ``p`` columns in ``G`` groups.

    Attributes
    ----------
    rows
        Rows per group, shape ``(G,)``.
    weight
        Sum of weights per group, shape ``(G,)``; equals ``rows`` without weights.
    mean
        (Weighted) means, shape ``(G, p)``; 0 in an empty group.
    second, third
        Sums of (weighted) second and third powers of deviations from the mean, shape ``(G, p)``.
    """

    rows: Ints
    weight: Floats
    mean: Floats
    second: Floats
    third: Floats

    def variance(self) -> Floats:
        """Sample variances with divisor W − 1 when rows weigh 1, shape ``(G, p)``.

        With weights: W is rescaled to the number of rows, Σw(x−m)²/W · n/(n−1).
        """
        n = self.rows[:, None].astype(np.float64)
        return self.second / self.weight[:, None] * n / (n - 1.0)

    def skewness(self) -> Floats:
        """Moment skewness m₃/m₂^{3/2} (no small-sample correction), shape ``(G, p)``."""
        w = self.weight[:, None]
        return (self.third / w) / (self.second / w) ** 1.5


def moments(
    names: Sequence[str], groups: Groups | None = None, weight: str | None = None
) -> State[Any, Moments]:
    """State of means, second and third central moments.

    Blocks are summed about their own mean and joined by the pairwise formulas of Chan, Golub and
    LeVeque (1983) and Pébay (2008), so that a large mean costs no digits.
    """
    shape = _shape(names, groups)
    return State(
        partial(_start_moments, shape),
        partial(_update_moments, tuple(names), groups, weight),
        _merge_moments,
        _itself,
    )


def _start_moments(shape: tuple[int, int]) -> Moments:
    return Moments(
        np.zeros(shape[0], np.int64),
        np.zeros(shape[0]),
        np.zeros(shape),
        np.zeros(shape),
        np.zeros(shape),
    )


def _update_moments(
    names: tuple[str, ...],
    groups: Groups | None,
    weight: str | None,
    state: Moments,
    columns: Columns,
) -> Moments:
    block = _start_moments(state.mean.shape)
    for group, rows in parts_of(columns, groups):
        height = height_of(columns, names, rows)
        if height == 0:
            continue
        w = None if weight is None else as_floats(columns[weight][rows])
        total = float(height) if w is None else float(np.sum(w))
        block.rows[group], block.weight[group] = height, total
        for j, name in enumerate(names):
            x = as_floats(columns[name][rows])
            mean = float(np.sum(x if w is None else w * x)) / total
            dev = x - mean
            square = dev * dev
            block.mean[group, j] = mean
            block.second[group, j] = np.sum(square if w is None else w * square)
            cube = square * dev
            block.third[group, j] = np.sum(cube if w is None else w * cube)
    return _merge_moments(state, block)


def _merge_moments(left: Moments, right: Moments) -> Moments:
    weight = left.weight + right.weight
    a, b = left.weight[:, None], right.weight[:, None]
    whole = np.where(weight > 0, weight, 1.0)[:, None]
    gap = right.mean - left.mean
    share = b / whole
    mean = np.where(a == 0, right.mean, left.mean + gap * share)
    cross = gap * gap * a * share
    second = left.second + right.second + cross
    third = (
        left.third
        + right.third
        + cross * gap * (a - b) / whole
        + 3.0 * gap * (a * right.second - b * left.second) / whole
    )
    return Moments(left.rows + right.rows, weight, mean, second, third)


@dataclass(frozen=True, slots=True)
class Comoments:
    """Weighted cross-products about the means: ``rows`` (G,), ``weight`` (G,), ``mean`` (G, p),
    ``cross`` (G, p, p)."""

    rows: Ints
    weight: Floats
    mean: Floats
    cross: Floats

    def covariance(self) -> Floats:
        """Covariances with divisor n − 1 (weights rescaled to n), shape ``(G, p, p)``."""
        n = self.rows[:, None, None].astype(np.float64)
        return np.asarray(self.cross / self.weight[:, None, None] * n / (n - 1.0))

    def correlation(self) -> Floats:
        """Correlations, shape ``(G, p, p)``; the diagonal is exactly 1."""
        spread = np.sqrt(np.einsum("gii->gi", self.cross))
        result: Floats = self.cross / (spread[:, :, None] * spread[:, None, :])
        for one in result:
            np.fill_diagonal(one, 1.0)
        return result


def comoments(
    names: Sequence[str], groups: Groups | None = None, weight: str | None = None
) -> State[Any, Comoments]:
    """State of means and centred cross-products of ``p`` columns."""
    shape = _shape(names, groups)
    return State(
        partial(_start_comoments, shape),
        partial(_update_comoments, tuple(names), groups, weight),
        _merge_comoments,
        _itself,
    )


def _start_comoments(shape: tuple[int, int]) -> Comoments:
    groups, p = shape
    return Comoments(
        np.zeros(groups, np.int64), np.zeros(groups), np.zeros(shape), np.zeros((groups, p, p))
    )


def _update_comoments(
    names: tuple[str, ...],
    groups: Groups | None,
    weight: str | None,
    state: Comoments,
    columns: Columns,
) -> Comoments:
    block = _start_comoments(state.mean.shape)
    for group, rows in parts_of(columns, groups):
        height = height_of(columns, names, rows)
        if height == 0:
            continue
        w = np.ones(height) if weight is None else as_floats(columns[weight][rows])
        total = float(np.sum(w))
        block.rows[group], block.weight[group] = height, total
        deviations = []
        for j, name in enumerate(names):
            x = as_floats(columns[name][rows])
            block.mean[group, j] = float(np.sum(w * x)) / total
            deviations.append(x - block.mean[group, j])
        room = np.empty(height)
        for j, first in enumerate(deviations):
            weighted = w * first
            for k in range(j + 1):
                value = np.sum(np.multiply(weighted, deviations[k], out=room))
                block.cross[group, j, k] = block.cross[group, k, j] = value
    return _merge_comoments(state, block)


def _merge_comoments(left: Comoments, right: Comoments) -> Comoments:
    weight = left.weight + right.weight
    whole = np.where(weight > 0, weight, 1.0)
    gap = right.mean - left.mean
    share = right.weight / whole
    mean = np.where((left.weight == 0)[:, None], right.mean, left.mean + gap * share[:, None])
    between = gap[:, :, None] * gap[:, None, :] * (left.weight * share)[:, None, None]
    return Comoments(left.rows + right.rows, weight, mean, left.cross + right.cross + between)


@dataclass(frozen=True, slots=True)
class EntropySums:
    """What an entropy weight needs: ``rows`` (G,), ``weight`` (G,), ``total`` S = Σ h·z and
    ``log_total`` T = Σ h·z·ln z, both (G, p), with h the row's weight (1 without)."""

    rows: Ints
    weight: Floats
    total: Floats
    log_total: Floats


def entropy_sums(
    names: Sequence[str],
    shift: float = 0.0,
    groups: Groups | None = None,
    weight: str | None = None,
) -> State[Any, EntropySums]:
    """State of S = Σ h(z+c) and T = Σ h(z+c)·ln(z+c), with 0·ln 0 = 0.

    ``z`` are oriented values in [0, 1]; ``shift`` is c. The entropy of the shares p = (z+c)/S is
    then (ln S − T/S)/ln n, so that one pass is enough.
    """
    shape = _shape(names, groups)
    return State(
        partial(_start_entropy, shape),
        partial(_update_entropy, tuple(names), float(shift), groups, weight),
        _merge_entropy,
        _itself,
    )


def _start_entropy(shape: tuple[int, int]) -> EntropySums:
    return EntropySums(
        np.zeros(shape[0], np.int64), np.zeros(shape[0]), np.zeros(shape), np.zeros(shape)
    )


def _update_entropy(
    names: tuple[str, ...],
    shift: float,
    groups: Groups | None,
    weight: str | None,
    state: EntropySums,
    columns: Columns,
) -> EntropySums:
    for group, rows in parts_of(columns, groups):
        height = height_of(columns, names, rows)
        w = None if weight is None else as_floats(columns[weight][rows])
        state.rows[group] += height
        state.weight[group] += float(height) if w is None else float(np.sum(w))
        room = np.empty((2, height))
        for j, name in enumerate(names):
            z, logs = _shifted_logs(columns[name][rows], shift, room)
            state.total[group, j] += np.sum(z if w is None else w * z)
            state.log_total[group, j] += np.sum(logs if w is None else w * logs)
    return state


def _shifted_logs(column: Floats | Coded, shift: float, room: Floats) -> tuple[Floats, Floats]:
    """Return z + c and (z + c)·ln(z + c) of a column, in ``room`` (2, n)."""
    if isinstance(column, Coded):
        table = column.table + shift
        logs = np.log(table, out=np.zeros_like(table), where=table > 0) * table
        return column.look_up(table, room[0]), column.look_up(logs, room[1])
    z = np.add(column, shift, out=room[0])
    if z.size and z.min() > 0:  # the usual case, and far quicker than a masked logarithm
        logs = np.log(z, out=room[1])
    else:
        room[1] = 0.0
        logs = np.log(z, out=room[1], where=z > 0)
    logs *= z
    return z, logs


def _merge_entropy(left: EntropySums, right: EntropySums) -> EntropySums:
    return EntropySums(
        left.rows + right.rows,
        left.weight + right.weight,
        left.total + right.total,
        left.log_total + right.log_total,
    )


def value_counts(names: Sequence[str], groups: Groups | None = None) -> State[Any, Ints]:
    """State of counts of every int8 value, shape ``(G, p, 256)``; value v stands at v + 128."""
    groups_count = 1 if groups is None else groups.count
    return State(
        partial(np.zeros, (groups_count, len(names), 256), np.int64),
        partial(_update_value_counts, tuple(names), groups),
        np.add,
        _itself,
    )


def _update_value_counts(
    names: tuple[str, ...], groups: Groups | None, state: Ints, columns: Columns
) -> Ints:
    for group, rows in parts_of(columns, groups):
        for j, name in enumerate(names):
            shifted = columns[name][rows].astype(np.int64) + 128
            state[group, j] += np.bincount(shifted, minlength=256)
    return state


def _shape(names: Sequence[str], groups: Groups | None) -> tuple[int, int]:
    return (1 if groups is None else groups.count), len(names)


def _itself(state: Any) -> Any:
    return state
