"""Take-up of insurance: the Jiangxi experiment, recovery on drawn data, the curve, refusals."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import livelihoods as lv
from livelihoods.cooperatives.finance import assumed_price_curve, insurance_take_up
from livelihoods.errors import DataError, SpecError

FARM = ["male", "age", "agpop", "ricearea_2010", "risk_averse", "disaster_prob", "C(village)"]


def test_jiangxi_peers() -> None:
    """The specification of The Effect (Huntington-Klein 2021, ch. 19) on the data of Cai et al."""
    found = insurance_take_up(
        lv.datasets.social_insure(),
        "takeup_survey",
        literacy=["literacy"],
        peers="pre_takeup_rate",
        peer_instrument="default",
        assigned=["intensive"],
        controls=FARM,
        vcov={"cluster": "address"},
    )
    linear = found.instrumented
    assert linear is not None
    frame = linear.tidy()
    row = frame.filter(pl.col("term") == "pre_takeup_rate").row(0, named=True)
    # Reference: linearmodels IV2SLS on the same rows, below; here the point it gives, 0.791.
    assert row["estimate"] == pytest.approx(_two_stage(), abs=1e-8)
    assert row["estimate"] == pytest.approx(0.791, abs=5e-4)
    assert found.nobs == 1378
    assert "peer_instrumented" in [note.code.rpartition(".")[2] for note in found.notes]
    roles = dict(found.tidy().select("term", "role").iter_rows())
    assert (roles["literacy"], roles["pre_takeup_rate"]) == ("literacy", "peers")
    shown = found.summary().to_text()
    assert "village: 43 levels" in shown
    assert "Take-up over" in found.curve_figure([0, 0.5, 1], over="pre_takeup_rate").title


def _two_stage() -> float:
    from linearmodels.iv import IV2SLS

    frame = lv.datasets.social_insure().frame.drop_nulls()
    dummies = frame.select("village").to_dummies(drop_first=True).cast(pl.Float64)
    plain = frame.select("male", "age", "agpop", "ricearea_2010", "risk_averse", "disaster_prob",
                         "literacy", "intensive").cast(pl.Float64)  # fmt: skip
    X = np.column_stack([np.ones(frame.height), plain.to_numpy(), dummies.to_numpy()])
    y, d, z = (frame[n].cast(pl.Float64).to_numpy()
               for n in ("takeup_survey", "pre_takeup_rate", "default"))  # fmt: skip
    return float(IV2SLS(y, X, d, z).fit().params["endog"])


def _drawn(n: int = 20_000) -> pl.DataFrame:
    rng = np.random.default_rng([7, 1])
    price = rng.choice([6.0, 9.0, 12.0, 15.0], n)
    trust, paid = rng.integers(0, 2, n), rng.integers(0, 2, n)
    index = 1.6 - 0.18 * price + 0.5 * trust + 0.8 * paid
    insured = (rng.random(n) < 1 / (1 + np.exp(-index))).astype(int)
    return pl.DataFrame({"insured": insured, "price": price, "trust": trust, "paid": paid})


def test_recovers_a_known_curve() -> None:
    frame = _drawn()
    found = insurance_take_up(
        frame, "insured", price="price", trust=["trust"], past_payout=["paid"]
    )
    curve = found.curve([3.0, 6.0, 15.0])
    index = (
        1.6
        - 0.18 * curve["value"].to_numpy()[:, None]
        + (0.5 * frame["trust"].to_numpy() + 0.8 * frame["paid"].to_numpy())
    )
    truth = (1 / (1 + np.exp(-index))).mean(axis=1)
    gap = np.abs(curve["take_up"].to_numpy() - truth)
    assert (gap <= 4 * curve["std_error"].to_numpy()).all()
    assert curve["observed"].to_list() == [False, True, True]
    assert curve["take_up"].is_sorted(descending=True)


def test_curve_is_the_mean_prediction_and_its_slope_the_marginal_effect() -> None:
    frame = _drawn(4000)
    found = insurance_take_up(frame, "insured", price="price", trust=["trust"])
    b = dict(zip(*found.model.tidy().select("term", "estimate").to_dict(as_series=False).values(),
                 strict=True))  # fmt: skip
    index = b["(Intercept)"] + b["price"] * 9.0 + b["trust"] * frame["trust"].to_numpy()
    by_hand = float((1 / (1 + np.exp(-index))).mean())
    assert found.curve([9.0])["take_up"][0] == pytest.approx(by_hand, abs=1e-12)


def test_assumed_curve_is_marked_and_has_the_stated_slope() -> None:
    curve = assumed_price_curve(0.45, [9.99, 10.0, 10.01], reference=10.0, effect=-0.01)
    low, middle, high = curve["take_up"].to_list()
    assert middle == pytest.approx(0.45)
    # 0.1 % more price: 0.1 · (−0.01); the curvature leaves 1e-6.
    assert (high - low) / 2 == pytest.approx(-0.001, abs=1e-6)
    assert set(curve["standing"]) == {"assumed"}


def test_refusals() -> None:
    frame = _drawn(400)
    found = insurance_take_up(frame, "insured", trust=["trust"], peers="paid")
    assert found.notes[-2].code.endswith("peer_reflection")
    with pytest.raises(SpecError, match="no price"):
        found.curve([1.0])
    with pytest.raises(SpecError, match="over"):
        found.curve([1.0], over="age")
    with pytest.raises(SpecError, match="two roles"):
        insurance_take_up(frame, "insured", trust=["paid"], past_payout=["paid"])
    with pytest.raises(SpecError, match="no regressor"):
        insurance_take_up(frame, "insured")
    with pytest.raises(SpecError, match="no peers"):
        insurance_take_up(frame, "insured", price="price", peer_instrument="trust")
    with pytest.raises(DataError, match="not 0/1"):
        insurance_take_up(frame, "price", trust=["trust"])
