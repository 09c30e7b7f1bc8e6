"""Kernel-weighted moments of points crowded together, for many queries that see the same points.

Where the points of a window spread over little of the bandwidth, sums of powers about the query
cancel. Powers about the points' own mean, scaled to their own range, do not; and queries that see
the same points share them. The kernel is a polynomial in that local coordinate: exactly for the
polynomial kernels on one side of their kink, by Taylor's series for the Gaussian.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import comb

import numpy as np

from livelihoods.numerics.windows import COEFFICIENTS
from livelihoods.typing import Floats, Ints

_SHARED_BY = 8  # fewer queries of one window are summed directly
_GAUSSIAN_RANGE = 0.25
_GAUSSIAN_TERMS = 20


def shared_windows(lo: Ints, hi: Ints) -> Iterator[tuple[int, int, Ints]]:
    """Yield windows that several queries share: first and last point, and those queries."""
    order = np.lexsort((hi, lo))
    change = np.flatnonzero((np.diff(lo[order]) != 0) | (np.diff(hi[order]) != 0)) + 1
    bounds = np.concatenate(([0], change, [order.shape[0]]))
    for first, last in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        if last - first >= _SHARED_BY:
            rows = order[first:last]
            yield int(lo[rows[0]]), int(hi[rows[0]]), rows


def clump_moments(
    points: Floats, values: Floats, queries: Floats, bandwidth: float, kernel: str
) -> tuple[Floats, Floats, Floats, Floats, Floats] | None:
    """Return mass, means, mean distance, its variance, and covariances with the outcomes.

    Parameters
    ----------
    points
        Of one window, ascending, shape ``(m,)``.
    values
        Weights first, then weighted outcomes, shape ``(1 + k, m)``.
    queries
        Those who see exactly these points, shape ``(q,)``.

    Returns
    -------
    tuple or None
        Shapes ``(q,) (k, q) (q,) (q,) (k, q)``; distances in bandwidths. None where the kernel is
        no polynomial on the window (a kink inside, or a Gaussian over too wide a range).
    """
    weights = values[0]
    centre = float(weights @ points / weights.sum())
    reach = float(np.abs(points - centre).max())
    if reach == 0.0:
        return None
    spread = reach / bandwidth
    away = (centre - queries) / bandwidth
    coefficients = _local_coefficients(kernel, away, spread)
    if coefficients is None:
        return None
    t = (points - centre) / reach
    sums = np.empty((values.shape[0], coefficients.shape[0] + 2))
    power = np.ones_like(t)
    for j in range(sums.shape[1]):
        sums[:, j] = values @ power
        power *= t
    top = coefficients.shape[0]
    zeroth, first = (sums[:, r : r + top] @ coefficients for r in (0, 1))
    mass = zeroth[0]
    second = sums[0, 2 : 2 + top] @ coefficients
    mean_t = first[0] / mass
    mean = zeroth[1:] / mass
    variance = second / mass - mean_t * mean_t
    covariance = first[1:] / mass - mean_t * mean
    return mass, mean, away + spread * mean_t, spread**2 * variance, spread * covariance


def _local_coefficients(kernel: str, away: Floats, spread: float) -> Floats | None:
    """Coefficients of t^j in K(away + spread t) for t in [-1, 1], shape ``(terms, q)``."""
    if kernel == "gaussian":
        return _gaussian(away, spread) if spread <= _GAUSSIAN_RANGE else None
    plain = COEFFICIENTS[kernel]
    side = np.ones_like(away)
    if any(plain[1::2]):
        if bool(np.any(np.abs(away) < spread)):
            return None
        side = np.sign(away)
    out = np.zeros((len(plain), away.shape[0]))
    for n, a in enumerate(plain):
        for j in range(n + 1 if a else 0):
            out[j] += a * comb(n, j) * side**n * away ** (n - j) * spread**j
    return out


def _gaussian(away: Floats, spread: float) -> Floats:
    """Taylor's series about the centre: terms He_n(away) exp(-away^2/2) (-spread)^n / n!."""
    out = np.empty((_GAUSSIAN_TERMS, away.shape[0]))
    out[0] = np.exp(-0.5 * away * away)
    out[1] = -spread * away * out[0]
    for n in range(1, _GAUSSIAN_TERMS - 1):
        out[n + 1] = -spread * (away * out[n] + spread * out[n - 1]) / (n + 1)
    return out
