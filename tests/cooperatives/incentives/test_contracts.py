"""Chair and members: closed forms, limits, brute force, equilibrium, frontier, bad input."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as hs
from numpy.typing import NDArray

from livelihoods import words
from livelihoods.cooperatives.incentives import (
    Members,
    Technology,
    best_bonus,
    chair_choice,
    check_by_grid,
    contract_frontier,
    contract_outcome,
    member_share,
    team_effort,
    turning_point,
)
from livelihoods.errors import DataError, SpecError

shares = hs.floats(0.0, 1.0)
technologies = hs.builds(
    Technology,
    hs.floats(1.0, 500.0),
    hs.floats(0.1, 10.0),
    hs.floats(0.0, 1e-3),
    hs.floats(0.0, 5e4),
    hs.floats(0.0, 1e5),
)


def ordinary(n: int = 40, seed: int = 3, chair: float = 5e4, capital: float = 1e5) -> Members:
    rng = np.random.default_rng(seed)
    return Members(
        rng.lognormal(9, 0.5, n),
        rng.uniform(0.95, 1.0, n),
        np.ones(n),
        rng.normal(0, 0.03, n),
        rng.lognormal(7, 0.5, n),
        chair,
        capital,
    )


TECHNOLOGY = Technology(300.0, 1.0, 4e-5, 2e4)


def test_by_hand() -> None:
    # k = 10, c = 2, ρ = 0.01, σ = 50: k² = 100, ρcσ² = 50, m* = 2/3. θ = 0.6, q = 0.1, κ = 0.6:
    # s = 0.06 + 0.24 = 0.3; β* = (2/3 − 0.3)/0.7 = 11/21. At β = 0.2: m = 0.2 + 0.8·0.3 = 0.44,
    # e = 10·0.44/2 = 2.2, y = 22, effort costs 4.84, risk ½·0.01·2500·0.1936 = 2.42.
    technology = Technology(10.0, 2.0, 0.01, 50.0)
    share = member_share(0.6, 0.1, 0.6)
    assert share == pytest.approx(0.3)
    assert technology.best_claim == pytest.approx(2 / 3)
    assert best_bonus(technology, share) == pytest.approx(11 / 21)
    found = chair_choice(technology, 0.2, share)
    assert found.claim == pytest.approx(0.44)
    assert found.effort == pytest.approx(2.2)
    assert found.surplus == pytest.approx(22.0)
    assert found.effort_cost == pytest.approx(4.84)
    assert found.risk_premium == pytest.approx(2.42)
    assert found.certainty_equivalent == pytest.approx(0.44 * 22 - 4.84 - 2.42)
    # With α = 5 she gets 5 and bears 0.3 of it as a member.
    paid = chair_choice(technology, 0.2, share, 5.0)
    assert paid.certainty_equivalent - found.certainty_equivalent == pytest.approx(3.5)
    assert paid.distributable == pytest.approx(0.8 * 22 - 5)


def test_surplus_that_comes_anyway_changes_no_effort() -> None:
    # y₀ adds to the surplus, and m·y₀ to what the chair has; e and β* stay.
    plain = Technology(10.0, 2.0, 0.01, 50.0)
    richer = Technology(10.0, 2.0, 0.01, 50.0, 100.0)
    a, b = chair_choice(plain, 0.2, 0.3), chair_choice(richer, 0.2, 0.3)
    assert a.effort == b.effort
    assert b.surplus - a.surplus == pytest.approx(100.0)
    assert b.certainty_equivalent - a.certainty_equivalent == pytest.approx(0.44 * 100)
    assert best_bonus(plain, 0.3) == best_bonus(richer, 0.3)


def test_limits() -> None:
    # No risk aversion or no risk: the chair should bear everything. Boundless risk: nothing.
    assert Technology(10, 2, 0, 50).best_claim == 1.0
    assert Technology(10, 2, 0.1, 0).best_claim == 1.0
    assert Technology(10, 2, 1e12, 50).best_claim == pytest.approx(0.0, abs=1e-9)
    # θ → 1: only the volume share counts; θ → 0: only the capital share.
    assert member_share(1.0, 0.1, 0.9) == pytest.approx(0.1)
    assert member_share(0.0, 0.1, 0.9) == pytest.approx(0.9)
    # Without membership it is the textbook's β* = k²/(k² + ρcσ²) (Holmström and Milgrom 1987).
    plain = Technology(10, 2, 0.01, 50)
    assert best_bonus(plain, 0.0) == pytest.approx(100 / 150)
    # A team of n that shares equally works k/(nc) each (Holmström 1982): claim 1/n.
    assert team_effort(plain, 5) == pytest.approx(chair_choice(plain, 0.0, 1 / 5).effort)
    # A chair who owns all works as the first best: e = k/c.
    assert chair_choice(plain, 0.0, 1.0).effort == pytest.approx(5.0)


@given(technologies, shares, shares)
def test_closed_forms_equal_the_grid(technology: Technology, bonus: float, share: float) -> None:
    assert check_by_grid(technology, bonus, share).agrees


@given(technologies, shares, shares, shares, hs.floats(0, 0.9))
def test_effort_falls_in_theta_when_capital_outweighs_volume(
    technology: Technology, theta: float, q: float, kappa: float, bonus: float
) -> None:
    # dm/dθ = (1 − β)(q − κ).
    low, high = (
        chair_choice(technology, bonus, member_share(t, q, kappa)).effort
        for t in (0.5 * theta, 0.5 * theta + 0.5)
    )
    assert np.sign(round(high - low, 9)) in (0.0, np.sign(q - kappa))


def brute(
    technology: Technology, members: Members, theta: float, bonus: float
) -> NDArray[np.bool_]:
    """Let the most willing in one by one, from nobody, until the next would not come."""
    gap = members.outside - members.price - members.attachment
    inside = np.zeros(gap.size, dtype=bool)
    for member in np.argsort(gap, kind="stable"):
        trial = inside.copy()
        trial[member] = True
        volume = members.chair_volume + members.volume[trial].sum()
        claim = bonus + (1 - bonus) * (
            theta * members.chair_volume / volume + (1 - theta) * members.capital_share
        )
        surplus = technology.productivity**2 * claim / technology.cost
        if theta * (1 - bonus) * surplus / volume < gap[member]:
            break
        inside = trial
    return inside


@given(hs.integers(0, 200), shares, hs.floats(0, 0.95))
def test_equilibrium_equals_letting_in_one_by_one(seed: int, theta: float, bonus: float) -> None:
    members = ordinary(25, seed)
    found = contract_outcome(TECHNOLOGY, members, theta, bonus)
    assert np.array_equal(found.delivers, brute(TECHNOLOGY, members, theta, bonus))
    # Nobody regrets: p_out ≤ p_co + r + δ for those who deliver.
    gap = members.outside - members.price - members.attachment
    assert np.all(gap[found.delivers] <= found.unit_return + 1e-12)


@given(hs.integers(0, 100), shares, hs.floats(0, 0.9))
def test_money_adds_up(seed: int, theta: float, bonus: float) -> None:
    # Ordinary members' and chair's parts of D are all of it.
    members = ordinary(20, seed)
    one = contract_outcome(TECHNOLOGY, members, theta, bonus)
    sold = np.where(one.delivers, members.price, members.outside) * members.volume
    ordinary_part = float((one.income - sold).sum())
    chair_part = one.chair.share * one.chair.distributable
    assert ordinary_part + chair_part == pytest.approx(one.chair.distributable, rel=1e-9)


def test_turning_point_is_where_the_return_is_largest() -> None:
    # β = 0.1, q = 0.05, κ = 0.5: θ° = (1/9 + 0.5)/0.9.
    assert turning_point(0.1, 0.05, 0.5) == pytest.approx((1 / 9 + 0.5) / 0.9)
    theta = np.linspace(0, 1, 100_001)
    returns = theta * (0.1 + 0.9 * (theta * 0.05 + (1 - theta) * 0.5))
    # Brute force on a grid of step 1e-5.
    assert theta[np.argmax(returns)] == pytest.approx(turning_point(0.1, 0.05, 0.5), abs=2e-5)
    # With y₀ = 0.2·k²/c the return is θ·(0.2 + m): θ° = (0.3/0.9 + 0.5)/0.9.
    assert theta[np.argmax(returns + 0.2 * theta)] == pytest.approx(
        turning_point(0.1, 0.05, 0.5, 0.2), abs=2e-5
    )
    assert math.isinf(turning_point(0.1, 0.5, 0.5))
    assert math.isinf(turning_point(1.0, 0.1, 0.5))


def test_frontier_keeps_the_floor_and_nothing_beats_it() -> None:
    # Art. 44: at least 60 % by transaction.
    found = contract_frontier(TECHNOLOGY, ordinary(), today=(0.5, 0.1), steps=8)
    assert found.floor == 0.6
    assert found.article == "44"
    tidy = found.tidy()
    assert tidy["theta"].min() == pytest.approx(0.6)
    scores = tidy.select("chair", "income", "delivered").to_numpy()
    for row in np.flatnonzero(found.efficient):
        better = np.all(scores >= scores[row] * (1 + 1e-8), axis=1)
        assert not better.any()
    assert found.efficient.any()
    assert "incentives.below_floor" in [note.code for note in found.notes]
    assert found.check.agrees
    # Today's bonus along the curve: effort falls in θ, the chair having more capital than trade.
    assert np.all(np.diff(found.curve()["effort"].to_numpy()) <= 1e-9)


def test_a_chair_who_can_earn_more_elsewhere_leaves() -> None:
    found = contract_frontier(TECHNOLOGY, ordinary(), chair_outside=1e9, steps=4)
    assert not found.accepted.any()
    assert not found.efficient.any()
    assert "incentives.chair_leaves" in [note.code for note in found.notes]
    assert found.summary().to_text()


def test_where_a_higher_share_costs_deliveries_it_is_said() -> None:
    members = ordinary(60, 1, chair=1e3, capital=1e6)
    found = contract_frontier(TECHNOLOGY, members, bonus=0.0, steps=10)
    codes = [note.code for note in found.notes]
    assert "incentives.turning_point" in codes
    assert "incentives.delivery_falls" in codes


@pytest.mark.parametrize("language", ["en", "zh"])
def test_tables_and_figure(language: str) -> None:
    with words.use_language(language):
        found = contract_frontier(TECHNOLOGY, ordinary(), today=(0.6, 0.1), steps=4)
        assert repr(found)
        assert found.plot().to_svg().startswith("<svg")
        assert found.to_dict()["closed_form_agrees"]


@pytest.mark.parametrize(
    "values", [(0, 1, 0, 1), (1, 0, 0, 1), (1, 1, -1, 1), (1, 1, 0, float("nan"))]
)
def test_bad_technology(values: tuple[float, float, float, float]) -> None:
    with pytest.raises(SpecError) as refused:
        Technology(*values)
    assert refused.value.code == "incentives.bad_technology"
    assert str(refused.value)


def test_bad_contracts_and_members() -> None:
    for call in (
        lambda: chair_choice(TECHNOLOGY, 1.2, 0.1),
        lambda: chair_choice(TECHNOLOGY, 0.2, -0.1),
        lambda: member_share(0.6, 2.0, 0.1),
        lambda: chair_choice(TECHNOLOGY, 0.2, 0.1, -5.0),
        lambda: contract_frontier(TECHNOLOGY, ordinary(), steps=2),
    ):
        with pytest.raises(SpecError):
            call()
    one = np.ones(2)
    for volume, capital in ((np.zeros(2), one), (one, -one), (np.array([1.0, np.nan]), one)):
        with pytest.raises(DataError) as refused:
            Members(volume, one, one, one, capital, 1.0, 1.0)
        assert refused.value.code == "incentives.bad_members"
    with pytest.raises(DataError):
        Members(one, np.ones(3), one, one, one, 1.0, 1.0)
