"""Covariance matrices of linear estimators: classical, HC0–HC3, one- and two-way cluster.

With bread B = (X'WX)⁻¹ and scores sᵢ = wᵢ eᵢ xᵢ the robust forms are B (Σ sᵢ sᵢ') B; leverage is
hᵢ = wᵢ xᵢ'B xᵢ (MacKinnon and White 1985). Cluster: B (Σ_g s_g s_g') B · G/(G−1) · (n−1)/(n−k), and
with two ways V_a + V_b − V_ab (Cameron, Gelbach and Miller 2011), each term with its own G.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from livelihoods.numerics.linear import blocks
from livelihoods.typing import Floats, Ints

HcKind = Literal["HC0", "HC1", "HC2", "HC3"]
LEVERAGE_ONE = 1.0 - 1e-9


@dataclass(frozen=True, slots=True)
class Covariance:
    """A covariance matrix and what must be said about it.

    Attributes
    ----------
    matrix
        Shape ``(k, k)``.
    df
        Degrees of freedom of the t that belongs to it.
    groups
        Number of clusters in each way; empty without clusters.
    repaired
        Whether negative eigenvalues of a two-way matrix were set to zero.
    leverage_one
        Positions of rows that only one coefficient fits, where HC2 and HC3 do not exist; such rows
        enter with their HC1 share.
    """

    matrix: Floats
    df: float
    groups: tuple[int, ...] = ()
    repaired: bool = False
    leverage_one: tuple[int, ...] = ()


def classical(bread: Floats, residuals: Floats, w: Floats | None, df: float) -> Covariance:
    """Return s² (X'WX)⁻¹ with s² = Σ wᵢ eᵢ² / df."""
    rss = float(residuals @ residuals if w is None else residuals @ (residuals * w))
    return Covariance(bread * (rss / df), df)


def leverage(X: Floats, bread: Floats, w: Floats | None = None) -> Floats:
    """Return hᵢ = wᵢ xᵢ' (X'WX)⁻¹ xᵢ, shape ``(n,)``."""
    h = np.empty(X.shape[0])
    for rows in blocks(X.shape[0]):
        part = X[rows]
        h[rows] = np.einsum("ij,ij->i", part @ bread, part)
    return h if w is None else h * w


def heteroskedastic(
    X: Floats, residuals: Floats, bread: Floats, w: Floats | None, kind: HcKind
) -> Covariance:
    """Return the heteroskedasticity-robust covariance; t(n−k) goes with it."""
    n, k = X.shape
    squared = residuals * residuals if w is None else (residuals * w) ** 2
    ones: tuple[int, ...] = ()
    if kind in ("HC2", "HC3"):
        h = leverage(X, bread, w)
        full = h > LEVERAGE_ONE
        ones = tuple(int(i) for i in np.flatnonzero(full))
        rest = np.where(full, (n - k) / n, 1.0 - h)
        squared = squared / np.where(full, rest, rest if kind == "HC2" else rest * rest)
    matrix = bread @ _weighted_gram(X, squared) @ bread
    if kind == "HC1":
        matrix = matrix * (n / (n - k))
    return Covariance(matrix, float(n - k), leverage_one=ones)


def group_sums(X: Floats, v: Floats | None, codes: Ints, groups: int) -> Floats:
    """Return Σ over each group of vᵢ xᵢ, shape ``(groups, k)``."""
    out = np.empty((X.shape[1], groups))
    for j in range(X.shape[1]):
        column = X[:, j] if v is None else X[:, j] * v
        out[j] = np.bincount(codes, weights=column, minlength=groups)
    return out.T


def intersect(codes: Sequence[Ints]) -> Ints:
    """Return codes 0 … G−1 of the combinations that occur."""
    if len(codes) == 1:
        return codes[0]
    width = int(codes[1].max()) + 1
    pairs = np.unique(codes[0] * width + codes[1], return_inverse=True)[1]
    return np.asarray(pairs, dtype=np.int64)


def clustered(
    X: Floats,
    residuals: Floats,
    bread: Floats,
    w: Floats | None,
    codes: Sequence[Ints],
    *,
    small: bool = True,
) -> Covariance:
    """Return the one- or two-way cluster-robust covariance; t(G_min−1) goes with it.

    Parameters
    ----------
    codes
        One or two vectors of cluster codes 0 … G−1, each of shape ``(n,)``.
    small
        Apply G/(G−1) · (n−1)/(n−k) to each term.
    """
    n, k = X.shape
    scores = residuals if w is None else residuals * w

    def term(code: Ints) -> Floats:
        groups = int(code.max()) + 1
        sums = group_sums(X, scores, code, groups)
        factor = groups / (groups - 1) * (n - 1) / (n - k) if small else 1.0
        return np.asarray(bread @ (sums.T @ sums) @ bread * factor)

    counts = tuple(int(code.max()) + 1 for code in codes)
    matrix = term(codes[0])
    repaired = False
    if len(codes) == 2:
        matrix, repaired = nearest_psd(matrix + term(codes[1]) - term(intersect(codes)))
    return Covariance(matrix, float(min(counts) - 1), counts, repaired)


def nearest_psd(matrix: Floats) -> tuple[Floats, bool]:
    """Set negative eigenvalues to zero; tell whether there were any worth the name."""
    symmetric = (matrix + matrix.T) / 2
    scale = np.sqrt(np.abs(np.diag(symmetric)))
    scale[scale == 0] = 1.0
    values, vectors = np.linalg.eigh(symmetric / np.outer(scale, scale))
    if values[0] >= -1e-10 * max(float(values[-1]), 1.0):
        return symmetric, False
    fixed = (vectors * np.maximum(values, 0.0)) @ vectors.T
    return np.asarray(fixed * np.outer(scale, scale)), True


def wald(coef: Floats, matrix: Floats) -> float | None:
    """Return b'V⁻¹b, or None if V is singular (as with fewer clusters than coefficients)."""
    scale = np.sqrt(np.diag(matrix))
    if coef.size == 0 or not np.all(np.isfinite(scale)) or np.any(scale <= 0):
        return None
    unit = matrix / np.outer(scale, scale)
    values = np.linalg.eigvalsh(unit)
    if values[0] < 1e-11 * values[-1]:
        return None
    z = coef / scale
    return float(z @ np.linalg.solve(unit, z))


def _weighted_gram(X: Floats, v: Floats) -> Floats:
    total = np.zeros((X.shape[1], X.shape[1]))
    for rows in blocks(X.shape[0]):
        part = X[rows]
        total += (part * v[rows, None]).T @ part
    return total
