"""Intra-class correlation from one-way analysis of variance, on arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from livelihoods.numerics.special import f_tail
from livelihoods.typing import Floats, Ints


@dataclass(frozen=True, slots=True)
class Icc:
    """One-way random-effects analysis of variance.

    Attributes
    ----------
    icc
        ρ = (MSB − MSW) / (MSB + (n₀ − 1) MSW); may be negative.
    f, df, p_value
        F = MSB/MSW with its degrees of freedom and upper tail.
    design_effect
        1 + (n̄ − 1) max(ρ, 0), n̄ the mean group size: how many times a variance grows.
    groups, nobs
        Groups with an answer, answers.
    """

    icc: float
    f: float
    df: tuple[int, int]
    p_value: float
    design_effect: float
    groups: int
    nobs: int


def fit_icc(values: Floats, groups: Ints, nested_in: Ints | None = None) -> Icc | None:
    """Return the intra-class correlation of ``values`` in ``groups``.

    Shrout and Fleiss (1979), ICC(1,1), with n₀ = (N − Σnᵢ²/N)/(a − 1) for unequal groups
    (Donner 1986). With ``nested_in`` the groups are compared inside each of its levels only: sums
    of squares between groups within levels, a reduced by the number of levels.

    Parameters
    ----------
    values
        Answers without NaN, shape ``(n,)``.
    groups
        Codes 0 … G−1, shape ``(n,)``.
    nested_in
        Codes of the levels, shape ``(n,)``.

    Returns
    -------
    Icc or None
        None if there is nothing to compare: one group, no replication, or no variation within.
    """
    levels = np.zeros_like(groups) if nested_in is None else nested_in
    cells = _codes(levels * (int(groups.max(initial=0)) + 1) + groups)
    n, a, b = values.size, int(cells.max(initial=-1)) + 1, np.unique(levels).size
    if a - b < 1 or n - a < 1:
        return None
    centred = values - values.mean()
    sizes = np.bincount(cells).astype(np.float64)
    means = np.bincount(cells, centred) / sizes
    level_of = np.zeros(a, dtype=np.int64)
    level_of[cells] = _codes(levels)
    level_sizes = np.bincount(level_of, sizes)
    level_means = np.bincount(level_of, means * sizes) / level_sizes
    between = float((sizes * (means - level_means[level_of]) ** 2).sum())
    within = float(((centred - means[cells]) ** 2).sum())
    msb, msw = between / (a - b), within / (n - a)
    if msw <= 0:
        return None
    typical = (n - float((np.bincount(level_of, sizes**2) / level_sizes).sum())) / (a - b)
    icc = (msb - msw) / (msb + (typical - 1) * msw)
    f = msb / msw
    effect = 1 + (n / a - 1) * max(icc, 0.0)
    return Icc(icc, f, (a - b, n - a), f_tail(f, a - b, n - a), effect, a, n)


def _codes(values: Ints) -> Ints:
    return np.unique(values, return_inverse=True)[1].astype(np.int64)
