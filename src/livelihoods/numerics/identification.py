"""How strong instruments are, and what can be said when they are weak.

Anderson (1951), Cragg and Donald (1993), Kleibergen and Paap (2006), Montiel Olea and Pflueger
(2013), Sanderson and Windmeijer (2016), Anderson and Rubin (1949). The small-sample factors are
those that ``ivreg2`` prints.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from livelihoods.numerics.instrumental import MomentRule, Partialled, moment_covariance
from livelihoods.typing import Floats


@dataclass(frozen=True, slots=True)
class Rank:
    """Statistics of the null that the first-stage matrix is one short of full rank.

    Attributes
    ----------
    lm, wald
        Kleibergen–Paap rk statistics (under iid: Anderson's LM and its Wald twin), χ²(df).
    df
        L1 − K1 + 1.
    wald_f
        rk Wald F.
    cragg_donald
        Cragg–Donald Wald F.
    """

    lm: float
    wald: float
    df: int
    wald_f: float
    cragg_donald: float


def wald_to_f(problem: Partialled, rule: MomentRule, wald: float, df: int) -> float:
    """Return the F that ``ivreg2`` makes of a large-sample Wald statistic of the first stage."""
    n, width = problem.n, problem.instruments
    if rule.kind == "cluster":
        g = rule.groups
        return wald / (n - 1) * (n - width) * (g - 1) / g / df
    return wald * (n - width) / (n * df)


def rank_tests(problem: Partialled, rule: MomentRule) -> Rank:
    """Test under-identification and weak identification."""
    n, (k1, l1) = problem.n, (problem.D.shape[1], problem.Z.shape[1])
    qzz, qzd = problem.Z.T @ problem.Z / n, problem.Z.T @ problem.D / n
    qdd = problem.D.T @ problem.D / n
    rzz, rdd = np.linalg.cholesky(qzz).T, np.linalg.cholesky(qdd).T
    pi = np.linalg.solve(qzz, qzd)
    theta = rzz @ pi @ np.linalg.inv(rdd)
    U, s, Vt = np.linalg.svd(theta)
    smallest = float(s[-1]) ** 2
    cd = smallest / (1.0 - smallest) * (n - problem.instruments) / l1 if smallest < 1 else math.inf
    turn = _null_space(U, Vt.T, k1)
    lam = turn @ theta.T.ravel()
    scale = turn @ np.kron(np.linalg.inv(rdd).T, np.linalg.inv(rzz).T)

    def rk(V: Floats) -> float:
        omega = moment_covariance(problem.Z, V, rule, qzz)
        return float(n * lam @ np.linalg.solve(scale @ omega @ scale.T, lam))

    lm, wald = rk(problem.D), rk(problem.D - problem.Z @ pi)
    return Rank(lm, wald, l1 - k1 + 1, wald_to_f(problem, rule, wald, l1), cd)


def _null_space(U: Floats, V: Floats, k1: int) -> Floats:
    """B ⊗ A' of Kleibergen and Paap (2006), for the smallest singular value."""
    k = k1 - 1
    u22, v22 = U[k:, k:], V[k:, k:]
    A = U[:, k:] @ np.linalg.inv(u22) @ _root(u22 @ u22.T)
    B = _root(v22 @ v22.T) @ np.linalg.inv(v22.T) @ V[:, k:].T
    return np.asarray(np.kron(B, A.T))


def _root(matrix: Floats) -> Floats:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)


@dataclass(frozen=True, slots=True)
class FirstStage:
    """One first-stage equation.

    Attributes
    ----------
    coef, std_errors
        Of the excluded instruments, shape ``(L1,)``; errors with small-sample factor.
    f
        Wald F of the excluded instruments.
    partial_r2, shea_r2
        Of the excluded instruments; Shea's (1997) nets out the other endogenous regressors.
    sw_f, sw_df
        Sanderson–Windmeijer conditional F and its numerator degrees of freedom.
    """

    coef: Floats
    std_errors: Floats
    f: float
    partial_r2: float
    shea_r2: float
    sw_f: float
    sw_df: int


def first_stages(problem: Partialled, rule: MomentRule) -> tuple[FirstStage, ...]:
    """Regress each endogenous regressor on the instruments."""
    n, (k1, l1) = problem.n, (problem.D.shape[1], problem.Z.shape[1])
    qzz = problem.Z.T @ problem.Z / n
    inverse = np.asarray(np.linalg.inv(qzz), dtype=np.float64)
    pi = inverse @ (problem.Z.T @ problem.D / n)
    total = problem.D.T @ problem.D / n
    fitted = pi.T @ qzz @ pi
    shea = np.diag(np.linalg.inv(total)) / np.diag(np.linalg.inv(fitted))
    factor = l1 / wald_to_f(problem, rule, 1.0, 1) / l1
    stages = []
    for j in range(k1):
        residual = problem.D[:, j] - problem.Z @ pi[:, j]
        omega = moment_covariance(problem.Z, residual[:, None], rule, qzz)
        variance = inverse @ omega @ inverse / n
        wald = float(pi[:, j] @ np.linalg.solve(variance, pi[:, j]))
        sw_wald = wald if k1 == 1 else _conditional_wald(problem, rule, j, pi, inverse)
        df = l1 - k1 + 1
        stages.append(
            FirstStage(
                pi[:, j],
                np.sqrt(np.diag(variance) * factor),
                wald_to_f(problem, rule, wald, l1),
                float(fitted[j, j] / total[j, j]),
                float(shea[j]),
                wald_to_f(problem, rule, sw_wald, df),
                df,
            )
        )
    return tuple(stages)


def _conditional_wald(
    problem: Partialled, rule: MomentRule, j: int, pi: Floats, inverse: Floats
) -> float:
    """Wald of D_j − D_{−j}δ on Z, with δ from 2SLS of D_j on the other endogenous regressors."""
    n = problem.n
    others = [i for i in range(problem.D.shape[1]) if i != j]
    D = problem.D[:, others]
    qzd = problem.Z.T @ D / n
    delta = np.linalg.solve(qzd.T @ pi[:, others], qzd.T @ pi[:, j])
    target = problem.D[:, j] - D @ delta
    coef = pi[:, j] - pi[:, others] @ delta
    residual = target - problem.Z @ coef
    omega = moment_covariance(problem.Z, residual[:, None], rule)
    variance = inverse @ omega @ inverse / n
    # coef has K1 − 1 exact zero directions in the metric of Z'Z, so a rank L1 quadratic form works.
    return float(coef @ np.linalg.solve(variance, coef))


@dataclass(frozen=True, slots=True)
class EffectiveF:
    """Effective first-stage F of Montiel Olea and Pflueger (2013) for one endogenous regressor.

    Attributes
    ----------
    statistic
        D'P_Z D / tr(Ŵ) with Z orthonormalised.
    df
        Effective degrees of freedom for a bias of τ = 10 %.
    critical
        5 % critical value of the simplified (conservative) test, τ = 10 %.
    """

    statistic: float
    df: float
    critical: float


def effective_f(
    problem: Partialled, rule: MomentRule, tau: float = 0.10, level: float = 0.05
) -> EffectiveF:
    """Return the effective F and its critical value.

    F = n·π̂'Qπ̂ / tr(W), W the covariance of orthonormalised first-stage moments with the factor
    n/(n − L) (clusters: the factor of the rk Wald F). With x = 1/τ,
    K = tr(W)²(1 + 2x) / (tr(W²) + 2x·tr(W)·max eig W) and critical value χ²_K(xK)/K.
    """
    from scipy.special import chndtrix

    n = problem.n
    qzz = problem.Z.T @ problem.Z / n
    upper = np.linalg.inv(np.linalg.cholesky(qzz))  # rows make orthonormal instruments
    moment = upper @ (problem.Z.T @ problem.D[:, 0] / n)
    pi = np.linalg.solve(qzz, problem.Z.T @ problem.D / n)
    residual = problem.D - problem.Z @ pi
    omega = moment_covariance(problem.Z, residual, rule, qzz)
    W = upper @ omega @ upper.T / wald_to_f(problem, rule, 1.0, 1)
    roots = np.linalg.eigvalsh(W)
    total, x = float(roots.sum()), 1.0 / tau
    df = total**2 * (1 + 2 * x) / (float((roots**2).sum()) + 2 * x * total * float(roots[-1]))
    critical = float(chndtrix(1.0 - level, df, x * df)) / df
    return EffectiveF(float(n * moment @ moment / total), df, critical)


def anderson_rubin(problem: Partialled, rule: MomentRule) -> Callable[[Floats], float]:
    """Return the function β₀ ↦ AR(β₀), the Wald statistic of Z in y − Dβ₀ on Z, χ²(L1).

    The covariance comes from the residuals of that regression, as in ``ivreg2``.
    """
    n, k1 = problem.n, problem.D.shape[1]
    qzz = problem.Z.T @ problem.Z / n
    inverse = np.asarray(np.linalg.inv(qzz), dtype=np.float64)
    W = np.column_stack([problem.y, problem.D])
    reduced = inverse @ (problem.Z.T @ W / n)
    residuals = W - problem.Z @ reduced
    omega = moment_covariance(problem.Z, residuals, rule, qzz)
    l1 = problem.Z.shape[1]
    blocks = omega.reshape(k1 + 1, l1, k1 + 1, l1)

    def statistic(direction: Floats) -> float:
        coef = reduced @ direction
        middle = np.einsum("a,aibj,b->ij", direction, blocks, direction)
        variance = inverse @ middle @ inverse / n
        return float(coef @ np.linalg.solve(variance, coef))

    return statistic


def confidence_set(
    statistic: Callable[[Floats], float], critical: float, centre: float, scale: float
) -> tuple[tuple[float, float], ...]:
    """Return {β : statistic(1, −β) ≤ critical} as intervals, infinite ends where unbounded.

    β = centre + scale·tan θ walks the whole line, so that unbounded and empty sets are seen.
    """
    from scipy.optimize import brentq

    def gap(theta: float) -> float:
        # (1, −β) times cos θ: the statistic is homogeneous of degree zero.
        c, s = math.cos(theta), math.sin(theta)
        return statistic(np.array([c, -(centre * c + scale * s)])) - critical

    grid = np.linspace(-math.pi / 2, math.pi / 2, 2001)
    values = np.array([gap(float(t)) for t in grid])
    edges = [-math.pi / 2]
    for a, b, u, v in zip(grid[:-1], grid[1:], values[:-1], values[1:], strict=True):
        if (u <= 0) != (v <= 0):
            edges.append(float(brentq(gap, float(a), float(b), xtol=1e-15, rtol=1e-14)))
    edges.append(math.pi / 2)
    found = []
    for a, b in pairwise(edges):
        if b > a and gap((a + b) / 2) <= 0:
            low = -math.inf if a == -math.pi / 2 else centre + scale * math.tan(a)
            high = math.inf if b == math.pi / 2 else centre + scale * math.tan(b)
            found.append((low, high))
    return tuple(found)
