"""Local means and local lines over sorted points, and the weights they put on each point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from livelihoods.numerics.clumps import clump_moments, shared_windows
from livelihoods.numerics.gaussian import gaussian_sums
from livelihoods.numerics.windows import (
    THIN,
    kernel_sums,
    kernel_values,
    ragged_blocks,
    window_edges,
)
from livelihoods.typing import Bools, Floats, Ints

Kernel = Literal["epanechnikov", "gaussian", "biweight", "uniform", "tricube"]

# Below these the prefix sums lose digits, and the window is summed point by point, centred.
_EDGE_SHARE = 1e-2
_SPREAD = 1e-4
# Beyond this condition a query's weights are so large that their sums would drown the others'.
_SIZEABLE = 1e4
# Spread of the scores in a window, in squared bandwidths, at which a line is not identified.
COLLINEAR = 1e-14
_GAUSSIAN_TAIL = 78.0
# Kernel weight that counts as none: a Gaussian 36 bandwidths away, where doubles lose digits.
NOTHING = 1e-290


@dataclass(frozen=True, slots=True)
class LocalFit:
    r"""Local fits at q queries; a point at distance z has weight ``w K(z) (base + tilt z)``.

    Attributes
    ----------
    fitted
        Fit of each outcome, shape ``(k, q)``; NaN where the window is empty.
    mass
        Sum of kernel weights :math:`\sum_j w_j K(z_{ij})`, shape ``(q,)``.
    base, tilt
        Coefficients of the weights, shape ``(q,)``; 0 where the window is empty.
    condition
        ``1 + mean(z)^2 / var(z)`` within the window: how much a line amplifies rounding (and
        noise); 1 for a mean, shape ``(q,)``.
    line
        Where a line was fitted; False where the window gave a mean or nothing, shape ``(q,)``.
    direct
        Where the weights must be spread point by point, shape ``(q,)``.
    edges
        First and last (exclusive) point of each window.
    """

    fitted: Floats
    mass: Floats
    base: Floats
    tilt: Floats
    condition: Floats
    line: Bools
    direct: Bools
    edges: tuple[Ints, Ints]

    @property
    def found(self) -> Bools:
        """Where the window holds kernel weight."""
        return np.asarray(self.mass > 0.0)


def local_fit(
    points: Floats,
    weights: Floats,
    weighted: Floats,
    queries: Floats,
    bandwidth: float,
    kernel: Kernel,
    degree: Literal[0, 1],
) -> LocalFit:
    """Fit a local mean (degree 0) or the intercept of a local line (degree 1) at each query.

    Parameters
    ----------
    points
        Ascending, shape ``(m,)``.
    weights
        Not negative, shape ``(m,)``.
    weighted
        Outcomes times weights, shape ``(k, m)`` (sums of both where points were tied together).
    queries
        Ascending, shape ``(q,)``.
    bandwidth
        Half-width of a polynomial kernel, standard deviation of the Gaussian; positive.

    Notes
    -----
    An empty window has no fit. A window whose scores do not vary (kernel-weighted variance at most
    1e-14 squared bandwidths) gives its weighted mean. Fan (1992), J. Am. Stat. Assoc. 87, 998.
    """
    middle = weighted.sum(axis=1) / weights.sum()
    values = np.vstack([weights[None, :], weighted - middle[:, None] * weights])
    orders = (2 * degree, *(degree,) * weighted.shape[0])
    m, q = points.shape[0], queries.shape[0]
    if kernel == "gaussian":
        edges = (np.zeros(q, dtype=np.int64), np.full(q, m, dtype=np.int64))
        sums = gaussian_sums(points, values, queries, bandwidth, orders)
        edge = sums[0, 0] < 0.05 * weights.mean()
    else:
        edges = window_edges(points, queries, bandwidth)
        sums = kernel_sums(points, values, queries, bandwidth, kernel, orders, edges)
        running = np.concatenate(([0.0], np.cumsum(weights)))
        inside = running[edges[1]] - running[edges[0]]
        edge = (edges[1] - edges[0] > THIN) & (sums[0, 0] < _EDGE_SHARE * inside)
    fit = _solve(sums, degree)
    narrow = np.zeros(q, dtype=bool)
    if degree:
        narrow = ~edge & (sums[0, 0] > 0) & (_variance(sums) < _SPREAD)
        narrow = _share(fit, narrow, points, values, queries, bandwidth, kernel, edges)
    if edge.any() or narrow.any():
        _redo(fit, edge | narrow, points, values, queries, bandwidth, kernel, degree, edges)
    fit.fitted[:] += middle[:, None]
    direct = edge | (edges[1] - edges[0] <= THIN) | (fit.condition > _SIZEABLE)
    return LocalFit(
        fit.fitted, fit.mass, fit.base, fit.tilt, fit.condition, fit.line, direct, edges
    )


def _variance(sums: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = sums[0, 1] / sums[0, 0]
        return np.asarray(sums[0, 2] / sums[0, 0] - mean * mean)


@dataclass(frozen=True, slots=True)
class _Pieces:
    fitted: Floats
    mass: Floats
    base: Floats
    tilt: Floats
    condition: Floats
    line: Bools


def _solve(sums: Floats, degree: int) -> _Pieces:
    """Means or intercepts from sums about the query."""
    mass = np.where(sums[0, 0] > NOTHING, sums[0, 0], 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        base = np.where(mass > 0, 1.0 / mass, 0.0)
        mean = np.where(mass > 0, sums[1:, 0] / mass, np.nan)
    ones = np.ones_like(mass)
    if degree == 0:
        return _Pieces(mean, mass, base, 0.0 * mass, ones, np.zeros(mass.shape, dtype=bool))
    away = sums[0, 1] * base
    spread = sums[0, 2] * base - away * away
    covariance = sums[1:, 1] * base - away * mean
    return _lines(mean, mass, base, away, spread, covariance)


def _lines(
    mean: Floats, mass: Floats, base: Floats, away: Floats, spread: Floats, covariance: Floats
) -> _Pieces:
    line = (mass > 0) & (spread > COLLINEAR)
    safe = np.where(line, spread, 1.0)
    tilt = np.where(line, -away / safe, 0.0)
    condition = np.where(line, 1.0 - away * tilt, 1.0)
    fitted = mean + covariance * tilt
    return _Pieces(fitted, mass, base * condition, base * tilt, condition, line)


def _share(
    fit: _Pieces,
    narrow: Bools,
    points: Floats,
    values: Floats,
    queries: Floats,
    bandwidth: float,
    kernel: Kernel,
    edges: tuple[Ints, Ints],
) -> Bools:
    """Fit narrow windows that several queries share from their common moments; return the rest."""
    chosen = np.flatnonzero(narrow & (edges[1] - edges[0] > THIN))
    rest = narrow.copy()
    for first, last, members in shared_windows(edges[0][chosen], edges[1][chosen]):
        here = chosen[members]
        found = clump_moments(
            points[first:last], values[:, first:last], queries[here], bandwidth, kernel
        )
        if found is None:
            continue
        mass, mean, away, spread, covariance = found
        part = _lines(mean, mass, 1.0 / mass, away, spread, covariance)
        _put(fit, here, part)
        rest[here] = False
    return rest


def _put(fit: _Pieces, here: Ints, part: _Pieces) -> None:
    fit.fitted[:, here], fit.mass[here], fit.base[here] = part.fitted, part.mass, part.base
    fit.tilt[here], fit.condition[here], fit.line[here] = part.tilt, part.condition, part.line


def _redo(
    fit: _Pieces,
    doubtful: Bools,
    points: Floats,
    values: Floats,
    queries: Floats,
    bandwidth: float,
    kernel: Kernel,
    degree: int,
    edges: tuple[Ints, Ints],
) -> None:
    """Fit the doubtful windows again, point by point and centred within the window."""
    chosen = np.flatnonzero(doubtful)
    q = queries[chosen]
    lo, hi = edges[0][chosen], edges[1][chosen]
    if kernel == "gaussian":
        near = _nearest_distance(points, q) / bandwidth
        reach = bandwidth * np.sqrt(near * near + _GAUSSIAN_TAIL + 2.0 * np.log(points.shape[0]))
        lo = np.searchsorted(points, q - reach, "left").astype(np.int64)
        hi = np.searchsorted(points, q + reach, "right").astype(np.int64)
    some = hi > lo
    chosen, q, lo, hi = chosen[some], q[some], lo[some], hi[some]
    for rows, flat, query, starts in ragged_blocks(lo, hi):
        here = chosen[rows]
        first = points[lo[rows]]
        # Distances from the window's own first point: exact, whatever the query's distance.
        t = (points[flat] - first[query - rows.start]) / bandwidth
        weight = kernel_values((points[flat] - q[query]) / bandwidth, kernel)
        part = _centred(
            t, weight * values[:, flat], query - rows.start, starts,
            (first - q[rows]) / bandwidth, degree,
        )  # fmt: skip
        _put(fit, here, part)


def _centred(
    t: Floats, weighted: Floats, query: Ints, starts: Ints, first: Floats, degree: int
) -> _Pieces:
    mass = np.add.reduceat(weighted[0], starts)
    mass = np.where(mass > NOTHING, mass, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        base = np.where(mass > 0, 1.0 / mass, 0.0)
    mean = np.where(mass > 0, np.add.reduceat(weighted[1:], starts, axis=1) * base, np.nan)
    if degree == 0:
        zero = np.zeros_like(mass)
        return _Pieces(mean, mass, base, zero, zero + 1.0, np.zeros(mass.shape, dtype=bool))
    centre = np.add.reduceat(weighted[0] * t, starts) * base
    dt = t - centre[query]
    spread = np.add.reduceat(weighted[0] * dt * dt, starts) * base
    rest = weighted[1:] - np.nan_to_num(mean)[:, query] * weighted[0]
    covariance = np.add.reduceat(rest * dt, starts, axis=1) * base
    return _lines(mean, mass, base, first + centre, spread, covariance)


def _nearest_distance(points: Floats, queries: Floats) -> Floats:
    place = np.searchsorted(points, queries)
    below = np.abs(queries - points[np.maximum(place - 1, 0)])
    above = np.abs(queries - points[np.minimum(place, points.shape[0] - 1)])
    return np.asarray(np.minimum(below, above))


def dual_weights(
    points: Floats,
    queries: Floats,
    shares: Floats,
    fit: LocalFit,
    bandwidth: float,
    kernel: Kernel,
) -> Floats:
    r"""Return what every point weighs in all fits: :math:`\sum_i s_i K(z_{ij}) (b_i + t_i z_{ij})`.

    Multiply by the point's own weight. The sum runs over queries, so it is a window sum with the
    roles exchanged and costs as much as the fit.

    Parameters
    ----------
    points, queries
        As given to :func:`local_fit`.
    shares
        Weight of each query in the final mean, shape ``(q,)``.
    """
    base, tilt = shares * fit.base, shares * fit.tilt
    total = np.zeros(points.shape[0])
    direct = fit.direct & fit.found
    chosen = np.flatnonzero(direct)
    for _, flat, query, _ in ragged_blocks(fit.edges[0][chosen], fit.edges[1][chosen]):
        owner = chosen[query]
        z = (points[flat] - queries[owner]) / bandwidth
        part = kernel_values(z, kernel) * (base[owner] + tilt[owner] * z)
        total += np.bincount(flat, part, points.shape[0])
    others = np.flatnonzero(fit.found & ~direct)
    if others.size == 0:
        return total
    lines = bool(fit.line.any())
    values = np.vstack([base[others], tilt[others]]) if lines else base[others][None, :]
    orders = (0, 1) if lines else (0,)
    if kernel == "gaussian":
        sums = gaussian_sums(queries[others], values, points, bandwidth, orders)
    else:
        sums = kernel_sums(
            queries[others], values, points, bandwidth, kernel, orders,
            window_edges(points=queries[others], queries=points, radius=bandwidth),
        )  # fmt: skip
    total += sums[0, 0]
    if lines:
        total -= sums[1, 1]
    return total
