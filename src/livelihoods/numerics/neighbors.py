"""Nearest neighbours on one sorted score: with or without replacement, ties averaged or first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from livelihoods.numerics.windows import Tied, tie
from livelihoods.typing import Bools, Floats, Ints

Ties = Literal["average", "first"]
Order = Literal["largest", "smallest", "data"]


@dataclass(frozen=True, slots=True)
class Blocks:
    """Candidates as blocks that match together: units with equal scores, or one unit each.

    Attributes
    ----------
    order
        Units by ascending score, data order within equal scores, shape ``(m,)``.
    tied
        Which sorted places form a block.
    """

    order: Ints
    tied: Tied

    @property
    def size(self) -> Ints:
        """Units in each block."""
        return np.asarray(np.diff(self.tied.start))

    def add_up(self, values: Floats) -> Floats:
        """Sum values given in unit order within blocks, along the last axis."""
        return self.tied.add_up(values[..., self.order])

    def spread(self, values: Floats) -> Floats:
        """Give every unit its block's value, in unit order."""
        out = np.empty((*values.shape[:-1], self.order.shape[0]))
        out[..., self.order] = self.tied.spread(values)
        return out


@dataclass(frozen=True, slots=True)
class Matches:
    """Pairs (query, block) found.

    Attributes
    ----------
    query, block
        Parallel, in the order found, shape ``(r,)``.
    queries
        Number of queries.
    blocks
        The candidates.
    """

    query: Ints
    block: Ints
    queries: int
    blocks: Blocks

    def total(self, per_block: Floats) -> Floats:
        """Sum a block quantity over each query's matches, shape ``(..., queries)``."""
        flat = np.atleast_2d(per_block)
        out = np.stack([np.bincount(self.query, row[self.block], self.queries) for row in flat])
        return np.asarray(out if per_block.ndim > 1 else out[0], dtype=np.float64)

    def given(self, per_query: Floats) -> Floats:
        """Sum a query quantity over the queries each block serves, in block order."""
        blocks = self.blocks.tied.points.shape[0]
        return np.bincount(self.block, per_query[self.query], blocks).astype(np.float64)


def by_score(scores: Floats) -> Blocks:
    """Put units with equal scores into one block (ties averaged)."""
    order = np.argsort(scores, kind="stable").astype(np.int64)
    return Blocks(order, tie(scores[order]))


def one_each(scores: Floats) -> Blocks:
    """Make every unit its own block (first of equal scores is taken)."""
    order = np.argsort(scores, kind="stable").astype(np.int64)
    start = np.arange(scores.shape[0] + 1, dtype=np.int64)
    return Blocks(order, Tied(scores[order], start))


def nearest(
    queries: Floats,
    candidates: Floats,
    *,
    neighbors: int = 1,
    caliper: float = np.inf,
    ties: Ties = "average",
    itself: Ints | None = None,
) -> Matches:
    """Match every query to its nearest candidates, with replacement.

    Parameters
    ----------
    queries, candidates
        Scores, shape ``(q,)`` and ``(m,)``, in any order.
    neighbors
        How many are wanted.
    caliper
        Candidates as far as this or farther are not taken (strict).
    ties
        ``"average"`` takes every candidate as near as the last one wanted. ``"first"`` takes
        exactly ``neighbors``: the lower score first, then the order of the data (with several
        neighbours, on the lower side, the reverse order of the data).
    itself
        The candidate that each query is, never its own match; shape ``(q,)``.
    """
    if ties == "average":
        return _nearest_averaged(queries, by_score(candidates), neighbors, caliper, itself)
    return _nearest_first(queries, candidates, neighbors, caliper, itself)


def _nearest_averaged(
    queries: Floats, blocks: Blocks, neighbors: int, caliper: float, itself: Ints | None
) -> Matches:
    points, size = blocks.tied.points, blocks.size
    q, g = queries.shape[0], points.shape[0]
    left = np.searchsorted(points, queries, "right").astype(np.int64) - 1
    right = left + 1
    found = np.zeros(q, dtype=np.int64)
    if itself is not None:
        # A query among its own candidates: its block counts one unit less, or is not there.
        found -= 1
    last = np.full(q, -np.inf)
    active = np.arange(q)
    pairs: list[tuple[Ints, Ints]] = []
    while active.size:
        a, l_place, r_place = active, left[active], right[active]
        below = _gap(queries[a], points, l_place, g)
        above = _gap(queries[a], points, r_place, g)
        distance = np.minimum(below, above)
        wanted = (found[a] < neighbors) | (distance == last[a])
        go = (distance < caliper) & np.isfinite(distance) & wanted
        for near, place, step in ((below, l_place, left), (above, r_place, right)):
            take = go & (near == distance)
            chosen = a[take]
            block = place[take]
            pairs.append((chosen, block))
            found[chosen] += size[block]
            step[chosen] += -1 if step is left else 1
        # A query's own single-unit block at distance zero is no neighbour and sets no tie.
        last[a] = np.where(go & (found[a] > 0), distance, last[a])
        active = a[go]
    query = np.concatenate([pair[0] for pair in pairs]) if pairs else np.empty(0, np.int64)
    block = np.concatenate([pair[1] for pair in pairs]) if pairs else np.empty(0, np.int64)
    return Matches(query, block, q, blocks)


def _gap(queries: Floats, points: Floats, place: Ints, g: int) -> Floats:
    inside = (place >= 0) & (place < g)
    distance = np.abs(queries - points[np.clip(place, 0, g - 1)])
    return np.where(inside, distance, np.inf)


def _nearest_first(
    queries: Floats, candidates: Floats, neighbors: int, caliper: float, itself: Ints | None
) -> Matches:
    blocks = one_each(candidates)
    upward = blocks.order
    m, q = candidates.shape[0], queries.shape[0]
    # A single match on the lower side is the first of its equals in the data; several are taken
    # walking down the sorted scores, last of equals first. So does psmatch2.
    downward = upward
    if neighbors == 1:
        downward = m - 1 - np.argsort(candidates[::-1], kind="stable").astype(np.int64)
    place_of = np.empty(m, dtype=np.int64)
    place_of[upward] = np.arange(m)
    points = blocks.tied.points
    left = np.searchsorted(points, queries, "right").astype(np.int64) - 1
    right = left + 1
    found = np.zeros(q, dtype=np.int64)
    active = np.arange(q)
    pairs: list[tuple[Ints, Ints]] = []
    while active.size:
        a = active
        below = _gap(queries[a], points, left[a], m)
        above = _gap(queries[a], points, right[a], m)
        lower = below <= above
        distance = np.minimum(below, above)
        go = (found[a] < neighbors) & (distance < caliper) & np.isfinite(distance)
        unit = np.where(
            lower, downward[np.clip(left[a], 0, m - 1)], upward[np.clip(right[a], 0, m - 1)]
        )
        left[a] -= (go & lower).astype(np.int64)
        right[a] += (go & ~lower).astype(np.int64)
        take = go if itself is None else go & (unit != itself[a])
        found[a[take]] += 1
        pairs.append((a[take], place_of[unit[take]]))
        active = a[go]
    query = np.concatenate([pair[0] for pair in pairs]) if pairs else np.empty(0, np.int64)
    block = np.concatenate([pair[1] for pair in pairs]) if pairs else np.empty(0, np.int64)
    return Matches(query, block, q, blocks)


def nearest_once(
    queries: Floats,
    candidates: Floats,
    *,
    neighbors: int = 1,
    caliper: float = np.inf,
    order: Order = "largest",
) -> Matches:
    """Match without replacement: one query after another takes the nearest candidate left.

    Rounds: every query gets its first neighbour before any gets a second. Equal scores choose in
    data order; of two candidates equally near the lower score is taken, of equal scores the one
    later in the data (earlier, if it lies above).

    Parameters
    ----------
    queries, candidates, neighbors, caliper
        As in :func:`nearest`.
    order
        Who chooses first: the ``"largest"`` score, the ``"smallest"``, or the order of the
        ``"data"``.

    Notes
    -----
    Used candidates are skipped through a disjoint-set forest, so a choice costs nearly constant
    time however many neighbours are gone.
    """
    blocks = one_each(candidates)
    points = blocks.tied.points
    m = points.shape[0]
    key = {"largest": -queries, "smallest": queries, "data": np.zeros_like(queries)}[order]
    turn = np.argsort(key, kind="stable")
    start = (np.searchsorted(points, queries, "right") - 1).tolist()
    below = list(range(m + 1))  # below[j + 1]: nearest free place at or below j, 0 if none
    above = list(range(m + 1))  # above[j]: nearest free place at or above j, m if none
    score, value = queries.tolist(), points.tolist()
    query: list[int] = []
    block: list[int] = []
    for _ in range(neighbors):
        taken = 0
        for i in turn.tolist():
            low = _root(below, start[i] + 1) - 1
            high = _root(above, start[i] + 1)
            down = score[i] - value[low] if low >= 0 else np.inf
            up = value[high] - score[i] if high < m else np.inf
            near, distance = (low, down) if down <= up else (high, up)
            if not distance < caliper:
                continue
            below[near + 1] = near
            above[near] = near + 1
            query.append(i)
            block.append(near)
            taken += 1
        if not taken:
            break
    return Matches(
        np.array(query, dtype=np.int64), np.array(block, dtype=np.int64), queries.shape[0], blocks
    )


def _root(parent: list[int], place: int) -> int:
    while parent[place] != place:
        parent[place] = parent[parent[place]]
        place = parent[place]
    return place


def matched_mask(matches: Matches) -> Bools:
    """Tell which queries have at least one match."""
    mask = np.zeros(matches.queries, dtype=bool)
    mask[matches.query] = True
    return mask
