"""Slightly wrong, generated and peer instruments; the insurance experiment of rural Jiangxi."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from linearmodels.iv import IV2SLS

import livelihoods as lv
from livelihoods.errors import SpecError
from livelihoods.estimate.peer_instrument import leave_one_out
from livelihoods.estimate.test_result import TestResult
from livelihoods.estimate.weak_iv import ConfidenceSet
from livelihoods.typing import Result

CONTROLS = ["male", "age", "agpop", "ricearea_2010", "literacy", "intensive", "risk_averse"]


def insurance() -> pl.DataFrame:
    # Cai, de Janvry and Sadoulet (2015), as packaged in causaldata (rice farmers of Jiangxi).
    causaldata = pytest.importorskip("causaldata")
    data = causaldata.social_insure.load_pandas().data
    return pl.DataFrame({name: data[name].to_numpy() for name in data.columns})


def test_jiangxi_insurance_agrees_with_linearmodels() -> None:
    frame = insurance().drop_nulls(["takeup_survey", "pre_takeup_rate", "default", *CONTROLS])
    frame = frame.filter(~pl.any_horizontal(pl.col(CONTROLS).cast(pl.Float64).is_nan()))
    right = " + ".join(CONTROLS)
    ours = lv.iv(
        f"takeup_survey ~ {right} | pre_takeup_rate ~ default",
        insurance(),
        {"cluster": "address"},
    )
    groups = np.unique(frame["address"].to_numpy().astype(str), return_inverse=True)[1]
    peer = IV2SLS(
        frame["takeup_survey"].to_numpy().astype(float),
        np.column_stack([np.ones(frame.height), frame.select(CONTROLS).to_numpy().astype(float)]),
        frame["pre_takeup_rate"].to_numpy(),
        frame["default"].to_numpy().astype(float),
    ).fit(cov_type="clustered", clusters=groups, debiased=False)
    row = ours.tidy().row(0, named=True)
    assert ours.nobs == frame.height
    assert row["estimate"] == pytest.approx(peer.params["endog"], rel=1e-9)
    assert row["std_error"] == pytest.approx(peer.std_errors["endog"], rel=1e-9)
    # With 166 clusters the effective F is about 15, below 23.1: said, and the set is given.
    assert isinstance(ours.effective_f, TestResult)
    assert not ours.effective_f.rejected()
    assert any(note.code == "estimate.weak_instruments" for note in ours.notes)
    assert isinstance(ours.anderson_rubin, ConfidenceSet)
    assert not ours.anderson_rubin.contains(0.0)
    bounds = lv.plausibly_exogenous(
        f"takeup_survey ~ {right} | pre_takeup_rate ~ default",
        insurance(),
        (0.0, 0.02),
        vcov={"cluster": "address"},
    )
    assert bounds["conf_low"] < row["conf_low"]
    assert isinstance(bounds, Result)


def weak_data(seed: int = 1, n: int = 2_000) -> pl.DataFrame:
    r = np.random.default_rng(seed)
    z, u, x = r.normal(size=(3, n))
    d = 0.6 * z + 0.7 * u + 0.3 * x + r.normal(size=n)
    y = 0.5 * d + 0.2 * z + 0.1 * x + u + r.normal(size=n)  # z acts directly by 0.2
    return pl.DataFrame({"y": y, "d": d, "z": z, "x": x})


def test_bounds_at_the_true_direct_effect_hold_the_effect() -> None:
    frame = weak_data()
    found = lv.plausibly_exogenous("y ~ x | d ~ z", frame, (0.2, 0.2))
    plain = lv.iv("y ~ x | d ~ z", frame)
    # γ enters linearly: β(γ) = β − γ/π.
    pi = plain.first_stage[0].coef[0]
    assert found.tidy()["estimate"][0] == pytest.approx(plain.fit.coef[0] - 0.2 / pi, rel=1e-9)
    assert found["conf_low"] < 0.5 < found["conf_high"]
    wide = lv.plausibly_exogenous("y ~ x | d ~ z", frame, (0.0, 0.6))
    assert wide["conf_high"] >= plain.tidy()["conf_high"][0] - 1e-12
    assert wide["gamma_zero"] is not None
    assert "Union" in repr(wide)
    with pytest.raises(SpecError, match="empty"):
        lv.plausibly_exogenous("y ~ x | d ~ z", frame, (1.0, 0.0))
    with pytest.raises(SpecError, match="one instrument"):
        lv.plausibly_exogenous("y ~ 1 | d ~ z + x", frame, (0.0, 0.1))


def test_lewbel_recovers_the_effect_and_argues() -> None:
    r = np.random.default_rng(5)
    n = 40_000
    x, common = r.normal(size=(2, n))
    d = x + common + r.normal(size=n) * np.exp(0.5 * x)
    y = 0.5 * d + x + common + r.normal(size=n)
    frame = pl.DataFrame({"y": y, "d": d, "x": x})
    found = lv.lewbel("y ~ d + x", frame, "d")
    row = found.tidy().row(0, named=True)
    # True 0.5; three standard errors around it.
    assert abs(row["estimate"] - 0.5) < 3 * row["std_error"]
    assert any(note.code == "estimate.lewbel_assumption" for note in found.notes)
    linear = lv.ols("y ~ d + x", frame).fit.coef[1]
    assert linear > 0.6
    even = frame.with_columns(d=pl.col("x") + pl.Series(common + r.normal(size=n)))
    said = lv.lewbel("y ~ d + x", even, "d")
    assert any(note.code == "estimate.lewbel_homoskedastic" for note in said.notes)
    with pytest.raises(SpecError, match="no term"):
        lv.lewbel("y ~ d + x", frame, "d", using=("z",))
    with pytest.raises(SpecError, match="not one column"):
        lv.lewbel("y ~ d + x", frame, "q")


def villages(seed: int, pull: float, n: int = 1_200) -> pl.DataFrame:
    r = np.random.default_rng(seed)
    village = r.integers(0, 60, n)
    common = r.normal(size=60)
    road = common + r.normal(size=60)
    join = (pull * common[village] + r.normal(size=n) > 0).astype(float)
    y = 0.3 * join + 0.2 * common[village] + r.normal(size=n)
    frame = pl.DataFrame(
        {"y": y, "join": join, "village": village, "road": road[village], "x": r.normal(size=n)}
    )
    return lv.peer_share(frame, of="join", within="village", name="share").frame


def checks(frame: pl.DataFrame, **options: Any) -> Any:
    return lv.peer_instrument_checks(
        "y ~ x | join ~ share", frame, of="join", village="village", seed=1,
        permutations=99, **options,
    )  # fmt: skip


def codes(found: Any) -> set[str]:
    return {note.code for note in found.notes}


def test_peer_checks_do_not_mind_how_a_survey_is_sorted() -> None:
    from dataclasses import replace

    from livelihoods.estimate.peer_instrument import _villages
    from livelihoods.survey.door import as_survey

    survey = as_survey(villages(1, 1.0))
    order = np.random.default_rng(3).permutation(survey.frame.height)
    turned = replace(survey, frame=survey.frame[order.tolist()], rows=survey.rows[order])
    result = lv.iv("y ~ x | join ~ share", turned)
    codes_found, own = _villages(turned, result, "join", "village")
    # Row by row what stands in the data: village numbers in the order of their labels.
    kept = turned.frame.with_columns(pl.Series("row", turned.rows)).to_dicts()
    by_row = {line["row"]: line for line in kept}
    used = [by_row[row] for row in result.design.base.rows.tolist()]
    labels = sorted({str(line["village"]) for line in used})
    assert codes_found.tolist() == [labels.index(str(line["village"])) for line in used]
    assert own.tolist() == [line["join"] for line in used]


def test_peer_checks_see_villages_and_their_traits() -> None:
    found = checks(villages(1, 1.0), traits=("road",))
    assert found["permutation_p"] == pytest.approx(0.01)
    assert abs(found["first_stage_permuted"]) < 0.2
    assert found["traits_p"] < 0.01
    assert {"estimate.peer_reflection", "estimate.peer_village", "estimate.peer_traits"} <= codes(
        found
    )
    assert -0.1 < found["mechanical"] < 0
    assert found["conf_low"] < found["estimate"] < found["conf_high"]
    again = checks(villages(1, 1.0), traits=("road",))
    assert again.tidy().equals(found.tidy())
    assert "Mechanical" in found.summary().to_text()
    assert found.plot().id == "peer-permutations"


def test_peer_checks_say_when_villages_do_not_matter() -> None:
    assert "estimate.peer_permutation" in codes(checks(villages(2, 0.0)))
    with pytest.raises(SpecError, match="no column"):
        checks(villages(2, 0.0), traits=("river",))


def test_leave_one_out_by_hand() -> None:
    values = np.array([1.0, 0.0, 1.0, 1.0, np.nan, 0.0])
    group = np.array([0, 0, 0, 1, 1, 2])
    np.testing.assert_allclose(leave_one_out(values, group), [0.5, 1.0, 0.5, np.nan, 1.0, np.nan])
