"""Influence functions of inequality measures, and variances from them, by cluster where need be.

The variance of an estimate is that of ``Σ w_i IF_i / W`` with the weights taken as given
(Deville 1999; for the Gini, Langel and Tillé 2013). Checked in the tests against the jackknife
and the bootstrap.
"""

from __future__ import annotations

import math

import numpy as np

from livelihoods.numerics import inequality as iq
from livelihoods.numerics.inequality import GroupSums, Masses
from livelihoods.numerics.special import normal_density
from livelihoods.typing import Floats, Ints

_PORTION = 2_000_000  # kernel terms at a time


def gini_influence(x: Floats, m: Masses) -> Floats:
    """Return ``2(xF(x) + E[y; y > x] − 2A)/μ − (G + 1)(x − μ)/μ`` with A = E[xF] = μ(G + 1)/2."""
    g, mean = iq.gini(m), m.mean
    return np.asarray((2.0 * _covered(x, m) - 2.0 * mean * (g + 1.0)) / mean - _tilt(x, m, g + 1.0))


def _covered(x: Floats, m: Masses) -> Floats:
    """Return ``xF(x) + E[y; y > x]``, equal values counted half on each side."""
    share = m.weight / m.total
    below = np.concatenate([[0.0], np.cumsum(share)])
    held = np.concatenate([[0.0], np.cumsum(share * m.values)])
    order = np.argsort(x, kind="stable")  # look-ups in order stay in the cache
    looked_up = x[order]
    first = np.searchsorted(m.values, looked_up, side="left")
    after = np.searchsorted(m.values, looked_up, side="right")
    middle = 0.5 * (below[first] + below[after])
    above = held[-1] - 0.5 * (held[first] + held[after])
    covered = np.empty(x.size)
    covered[order] = looked_up * middle + above
    return covered


def _tilt(x: Floats, m: Masses, factor: float) -> Floats:
    return np.asarray(factor * (x - m.mean) / m.mean)


def theil_influence(x: Floats, m: Masses) -> Floats:
    """Return ``(x/μ)·ln(x/μ) − T − (T + 1)(x − μ)/μ``."""
    t = iq.theil(m)
    ratio = x / m.mean
    logs = np.log(ratio, out=np.zeros_like(ratio), where=ratio > 0)
    return np.asarray(ratio * logs - t - (t + 1.0) * (ratio - 1.0))


def variation_influence(x: Floats, m: Masses) -> Floats:
    """Return ``((r² − q) − 2q(r − 1))/(2CV)`` with r = x/μ and q = E r² = 1 + CV²."""
    cv = iq.variation(m)
    if cv == 0.0:
        return np.zeros(x.size)
    r, q = x / m.mean, 1.0 + cv * cv
    return np.asarray((r * r - q - 2.0 * q * (r - 1.0)) / (2.0 * cv))


def effective_influence(x: Floats, m: Masses) -> Floats:
    """Return the influence on W/(1 + CV²), the number of holders W taken as given."""
    cv = iq.variation(m)
    q = 1.0 + cv * cv
    return np.asarray(-m.total / (q * q) * 2.0 * cv * variation_influence(x, m))


def wolfson_influence(x: Floats, m: Masses) -> Floats:
    """Return the influence on ``2(E|x − m| − μG)/m``.

    E|x − m| is smallest at the median, so that the median's own influence (½ − 1[x ≤ m])/f(m)
    enters only through the divisor; f is a Gaussian kernel density with Silverman's width. NaN
    where the median or the width is 0.
    """
    middle, density = iq.median(m), density_at(iq.median(m), m)
    if middle == 0.0 or not density > 0.0:
        return np.full(x.size, np.nan)
    p, mean, g = iq.wolfson(m), m.mean, iq.gini(m)
    gaps = np.abs(x - middle)
    distance = float(np.sum(m.weight * np.abs(m.values - middle))) / m.total
    half_gap = 2.0 * _covered(x, m) - 2.0 * mean * (g + 1.0) - (x - mean)
    at_median = -0.5 * np.sign(middle - x) / density
    return np.asarray((2.0 * (gaps - distance - half_gap) - p * at_median) / middle)


def density_at(point: float, m: Masses) -> float:
    """Return a Gaussian kernel density at a point; width 0.9·min(σ, IQR/1.34)·n^(−1/5)."""
    share: Floats = m.weight / m.total
    spread = float(np.sqrt(np.sum(share * (m.values - m.mean) ** 2)))
    ends = np.searchsorted(np.cumsum(share), [0.25, 0.75])
    iqr = float(m.values[min(ends[1], m.values.size - 1)] - m.values[ends[0]])
    holders = 1.0 / float(np.sum(share * share))
    width = 0.9 * (min(spread, iqr / 1.34) if iqr > 0 else spread) / math.pow(holders, 0.2)
    if not width > 0:
        return float("nan")
    total = 0.0
    for first in range(0, m.values.size, _PORTION):
        part = slice(first, first + _PORTION)
        total += float(np.sum(share[part] * normal_density((m.values[part] - point) / width)))
    return total / width


def split_influence(x: Floats, codes: Ints, sums: GroupSums) -> Floats:
    """Return the influence on the between part ``Σ s_g ln(s_g/p_g)``."""
    people, held = sums.shares
    mean = float(np.sum(sums.total) / np.sum(sums.weight))
    ratio = np.divide(held, people, out=np.zeros_like(held), where=people > 0)
    logs = np.log(ratio, out=np.zeros_like(ratio), where=ratio > 0)
    # dB/ds_g = ln(s_g/p_g) + 1 and dB/dp_g = −s_g/p_g; Σ s_g (ln + 1) = B + 1 and Σ s_g = 1.
    between = float(np.sum(held * logs))
    return np.asarray(
        (logs[codes] + 1.0) * x / mean - ratio[codes] - (between + 1.0) * x / mean + 1.0
    )


def ray_influence(x: Floats, codes: Ints, sums: GroupSums, alpha: float) -> Floats:
    """Return the influence on Esteban and Ray's polarisation of group means over the mean."""
    people, held = sums.shares
    mean = float(np.sum(sums.total) / np.sum(sums.weight))
    here = people > 0
    p = np.where(here, people, 1.0)
    y = held / p
    distance = np.abs(y[:, None] - y) * (here[:, None] & here)
    mass = np.where(here, people, 0.0)
    by_mass = (1.0 + alpha) * mass**alpha * (distance @ mass) + distance @ mass ** (1.0 + alpha)
    pairs = mass[:, None] ** (1.0 + alpha) * mass + mass ** (1.0 + alpha) * mass[:, None]
    by_place = np.sum(pairs * np.sign(y[:, None] - y), axis=1)
    own = by_mass[codes] - float(np.sum(by_mass * mass))
    # y_g = m_g/μ moves with the group's mean (members of g only) and with the overall mean.
    moved = by_place[codes] * (x / mean - y[codes]) / p[codes]
    scaled = float(np.sum(by_place * y)) * (x - mean) / mean
    return np.asarray(own + moved - scaled)


def blau_influence(codes: Ints, shares: Floats) -> Floats:
    """Return ``−2(p_k − Σp²)`` of a holder of kind k."""
    return np.asarray(-2.0 * (shares[codes] - float(np.sum(shares * shares))))


def standard_error(influence: Floats, w: Floats, clusters: Ints | None) -> tuple[float, float]:
    """Return a standard error and its degrees of freedom.

    ``u_i = w_i IF_i/W`` are summed within clusters; variance G/(G − 1)·Σu², degrees of freedom
    G − 1. Without clusters each row is its own.
    """
    parts = w * influence / float(np.sum(w))
    if clusters is not None:
        present = np.bincount(clusters) > 0
        parts = np.asarray(np.bincount(clusters, parts)[present], dtype=np.float64)
    units = parts.size
    if units < 2 or not np.all(np.isfinite(parts)):
        return float("nan"), float(max(units - 1, 0))
    return float(np.sqrt(units / (units - 1.0) * np.sum(parts * parts))), float(units - 1)
