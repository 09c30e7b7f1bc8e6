"""Cash and solvency: years worked by hand, closed forms, Monte Carlo, laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr

from livelihoods.cooperatives.finance import (
    CashShock,
    Enterprise,
    JointShock,
    cash_stress,
    months_of_cover,
    solvency,
)
from livelihoods.cooperatives.finance.cash import shocked
from livelihoods.cooperatives.finance.price_shocks import closing_equity, probability_below
from livelihoods.errors import DataError, SpecError

INCOME, SPENDING = [0.0, 0.0, 300.0, 0.0], [50.0, 80.0, 60.0, 70.0]


def test_a_year_of_cash_by_hand() -> None:
    found = cash_stress(
        100.0,
        INCOME,
        SPENDING,
        shocks={"late": CashShock(delay=1), "dear": CashShock(spending=0.5, months=(0, 1))},
        credit_line=95.0,
        months=["Jan", "Feb", "Mar", "Apr"],
    )
    # 100 − 50 = 50; −30; 210; 140. One month later: 50, −30, −90, 140. Dearer: 25, −95, 145, 75.
    assert found.paths["calm"].tolist() == [50.0, -30.0, 210.0, 140.0]
    assert found.paths["late"].tolist() == [50.0, -30.0, -90.0, 140.0]
    assert found.paths["dear"].tolist() == [25.0, -95.0, 145.0, 75.0]
    late = found.frame.row(1, named=True)
    assert (late["lowest_month"], late["first_short"], late["months_short"]) == ("Mar", "Feb", 2)
    assert not found.notes  # nobody needs more than the line of 95
    # 100 pays January's 50 and 50 of February's 80.
    assert found.cover == pytest.approx(1 + 50 / 80)
    assert "Mar" in found.summary().to_text()
    assert found.plot().to_svg().startswith("<svg")
    assert found.tidy().height == 12


@given(
    st.lists(st.floats(0, 1000), min_size=3, max_size=12),
    st.integers(0, 14),
    st.floats(0, 1),
)
def test_delay_moves_income_and_loses_only_what_falls_beyond(
    income: list[float], delay: int, lost: float
) -> None:
    flow = np.array(income)
    moved, _ = shocked(flow, np.zeros_like(flow), CashShock(income=lost, delay=delay))
    kept = flow[: max(flow.size - delay, 0)] * (1 - lost)
    assert moved.sum() == pytest.approx(kept.sum(), abs=1e-9)
    assert (np.cumsum(moved) <= np.cumsum(flow) + 1e-9).all()


@given(st.floats(0.01, 1e5), st.lists(st.floats(1, 1000), min_size=1, max_size=12))
def test_cover_spends_exactly_the_cash(cash: float, spending: list[float]) -> None:
    months = months_of_cover(cash, np.array(spending))
    if math.isinf(months):
        assert cash >= sum(spending) - 1e-9
        return
    whole = int(months)
    spent = sum(spending[:whole]) + (months - whole) * spending[min(whole, len(spending) - 1)]
    assert spent == pytest.approx(cash, rel=1e-9)


def test_cash_refusals() -> None:
    with pytest.raises(DataError, match="one length"):
        cash_stress(1.0, [1.0], [1.0, 2.0])
    with pytest.raises(DataError, match="negative or missing in: 2"):
        cash_stress(1.0, [1.0, float("nan")], [1.0, 2.0])
    with pytest.raises(SpecError, match="late: income"):
        cash_stress(1.0, [1.0], [1.0], shocks={"late": CashShock(income=1.5)})
    poor = cash_stress(0.0, [0.0], [5.0])
    assert (poor.notes[0].severity, poor.cover) == ("serious", 0.0)


FIRM = Enterprise(500, 3, 1000, 2.4, 300, 200, 100)


def test_equity_grid_by_hand() -> None:
    found = solvency(FIRM, price_shocks=[-0.3, 0.0], volume_shocks=[-0.4, 0.0])
    # 500 + 600·(2.1 − 2.4) − 300 = 20; 500 + 1000·(−0.3) − 300 = −100; 560; 800.
    assert found.equity == pytest.approx(np.array([[20.0, -100.0], [560.0, 800.0]]))
    # 500 + 1000(3x − 2.4) − 300 = 0 at x = 2.2/3.
    assert found.break_even == pytest.approx(2.2 / 3 - 1)
    assert found.insolvent is None
    assert found.plot().to_svg().startswith("<svg")


def test_probability_in_closed_form() -> None:
    # Without fixed cost and equity the sign of the margin decides: P(p < c/P), lognormal.
    firm = Enterprise(0.0, 3.0, 1000.0, 2.4)
    s = math.sqrt(math.log1p(0.2**2))
    chance = probability_below(firm, JointShock(0.2, 0.5, -0.4), 0.0)
    assert chance == pytest.approx(float(ndtr((math.log(0.8) + s * s / 2) / s)), abs=1e-12)
    # Without price risk: 0.6·q·1000 < 300 + 200 − 100 ⇔ q < 2/3; trapezoid steps at a jump: 1e-3.
    v = math.sqrt(math.log1p(0.15**2))
    chance = probability_below(FIRM, JointShock(0.0, 0.15), 100.0)
    assert chance == pytest.approx(float(ndtr((math.log(2 / 3) + v * v / 2) / v)), abs=1e-3)


@pytest.mark.parametrize("correlation", [-0.6, 0.0, 0.5, 1.0])
def test_probability_against_monte_carlo(correlation: float) -> None:
    joint = JointShock(0.25, 0.2, correlation)
    z = np.random.default_rng([11, 4]).standard_normal((2, 400_000))
    s, v = (math.sqrt(math.log1p(cv**2)) for cv in (0.25, 0.2))
    tail = math.sqrt(1 - correlation**2)
    price = np.exp(s * (correlation * z[0] + tail * z[1]) - s * s / 2) - 1
    volume = np.exp(v * z[0] - v * v / 2) - 1
    share = float((closing_equity(FIRM, price, volume) < 0).mean())
    found = solvency(FIRM, joint=joint).insolvent
    assert found is not None
    # Four standard errors of 400,000 draws.
    assert found == pytest.approx(share, abs=4 * math.sqrt(0.25 / 400_000) + 1e-3)


@given(st.floats(0.05, 0.6), st.floats(0.05, 0.6), st.floats(-0.9, 0.9))
def test_more_equity_never_makes_ruin_likelier(a: float, b: float, rho: float) -> None:
    joint = JointShock(a, b, rho)
    chances = [
        solvency(Enterprise(e, 3, 1000, 2.4, 300), joint=joint).insolvent for e in (0, 300, 900)
    ]
    assert chances == sorted(chances, reverse=True)  # type: ignore[type-var]


def test_solvency_refusals() -> None:
    with pytest.raises(SpecError, match="volume"):
        solvency(Enterprise(1, 1, 0, 1))
    with pytest.raises(SpecError, match="correlation"):
        solvency(FIRM, joint=JointShock(0.1, 0.1, 2.0))
    with pytest.raises(SpecError, match="no price or no volume"):
        solvency(FIRM, price_shocks=[])
    assert solvency(Enterprise(-1, 1, 1, 1)).notes[0].severity == "serious"
