"""A good harvest that hurts: exact results, identities of incidence, premiums by simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from livelihoods.cooperatives.finance import (
    Market,
    Terms,
    fair_premium,
    farm_payments,
    harvest_incidence,
    paying_harvests,
)
from livelihoods.cooperatives.finance.harvest import INSTRUMENTS, demand_at, payment, price_of
from livelihoods.errors import DataError, SpecError

ELASTIC = st.floats(0.15, 3.0).filter(lambda e: abs(e - 1) > 1e-3)


def test_price_lies_on_the_demand_curve_and_revenue_falls_below_one() -> None:
    market = Market(2.0, 1000.0, 0.5)
    harvest = np.array([0.8, 1.0, 1.25])
    price = price_of(market, harvest)
    # P = P0 x^(−2): 3.125, 2, 1.28; revenue P0 Q0 x^(−1): 2500, 2000, 1600.
    assert price == pytest.approx([3.125, 2.0, 1.28])
    assert price * harvest * 1000 == pytest.approx([2500.0, 2000.0, 1600.0])
    assert demand_at(market, price) == pytest.approx(1000 * harvest)


@given(st.floats(1.01, 2.0), st.floats(0.15, 0.95))
def test_exact_result_of_a_bumper_year(harvest: float, elasticity: float) -> None:
    """Yield cover pays 0; price and revenue cover pay at 100 % coverage (seed facts C8)."""
    market = Market(1.0, 1.0, elasticity)
    x = np.array([harvest])
    assert payment("yield_insurance", market, 1.0, x)[0] == 0.0
    assert payment("price_insurance", market, 1.0, x)[0] > 0.0
    assert payment("revenue_insurance", market, 1.0, x)[0] > 0.0
    # The caveat of the corrections: at less coverage only where revenue falls below κ R0.
    revenue = harvest ** (1 - 1 / elasticity)
    for coverage in (0.7, 0.9):
        paid = payment("revenue_insurance", market, coverage, x)[0]
        assert (paid > 0) == (revenue < coverage)


@given(st.sampled_from(INSTRUMENTS[1:]), ELASTIC, st.floats(0.5, 1.2), st.floats(0.3, 3.0))
def test_thresholds_are_where_payment_begins(
    instrument: str, elasticity: float, coverage: float, harvest: float
) -> None:
    assume(instrument != "buffer_stock")
    low, high = paying_harvests(instrument, elasticity, coverage)  # type: ignore[arg-type]
    assume(all(abs(harvest - edge) > 1e-6 * max(edge, 1) for edge in (low, high) if edge < 1e9))
    paid = payment(instrument, Market(1, 1, elasticity), coverage, np.array([harvest]))[0]  # type: ignore[arg-type]
    assert (paid > 0) == (low < harvest < high)


@given(ELASTIC, st.floats(0.4, 2.5), st.floats(0.5, 1.2))
def test_identities_of_payment_and_revenue(e: float, harvest: float, coverage: float) -> None:
    market, x = Market(3.0, 50.0, e), np.array([harvest])
    price = price_of(market, x)[0]
    revenue = price * 50 * harvest
    sums = {name: float(payment(name, market, coverage, x)[0]) for name in INSTRUMENTS}
    approx = pytest.approx
    assert sums["revenue_insurance"] + revenue == approx(max(revenue, coverage * 150))
    assert sums["deficiency_payment"] + revenue == approx(max(price, coverage * 3) * 50 * harvest)
    assert sums["price_insurance"] + price * 50 == approx(max(price, coverage * 3) * 50)
    assert sums["yield_insurance"] + 150 * harvest == approx(150 * max(harvest, coverage))


@given(ELASTIC, st.floats(0.4, 2.5), st.floats(0.6, 1.2), st.floats(0, 1), st.floats(0, 0.5))
def test_gains_add_up_to_nothing(
    e: float, harvest: float, coverage: float, subsidy: float, loading: float
) -> None:
    terms = {
        name: Terms(coverage, loading, subsidy) if "insurance" in name else Terms(coverage)
        for name in INSTRUMENTS[1:]
    }
    found = harvest_incidence(Market(2.0, 10.0, e), [harvest], terms=terms).tidy()
    names = ("farmers", "consumers", "budget", "insurer", "withheld")
    total = sum(found[name].to_numpy() for name in names)
    size = np.abs(found.select(names).to_numpy()).max() + 20
    assert np.abs(total).max() < 1e-9 * size


def test_buffer_stock_holds_the_price_by_hand() -> None:
    # ε = 0.5, x = 1.3, κ = 1: D(P0) = Q0, so 0.3 Q0 is bought at P0; farmers get 1.3 R0 instead of
    # 1.3^(−1) R0 = 0.76923 R0; consumers lose ∫ P^(−1/2) from 1/1.69 to 1 = 2(1 − 1/1.3).
    row = (
        harvest_incidence(Market(1.0, 1.0, 0.5), [1.3], terms={"buffer_stock": Terms()})
        .tidy()
        .row(1, named=True)
    )
    assert row["stock"] == pytest.approx(0.3)
    assert row["farmers"] == pytest.approx(1.3 - 1 / 1.3)
    assert row["consumers"] == pytest.approx(-2 * (1 - 1 / 1.3))
    assert row["budget"] == pytest.approx(-0.3)


@pytest.mark.parametrize("instrument", ["yield_insurance", "price_insurance", "revenue_insurance"])
@pytest.mark.parametrize("elasticity", [0.5, 1.0, 1.8])
def test_premium_is_the_mean_payment(instrument: str, elasticity: float) -> None:
    market, s = Market(2.0, 10.0, elasticity), math.sqrt(math.log1p(0.25**2))
    z = np.random.default_rng([3, 14]).standard_normal(400_000)
    paid = payment(instrument, market, 0.9, np.exp(s * z - s * s / 2))  # type: ignore[arg-type]
    error = paid.std() / math.sqrt(paid.size)
    found = fair_premium(instrument, market, 0.9, 0.25)  # type: ignore[arg-type]
    assert found == pytest.approx(paid.mean(), abs=4 * error + 1e-12)


def test_yield_premium_in_closed_form() -> None:
    # E(κ − x)⁺ of a lognormal with mean 1 is Black's put: κΦ(d) − Φ(d − s), d = (ln κ + s²/2)/s.
    from scipy.special import ndtr

    s = math.sqrt(math.log1p(0.3**2))
    d = (math.log(0.8) + s * s / 2) / s
    put = 0.8 * float(ndtr(d)) - float(ndtr(d - s))
    assert fair_premium("yield_insurance", Market(1, 1, 0.7), 0.8, 0.3) == pytest.approx(
        put, abs=1e-12
    )


@given(st.lists(st.floats(0.2, 2.0), min_size=2, max_size=8), st.floats(0.2, 0.9))
def test_single_farms_are_paid_at_least_what_the_mean_farm_is(
    ratios: list[float], elasticity: float
) -> None:
    market = Market(1.0, float(len(ratios)), elasticity)
    own, normal = np.array(ratios), np.ones(len(ratios))
    x = np.array([own.sum() / normal.sum()])
    for name in ("yield_insurance", "revenue_insurance"):
        each = farm_payments(name, market, 0.9, normal, own).sum()  # type: ignore[arg-type]
        whole = payment(name, market, 0.9, x)[0]  # type: ignore[arg-type]
        assert each >= whole - 1e-9 * (1 + whole)
    same = farm_payments("revenue_insurance", market, 0.9, normal, np.full_like(own, x[0])).sum()
    assert same == pytest.approx(payment("revenue_insurance", market, 0.9, x)[0], abs=1e-9)


def test_notes_table_figure_and_refusals() -> None:
    terms = {"yield_insurance": Terms(), "revenue_insurance": Terms(0.8, 0.1, 0.5)}
    found = harvest_incidence(Market(2, 1000, 0.5), terms=terms)
    codes = [note.code.rpartition(".")[2] for note in found.notes]
    assert codes == ["good_harvest_hurts", "yield_cover_silent", "revenue_cover_from"]
    assert "above 125.0 % of normal" in found.summary().to_text()
    assert found.plot().to_svg().startswith("<svg")
    assert found.to_dict()["terms"]["revenue_insurance"]["subsidy"] == 0.5
    assert harvest_incidence(Market(2, 1, 1.5)).notes[0].code.endswith("good_harvest_helps")
    with pytest.raises(SpecError, match="elasticity"):
        harvest_incidence(Market(2, 1, 0.0))
    with pytest.raises(DataError, match="above 0"):
        harvest_incidence(Market(2, 1, 0.5), [0.0])
    with pytest.raises(SpecError, match="no premium"):
        harvest_incidence(Market(2, 1, 0.5), terms={"buffer_stock": Terms(subsidy=0.5)})
    with pytest.raises(SpecError, match="hail"):
        harvest_incidence(Market(2, 1, 0.5), terms={"hail": Terms()})
