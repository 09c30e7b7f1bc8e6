"""Correlation matrices taken apart: components, sampling adequacy, sphericity, common factors.

Pure functions; R is a correlation matrix of shape ``(p, p)`` from n rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, gammaln

from livelihoods.typing import Floats


def components(R: Floats) -> tuple[Floats, Floats]:
    """Return eigenvalues in descending order ``(p,)`` and their unit vectors ``(p, p)``.

    A vector's sign is that of its sum, so that it does not depend on the library underneath.
    """
    values, vectors = np.linalg.eigh(R)
    vectors = vectors[:, ::-1]
    return values[::-1].copy(), vectors * np.where(vectors.sum(axis=0) < 0, -1.0, 1.0)


def sampling_adequacy(R: Floats) -> tuple[float, Floats]:
    """Return Kaiser–Meyer–Olkin overall and per item ``(p,)``.

    Σr²/(Σr² + Σq²) over pairs of different items, q = −S_ij/√(S_ii S_jj) the partial
    correlations, S = R⁻¹ (Kaiser and Rice 1974). R must be invertible.
    """
    S = np.linalg.inv(R)
    spread = np.sqrt(np.diag(S))
    partial = -S / np.outer(spread, spread)
    r2, q2 = R**2, partial**2
    np.fill_diagonal(r2, 0.0)
    np.fill_diagonal(q2, 0.0)
    return float(r2.sum() / (r2.sum() + q2.sum())), r2.sum(0) / (r2.sum(0) + q2.sum(0))


@dataclass(frozen=True, slots=True)
class Sphericity:
    """Bartlett's test that R is the identity: ``chi2``, ``df``, ``p_value`` and ``log_p``.

    ``p_value`` underflows to 0 in large samples; its natural logarithm does not.
    """

    chi2: float
    df: int
    p_value: float
    log_p: float


def sphericity(R: Floats, n: int) -> Sphericity:
    """Return χ² = −(n − 1 − (2p + 5)/6) ln|R| with p(p − 1)/2 degrees of freedom (Bartlett)."""
    p = R.shape[0]
    _, log_det = np.linalg.slogdet(R)
    chi2 = max(0.0, -(n - 1 - (2 * p + 5) / 6) * float(log_det))
    df = p * (p - 1) // 2
    return Sphericity(chi2, df, float(chdtrc(df, chi2)), log_chi2_tail(chi2, df))


def log_chi2_tail(x: float, df: float) -> float:
    """Return ln P(χ²(df) ≥ x), however small the probability.

    The tail is Q(a, z) with a = df/2, z = x/2: from ``scipy.special`` where that is far from
    underflow, else e^{−z} z^a / Γ(a) times Legendre's continued fraction.
    """
    plain = float(chdtrc(df, x))
    if plain > 1e-200:
        return math.log(plain)
    a, z = df / 2.0, x / 2.0
    b = z + 1.0 - a
    c, d = 1e300, 1.0 / b
    fraction = d
    for i in range(1, 10_000):  # modified Lentz
        step = -i * (i - a)
        b += 2.0
        d = 1.0 / (step * d + b)
        c = b + step / c
        change = c * d
        fraction *= change
        if abs(change - 1.0) < 1e-15:
            break
    return -z + a * math.log(z) - float(gammaln(a)) + math.log(fraction)


def random_eigenvalues(rng: np.random.Generator, n: int, p: int) -> Floats:
    """Return eigenvalues of the correlations of n rows of p independent normals, descending.

    The cross-products of such rows are Wishart with n − 1 degrees of freedom; they are drawn
    by Bartlett's decomposition, which costs nothing in n.
    """
    lower = np.tril(rng.standard_normal((p, p)), -1)
    lower[np.diag_indices(p)] = np.sqrt(rng.chisquare(n - 1 - np.arange(p)))
    cross = lower @ lower.T
    spread = np.sqrt(np.diag(cross))
    return np.asarray(np.linalg.eigvalsh(cross / np.outer(spread, spread))[::-1])


def score_coefficients(R: Floats, loadings: Floats, method: str) -> Floats:
    """Return W of shape ``(p, k)`` such that scores are Z W, Z standardised with n − 1.

    ``"regression"``: R⁻¹Λ (Thurstone). ``"bartlett"``: U⁻²Λ(Λ'U⁻²Λ)⁻¹. ``"anderson_rubin"``:
    U⁻²Λ(Λ'U⁻²RU⁻²Λ)^{−1/2}, uncorrelated with variance 1. U² = 1 − communality must be positive
    for the last two.
    """
    if method == "regression":
        return np.asarray(np.linalg.solve(R, loadings))
    unique = 1.0 - (loadings**2).sum(axis=1)
    weighted = loadings / unique[:, None]
    if method == "bartlett":
        return np.asarray(np.linalg.solve(loadings.T @ weighted, weighted.T).T)
    values, vectors = np.linalg.eigh(weighted.T @ R @ weighted)
    root = vectors @ np.diag(values**-0.5) @ vectors.T
    return np.asarray(weighted @ root)


@dataclass(frozen=True, slots=True)
class CommonFactors:
    """Maximum-likelihood factors of a correlation matrix.

    Attributes
    ----------
    loadings
        Unrotated, shape ``(p, k)``; each column's sum is not negative.
    uniquenesses
        ψ, shape ``(p,)``, at least ``FLOOR``.
    criterion
        Minimum of ln|Σ| − ln|R| + tr(RΣ⁻¹) − p.
    converged
        Whether the gradient vanished (or a uniqueness rests on its floor).
    """

    loadings: Floats
    uniquenesses: Floats
    criterion: float
    converged: bool


FLOOR = 0.005


def maximum_likelihood(R: Floats, k: int) -> CommonFactors:
    """Fit k common factors by maximum likelihood (Jöreskog 1967; Lawley and Maxwell).

    The likelihood concentrated on the uniquenesses is minimised by bounded quasi-Newton steps
    with its exact gradient, as ``factanal`` in R does.
    """
    from scipy.optimize import minimize

    p = R.shape[0]
    start = (1.0 - 0.5 * k / p) / np.diag(np.linalg.inv(R))
    found = minimize(
        _criterion,
        np.clip(start, FLOOR, 0.999),
        args=(R, k),
        jac=True,
        method="L-BFGS-B",
        bounds=[(FLOOR, 1.0)] * p,
        options={"ftol": 1e-16, "gtol": 1e-11, "maxiter": 5_000, "maxfun": 20_000},
    )
    psi = np.asarray(found.x)
    _, slope = _criterion(psi, R, k)
    inside = (psi > FLOOR * 1.0001) & (psi < 0.9999)
    settled = bool(np.abs(slope[inside]).max(initial=0.0) < 1e-5)
    loadings = _loadings(psi, R, k)
    return CommonFactors(
        loadings * np.where(loadings.sum(axis=0) < 0, -1.0, 1.0), psi, float(found.fun), settled
    )


def _criterion(psi: Floats, R: Floats, k: int) -> tuple[float, Floats]:
    scale = 1.0 / np.sqrt(psi)
    rest = np.linalg.eigvalsh(R * np.outer(scale, scale))[: R.shape[0] - k]
    value = float((rest - np.log(rest) - 1.0).sum())
    loadings = _loadings(psi, R, k)
    gap = loadings @ loadings.T + np.diag(psi) - R
    return value, np.diag(gap) / psi**2


def _loadings(psi: Floats, R: Floats, k: int) -> Floats:
    scale = 1.0 / np.sqrt(psi)
    values, vectors = np.linalg.eigh(R * np.outer(scale, scale))
    size = np.sqrt(np.maximum(values[-k:] - 1.0, 0.0))
    return np.asarray((vectors[:, -k:] * size * np.sqrt(psi)[:, None])[:, ::-1])
