"""Internal consistency of a set of items, from covariances and correlations alone."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from livelihoods.numerics.factor import maximum_likelihood
from livelihoods.numerics.rotation import quartimin
from livelihoods.numerics.special import f_critical
from livelihoods.typing import Floats


def alpha(covariance: Floats) -> float:
    """Return Cronbach's α = p/(p − 1) · (1 − Σs_i²/s_T²); of a correlation matrix, the
    standardised α. NaN for one item or a total that does not vary."""
    p, total = covariance.shape[0], float(covariance.sum())
    if p < 2 or total <= 0:
        return math.nan
    return float(p / (p - 1) * (1.0 - np.trace(covariance) / total))


def alpha_interval(value: float, n: int, p: int, conf_level: float) -> tuple[float, float]:
    """Return Feldt's (1965) interval: (1 − α)/(1 − α̂) is F with (n−1)(p−1) and n−1 degrees.

    It rests on equal error variances and covariances of the items (parallel measures).
    """
    tail = (1.0 - conf_level) / 2.0
    df1, df2 = float(n - 1), float((n - 1) * (p - 1))
    return (
        1.0 - (1.0 - value) * f_critical(tail, df1, df2),
        1.0 - (1.0 - value) * f_critical(1.0 - tail, df1, df2),
    )


def item_rest(covariance: Floats) -> Floats:
    """Return each item's correlation with the sum of the others, ``(p,)``."""
    variance = np.diag(covariance)
    with_rest = covariance.sum(axis=1) - variance
    rest = covariance.sum() - 2.0 * covariance.sum(axis=1) + variance
    return np.asarray(with_rest / np.sqrt(variance * rest))


def alpha_without(covariance: Floats) -> Floats:
    """Return α of the other items when one is left out, ``(p,)``; NaN for two items."""
    p = covariance.shape[0]
    kept = [np.delete(np.arange(p), j) for j in range(p)]
    return np.array([alpha(covariance[np.ix_(rows, rows)]) for rows in kept])


@dataclass(frozen=True, slots=True)
class Unidimensional:
    """One common factor by maximum likelihood: ``loadings`` and ``uniquenesses`` (p,), and
    ``omega`` = (Σλ)²/((Σλ)² + Σψ), reliability of the sum of standardised items if there is
    only one factor."""

    loadings: Floats
    uniquenesses: Floats
    omega: float
    converged: bool


def one_factor(R: Floats) -> Unidimensional:
    """Fit one common factor (at least 3 items) and return the unidimensional ω."""
    found = maximum_likelihood(R, 1)
    loadings = found.loadings[:, 0]
    common = float(loadings.sum()) ** 2
    omega = common / (common + float(found.uniquenesses.sum()))
    return Unidimensional(loadings, found.uniquenesses, omega, found.converged)


@dataclass(frozen=True, slots=True)
class Hierarchical:
    """A general factor above three group factors (Schmid and Leiman 1957).

    Attributes
    ----------
    general
        Loadings on the general factor, ``(p,)``.
    groups
        Loadings on the group factors after it, ``(p, k)``.
    omega_hierarchical
        (Σ general)²/ΣR: what the sum owes to the one thing all items share.
    omega_total
        1 − Σψ/ΣR: what it owes to any common factor.
    """

    general: Floats
    groups: Floats
    omega_hierarchical: float
    omega_total: float


def hierarchical(R: Floats) -> Hierarchical | None:
    """Return the Schmid–Leiman decomposition of three oblique factors, or None.

    Three maximum-likelihood factors, direct quartimin, one factor above their correlations
    (exactly identified: γ₁² = φ₁₂φ₁₃/φ₂₃ and so on). It does not exist with fewer than six
    items, when the search does not converge, or when the factors' correlations do not all have
    the signs of one factor above them.
    """
    if R.shape[0] < 6:
        return None
    factors = maximum_likelihood(R, 3)
    turned = quartimin(factors.loadings)
    if not (factors.converged and turned.converged):
        return None
    above = _above(turned.correlations)
    if above is None:
        return None
    general = turned.loadings @ above
    groups = turned.loadings * np.sqrt(1.0 - above**2)
    total = float(R.sum())
    return Hierarchical(
        general,
        groups,
        float(general.sum()) ** 2 / total,
        1.0 - float(factors.uniquenesses.sum()) / total,
    )


def _above(phi: Floats) -> Floats | None:
    """Return loadings of three factors on one above them, or None if they do not exist."""
    a, b, c = phi[0, 1], phi[0, 2], phi[1, 2]
    if a * b * c <= 0:
        return None
    square = np.array([a * b / c, a * c / b, b * c / a])
    if np.any(square > 1.0):
        return None
    sign = np.array([1.0, np.sign(a), np.sign(b)])
    return np.asarray(np.sqrt(square) * sign)
