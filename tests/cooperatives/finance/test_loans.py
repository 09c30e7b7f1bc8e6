"""Effective rates: the directive's own examples, closed forms, laws of a present value."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelihoods.cooperatives.finance import (
    FinanceSource,
    Flow,
    effective_rate,
    finance_sources,
    loan_flows,
    present_value,
    year_fraction,
)
from livelihoods.errors import DataError, SpecError

START = date(1994, 1, 1)

# Directive 98/7/EC, Annex II, calendar-day examples (OJ L 101, 1.4.1998), printed to 0.01 %.
DIRECTIVE = [
    ([Flow(START, 1000), Flow(date(1995, 7, 1), -1200)], 0.1296),
    ([Flow(START, 950), Flow(date(1995, 7, 1), -1200)], 0.1690),
    ([Flow(START, 1000), Flow(date(1995, 1, 1), -600), Flow(date(1996, 1, 1), -600)], 0.1307),
]


@pytest.mark.parametrize(("flows", "printed"), DIRECTIVE)
def test_examples_of_the_directive(flows: list[Flow], printed: float) -> None:
    assert effective_rate(flows) == pytest.approx(printed, abs=5e-5)


def test_monthly_rate_compounds() -> None:
    # An annuity at 1 % a month has effective rate 1.01^12 − 1 where months are equal (30/360).
    flows = loan_flows(10_000, date(2025, 1, 15), 24, 0.12)
    assert effective_rate(flows, "30/360") == pytest.approx(1.01**12 - 1, abs=1e-12)


@pytest.mark.parametrize("repayment", ["equal_principal", "bullet"])
def test_way_of_repayment_does_not_move_the_rate(repayment: str) -> None:
    flows = loan_flows(10_000, date(2025, 1, 15), 24, 0.12, repayment=repayment)  # type: ignore[arg-type]
    assert effective_rate(flows, "30/360") == pytest.approx(1.01**12 - 1, abs=1e-12)


def test_flat_interest_fee_and_deposit_make_a_loan_dear() -> None:
    plain, flat, fee, held = (
        effective_rate(loan_flows(10_000, date(2025, 1, 15), 12, 0.10, **more))  # type: ignore[arg-type]
        for more in ({}, {"repayment": "flat"}, {"fee": 200.0}, {"deposit": 2000.0})
    )
    assert plain < fee
    assert plain < held
    # Flat 10 % on the first principal is about 1.8 times the nominal rate (rule of thumb 2n/(n+1)).
    assert 0.18 < flat < 0.21


def test_days_are_counted_as_said() -> None:
    # 2024 is a leap year: 366 days. Half a year by months of 30 days.
    assert year_fraction(date(2024, 1, 1), date(2025, 1, 1)) == pytest.approx(366 / 365)
    assert year_fraction(date(2024, 1, 1), date(2025, 1, 1), "actual/actual") == 1.0
    assert year_fraction(date(2024, 7, 1), date(2026, 7, 1), "actual/actual") == pytest.approx(
        184 / 366 + 1 + 181 / 365
    )
    assert year_fraction(date(2025, 1, 31), date(2025, 7, 31), "30/360") == 0.5


@given(
    st.lists(st.floats(10, 1000), min_size=1, max_size=8),
    st.floats(-0.5, 3.0),
    st.floats(0.01, 1000),
)
def test_rate_is_found_again(paid: list[float], rate: float, scale: float) -> None:
    days = [START + timedelta(days=97 * (k + 1)) for k in range(len(paid))]
    lent = sum(amount * (1 + rate) ** (-97 * (k + 1) / 365) for k, amount in enumerate(paid))
    flows = [Flow(START, lent), *(Flow(d, -a) for d, a in zip(days, paid, strict=True))]
    found = effective_rate(flows)
    assert found == pytest.approx(rate, abs=1e-8)
    scaled = [Flow(flow.day, flow.amount * scale) for flow in reversed(flows)]
    assert effective_rate(scaled) == pytest.approx(found, abs=1e-10)
    assert present_value(flows, found) == pytest.approx(0.0, abs=1e-7 * lent)


def test_refusals() -> None:
    with pytest.raises(DataError, match="none is received"):
        effective_rate([Flow(START, 100.0)])
    # −100 + 230 v − 132 v² has the two rates 10 % and 20 % (textbook case of two IRRs).
    days = [START, START + timedelta(days=365), START + timedelta(days=730)]
    two = [Flow(d, a) for d, a in zip(days, (-100.0, 230.0, -132.0), strict=True)]
    with pytest.raises(DataError, match=r"10\.00 % and 20\.00 %"):
        effective_rate(two)
    with pytest.raises(SpecError, match="day_count"):
        year_fraction(START, date(1995, 1, 1), "actual/364")  # type: ignore[arg-type]
    with pytest.raises(SpecError, match="principal"):
        loan_flows(0.0, START, 12, 0.1)
    with pytest.raises(DataError, match="not a number"):
        effective_rate([Flow(START, float("nan")), Flow(date(1995, 1, 1), -1.0)])


def test_sources_side_by_side() -> None:
    loan = loan_flows(6000, date(2025, 1, 15), 12, 0.12)
    found = finance_sources(
        [
            FinanceSource("members", "contributions", 3000.0),
            FinanceSource("bank", "bank_loan", 6000.0, loan),
            FinanceSource("buyer", "prepayment", 1000.0, rate=0.03),
        ],
        day_count="30/360",
    )
    row = found.glance().row(0, named=True)
    # By hand: shares .3, .6, .1 → 1/(.09 + .36 + .01); (6000·0.126825 + 1000·0.03)/7000.
    assert row["effective_number"] == pytest.approx(1 / 0.46)
    assert row["average_rate"] == pytest.approx((6000 * (1.01**12 - 1) + 30) / 7000)
    assert not found.notes
    assert "12.68" in found.summary().to_text()
    assert found.plot().to_svg().startswith("<svg")
    one = finance_sources([FinanceSource("bank", "bank_loan", 9.0)])
    assert one.notes[0].code == "cooperatives.finance.narrow_channels"


def test_bad_sources() -> None:
    with pytest.raises(DataError, match="nothing"):
        finance_sources([FinanceSource("a", "bank_loan", 0.0)])
    with pytest.raises(DataError, match="negative"):
        finance_sources([FinanceSource("a", "bank_loan", -1.0)])
    with pytest.raises(SpecError, match="kind"):
        finance_sources([FinanceSource("a", "gift", 1.0)])  # type: ignore[arg-type]
    flows = loan_flows(10, START, 2, 0.1)
    with pytest.raises(SpecError, match="rate as well"):
        finance_sources([FinanceSource("a", "bank_loan", 1.0, flows, 0.1)])
