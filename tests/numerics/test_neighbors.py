"""Nearest neighbours against their O(n²) twins: ties everywhere, calipers, self left out."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from livelihoods.numerics.metric import nearest_points, whiten
from livelihoods.numerics.neighbors import Matches, nearest, nearest_once

_GRID = st.sampled_from([i / 16 for i in range(17)])


def _sets(matches: Matches) -> list[set[int]]:
    found: list[set[int]] = [set() for _ in range(matches.queries)]
    order, start = matches.blocks.order, matches.blocks.tied.start
    for i, b in zip(matches.query, matches.block, strict=True):
        found[int(i)] |= set(order[start[b] : start[b + 1]].tolist())
    return found


@given(
    st.lists(_GRID, min_size=1, max_size=30),
    st.lists(_GRID, min_size=1, max_size=12),
    st.integers(1, 4),
    st.sampled_from([0.07, 0.25, np.inf]),
)
def test_averaged_ties_take_all_as_near(
    candidates: list[float], queries: list[float], k: int, caliper: float
) -> None:
    c, q = np.array(candidates), np.array(queries)
    for found, x in zip(_sets(nearest(q, c, neighbors=k, caliper=caliper)), queries, strict=True):
        gap = np.abs(c - x)
        near = np.sort(gap)[min(k, c.size) - 1]
        assert found == set(np.flatnonzero((gap <= near) & (gap < caliper)).tolist())


@given(st.lists(_GRID, min_size=2, max_size=25), st.integers(1, 3))
def test_a_unit_is_never_its_own_neighbour(scores: list[float], k: int) -> None:
    s = np.array(scores)
    itself = np.arange(s.size)
    averaged = nearest(s, s, neighbors=k, itself=itself)
    first = nearest(s, s, neighbors=k, ties="first", itself=itself)
    for i, (found, chosen) in enumerate(zip(_sets(averaged), _sets(first), strict=True)):
        gap = np.abs(np.delete(s, i) - s[i])
        near = np.sort(gap)[min(k, gap.size) - 1]
        assert found - {i} == set(np.flatnonzero(np.abs(s - s[i]) <= near).tolist()) - {i}
        assert i not in chosen
        assert chosen <= found
        assert len(chosen) == min(k, s.size - 1)


@given(
    st.lists(_GRID, min_size=1, max_size=20),
    st.lists(_GRID, min_size=1, max_size=20),
    st.sampled_from(["largest", "smallest", "data"]),
    st.sampled_from([0.1, np.inf]),
)
def test_without_replacement_takes_the_nearest_left(
    candidates: list[float], queries: list[float], order: str, caliper: float
) -> None:
    c, q = np.array(candidates), np.array(queries)
    matches = nearest_once(q, c, caliper=caliper, order=order)  # type: ignore[arg-type]
    chosen = {int(i): matches.blocks.order[b] for i, b in zip(matches.query, matches.block,
                                                              strict=True)}  # fmt: skip
    key = {"largest": -q, "smallest": q, "data": 0 * q}[order]
    free = np.ones(c.size, dtype=bool)
    for i in np.argsort(key, kind="stable").tolist():
        gap = np.where(free, np.abs(c - q[i]), np.inf)
        if gap.min() < caliper:
            # Whichever of equally near ones it took, it is as near as any that was left.
            assert gap[chosen[i]] == gap.min()
            free[chosen[i]] = False
        else:
            assert i not in chosen


def test_mahalanobis_against_every_pair() -> None:
    rng = np.random.default_rng(2)
    X = rng.normal(size=(400, 3))
    X[:, 2] = np.round(X[:, 2])
    X[::7] = X[3]  # ties
    z = whiten(X)
    inverse = np.linalg.inv(np.cov(X.T))
    difference = X[:1] - X[1:2]
    assert np.isclose(
        np.linalg.norm(z[0] - z[1]), np.sqrt((difference @ inverse @ difference.T).item())
    )
    score = rng.random(400)
    matches = nearest_points(z[:100], z[100:], neighbors=2, query_scores=score[:100],
                             candidate_scores=score[100:], caliper=0.1)  # fmt: skip
    distance = np.linalg.norm(z[:100, None] - z[None, 100:], axis=2)
    distance[np.abs(score[:100, None] - score[None, 100:]) > 0.1] = np.inf
    for i, found in enumerate(_sets(matches)):
        near = np.sort(distance[i])[1]
        wanted = np.flatnonzero((distance[i] <= near * (1 + 1e-9)) & np.isfinite(distance[i]))
        assert found == set(wanted.tolist())
