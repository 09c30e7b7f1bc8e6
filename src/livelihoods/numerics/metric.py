"""Nearest neighbours in several covariates at once, in Mahalanobis distance."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from livelihoods.numerics.neighbors import Blocks, Matches
from livelihoods.numerics.windows import Tied
from livelihoods.typing import Floats, Ints

# Distances are compared up to their own rounding: equal covariates give equal distances.
_SAME = 1.0 + 1e-10
_FIRST_LOOK = 8


def whiten(X: Floats, weights: Floats | None = None) -> Floats:
    """Return columns whose Euclidean distance is the Mahalanobis distance of ``X``.

    The metric is the inverse covariance of the whole sample. Directions without variation are
    left out, as a generalised inverse would.

    Parameters
    ----------
    X
        Covariates without a constant, shape ``(n, p)``.
    weights
        Analytic weights, shape ``(n,)``, or None.
    """
    w = np.full(X.shape[0], 1.0 / X.shape[0]) if weights is None else weights / weights.sum()
    centred = X - w @ X
    scale = np.sqrt(w @ (centred * centred))
    scale[scale == 0] = 1.0
    centred = centred / scale
    covariance = (centred * w[:, None]).T @ centred
    values, vectors = np.linalg.eigh(covariance)
    keep = values > 1e-12 * max(float(values[-1]), 1e-300)
    factor = np.sqrt(1.0 - 1.0 / X.shape[0]) if weights is None and X.shape[0] > 1 else 1.0
    return np.asarray(centred @ (vectors[:, keep] / np.sqrt(values[keep])) * factor)


def nearest_points(
    queries: Floats,
    candidates: Floats,
    *,
    neighbors: int = 1,
    query_scores: Floats | None = None,
    candidate_scores: Floats | None = None,
    caliper: float = np.inf,
    itself: Ints | None = None,
) -> Matches:
    """Match every query to its nearest candidates in Euclidean distance; ties are averaged.

    Parameters
    ----------
    queries, candidates
        Coordinates, shape ``(q, p)`` and ``(m, p)``.
    neighbors
        How many are wanted; all candidates as near as the last one are taken.
    query_scores, candidate_scores, caliper
        Candidates whose score is farther than the caliper (inclusive bound) are not taken.
    itself
        The candidate that each query is, never its own match; shape ``(q,)``.
    """
    m, q = candidates.shape[0], queries.shape[0]
    tree = cKDTree(candidates)
    pairs: list[tuple[Ints, Ints]] = []
    todo, look = np.arange(q), _FIRST_LOOK * neighbors
    while todo.size:
        look = min(look, m)
        distance, found = tree.query(queries[todo], k=np.arange(1, look + 1))
        allowed = np.isfinite(distance)
        if query_scores is not None and candidate_scores is not None:
            gap = np.abs(query_scores[todo, None] - candidate_scores[found.clip(max=m - 1)])
            allowed &= gap <= caliper
        if itself is not None:
            allowed &= found != itself[todo, None]
        enough = np.cumsum(allowed, axis=1) == neighbors
        last = np.where(enough & allowed, distance, np.inf).min(axis=1)
        settled = (last * _SAME < distance[:, -1]) | (look == m)
        take = allowed & (distance <= last[:, None] * _SAME) & settled[:, None]
        row, column = np.nonzero(take)
        pairs.append((todo[row], found[row, column].astype(np.int64)))
        todo = todo[~settled]
        look *= 8
    order = np.arange(m, dtype=np.int64)
    blocks = Blocks(order, Tied(order.astype(np.float64), np.arange(m + 1, dtype=np.int64)))
    query = np.concatenate([pair[0] for pair in pairs]) if pairs else order[:0]
    block = np.concatenate([pair[1] for pair in pairs]) if pairs else order[:0]
    rank = np.lexsort((block, query))
    return Matches(query[rank], block[rank], q, blocks)
