"""Ranks, rank correlation and quantile groups, without ``scipy.stats``."""

from __future__ import annotations

import numpy as np

from livelihoods.typing import Floats, Ints


def average_ranks(x: Floats) -> Floats:
    """Return ranks from 1, ties sharing their average rank, shape ``(n,)``."""
    order = np.argsort(x, kind="stable")
    ordered = x[order]
    first = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    sizes = np.diff(np.concatenate([first, [x.size]]))
    ranks = np.empty(x.size, dtype=np.float64)
    ranks[order] = np.repeat(first + (sizes + 1) / 2.0, sizes)
    return ranks


def spearman(x: Floats, y: Floats) -> float:
    """Return the rank correlation (Pearson's of average ranks); NaN if one is constant."""
    a, b = average_ranks(x), average_ranks(y)
    a -= a.mean()
    b -= b.mean()
    spread = np.sqrt(np.sum(a * a) * np.sum(b * b))
    return float(np.sum(a * b) / spread) if spread > 0 else float("nan")


def quantile_groups(x: Floats, groups: int = 5) -> Ints:
    """Return the quantile group 1 … ``groups`` of each value: ⌈groups · average rank / n⌉.

    Tied values are always in one group, so groups may differ in size.
    """
    return np.ceil(groups * average_ranks(x) / x.size).astype(np.int64)
