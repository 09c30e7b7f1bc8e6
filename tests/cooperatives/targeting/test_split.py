"""Between and within cooperatives, and support through them, against brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog, minimize

from livelihoods.cooperatives.targeting import split as sp

EXACT = 1e-10  # sums of some dozens of doubles


@given(st.integers(0, 2**31), st.integers(3, 60), st.integers(1, 6))
def test_both_parts_add_up(seed: int, n: int, groups: int) -> None:
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, groups, n)
    codes[:groups] = np.arange(min(groups, n))
    codes = np.unique(codes, return_inverse=True)[1]
    poor, p = rng.random(n) < 0.4, rng.integers(1, 5, n).astype(float)
    poor[0], poor[1] = True, False
    money = rng.random(n) * (rng.random(n) < 0.7)
    money[2] = 1.0
    found = sp.split_by_cooperative(money, poor, p, codes)
    gap = found.poor_share_of_money - found.share_of_poor
    assert found.between.sum() + found.within.sum() == pytest.approx(gap, abs=EXACT)
    assert found.gap_between + found.gap_within == pytest.approx(found.gap, abs=EXACT)
    # Definitions, row by row: money per head of the poor minus that of the others.
    direct = money[poor].sum() / p[poor].sum() - money[~poor].sum() / p[~poor].sum()
    assert found.gap == pytest.approx(direct, abs=EXACT)
    # Identity: S − H = H(1 − H) T / E(b).
    h, mean = found.share_of_poor, money.sum() / p.sum()
    assert gap == pytest.approx(h * (1 - h) * found.gap / mean, abs=EXACT)


def test_limits_of_the_split() -> None:
    codes = np.array([0, 0, 1, 1])
    poor, p = np.array([True, False, True, True]), np.ones(4)
    # Divided by head within each cooperative: nothing within.
    by_head = sp.split_by_cooperative(np.array([1.0, 1, 3, 3]), poor, p, codes)
    assert np.abs(by_head.within).max() == pytest.approx(0, abs=EXACT)
    # The same per head to each cooperative: nothing between.
    level = sp.split_by_cooperative(np.array([2.0, 0, 1, 1]), poor, p, codes)
    assert np.abs(level.between).sum() == pytest.approx(0, abs=EXACT)
    assert level.gap_between == pytest.approx(0, abs=EXACT)


def test_the_way_to_the_poor() -> None:
    # By hand: 5 poor of one person; 4 in a cooperative, 3 in one with money, 1 got some.
    codes = np.array([-1, 0, 1, 1, 1, 1])
    money = np.array([9.0, 0, 5, 0, 0, 7])
    poor = np.array([True, True, True, True, True, False])
    found = sp.funnel(money, poor, np.ones(6), codes)
    assert (found.poor, found.member, found.supported, found.reached) == (5, 4, 3, 1)
    assert np.prod(found.steps()) == pytest.approx(found.reached / found.poor)


def case(seed: int, n: int, groups: int):
    rng = np.random.default_rng(seed)
    codes = np.sort(np.append(rng.integers(0, groups, n - groups), np.arange(groups)))
    gap = np.maximum(0, rng.integers(-4, 9, n)).astype(float)
    gap[0] = 3.0
    p = rng.integers(1, 4, n).astype(float)
    raw = rng.integers(0, 5, n) + 0.5
    claim = raw / np.bincount(codes, weights=raw)[codes]
    return gap, p, claim, codes


def left(money, gap, p, claim, codes, z, alpha):
    return float(p @ (np.maximum(0, gap - claim * money[codes] / p) / z) ** alpha)


@given(st.integers(0, 2**31), st.integers(4, 14), st.floats(0.5, 120))
def test_total_gap_against_linear_programming(seed: int, n: int, budget: float) -> None:
    gap, p, claim, codes = case(seed, n, 3)
    way = sp.ways(gap, p, claim, codes, 10.0, 1)
    money = sp.spend(way, 3, budget)
    # min Σ p u/z, u ≥ gap − a M/p, u ≥ 0, Σ M ≤ B: variables (M, u).
    cost = np.concatenate([np.zeros(3), p / 10])
    upper = np.hstack([-(claim / p)[:, None] * (codes[:, None] == np.arange(3)), -np.eye(n)])
    rows = np.vstack([upper, np.concatenate([np.ones(3), np.zeros(n)])])
    best = linprog(cost, rows, np.append(-gap, budget), method="highs").fun
    assert left(money, gap, p, claim, codes, 10.0, 1) == pytest.approx(best, abs=1e-7)
    assert money.sum() <= budget * (1 + 1e-9)


@given(st.integers(0, 2**31), st.integers(4, 14), st.floats(0.5, 120))
def test_squared_gaps_against_a_general_solver(seed: int, n: int, budget: float) -> None:
    gap, p, claim, codes = case(seed, n, 3)
    money = sp.spend(sp.ways(gap, p, claim, codes, 10.0, 2), 3, budget)
    mine = left(money, gap, p, claim, codes, 10.0, 2)
    assert money.sum() <= budget * (1 + 1e-9)
    for start in (np.full(3, budget / 3), np.array([budget, 0, 0])):
        found = minimize(
            left, start, args=(gap, p, claim, codes, 10.0, 2), bounds=[(0, budget)] * 3,
            constraints={"type": "ineq", "fun": lambda m: budget - m.sum()}, method="SLSQP",
        )  # fmt: skip
        # The solver stops at about 1e-6; ours may only be better.
        assert mine <= float(found.fun) + 1e-6


def test_money_that_nobody_poor_needs_is_left() -> None:
    gap, p, claim, codes = np.array([2.0, 0.0]), np.ones(2), np.array([0.5, 0.5]), np.zeros(2, int)
    assert sp.spend(sp.ways(gap, p, claim, codes, 10.0, 2), 1, 100.0).tolist() == [4.0]
