"""Threshold regression on arrays (Hansen 1996, 2000): one sort, running sums, no refits.

The model is y = Xβ + Z·1{q ≤ γ}δ + e. With X = QR, e₀ what is left of y after X, and for each γ

    P = Σ z q' ,   D = Σ z z' − P P' ,   v = Σ z e₀      (sums over rows with q ≤ γ)

the sum of squares is S(γ) = e₀'e₀ − v'D⁻¹v. P, D and v of all γ are running sums over the sorted
rows. The robust score statistic is v'V⁻¹v, with V the sum of squared scores ẑᵢe₀ᵢ over rows or
clusters, and ẑ what is left of Z·1{q ≤ γ} after X.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import log, sqrt

import numpy as np

from livelihoods.numerics.covariance import group_sums
from livelihoods.numerics.linear import scaled_basis
from livelihoods.typing import Floats, Ints

_SMALL = 2_000_000  # numbers held at once
_SINGULAR = 1e-9  # smallest eigenvalue of a scaled matrix that still counts as full rank


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything that does not change when the response is drawn again.

    Attributes
    ----------
    candidates
        Values of γ looked at, ascending, shape ``(m,)``.
    rss, rss_linear
        S(γ), NaN where a regime does not identify its coefficients, shape ``(m,)``; and the sum
        without a threshold.
    score
        Robust score statistics, shape ``(m,)``, NaN where V is singular.
    order, stops
        Rows by q, and how many of them have q ≤ γ at each candidate.
    Q, Z, e
        Sorted rows: orthonormal basis of X, columns whose coefficients change, residuals of the
        linear model; shapes ``(n, k)``, ``(n, s)``, ``(n,)``.
    P
        Shape ``(m, s, k)``.
    half
        Inverse Cholesky factors of D, zero where it is singular, shape ``(m, s, s)``.
    codes
        Clusters of the sorted rows, or None.
    """

    candidates: Floats
    rss: Floats
    rss_linear: float
    score: Floats
    order: Ints
    stops: Ints
    Q: Floats
    Z: Floats
    e: Floats
    P: Floats
    half: Floats
    codes: Ints | None


@dataclass(frozen=True, slots=True)
class ConfidenceSet:
    """Values of γ that the likelihood ratio does not reject.

    Attributes
    ----------
    low, high
        Ends of the set.
    inside
        Which candidates belong to it, shape ``(m,)``.
    gaps
        Whether it is not an interval.
    """

    low: float
    high: float
    inside: Ints
    gaps: bool


def candidate_values(q: Floats, trim: float, most: int) -> tuple[Floats, bool]:
    """Return the values of γ to try, and whether they are a selection.

    Values of q that leave at least the share ``trim`` of the rows on either side; if there are
    more than ``most``, as many of them at equal steps of rank.
    """
    values, counts = np.unique(q, return_counts=True)
    share = np.cumsum(counts) / q.size
    kept = values[(share >= trim - 1e-12) & (1.0 - share >= trim - 1e-12) & (share < 1.0)]
    if kept.size <= most:
        return kept, False
    places = np.unique(np.rint(np.linspace(0, kept.size - 1, most)).astype(np.int64))
    return kept[places], True


def scan(
    X: Floats,
    changing: Ints,
    y: Floats,
    q: Floats,
    candidates: Floats,
    w: Floats | None = None,
    codes: Ints | None = None,
) -> Profile:
    """Fit the regression at every candidate threshold.

    Parameters
    ----------
    X
        Regressors, shape ``(n, k)``, of full rank.
    changing
        Columns of X whose coefficients differ between q ≤ γ and q > γ.
    y, q
        Response and threshold variable, shape ``(n,)``.
    candidates
        From :func:`candidate_values`.
    w
        Analytic weights, or None.
    codes
        Clusters 0 … G−1 of the robust score statistic; None takes rows.
    """
    order = np.asarray(np.argsort(q, kind="stable"), dtype=np.int64)
    root = np.ones(q.size) if w is None else np.sqrt(w[order])
    Q = np.linalg.qr(scaled_basis(X, w)[0][order] * root[:, None])[0]
    Z = X[np.ix_(order, changing)] * root[:, None]
    Z = Z / np.sqrt((Z * Z).mean(axis=0))
    target = y[order] * root
    e = target - Q @ (Q.T @ target)
    e = e - Q @ (Q.T @ e)
    stops = np.asarray(np.searchsorted(q[order], candidates, side="right"), dtype=np.int64)
    P = _running(Z, Q, stops)
    half = _half(_running(Z, Z, stops) - P @ P.transpose(0, 2, 1))
    v = _running(Z, e[:, None], stops)[:, :, 0]
    total = float(e @ e)
    rss = np.where(half[:, 0, 0] > 0, total - _squares(half, v), np.nan)
    sorted_codes = None if codes is None else codes[order]
    bare = Profile(candidates, rss, total, rss, order, stops, Q, Z, e, P, half, sorted_codes)
    robust = _half(_spread(bare, e))
    score = np.where((robust[:, 0, 0] > 0) & np.isfinite(rss), _squares(robust, v), np.nan)
    return replace(bare, score=score)


def sup_statistics(profile: Profile) -> tuple[float, float]:
    """Return sup F = n (S₀ − S(γ̂))/S(γ̂) and the largest robust score statistic (NaN if none)."""
    best = float(np.nanmin(profile.rss))
    score = float(np.nanmax(profile.score)) if np.isfinite(profile.score).any() else float("nan")
    return profile.e.size * (profile.rss_linear - best) / best, score


def draw_sup(generator: np.random.Generator, profile: Profile) -> tuple[float, float]:
    """Return both statistics of one draw of the fixed-regressor bootstrap (Hansen 1996, 2000).

    The response is e₀ᵢηᵢ, with one normal η a row, or a cluster; regression and V are computed
    again.
    """
    codes = profile.codes
    units = profile.e.size if codes is None else int(codes.max()) + 1
    eta = generator.standard_normal(units)
    drawn = profile.e * (eta if codes is None else eta[codes])
    drawn = drawn - profile.Q @ (profile.Q.T @ drawn)
    v = np.cumsum(profile.Z * drawn[:, None], axis=0)[profile.stops - 1]
    explained = float(_squares(profile.half, v).max())
    total = float(drawn @ drawn)
    score = float(_squares(_half(_spread(profile, drawn)), v).max())
    return profile.e.size * explained / (total - explained), score


def regimes(X: Floats, changing: Ints, q: Floats, gamma: float) -> Floats:
    """Return the regressors of both regimes: unchanged columns, then those below, then above."""
    below = (q <= gamma).astype(np.float64)[:, None]
    rest = np.setdiff1d(np.arange(X.shape[1]), changing)
    return np.asfortranarray(
        np.hstack([X[:, rest], X[:, changing] * below, X[:, changing] * (1.0 - below)])
    )


def critical_value(conf_level: float) -> float:
    """Return c with P(LR ≤ c) = (1 − e^{−c/2})² = the level (Hansen 2000, Theorem 2)."""
    return -2.0 * log(1.0 - sqrt(conf_level))


def likelihood_ratio(profile: Profile, scale: float = 1.0) -> Floats:
    """Return n (S(γ) − S(γ̂)) / (S(γ̂)·scale) at every candidate."""
    best = np.nanmin(profile.rss)
    return np.asarray(profile.e.size * (profile.rss - best) / best / scale)


def confidence_set(profile: Profile, conf_level: float, scale: float = 1.0) -> ConfidenceSet:
    """Invert the likelihood ratio (Hansen 2000)."""
    ratio = likelihood_ratio(profile, scale)
    known = np.flatnonzero(np.isfinite(ratio))
    inside = known[ratio[known] <= critical_value(conf_level)]
    ranks = np.searchsorted(known, inside)
    values = profile.candidates[inside]
    return ConfidenceSet(
        float(values[0]),
        float(values[-1]),
        inside.astype(np.int64),
        bool(np.any(np.diff(ranks) > 1)),
    )


def heteroskedasticity_scale(
    jump: Floats, residuals: Floats, q: Floats, gamma: float, w: Floats | None = None
) -> float:
    """Return η² of Hansen (2000, section 3.4): E(jump²e²|q=γ) / (σ² E(jump²|q=γ)).

    Both conditional means are quadratics in q, fitted by least squares. NaN where a fitted mean is
    not positive.

    Parameters
    ----------
    jump
        δ'zᵢ: by how much row i's fitted value changes between regimes, shape ``(n,)``.
    residuals
        Of the threshold regression, shape ``(n,)``.
    """
    weight = np.ones(q.size) if w is None else w
    spread = float(q.std()) or 1.0
    scaled = (q - gamma) / spread  # the quadratic is read off at zero
    basis = np.column_stack([np.ones(q.size), scaled, scaled * scaled])
    squared = jump * jump * weight
    noise = residuals * residuals * weight
    first = np.linalg.lstsq(basis, squared * noise, rcond=None)[0][0]
    second = np.linalg.lstsq(basis, squared, rcond=None)[0][0]
    if first <= 0.0 or second <= 0.0:
        return float("nan")
    return float(first / (second * noise.mean()))


def _running(A: Floats, B: Floats, stops: Ints) -> Floats:
    """Return Σ a b' over the first rows up to each stop, shape ``(m, s, k)``."""
    if A.shape[0] * A.shape[1] * B.shape[1] <= _SMALL:
        return np.asarray(np.cumsum(A[:, :, None] * B[:, None, :], axis=0)[stops - 1])
    out = np.empty((stops.size, A.shape[1], B.shape[1]))
    total, start = np.zeros((A.shape[1], B.shape[1])), 0
    for place, stop in enumerate(stops):
        total = total + A[start:stop].T @ B[start:stop]
        out[place], start = total, stop
    return out


def _spread(profile: Profile, e: Floats) -> Floats:
    """Return V at each candidate, shape ``(m, s, s)``."""
    if profile.codes is not None:
        return _cluster_scores(profile, e, profile.codes)
    ze, qe = profile.Z * e[:, None], profile.Q * e[:, None]
    back = profile.P.transpose(0, 2, 1)
    across = _running(ze, qe, profile.stops) @ back
    own = _running(ze, ze, profile.stops)
    return np.asarray(own - across - across.transpose(0, 2, 1) + profile.P @ (qe.T @ qe) @ back)


def _cluster_scores(profile: Profile, e: Floats, codes: Ints) -> Floats:
    """Return Σ (Σ ẑe)(Σ ẑe)' over clusters at each candidate, a few candidates at a time."""
    groups, (m, width, _) = int(codes.max()) + 1, profile.P.shape
    whole = group_sums(profile.Q, e, codes, groups)
    ze = profile.Z * e[:, None]
    out = np.empty((m, width, width))
    before, start = np.zeros((groups, width)), 0
    step = max(1, _SMALL // (groups * width))
    for first in range(0, m, step):
        stops = profile.stops[first : first + step]
        rows = slice(start, int(stops[-1]))
        segment = np.searchsorted(stops, np.arange(rows.start, rows.stop), side="right")
        cell = segment * groups + codes[rows]
        size = stops.size * groups
        sums = [np.bincount(cell, ze[rows, j], minlength=size) for j in range(width)]
        part = before + np.cumsum(np.stack(sums, axis=1).reshape(-1, groups, width), axis=0)
        scores = part - whole @ profile.P[first : first + step].transpose(0, 2, 1)
        out[first : first + step] = scores.transpose(0, 2, 1) @ scores
        before, start = part[-1], rows.stop
    return out


def _half(matrices: Floats) -> Floats:
    """Return inverse Cholesky factors; zero for a matrix that is singular."""
    diagonal = np.maximum(np.einsum("mii->mi", matrices), 0.0)
    safe = np.where(diagonal > 0, diagonal, 1.0) ** -0.5
    unit = matrices * safe[:, :, None] * safe[:, None, :]
    width = matrices.shape[1]
    fine = (diagonal > 0).all(axis=1) & (np.linalg.eigvalsh(unit)[:, 0] > _SINGULAR)
    out = np.zeros_like(matrices)
    if fine.any():
        factors = np.linalg.cholesky(unit[fine])
        out[fine] = np.linalg.solve(factors, np.broadcast_to(np.eye(width), factors.shape))
        out[fine] *= safe[fine][:, None, :]
    return out


def _squares(half: Floats, v: Floats) -> Floats:
    """Return v'M⁻¹v of each candidate, shape ``(m,)``."""
    turned = np.einsum("mij,mj->mi", half, v)
    return np.asarray((turned * turned).sum(axis=1))
