"""Gaussian kernel sums without a pass over pairs: local expansions between cells.

The Gaussian has no edge, so every point counts for every query. Points are cut into cells half a
bandwidth wide and summed to powers about the cell's centre; each pair of cells no further apart
than ``REACH`` bandwidths exchanges a Taylor expansion of ``exp(-z^2/2)``; a query evaluates its
cell's polynomial. With offsets of at most a quarter bandwidth on both sides and ``TERMS`` terms
the remainder is below the rounding of double precision; beyond ``REACH`` a weight is below 3e-27.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from livelihoods.numerics.windows import kernel_values
from livelihoods.typing import Floats, Ints

TERMS = 24
REACH = 11.0
_CELL = 0.5
_DIRECT_ELEMENTS = 1 << 20


def gaussian_sums(
    points: Floats, values: Floats, queries: Floats, bandwidth: float, orders: Sequence[int]
) -> Floats:
    r"""Return :math:`\sum_j \exp(-z_{ij}^2/2) z_{ij}^r v_{kj}` for r up to 2.

    Parameters and shapes as :func:`livelihoods.numerics.windows.kernel_sums`; sums over the powers
    1 and 2 are derivatives of the sum itself: ``S1 = S0'``, ``S2 = S0'' + S0``.
    """
    origin = points[0]
    source = np.floor((points - origin) / (bandwidth * _CELL)).astype(np.int64)
    target = np.floor((queries - origin) / (bandwidth * _CELL)).astype(np.int64)
    start = np.concatenate(([0], np.flatnonzero(np.diff(source)) + 1))
    used = source[start]
    cells = np.unique(target)
    u = (points - (origin + (source + 0.5) * (bandwidth * _CELL))) / bandwidth
    v = (queries - (origin + (target + 0.5) * (bandwidth * _CELL))) / bandwidth
    place = np.searchsorted(cells, target)
    sums = np.zeros((values.shape[0], max(orders) + 1, queries.shape[0]))
    for k, order in enumerate(orders):
        moments = _moments(values[k], u, start)
        local = _exchange(moments, used, cells)
        for r, part in enumerate(_evaluate(local, place, v, order)):
            sums[k, r] = part
    return sums


def _moments(value: Floats, u: Floats, start: Ints) -> Floats:
    """Sums of ``value * u^j`` in each cell, shape ``(cells, TERMS)``."""
    out = np.empty((start.shape[0], TERMS))
    term = value.copy()
    for j in range(TERMS):
        out[:, j] = np.add.reduceat(term, start)
        term *= u
    return out


def _exchange(moments: Floats, used: Ints, cells: Ints) -> Floats:
    """Carry moments of source cells to Taylor coefficients at target cells."""
    local = np.zeros((cells.shape[0], TERMS))
    reach = int(REACH / _CELL)
    for offset in range(-reach, reach + 1):
        wanted = cells + offset
        found = np.minimum(np.searchsorted(used, wanted), used.shape[0] - 1)
        hit = np.flatnonzero(used[found] == wanted)
        if hit.size:
            local[hit] += moments[found[hit]] @ _translation(offset * _CELL)
    return local


def _translation(distance: float) -> Floats:
    """Matrix ``g^(k+j)(distance)/(k! j!) (-1)^j`` of ``g(x) = exp(-x^2/2)``."""
    hermite = np.empty(2 * TERMS)
    hermite[0] = np.exp(-0.5 * distance * distance)
    hermite[1] = -distance * hermite[0]
    for n in range(1, 2 * TERMS - 1):
        hermite[n + 1] = -distance * hermite[n] - n * hermite[n - 1]
    factorial = np.cumprod(np.concatenate(([1.0], np.arange(1.0, TERMS))))
    k = np.arange(TERMS)
    derivative = hermite[k[:, None] + k[None, :]]
    sign = np.where(k % 2 == 0, 1.0, -1.0)
    return np.asarray(derivative / factorial[:, None] / factorial[None, :] * sign)


def _evaluate(local: Floats, place: Ints, v: Floats, order: int) -> list[Floats]:
    """Evaluate the cell polynomials and their derivatives at the queries."""
    powers = np.arange(TERMS)
    first = local[:, 1:] * powers[1:]
    second = first[:, 1:] * powers[1:-1]
    value = _horner(local, place, v)
    found = [value]
    if order >= 1:
        found.append(_horner(first, place, v))
    if order >= 2:
        found.append(_horner(second, place, v) + value)
    return found


def _horner(coefficients: Floats, place: Ints, v: Floats) -> Floats:
    out: Floats = coefficients[place, -1]
    for j in range(coefficients.shape[1] - 2, -1, -1):
        out *= v
        out += coefficients[place, j]
    return out


def direct_gaussian(
    points: Floats, values: Floats, queries: Floats, bandwidth: float, orders: Sequence[int]
) -> Floats:
    """Return what :func:`gaussian_sums` returns, point by point, in blocks of bounded size."""
    sums = np.zeros((values.shape[0], max(orders) + 1, queries.shape[0]))
    step = max(1, _DIRECT_ELEMENTS // max(points.shape[0], 1))
    for begin in range(0, queries.shape[0], step):
        rows = slice(begin, begin + step)
        z = (points[None, :] - queries[rows, None]) / bandwidth
        weight = kernel_values(z, "gaussian")
        for r in range(max(orders) + 1):
            if r:
                weight = weight * z
            for k, order in enumerate(orders):
                if r <= order:
                    sums[k, r, rows] = weight @ values[k]
    return sums
