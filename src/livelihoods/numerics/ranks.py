"""Ranks, rank correlation and quantile groups, without ``scipy.stats``."""

from __future__ import annotations

import numpy as np

from livelihoods.typing import Floats, Ints


def average_ranks(x: Floats) -> Floats:
    """Return ranks from 1, ties sharing their average rank, shape ``(n,)``."""
    order = np.argsort(x)  # ties share a rank, so their order is of no importance
    ordered = x[order]
    first = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    sizes = np.diff(np.concatenate([first, [x.size]]))
    ranks = np.empty(x.size, dtype=np.float64)
    ranks[order] = np.repeat(first + (sizes + 1) / 2.0, sizes)
    return ranks


def spearman(x: Floats, y: Floats) -> float:
    """Return the rank correlation (Pearson's of average ranks); NaN if one is constant."""
    return rank_correlation(average_ranks(x), average_ranks(y))


def rank_correlation(first: Floats, second: Floats) -> float:
    """Return Pearson's correlation of two rankings; NaN if one is constant."""
    a, b = first - first.mean(), second - second.mean()
    spread = np.sqrt(np.sum(a * a) * np.sum(b * b))
    return float(np.sum(a * b) / spread) if spread > 0 else float("nan")


def quantile_groups(x: Floats, groups: int = 5) -> Ints:
    """Return the quantile group 1 … ``groups`` of each value: ⌈groups · average rank / n⌉.

    Tied values are always in one group, so groups may differ in size.
    """
    return rank_groups(average_ranks(x), groups)


def rank_groups(ranks: Floats, groups: int = 5) -> Ints:
    """Return the quantile group 1 … ``groups`` of each average rank."""
    return np.ceil(groups * ranks / ranks.size).astype(np.int64)
