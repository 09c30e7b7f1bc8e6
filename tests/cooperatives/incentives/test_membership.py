"""Thresholds and fees: by hand, against brute force, and on bad input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as hs

from livelihoods import words
from livelihoods.cooperatives.incentives import annuity, fee_schedule, membership_thresholds
from livelihoods.cooperatives.incentives.fees import willing
from livelihoods.errors import DataError, SpecError


def test_who_is_shut_out_by_hand() -> None:
    # Capital 100, 200, 300, 400 with incomes 1, 4, 2, 3: at 300 two are out, mean income 2.5
    # against 2.5; the poorest quarter (income up to 1.75) is the first farmer, who is out.
    found = membership_thresholds(
        np.array([100.0, 200.0, 300.0, 400.0]),
        [300.0],
        income=np.array([1.0, 4.0, 2.0, 3.0]),
        benefit=np.array([10.0, 20.0, 30.0, 40.0]),
        volume=np.array([1.0, 2.0, 3.0, 4.0]),
        attributes={"land": np.array([2.0, np.nan, 5.0, 7.0])},
    )
    (one,) = found.levels
    assert (one.out, one.share, one.poorest) == (2, 0.5, 1.0)
    assert one.means == {"income": (2.5, 2.5), "land": (2.0, 6.0)}
    assert (one.lost, one.lost_each, one.volume_lost) == (30.0, 15.0, 0.3)


@given(hs.lists(hs.floats(0, 1e6), min_size=1, max_size=50))
def test_a_higher_threshold_never_shuts_out_fewer(amounts: list[float]) -> None:
    found = membership_thresholds(np.array(amounts))
    outs = [one.out for one in found.levels]
    assert outs == sorted(outs)
    assert all(one.out == sum(a < one.threshold for a in amounts) for one in found.levels)


def test_the_threshold_in_force_is_among_them() -> None:
    found = membership_thresholds(np.arange(100.0), today=33.5)
    assert 33.5 in [one.threshold for one in found.levels]
    assert len(found.levels) == 10


def test_fixed_points_by_hand() -> None:
    # v = 10, 8, 6, 4; F = 12, fee 0. N = 4: share 3, all four willing. N = 3: share 4, four
    # willing: no fixed point. N = 2: share 6, three willing. N = 1: share 12, nobody. N = 0 holds.
    (point,) = fee_schedule([10, 8, 6, 4], 1, [0.0], fixed_cost=12.0).points
    assert point.sizes == (0, 4)
    assert (point.largest, point.critical, point.income) == (4, 2, 12.0)
    # Fee 2: N = 4 needs 5: three. N = 3 needs 6: three (6 ≥ 6), holds. N = 2 needs 8: two, holds.
    (point,) = fee_schedule([10, 8, 6, 4], 1, [2.0], fixed_cost=12.0).points
    assert point.sizes == (0, 2, 3)
    assert point.income == 18.0


@given(
    hs.lists(hs.floats(0, 100), min_size=1, max_size=25),
    hs.floats(0, 50),
    hs.floats(0, 500),
)
def test_fixed_points_equal_brute_force(worth: list[float], fee: float, cost: float) -> None:
    schedule = fee_schedule(worth, 1, [fee], fixed_cost=cost)
    (point,) = schedule.points
    v = np.array(worth)
    brute = [
        n
        for n in range(v.size + 1)
        if n == (0 if n == 0 and cost > 0 else int((v >= fee + (cost / n if n else 0)).sum()))
    ]
    assert list(point.sizes) == brute
    assert brute  # best responses rise in N, so that one always exists (Tarski)


@given(hs.lists(hs.floats(0, 100), min_size=1, max_size=25), hs.floats(0, 500))
def test_a_higher_fee_never_keeps_more(worth: list[float], cost: float) -> None:
    points = fee_schedule(worth, 1, [0, 5, 20, 60], fixed_cost=cost).points
    sizes = [p.largest for p in points]
    assert sizes == sorted(sizes, reverse=True)


def test_annuity() -> None:
    # 1/1.05 + 1/1.05² + 1/1.05³; r → 0 gives T; T = 0 gives 0.
    by_hand = 1 / 1.05 + 1 / 1.05**2 + 1 / 1.05**3
    assert annuity(np.array([3.0]), 0.05)[0] == pytest.approx(by_hand, rel=1e-12)
    assert annuity(np.array([7.0]), 1e-12)[0] == pytest.approx(7.0, rel=1e-9)
    assert annuity(np.array([7.0, 0.0]), 0.0).tolist() == [7.0, 0.0]


def test_nobody_alone_bears_the_cost() -> None:
    assert willing(np.array([5.0]), 0.0, 10.0, 0) == 0


@pytest.mark.parametrize("language", ["en", "zh"])
def test_tables_and_figures(language: str) -> None:
    rng = np.random.default_rng(2)
    with words.use_language(language):
        found = membership_thresholds(
            rng.lognormal(7, 1, 50), measure="capital", income=rng.lognormal(9, 1, 50), today=500.0
        )
        assert repr(found)
        assert found.plot().to_svg().startswith("<svg")
        assert found.to_dict()["levels"]
        fees = fee_schedule(rng.lognormal(3, 1, 30), 5, [0, 10, 50], fixed_cost=200, rate=0.03)
        assert repr(fees)
        assert fees.plot().alt
        assert fees.to_dict()["points"]


def test_bad_input() -> None:
    for amounts, more in (
        ([], {}),
        ([np.nan], {}),
        ([-1.0, 2.0], {}),
        ([1.0, 2.0], {"income": np.ones(3)}),
    ):
        with pytest.raises(DataError) as refused:
            membership_thresholds(np.array(amounts), **more)
        assert refused.value.code == "incentives.bad_amounts"
    with pytest.raises(DataError):
        fee_schedule([], 1, [0.0])
    with pytest.raises(DataError):
        fee_schedule([1.0], -1, [0.0])
    for fees, cost, rate in (([], 0.0, 0.0), ([1.0], -1.0, 0.0), ([1.0], 0.0, -1.0)):
        with pytest.raises(SpecError) as asked:
            fee_schedule([1.0], 1, fees, fixed_cost=cost, rate=rate)
        assert asked.value.code == "incentives.bad_fees"
