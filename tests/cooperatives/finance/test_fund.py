"""The mutual fund: brute force over all outcomes, exact recursion, simulation, classical ruin."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelihoods.cooperatives.finance import (
    FundSpec,
    exact_ruin,
    mutual_fund,
    pooled_variance,
    premium_for,
    simulated_ruin,
)
from livelihoods.cooperatives.finance.fund import hits, layer_price, season_results
from livelihoods.errors import EstimationError, SpecError


def brute_force(spec: FundSpec) -> list[float]:
    """Walk every path of counts: an oracle that shares no code with the recursion."""
    mass = hits(spec.members, spec.probability, spec.correlation)
    ruin = [0.0] * spec.seasons
    for path in itertools.product(range(spec.members + 1), repeat=spec.seasons):
        chance, reserve, when = 1.0, spec.reserve, None
        for season, k in enumerate(path):
            chance *= mass[k]
            paid = min(max(spec.loss * k - spec.retention, 0.0), spec.limit)
            reserve += spec.members * spec.premium - layer_price(spec) - spec.loss * k + paid
            if reserve < -1e-7 and when is None:
                when = season
            reserve *= 1 + spec.interest
        if when is not None:
            for season in range(when, spec.seasons):
                ruin[season] += chance
    return ruin


SMALL = FundSpec(4, 10.0, 0.25, 0.2, 2.6, 12.0, 4)


@pytest.mark.parametrize(
    "spec",
    [
        SMALL,
        replace(SMALL, correlation=0.0),
        replace(SMALL, interest=0.07),
        replace(SMALL, retention=15.0, limit=12.0, loading=0.3),
    ],
)
def test_exact_recursion_is_brute_force(spec: FundSpec) -> None:
    assert exact_ruin(spec) == pytest.approx(brute_force(spec), abs=1e-12)


def test_simulation_is_the_exact_recursion() -> None:
    spec = replace(SMALL, members=20, premium=3.0, reserve=60.0, seasons=8)
    share, error = simulated_ruin(spec, draws=60_000, seed=5)
    # Four simulation errors; the worst of eight seasons.
    assert np.all(np.abs(share - exact_ruin(spec)) <= 4 * error + 1e-12)
    again, _ = simulated_ruin(spec, draws=60_000, seed=5)
    assert (share == again).all()


def test_gamblers_ruin() -> None:
    # One member, loss 2, premium 1: a fair walk of steps ±1 from 3, ruined below 0, that is at −1.
    # P(hit −1 within T from 3) = P(walk falls 4) = 2 P(S_T < −4) + P(S_T = −4) (reflection).
    T = 20
    spec = FundSpec(1, 2.0, 0.5, 0.0, 1.0, 3.0, T)
    down = [math.comb(T, k) / 2**T for k in range(T + 1)]  # k losses: S = T − 2k
    reach = sum(p * (2 if T - 2 * k < -4 else 1) for k, p in enumerate(down) if T - 2 * k <= -4)
    assert exact_ruin(spec)[-1] == pytest.approx(reach, abs=1e-12)


@given(st.integers(2, 40), st.floats(0.02, 0.98), st.floats(0.0, 0.9))
def test_hits_have_the_stated_mean_and_variance(n: int, p: float, rho: float) -> None:
    mass, k = hits(n, p, rho), np.arange(n + 1.0)
    mean = mass @ k
    variance = mass @ (k - mean) ** 2
    assert mean == pytest.approx(n * p, rel=1e-9)
    pooled = pooled_variance(math.sqrt(p * (1 - p)), n, rho)
    assert variance / n**2 == pytest.approx(float(pooled), rel=1e-8)


def test_variance_does_not_pool_away() -> None:
    big = pooled_variance(3.0, np.array([1, 10, 10**9]), 0.25)
    # σ² for one member; ρσ² = 2.25 in the limit; remainder 0.75·9/10⁹.
    assert big == pytest.approx([9.0, 9 * (0.075 + 0.25), 2.25], abs=1e-8)


@given(st.floats(0.0, 6.0), st.floats(0.0, 3.0), st.floats(0.0, 40.0))
def test_ruin_falls_with_premium_and_reserve(premium: float, more: float, reserve: float) -> None:
    spec = replace(SMALL, premium=premium, reserve=reserve)
    base = exact_ruin(spec)
    assert np.all(exact_ruin(replace(spec, premium=premium + more)) <= base + 1e-12)
    assert np.all(exact_ruin(replace(spec, reserve=reserve + more)) <= base + 1e-12)
    assert np.all(np.diff(base) >= -1e-15)


def test_stop_loss_price_by_hand() -> None:
    # Two members, p = ½ independent, loss 10, layer 5 xs 10: paid only if both are hit: ¼ · 5.
    spec = FundSpec(2, 10.0, 0.5, retention=10.0, limit=5.0, loading=0.2)
    assert layer_price(spec) == pytest.approx(1.2 * 1.25)
    assert season_results(spec) == pytest.approx([-1.5, -11.5, -16.5])


def test_premium_for_a_target() -> None:
    found = premium_for(SMALL, 0.10, exact=True)
    at, under = (exact_ruin(replace(SMALL, premium=p))[-1] for p in (found, found - 1e-4))
    assert at <= 0.10 < under
    simulated = premium_for(SMALL, 0.10, draws=20_000, seed=2)
    share = simulated_ruin(replace(SMALL, premium=simulated), draws=20_000, seed=2)[0][-1]
    assert share <= 0.10
    assert premium_for(replace(SMALL, reserve=1000.0), 0.5, exact=True) == 0.0


def test_result_and_refusals() -> None:
    found = mutual_fund(SMALL, target=0.1)
    assert (found.method, found.error[-1]) == ("exact", 0.0)
    assert found.ruin[-1] > found.independent[-1]
    share = 0.2 / (0.8 / 4 + 0.2)
    assert found.notes[0].values["share"] == f"{100 * share:.0f} %"
    assert "Premium for a ruin probability of 10 %" in found.summary().to_text()
    assert found.plot().to_svg().startswith("<svg")
    assert found.tidy().height == 4
    thin = mutual_fund(replace(SMALL, premium=1.0))
    assert thin.notes[0].code.endswith("fund_runs_down")
    assert mutual_fund(replace(SMALL, interest=0.02)).method == "simulation"
    with pytest.raises(SpecError, match="correlation"):
        mutual_fund(replace(SMALL, correlation=1.0))
    with pytest.raises(SpecError, match="limit 0"):
        mutual_fund(replace(SMALL, loading=0.1))
    with pytest.raises(SpecError, match="method"):
        mutual_fund(SMALL, method="guess")
    with pytest.raises(EstimationError, match="recursion"):
        exact_ruin(replace(SMALL, interest=0.03, seasons=30), most_states=500)
