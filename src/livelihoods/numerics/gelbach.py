"""What a coefficient loses when further regressors enter, split exactly (Gelbach 2016).

With X (treatment and controls), mediators M and

    y = Xβ_short + e,   y = Xβ_long + Mγ + u,   m_j = Xδ_j + v_j

the identity β_short − β_long = Σ_j δ_j γ_j holds in every sample. Every estimate comes with its
*rows*: what each observation adds to it (influence functions), so that any of them can be compared
with any other under one covariance, clustered or not. The rows keep the identity as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from livelihoods.numerics.covariance import group_sums, intersect, nearest_psd
from livelihoods.numerics.linear import lstsq_columns
from livelihoods.typing import Floats, Ints


@dataclass(frozen=True, slots=True)
class Gelbach:
    """The split of one coefficient.

    Attributes
    ----------
    short, long
        Coefficient of the treatment without and with the mediators.
    first, gamma, parts
        δ, γ and δγ of each mediator, shape ``(m,)``.
    rows_short, rows_long
        Rows of the two coefficients, shape ``(n,)``.
    rows_first, rows_parts
        Rows of δ and of δγ, shape ``(n, m)``.
    e, u, V
        Residuals of the outcome without and with the mediators, shape ``(n,)``, and of the
        mediators, shape ``(n, m)``.
    """

    short: float
    long: float
    first: Floats
    gamma: Floats
    parts: Floats
    rows_short: Floats
    rows_long: Floats
    rows_first: Floats
    rows_parts: Floats
    e: Floats
    u: Floats
    V: Floats


def fit_gelbach(X: Floats, M: Floats, y: Floats, column: int, w: Floats | None = None) -> Gelbach:
    """Split the coefficient of one column of X.

    Parameters
    ----------
    X
        Treatment and controls, shape ``(n, k)``, of full rank.
    M
        Mediators, shape ``(n, m)``, of full rank beside X.
    y
        Outcome, shape ``(n,)``.
    column
        The treatment's column in X.
    w
        Analytic weights, or None.
    """
    k = X.shape[1]
    Z = np.asfortranarray(np.hstack([X, M]))
    short = lstsq_columns(X, y, w, check=False)
    long = lstsq_columns(Z, y, w, check=False)
    firsts = [lstsq_columns(X, M[:, j], w, check=False) for j in range(M.shape[1])]
    V = np.column_stack([fit.residuals for fit in firsts])
    first = np.array([fit.coef[column] for fit in firsts])
    gamma = long.coef[k:]
    pull = X @ short.bread[:, column]
    if w is not None:
        pull = pull * w
    rows_first = pull[:, None] * V
    score = long.residuals if w is None else long.residuals * w
    rows_long = (Z @ long.bread[:, [column, *range(k, Z.shape[1])]]) * score[:, None]
    return Gelbach(
        float(short.coef[column]),
        float(long.coef[column]),
        first,
        gamma,
        first * gamma,
        pull * short.residuals,
        rows_long[:, 0],
        rows_first,
        rows_first * gamma + rows_long[:, 1:] * first,
        short.residuals,
        long.residuals,
        V,
    )


def per_deviation(
    first: Floats, rows: Floats, M: Floats, w: Floats | None = None
) -> tuple[Floats, Floats]:
    """Divide effects on mediators by the mediators' standard deviations.

    The deviations are estimates too: their rows enter.

    Returns
    -------
    effects
        δ_j / s_j, shape ``(m,)``.
    rows
        Their rows, shape ``(n, m)``.
    """
    share = np.full(M.shape[0], 1.0 / M.shape[0]) if w is None else w / w.sum()
    squares = (M - share @ M) ** 2
    variance = share @ squares
    s = np.sqrt(variance)
    rows_s = share[:, None] * (squares - variance) / (2.0 * s)
    return first / s, rows / s - rows_s * (first / variance)


def joint_covariance(rows: Floats, k: int, codes: Sequence[Ints] = (), *, small: bool) -> Floats:
    """Return the covariance of estimates from their rows.

    Parameters
    ----------
    rows
        What each observation adds to each estimate, shape ``(n, p)``.
    k
        Coefficients of the regression behind them.
    codes
        No, one or two vectors of cluster codes.
    small
        Factor n/(n−k), or G/(G−1)·(n−1)/(n−k) with clusters.
    """
    n = rows.shape[0]
    if not codes:
        return np.asarray(rows.T @ rows * (n / (n - k) if small else 1.0))

    def term(code: Ints) -> Floats:
        groups = int(code.max()) + 1
        sums = group_sums(rows, None, code, groups)
        factor = groups / (groups - 1) * (n - 1) / (n - k) if small else 1.0
        return np.asarray(sums.T @ sums * factor)

    if len(codes) == 1:
        return term(codes[0])
    return nearest_psd(term(codes[0]) + term(codes[1]) - term(intersect(codes)))[0]


def residual_moments(e: Floats, v: Floats, w: Floats | None = None) -> tuple[Floats, Floats]:
    """Return (s_ee, s_ev, s_vv) of two residuals and their rows, shape ``(n, 3)``."""
    share = np.full(e.size, 1.0 / e.size) if w is None else w / w.sum()
    products = np.column_stack([e * e, e * v, v * v])
    moments = share @ products
    return moments, share[:, None] * (products - moments)


def slope_at(moments: Floats, rho: float) -> tuple[float, Floats]:
    """Return the mediator's effect on the outcome if the errors correlate by ρ, and its gradient.

    γ(ρ) = s_ev/s_vv − ρ/√(1−ρ²) · √(s_ee·s_vv − s_ev²)/s_vv, which is equation (6) of Imai, Keele
    and Yamamoto (2010) in moments of residuals; γ(0) is least squares and γ is zero where ρ equals
    the correlation of the residuals.
    """
    s_ee, s_ev, s_vv = moments
    kappa = rho / np.sqrt(1.0 - rho * rho)
    root = np.sqrt(s_ee * s_vv - s_ev * s_ev)
    gradient = np.array(
        [
            -kappa / (2.0 * root),
            (1.0 + kappa * s_ev / root) / s_vv,
            (-s_ev + kappa * root) / s_vv**2 - kappa * s_ee / (2.0 * root * s_vv),
        ]
    )
    return float((s_ev - kappa * root) / s_vv), gradient
