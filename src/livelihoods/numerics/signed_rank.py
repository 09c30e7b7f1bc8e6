"""Rosenbaum's (2002) bounds for matched pairs: Wilcoxon's signed rank under hidden bias Γ.

Under the null, each pair's difference is positive with a probability between 1/(1+Γ) and Γ/(1+Γ).
T is the sum of ranks of |difference| over positive ones (ties averaged, zeros left out); its mean
and variance at the ends are p Σr and p(1 − p) Σr².
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from livelihoods.typing import Floats


@dataclass(frozen=True, slots=True)
class SignedRank:
    """Bounds at one Γ.

    Attributes
    ----------
    gamma
        Odds by which two units alike in covariates may differ in being treated.
    p_low, p_high
        Smallest and largest one-sided p-value, against an effect of the sign observed.
    """

    gamma: float
    p_low: float
    p_high: float


def ranks_of(differences: Floats) -> tuple[Floats, Floats]:
    """Return ranks of absolute differences (ties averaged) and their signs, zeros left out."""
    kept = differences[differences != 0.0]
    size = np.abs(kept)
    order = np.argsort(size, kind="stable")
    ranks = np.empty(kept.size)
    _, start, inverse, counts = np.unique(
        size[order], return_index=True, return_inverse=True, return_counts=True
    )
    ranks[order] = (start + (counts + 1) / 2.0)[inverse]
    return ranks, np.sign(kept)


def signed_rank_bounds(differences: Floats, gamma: float, *, positive: bool = True) -> SignedRank:
    """Return the p-values at hidden bias Γ (normal approximation, no continuity correction)."""
    ranks, signs = ranks_of(differences)
    wanted = signs > 0 if positive else signs < 0
    statistic = float(ranks[wanted].sum())
    total, square = float(ranks.sum()), float((ranks * ranks).sum())

    def tail(p: float) -> float:
        deviate = (statistic - p * total) / math.sqrt(p * (1.0 - p) * square)
        return float(ndtr(-deviate))

    return SignedRank(gamma, tail(1.0 / (1.0 + gamma)), tail(gamma / (1.0 + gamma)))


def critical_gamma(differences: Floats, level: float, *, positive: bool = True) -> float:
    """Return the Γ at which the largest p-value reaches ``level``; 1 if it is there already.

    p Σr + z √(p(1−p) Σr²) = T is a quadratic in p; Γ = p/(1 − p).
    """
    if signed_rank_bounds(differences, 1.0, positive=positive).p_high >= level:
        return 1.0
    ranks, signs = ranks_of(differences)
    wanted = signs > 0 if positive else signs < 0
    T, total = float(ranks[wanted].sum()), float(ranks.sum())
    spread = float(ndtri(1.0 - level)) ** 2 * float((ranks * ranks).sum())
    a, b, c = total * total + spread, -(2 * T * total + spread), T * T
    p = (-b - math.sqrt(max(b * b - 4 * a * c, 0.0))) / (2 * a)
    return p / (1.0 - p) if p < 1.0 else math.inf
