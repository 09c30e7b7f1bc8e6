"""Confounding, misreporting, hidden bias, E-values, placebo outcomes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import livelihoods as lv
from livelihoods import words
from livelihoods.errors import DataError, EstimationError, SpecError
from livelihoods.estimate.rosenbaum import bounds_of_pairs
from livelihoods.estimate.sensitivity_result import SensitivityResult
from livelihoods.estimate.test_result import Inapplicable
from livelihoods.numerics.multiplicity import holm
from livelihoods.typing import Result


def sample(seed: int = 1, n: int = 800) -> pl.DataFrame:
    r = np.random.default_rng(seed)
    school, land, hidden = r.normal(size=(3, n))
    member = (0.5 * school + 0.4 * hidden + r.normal(size=n) > 0).astype(float)
    score = 0.5 * member + 0.3 * school + 0.1 * land + 0.4 * hidden + r.normal(size=n)
    return pl.DataFrame(
        {
            "score": score,
            "member": member,
            "school": school,
            "land": land,
            "hidden": hidden,
            "height": r.normal(165, 7, n),
        }
    )


FORMULA = "score ~ member + school + land"


def test_the_bias_formula_is_exact_for_a_real_confounder() -> None:
    # Cinelli and Hazlett (2020), eq. 6: |bias| = se·√(df·R²_y R²_d/(1−R²_d)), an identity. The
    # partial R² of the hidden variable come from two regressions that include it.
    from livelihoods.numerics.omitted import adjusted_estimate

    frame = sample()
    found = lv.confounding(FORMULA, frame, "member")
    y = lv.ols("score ~ member + school + land + hidden", frame, "classical").tidy()
    d = lv.ols("member ~ school + land + hidden", frame, "classical").tidy()

    def partial(t: float, df: int) -> float:
        return t * t / (t * t + df)

    r2_y = partial(y["statistic"][4], 795)
    r2_d = partial(d["statistic"][3], 796)
    left = adjusted_estimate(
        found["estimate"], found["std_error"], found["df"], np.array(r2_d), np.array(r2_y)
    )
    assert float(left) == pytest.approx(y["estimate"][1], rel=1e-9)


def test_benchmark_bounds_by_their_formulas() -> None:
    # Bounds of section 4.4 of the paper, written out for one covariate taken once.
    frame = sample()
    found = lv.confounding(FORMULA, frame, "member", benchmarks=("school",), multiples=(1.0,))
    y = lv.ols(FORMULA, frame, "classical").tidy()["statistic"][2]
    d = lv.ols("member ~ school + land", frame, "classical").tidy()["statistic"][1]
    r2_y, r2_d = y * y / (y * y + 796), d * d / (d * d + 797)
    want_d = r2_d / (1 - r2_d)
    link = r2_d**2 / (1 - r2_d) ** 2
    want_y = ((1 + math.sqrt(link)) / math.sqrt(1 - link)) ** 2 * r2_y / (1 - r2_y)
    row = found.tidy().row(0, named=True)
    assert row["r2_treatment"] == pytest.approx(want_d, rel=1e-9)
    assert row["r2_outcome"] == pytest.approx(want_y, rel=1e-9)
    assert row["estimate"] < found["estimate"]
    assert "Robustness value" in found.summary().to_text()
    assert found.plot().spec["layer"]


def test_confounding_refuses_and_says_what_cannot_exist() -> None:
    frame = sample()
    with pytest.raises(SpecError, match="no term"):
        lv.confounding(FORMULA, frame, "member", benchmarks=("age",))
    with pytest.raises(SpecError, match="not one column"):
        lv.confounding(FORMULA, frame, "mebmer")
    many = lv.confounding(FORMULA, frame, "member", benchmarks=("school",), multiples=(50.0,))
    assert many.tidy()["estimate"][0] is None
    assert "no such confounder" in many.summary().to_text()


def misreported(seed: int, a0: float, a1: float, n: int) -> pl.DataFrame:
    r = np.random.default_rng(seed)
    school = r.normal(size=n)
    truth = r.uniform(size=n) < np.clip(0.4 + 0.1 * school, 0.01, 0.99)
    report = np.where(truth, r.uniform(size=n) > a1, r.uniform(size=n) < a0)
    score = 0.5 * truth + 0.3 * school + r.normal(size=n) * 0.5
    return pl.DataFrame({"score": score, "member": report.astype(float), "school": school})


def test_misreporting_at_the_true_rates_recovers_the_effect() -> None:
    found = lv.misreport_bounds(
        "score ~ member + school",
        misreported(2, 0.1, 0.2, 200_000),
        "member",
        false_positive=0.1,
        false_negative=0.2,
    )
    # True effect 0.5; sampling error of the corrected estimate about 0.006.
    assert found["low"] == pytest.approx(0.5, abs=0.02)
    assert found["reported"] < 0.4


def test_misreport_bounds_hold_their_corners_and_zero_rates_change_nothing() -> None:
    frame = misreported(3, 0.05, 0.1, 2000)
    none = lv.misreport_bounds("score ~ member + school", frame, "member")
    assert none["low"] == pytest.approx(none["reported"], rel=1e-12)
    wide = lv.misreport_bounds(
        "score ~ member + school",
        frame,
        "member",
        false_positive=(0.0, 0.1),
        false_negative=(0.0, 0.2),
    )
    corners = wide.tidy()["estimate"].drop_nulls().to_numpy()
    assert wide["low"] <= corners.min() + 1e-12
    assert wide["high"] >= corners.max() - 1e-12
    assert wide.tidy().height == 4
    assert any(note.code == "estimate.misreport_assumption" for note in wide.notes)
    assert "Bounds over all rates" in repr(wide)
    assert wide.plot().id == "misreport"


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"false_positive": 0.6, "false_negative": 0.5}, SpecError),
        ({"false_positive": -0.1}, SpecError),
        ({"false_positive": (0.2, 0.1)}, SpecError),
        ({"false_positive": 0.9}, EstimationError),
        ({"treatment": "school"}, SpecError),
    ],
)
def test_misreport_refusals(options: dict[str, Any], error: type[Exception]) -> None:
    given_ = {"treatment": "member", **options}
    with pytest.raises(error):
        lv.misreport_bounds("score ~ member + school", misreported(3, 0, 0, 500), **given_)


def test_rosenbaum_needs_pairs_and_reads_them_from_a_matching() -> None:
    frame = sample()
    pairs = lv.match(
        "member ~ school + land", frame, ["score"], method="nearest", replace=False,
        ties="first", caliper=0.1, se=None,
    )  # fmt: skip
    found = lv.rosenbaum_bounds(pairs)
    assert isinstance(found, SensitivityResult)
    high = found.tidy()["p_high"].to_numpy()
    assert np.all(np.diff(high) > 0)
    assert found["critical_gamma"] > 1
    kernel = lv.match("member ~ school + land", frame, ["score"], method="kernel", se=None)
    assert isinstance(lv.rosenbaum_bounds(kernel), Inapplicable)
    again = lv.match("member ~ school + land", frame, ["score"], method="nearest", se=None)
    reason = lv.rosenbaum_bounds(again)
    assert isinstance(reason, Inapplicable)
    assert "without replacement" in reason.reason


def test_pairs_refusals() -> None:
    with pytest.raises(DataError, match="pair"):
        bounds_of_pairs([0.0, 0.0, 1.0])
    with pytest.raises(SpecError, match="Γ"):
        bounds_of_pairs(np.arange(1.0, 20), gammas=(0.5,))


def test_e_values_as_published() -> None:
    # VanderWeele and Ding (2017): RR 3.9 (1.8 to 8.7) has E-value 7.26 and 3.00 for the limit;
    # RR 0.80 (0.71 to 0.91) has 1.81 and 1.43.
    found = lv.e_value(3.9, conf_low=1.8, conf_high=8.7)
    assert found["e_value"] == pytest.approx(7.26, abs=0.005)
    assert found["e_bound"] == pytest.approx(3.00, abs=0.005)
    less = lv.e_value(0.80, conf_low=0.71, conf_high=0.91)
    assert less["e_value"] == pytest.approx(1.81, abs=0.005)
    assert less["e_bound"] == pytest.approx(1.43, abs=0.005)
    assert lv.e_value(1.2, conf_low=0.9, conf_high=1.6)["e_bound"] == 1.0


def test_e_value_of_a_difference_says_that_it_is_an_approximation() -> None:
    found = lv.e_value(0.3, measure="difference", sd=1.0)
    assert found["risk_ratio"] == pytest.approx(math.exp(0.273))
    assert any(note.code == "estimate.e_value_difference" for note in found.notes)
    assert lv.e_value(4.0, measure="odds_ratio")["risk_ratio"] == 2.0
    assert lv.e_value(4.0, measure="odds_ratio", rare=True)["risk_ratio"] == 4.0
    assert lv.e_value(1.0)["e_value"] == 1.0
    for wrong in ({"measure": "difference"}, {"measure": "mean"}):
        with pytest.raises(SpecError):
            lv.e_value(0.3, **wrong)  # type: ignore[arg-type]
    with pytest.raises(SpecError):
        lv.e_value(-1.0)


@given(st.floats(0.05, 20))
def test_e_value_is_the_same_for_a_ratio_and_its_inverse(ratio: float) -> None:
    assert lv.e_value(ratio)["e_value"] == pytest.approx(lv.e_value(1 / ratio)["e_value"])


def test_placebo_outcomes() -> None:
    frame = sample()
    found = lv.placebo_outcomes("member + school", frame, "member", ["height", "hidden"])
    assert found["moved"] == 1
    assert any(note.code == "estimate.placebo_moved" for note in found.notes)
    assert isinstance(found, Result)
    with words.use_language("zh"):
        again = lv.placebo_outcomes("member + school", frame, "member", ["height", "hidden"])
        assert "安慰剂" in again.summary().to_text()
    with pytest.raises(SpecError):
        lv.placebo_outcomes("member", frame, "member", [])
    with pytest.raises(SpecError):
        lv.placebo_outcomes("school", frame, "member", ["height"])


def test_holm_as_statsmodels() -> None:
    from statsmodels.stats.multitest import multipletests

    p = np.array([0.01, 0.04, 0.03, 0.5, 0.01])
    np.testing.assert_allclose(holm(p), multipletests(p, method="holm")[1], rtol=1e-14)
