"""Totals, grades and ranks, and how far a rank depends on the weights somebody chose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from livelihoods.engine.replicates import replicate_generator
from livelihoods.errors import DataError
from livelihoods.typing import Floats, Ints


@dataclass(frozen=True, slots=True)
class Ranking:
    """Ranks of n cooperatives.

    Attributes
    ----------
    total
        Weighted points of 0-100, shape (n,).
    rank
        1 for the best; equal totals share the better rank.
    low, high
        Ranks that hold in 90 % of the drawn weights: 5th and 95th percentile.
    first_share
        Share of the draws in which the cooperative is among the first ``top``.
    """

    total: Floats
    rank: Ints
    low: Ints
    high: Ints
    first_share: Floats


def ranks(total: Floats) -> Ints:
    """Return competition ranks, 1 for the largest; equal totals share the better one."""
    # Sums of the same points in another order differ in the last digits; that is no difference.
    shown = np.round(total, 9)
    better = len(shown) - np.searchsorted(np.sort(shown), shown, side="right")
    return np.asarray(1 + better, dtype=np.int64)


def rank_intervals(
    points: Floats,
    weights: Floats,
    tolerance: float,
    *,
    top: int = 10,
    draws: int = 2000,
    seed: int = 0,
) -> Ranking:
    """Rank by weighted points, and again under weights that others might have chosen.

    Each weight is drawn uniformly within ``w_j (1 ± tolerance)``; a draw is scaled to add up to 1.

    Parameters
    ----------
    points
        Points of 0-100, shape (n, k).
    weights
        Declared weights, shape (k,), adding up to 1.
    tolerance
        Part of itself by which a weight may move, 0 to below 1.
    top
        Length of the list whose borders matter.
    draws, seed
        Number of weights drawn, and their seed.

    Raises
    ------
    DataError
        If a point is missing, or the shapes do not fit.
    """
    if points.ndim != 2 or points.shape[1] != len(weights) or points.shape[0] == 0:
        raise DataError("cooperatives.points_shape", rows=points.shape[0], weights=len(weights))
    if np.isnan(points).any():
        rows = np.flatnonzero(np.isnan(points).any(axis=1)).tolist()
        raise DataError("cooperatives.points_missing", rows=rows)
    total = points @ weights
    rng = replicate_generator(seed, "review.weights", 0)
    drawn = weights * rng.uniform(1 - tolerance, 1 + tolerance, (draws, len(weights)))
    drawn /= drawn.sum(axis=1, keepdims=True)
    simulated = np.stack([ranks(points @ w) for w in drawn])
    low, high = np.quantile(simulated, [0.05, 0.95], axis=0, method="inverted_cdf")
    return Ranking(
        total,
        ranks(total),
        low.astype(np.int64),
        high.astype(np.int64),
        np.asarray((simulated <= top).mean(axis=0)),
    )


def explain_change(before: Floats, after: Floats, weights: Floats) -> Floats:
    """Return what each criterion adds to a change of the total: ``w_j (after_j − before_j)``.

    The parts add up to the change exactly as the totals differ.
    """
    return weights * (after - before)
