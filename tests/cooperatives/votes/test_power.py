"""Power against the count of all coalitions and orders, published bodies, and itself."""

from __future__ import annotations

from itertools import pairwise, permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as hs

from livelihoods.cooperatives.votes import power as core
from livelihoods.cooperatives.votes.power import power_indices
from livelihoods.errors import DataError, SpecError


def all_coalitions(votes: list[int], quota: int) -> list[float]:
    """Banzhaf's chance by looking at each of the 2^(n−1) coalitions of the others."""
    found = []
    for i, v in enumerate(votes):
        others = votes[:i] + votes[i + 1 :]
        sums = [sum(x for x, yes in zip(others, c, strict=True) if yes)
                for c in product((0, 1), repeat=len(others))]  # fmt: skip
        found.append(sum(quota - v <= s < quota for s in sums) / len(sums))
    return found


def all_orders(votes: list[int], quota: int) -> list[float]:
    """Shapley and Shubik's share by looking at each of the n! orders."""
    pivots = np.zeros(len(votes))
    orders = list(permutations(range(len(votes))))
    for order in orders:
        held = 0
        for voter in order:
            held += votes[voter]
            if held >= quota:
                pivots[voter] += 1
                break
    return list(pivots / len(orders))


games = (
    hs.lists(hs.integers(0, 6), min_size=1, max_size=7)
    .filter(any)
    .flatmap(lambda votes: hs.tuples(hs.just(votes), hs.integers(1, sum(votes))))
)


@given(games)
def test_equals_enumeration(game: tuple[list[int], int]) -> None:
    votes, quota = game
    exact = power_indices(votes, quota)
    integrated = core._integrated(core.Counter(votes), quota)
    assert exact.exact
    # Counts below 10⁴ divided once; the integral has n/2 nodes, exact but for rounding.
    for power, close in ((exact, 1e-14), (integrated, 1e-10)):
        banzhaf = [power.banzhaf[v] for v in votes]
        shapley = [power.shapley[v] for v in votes]
        assert banzhaf == pytest.approx(all_coalitions(votes, quota), abs=close)
        assert shapley == pytest.approx(all_orders(votes, quota), abs=close)
        assert sum(shapley) == pytest.approx(1.0, abs=1e-10)


def test_published_council() -> None:
    # The European Economic Community of 1958: votes 4, 4, 4, 2, 2, 1, 12 of 17 carry; Shapley and
    # Shubik 14/60 each of the large, 9/60, 0 for Luxembourg; Banzhaf 10/32, 6/32, 0 (Brams 1976).
    power = power_indices([4, 4, 4, 2, 2, 1], 12)
    assert power.shapley == pytest.approx({4: 14 / 60, 2: 9 / 60, 1: 0.0})
    assert power.banzhaf == pytest.approx({4: 10 / 32, 2: 6 / 32, 1: 0.0})


def test_published_security_council() -> None:
    # Five vetoes (7 votes each) and ten others (1), 39 carry: Shapley–Shubik of a permanent member
    # 0.1963, of another 0.001865 (Shapley and Shubik's formula for the enlarged council).
    power = power_indices([7] * 5 + [1] * 10, 39)
    assert power.shapley[7] == pytest.approx(0.1963, abs=5e-5)  # four printed digits
    assert power.shapley[1] == pytest.approx(0.001865, abs=5e-7)


@given(hs.lists(hs.integers(1, 9), min_size=2, max_size=30), hs.data())
def test_more_votes_never_less_power(votes: list[int], data: hs.DataObject) -> None:
    quota = data.draw(hs.integers(1, sum(votes)))
    power = power_indices(votes, quota)
    ranked = sorted(set(votes))
    for low, high in pairwise(ranked):
        assert power.shapley[low] <= power.shapley[high] + 1e-12
        assert power.banzhaf[low] <= power.banzhaf[high] + 1e-12
    assert sum(power.shapley[v] for v in votes) == pytest.approx(1.0, abs=1e-9)


def test_large_bodies_keep_the_sum() -> None:
    # Identity: shares of all voters add up to 1; 1,000 voters cross from counting to integrating.
    votes = [1] * 980 + [5] * 15 + [20] * 5
    power = power_indices(votes, 600)
    assert not power.exact
    assert sum(power.shapley[v] for v in votes) == pytest.approx(1.0, abs=1e-9)


def test_a_dictator_has_it_all() -> None:
    power = power_indices([6, 1, 1, 1], 5)
    assert power.shapley == {6: 1.0, 1: 0.0}


@pytest.mark.parametrize("quota", [0, 4, -1])
def test_bad_quota(quota: int) -> None:
    with pytest.raises(SpecError) as refused:
        power_indices([1, 2], quota)
    assert refused.value.code == "votes.bad_quota"


@pytest.mark.parametrize("votes", [[], [-1, 3]])
def test_bad_votes(votes: list[int]) -> None:
    with pytest.raises(DataError) as refused:
        power_indices(votes, 1)
    assert refused.value.code == "votes.bad_votes"


def test_too_many() -> None:
    with pytest.raises(DataError) as refused:
        power_indices([1] * 20_001, 3)
    assert refused.value.code == "votes.too_many"
