"""Comparing groups: t, Welch, analysis of variance, Mann-Whitney, equality of variances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from livelihoods.numerics.ranks import average_ranks
from livelihoods.numerics.special import f_tail, t_two_sided
from livelihoods.typing import Floats, Ints


@dataclass(frozen=True, slots=True)
class Contrast:
    """A difference between two groups (second minus first) and its test.

    Attributes
    ----------
    estimate, std_error, statistic, df, p_value
        The difference of means, its standard error, t, its degrees of freedom, two-sided p.
    """

    estimate: float
    std_error: float
    statistic: float
    df: float
    p_value: float


@dataclass(frozen=True, slots=True)
class FTest:
    """An F statistic with its degrees of freedom and upper tail probability."""

    statistic: float
    df1: float
    df2: float
    p_value: float


def student(a: Floats, b: Floats) -> Contrast:
    """Compare means under one common variance (Student's t)."""
    n, m = a.size, b.size
    df = float(n + m - 2)
    pooled = (_squares(a) + _squares(b)) / df
    return _contrast(a, b, pooled * (1.0 / n + 1.0 / m), df)


def welch(a: Floats, b: Floats) -> Contrast:
    """Compare means under two variances (Welch 1947; degrees of freedom after Satterthwaite)."""
    u, v = a.var(ddof=1) / a.size, b.var(ddof=1) / b.size
    total = u + v
    df = total**2 / (u**2 / (a.size - 1) + v**2 / (b.size - 1)) if total > 0 else float("nan")
    return _contrast(a, b, float(total), float(df))


def _contrast(a: Floats, b: Floats, variance: float, df: float) -> Contrast:
    estimate = float(b.mean() - a.mean())
    se = float(np.sqrt(variance))
    if se == 0.0:
        nan = float("nan")
        return Contrast(estimate, 0.0, nan, df, nan)
    t = estimate / se
    return Contrast(estimate, se, t, df, float(t_two_sided(t, df)))


def _squares(x: Floats) -> float:
    return float(np.sum((x - x.mean()) ** 2))


def cohens_d(a: Floats, b: Floats) -> float:
    """Return (mean b − mean a) over the pooled standard deviation; NaN without spread."""
    pooled = (_squares(a) + _squares(b)) / (a.size + b.size - 2)
    return float((b.mean() - a.mean()) / np.sqrt(pooled)) if pooled > 0 else float("nan")


@dataclass(frozen=True, slots=True)
class MannWhitney:
    """The rank-sum test.

    Attributes
    ----------
    u
        Pairs in which the second group's value is larger, ties counting one half.
    share
        ``u`` over all pairs: the chance that the second group's value is the larger.
    z, p_value
        Normal approximation with tie and continuity correction, two-sided.
    """

    u: float
    share: float
    z: float
    p_value: float


def mann_whitney(a: Floats, b: Floats) -> MannWhitney:
    """Test whether one group's values tend to be larger (Mann and Whitney 1947)."""
    n, m = a.size, b.size
    ranks = average_ranks(np.concatenate([a, b]))
    u = float(ranks[n:].sum() - m * (m + 1) / 2.0)
    sizes = np.unique(ranks, return_counts=True)[1].astype(np.float64)
    total = n + m
    ties = float(np.sum(sizes**3 - sizes)) / (total * (total - 1.0))
    variance = n * m / 12.0 * (total + 1.0 - ties)
    gap = u - n * m / 2.0
    if variance <= 0:
        return MannWhitney(u, u / (n * m), float("nan"), float("nan"))
    z = (gap - np.sign(gap) * 0.5) / np.sqrt(variance)
    return MannWhitney(u, u / (n * m), float(z), min(1.0, 2.0 * float(ndtr(-abs(z)))))


def one_way(groups: Sequence[Floats]) -> tuple[FTest, float]:
    """Return the F test of equal means and η², the share of variance between groups."""
    sizes = np.array([group.size for group in groups], dtype=np.float64)
    means = np.array([group.mean() for group in groups])
    within = sum(_squares(group) for group in groups)
    grand = float(sizes @ means / sizes.sum())
    between = float(sizes @ (means - grand) ** 2)
    df1, df2 = float(len(groups) - 1), float(sizes.sum() - len(groups))
    if within == 0.0:
        nan = float("nan")
        return FTest(nan, df1, df2, nan), 1.0 if between > 0 else nan
    f = (between / df1) / (within / df2)
    return FTest(f, df1, df2, f_tail(f, df1, df2)), between / (between + within)


def welch_anova(groups: Sequence[Floats]) -> FTest | None:
    """Test equal means without equal variances (Welch 1951); None if a group has no spread."""
    if any(group.size < 2 for group in groups):
        return None
    variances = np.array([group.var(ddof=1) for group in groups])
    if np.any(variances <= 0):
        return None
    sizes = np.array([group.size for group in groups], dtype=np.float64)
    means = np.array([group.mean() for group in groups])
    w = sizes / variances
    k = len(groups)
    grand = float(w @ means / w.sum())
    spread = float(np.sum((1.0 - w / w.sum()) ** 2 / (sizes - 1.0)))
    df1 = float(k - 1)
    f = float(w @ (means - grand) ** 2) / df1
    f /= 1.0 + 2.0 * (k - 2.0) / (k**2 - 1.0) * spread
    df2 = (k**2 - 1.0) / (3.0 * spread)
    return FTest(f, df1, df2, f_tail(f, df1, df2))


def brown_forsythe(groups: Sequence[Floats]) -> FTest:
    """Test equal variances: analysis of variance of distances from the group's median (1974)."""
    return one_way([np.abs(group - np.median(group)) for group in groups])[0]


def split_groups(values: Floats, codes: Ints, count: int) -> list[Floats]:
    """Return the values of each group 0 … count−1, in the order of the rows."""
    narrow = codes.astype(np.int16) if count < 32_767 else codes  # 16 bits sort by radix
    order = np.argsort(narrow, kind="stable")
    ends = np.cumsum(np.bincount(codes, minlength=count))
    return [np.asarray(part) for part in np.split(values[order], ends[:-1])]
