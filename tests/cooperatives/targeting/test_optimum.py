"""Allocations against exhaustive search, grids and closed forms."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from livelihoods.cooperatives.targeting import optimum as op


def poverty(c, t, z, p, alpha):
    left = np.maximum(0, z - c - t)
    return float(p @ ((left > 1e-9) if alpha == 0 else (left / z) ** alpha))


def random_case(seed: int, n: int):
    rng = np.random.default_rng(seed)
    return rng.integers(1, 15, n).astype(float), rng.integers(1, 5, n).astype(float), rng


@given(st.integers(0, 2**31), st.integers(1, 40), st.floats(0.01, 400))
def test_water_filling_spends_all_and_levels_the_poorest(seed: int, n: int, budget: float) -> None:
    c, p, _ = random_case(seed, n)
    t, level = op.fill_lowest(c, 10.0, p, budget)
    need = float(p @ np.maximum(0, 10 - c))
    # Conditions of the optimum (Karush-Kuhn-Tucker): recipients all at one level, others above.
    assert float(p @ t) == pytest.approx(min(budget, need), rel=1e-9, abs=1e-9)
    assert level <= 10.0
    np.testing.assert_allclose((c + t)[t > 0], level, rtol=1e-9)
    assert np.all(c[t == 0] >= level - 1e-9)


@pytest.mark.parametrize("alpha", [1, 2])
def test_no_grid_plan_beats_water_filling(alpha: int) -> None:
    # Every plan on a grid of a tenth of money for four households, exhaustively.
    c, p = np.array([2.0, 3.5, 6.0, 9.5]), np.array([1.0, 2.0, 1.0, 1.0])
    t, _ = op.fill_lowest(c, 10.0, p, 5.0)
    best = poverty(c, t, 10.0, p, alpha)
    steps = np.arange(0, 5.01, 0.25)
    for plan in product(steps, repeat=4):
        plan = np.array(plan)
        if p @ plan <= 5.0 + 1e-9:
            assert poverty(c, plan, 10.0, p, alpha) >= best - 1e-12


def exhaustive(worth, cost, owner, budget):
    best = 0.0
    for picked in product([False, True], repeat=worth.size):
        picked = np.array(picked)
        single = np.unique(owner[picked]).size == picked.sum()
        if single and cost[picked].sum() <= budget + 1e-9:
            best = max(best, float(worth[picked].sum()))
    return best


@given(st.integers(0, 2**31), st.integers(1, 9), st.floats(0, 60))
def test_cheapest_first_is_exact_for_equal_households(seed: int, n: int, budget: float) -> None:
    c, _, _ = random_case(seed, n)
    cost = np.maximum(10.0 - c, 0.25)
    picked = op.cheapest_first(cost, budget)
    assert picked.sum() == exhaustive(np.ones(n), cost, np.arange(n), budget)
    assert cost[picked].sum() <= budget + 1e-9


@given(st.integers(0, 2**31), st.integers(2, 8), st.floats(1, 60))
def test_unequal_households_against_exhaustive_search(seed: int, n: int, budget: float) -> None:
    c, p, _ = random_case(seed, n)
    cost = p * np.maximum(10.0 - c, 0.25)
    found = op.choose(p, cost, np.arange(n), budget)
    assert found.short == 0
    assert p[found.picked].sum() == pytest.approx(exhaustive(p, cost, np.arange(n), budget))
    assert cost[found.picked].sum() <= budget * (1 + 1e-12)


@given(st.integers(0, 2**31), st.integers(2, 4), st.sampled_from([0, 1, 2]), st.floats(2, 40))
def test_menus_of_grants_against_exhaustive_search(
    seed: int, n: int, alpha: int, budget: float
) -> None:
    c, p, _ = random_case(seed, n)

    def loss(t):
        left = np.maximum(0, 10 - c - t)
        return p * ((left > 1e-9).astype(float) if alpha == 0 else (left / 10) ** alpha)

    worth, cost, owner, _ = op.menu(loss, p, (2.0, 5.0, 9.0))
    found = op.choose(worth, cost, owner, budget)
    best = exhaustive(worth, cost, owner, budget)
    # The solver's gap is 1e-6 of a millionth of what could be gained at all.
    assert float(worth[found.picked].sum()) == pytest.approx(best, abs=1e-9)
    assert cost[found.picked].sum() <= budget * (1 + 1e-12)
    assert np.unique(owner[found.picked]).size == found.picked.sum()


def test_a_table_too_large_says_how_far_from_the_best(monkeypatch: pytest.MonkeyPatch) -> None:
    # Worth 3 for 6 or 2 + 2 for 8 of 8: by worth per cost the first, the second is better.
    worth, cost = np.array([3.0, 2, 2]), np.array([5.0, 4, 4])
    assert op.knapsack(worth, cost, 8.0)[0].tolist() == [False, True, True]
    monkeypatch.setattr(op, "_TABLE", 1.0)
    picked, short = op.knapsack(worth, cost, 8.0)
    assert picked.tolist() == [True, False, False]
    # The relaxed bound is 3 + 2·3/4 = 4.5, so 4; what is there is 3: at most a third better.
    assert short == pytest.approx(1 / 3)


def test_partial_moments_against_quadrature() -> None:
    mean, spread = 2.0, 0.6
    law = stats.lognorm(spread, scale=np.exp(mean))
    for y, power in product([3.0, 8.0, 20.0], [0, 1, 2]):
        expected, _ = integrate.quad(lambda c, y=y, k=power: (y - c) ** k * law.pdf(c), 0, y)
        got = op.expected_gap(np.array([mean]), np.array([spread]), np.array([y]), power)[0]
        assert got == pytest.approx(expected, rel=1e-7)  # quadrature's own tolerance


@pytest.mark.parametrize("alpha", [1, 2])
def test_uncertain_consumption_against_a_grid(alpha: int) -> None:
    mean, spread = np.array([1.6, 2.0, 2.2]), np.array([0.2, 0.5, 0.9])
    p, z, budget = np.array([1.0, 2.0, 1.0]), 10.0, 6.0

    def expected(t):
        return float(p @ op.expected_gap(mean, spread, z - t, alpha))

    t = op.fill_expected(mean, spread, z, p, budget, alpha)
    assert float(p @ t) == pytest.approx(budget, rel=1e-9)
    best = expected(t)
    for a in np.linspace(0, 6, 121):
        for b in np.linspace(0, (6 - a) / 2, 61):
            assert expected(np.array([a, b, 6 - a - 2 * b])) >= best - 1e-9
    # Equal marginal effects where something is given.
    slope = op.expected_gap(mean, spread, z - t, alpha - 1)
    assert np.ptp(slope[t > 1e-9]) < 1e-6
    assert np.all(slope[t <= 1e-9] <= slope[t > 1e-9].max() + 1e-6)


def test_certainty_is_the_limit_of_little_spread() -> None:
    # As the spread falls to 0 the expected optimum becomes water-filling.
    c, p = np.array([3.0, 5.0, 8.0]), np.array([1.0, 1.0, 2.0])
    t = op.fill_expected(np.log(c), np.full(3, 1e-4), 10.0, p, 4.0, 2)
    np.testing.assert_allclose(t, op.fill_lowest(c, 10.0, p, 4.0)[0], atol=0.005)


def test_more_than_enough_money() -> None:
    c, p = np.array([3.0, 12.0]), np.ones(2)
    t, level = op.fill_lowest(c, 10.0, p, 100.0)
    np.testing.assert_array_equal(t, [7.0, 0.0])
    assert level == 10.0
    assert op.fill_expected(np.log(c), np.ones(2), 10.0, p, 50.0, 1).tolist() == [10.0, 10.0]
    assert not op.choose(np.ones(2), np.array([5.0, 6.0]), np.arange(2), 1.0).picked.any()
