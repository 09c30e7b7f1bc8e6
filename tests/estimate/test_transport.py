"""lv.transport: an effect carried to another population."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import livelihoods as lv
from livelihoods import words
from livelihoods.errors import DataError, EstimationError, SpecError
from livelihoods.estimate.transport.overlap import generalizability

FORMULA = "y ~ d + x + C(g)"


def made(n: int, shift: float, seed: int) -> tuple[pl.DataFrame, np.ndarray]:
    """Effect 1 + 0.5 x + 0.3 for the third group; the treatment is confounded by x."""
    rng = np.random.default_rng([seed, n])
    x, g = rng.normal(shift, 1, n), rng.integers(0, 3, n)
    d = rng.random(n) < 1 / (1 + np.exp(-(0.5 * x - 0.3)))
    effect = 1 + 0.5 * x + 0.3 * (g == 2)
    y = x + d * effect + rng.normal(size=n)
    village = rng.integers(0, 60, n)
    frame = pl.DataFrame({"y": y, "d": d.astype(float), "x": x, "g": g, "village": village})
    return frame, effect


def value(found: Any, method: str, population: str, key: str = "estimate") -> float:
    return float(found.frame.filter(method=method, population=population)[key][0])


@pytest.mark.parametrize("vcov", ["HC1", {"cluster": "village"}])
def test_a_target_that_is_the_sample_gives_the_sample_effect(vcov: Any) -> None:
    data = made(600, 0.0, 1)[0]
    found = lv.transport(FORMULA, data, data, "d", vcov=vcov)
    for method in ("weighted", "effect_model", "doubly_robust"):
        # Weights of one by construction: equal up to the logit's last step.
        here, there = (value(found, method, where) for where in ("study", "target"))
        assert there == pytest.approx(here, rel=1e-7)
    options = {"method": "ipw", "estimand": "ATE", "support": "none"}
    se = "auto" if vcov == "HC1" else vcov
    same = lv.match("d ~ x + C(g)", data, "y", se=se, **options).tidy().row(0, named=True)
    # The same estimator by lv.match, with the same influence function.
    assert value(found, "weighted", "study") == pytest.approx(same["estimate"], rel=1e-10)
    error = value(found, "weighted", "study", "std_error")
    assert error == pytest.approx(same["std_error"], rel=1e-9)
    assert found.overlap["generalizability"] == pytest.approx(1.0)
    assert found.overlap["effective_share"] == pytest.approx(1.0)


def test_the_estimates_are_those_of_scikit_learn_and_statsmodels() -> None:
    # The recipe of Dahabreh et al. (2020) written with other people's logit and least squares.
    import statsmodels.api as sm
    from sklearn.linear_model import LogisticRegression

    study, target = made(900, 0.0, 2)[0], made(700, 0.6, 3)[0]
    found = lv.transport(FORMULA, study, target.drop("y", "d"), "d")

    def columns(frame: pl.DataFrame) -> np.ndarray:
        g = frame["g"].to_numpy()
        return np.column_stack([frame["x"].to_numpy(), g == 1, g == 2]).astype(float)

    X, Z = columns(study), columns(target)
    y, d = study["y"].to_numpy(), study["d"].to_numpy()
    plain = {"C": np.inf, "tol": 1e-12, "max_iter": 10_000}
    member = LogisticRegression(**plain).fit(np.vstack([X, Z]), np.repeat([1, 0], [900, 700]))
    p = member.predict_proba(X)[:, 1]
    e = LogisticRegression(**plain).fit(X, d).predict_proba(X)[:, 1]
    # n and N differ: the logit's constant absorbs it, and Hajek means do not see it.
    w = (1 - p) / p
    arms = [
        sm.WLS(y[d == a], np.ones(int((d == a).sum())),
               weights=(w / (e if a else 1 - e))[d == a]).fit().params[0]
        for a in (1, 0)
    ]  # fmt: skip
    # scikit-learn stops at gradients of 1e-12 but in float64 line searches: 1e-5 is its accuracy.
    assert value(found, "weighted", "target") == pytest.approx(arms[0] - arms[1], rel=1e-4)
    C = sm.add_constant(X)
    m1, m0 = (sm.OLS(y[d == a], C[d == a]).fit().predict(C) for a in (1, 0))
    phi = m1 - m0 + d * (y - m1) / e - (1 - d) * (y - m0) / (1 - e)
    line = sm.OLS(phi, C).fit()
    at = sm.add_constant(Z).mean(axis=0)
    assert value(found, "effect_model", "target") == pytest.approx(line.params @ at, rel=1e-4)
    both = line.params @ at + np.average(phi - line.predict(C), weights=w)
    assert value(found, "doubly_robust", "target") == pytest.approx(both, rel=1e-4)


def test_the_standard_errors_are_those_of_the_bootstrap() -> None:
    # 120 draws of rows of both, everything again: they know a standard error to 7 %.
    study, target = made(700, 0.0, 4)[0], made(500, 0.5, 5)[0]
    found = lv.transport(FORMULA, study, target, "d")
    rng, draws = np.random.default_rng(6), []
    for _ in range(120):
        one = study[rng.integers(0, 700, 700).tolist()]
        other = target[rng.integers(0, 500, 500).tolist()]
        draws.append(lv.transport(FORMULA, one, other, "d").frame["estimate"].to_numpy())
    ours = found.frame["std_error"].to_numpy()
    assert ours == pytest.approx(np.std(draws, axis=0), rel=0.25)


def test_known_effects_are_recovered_and_covered() -> None:
    # 120 draws: the mean error has sd / 11; intervals of 95 % cover within three binomial errors.
    errors, covered, naive = [], [], []
    for seed in range(120):
        study, target = made(500, 0.0, 1000 + seed)[0], made(400, 0.6, 2000 + seed)[0]
        found = lv.transport(FORMULA, study, target.drop("y", "d"), "d")
        # Mean effect of the target's population: 1 + 0.5 · 0.6 + 0.3 / 3.
        rows = found.frame.filter(population="target")
        errors.append(rows["estimate"].to_numpy() - 1.4)
        covered.append((rows["conf_low"] <= 1.4) & (rows["conf_high"] >= 1.4))
        naive.append(value(found, "doubly_robust", "study") - 1.4)
    spread = np.std(errors, axis=0) / np.sqrt(120)
    assert (np.abs(np.mean(errors, axis=0)) < 3.5 * spread).all()
    assert (np.mean(covered, axis=0) > 0.95 - 3 * 0.02).all()
    assert np.mean(naive) < -0.2  # the study's own effect is not the target's


def test_means_are_reached_exactly_and_the_target_needs_no_rows() -> None:
    study = made(1500, 0.0, 7)[0]
    found = lv.transport(FORMULA, study, {"x": 0.5, "g": {"1": 0.3, "2": 0.5}}, "d")
    assert found.balance["difference_weighted"].abs().max() < 1e-8
    truth = 1 + 0.5 * 0.5 + 0.3 * 0.5
    for method in ("weighted", "effect_model", "doubly_robust"):
        error = value(found, method, "target", "std_error")
        assert abs(value(found, method, "target") - truth) < 3 * error
    assert found.membership is None
    assert found.overlap["outside_share"] is None
    assert "estimate.transport_fixed_means" in {note.code for note in found.notes}
    # Identity: the study's own means need no weights.
    own = {"x": study["x"].mean(), "g": {str(k): (study["g"] == k).mean() for k in (1, 2)}}
    same = lv.transport(FORMULA, study, own, "d")
    assert same.weights == pytest.approx(np.ones(1500), abs=1e-8)
    rows = same.frame.filter(population="difference")
    assert rows["estimate"].abs().max() < 1e-8


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.05, 20.0), st.floats(-5.0, 5.0))
def test_units_of_outcome_and_columns_do_not_matter(seed: int, scale: float, move: float) -> None:
    study, target = made(200, 0.0, seed)[0], made(150, 0.3, seed)[0]
    other = study.with_columns(y=pl.col("y") * scale + move, x=pl.col("x") * 10 - 3)
    there = target.with_columns(x=pl.col("x") * 10 - 3)
    one = lv.transport(FORMULA, study, target, "d").frame
    two = lv.transport(FORMULA, other, there, "d").frame
    for key in ("estimate", "std_error"):
        # Exact in arithmetic; the logit stops at 1e-8 of its gradient.
        assert two[key].to_numpy() == pytest.approx(one[key].to_numpy() * scale, rel=1e-4, abs=1e-6)


def test_a_population_has_no_error_of_its_own() -> None:
    study, target = made(600, 0.0, 8)[0], made(100, 0.4, 9)[0]
    sample = lv.transport(FORMULA, study, target, "d")
    whole = lv.transport(FORMULA, study, target, "d", target_is="population")
    for method in ("effect_model", "doubly_robust"):
        smaller = value(whole, method, "target", "std_error")
        assert smaller < value(sample, method, "target", "std_error")
        assert value(whole, method, "target") == value(sample, method, "target")


def test_controls_need_not_be_compared() -> None:
    study, target = made(800, 0.0, 10)[0], made(500, 0.4, 11)[0]
    only = target.select("x")
    found = lv.transport(FORMULA, study, only, "d", over=["x"])
    assert found.balance["term"].to_list() == ["x"]
    assert abs(value(found, "doubly_robust", "target") - 1.3) < 0.4


def test_overlap_is_described_and_warned_of() -> None:
    study, target = made(600, 0.0, 12)[0], made(600, 1.8, 13)[0]
    found = lv.transport("y ~ d + x", study, target, "d")
    codes = {note.code for note in found.notes}
    assert "estimate.transport_effective" in codes or "estimate.transport_left" in codes
    assert codes & {"estimate.transport_unlike", "estimate.transport_very_unlike"}
    assert 0 < found.overlap["outside_share"] < 0.5
    assert found.overlap["effective"] < 300
    with pytest.raises(EstimationError, match="lie outside what the study has seen"):
        lv.transport("y ~ d + x", study, target.with_columns(x=pl.col("x") + 2.2), "d")
    with pytest.raises(EstimationError, match="told apart"):
        lv.transport("y ~ d + x", study, target.with_columns(x=pl.col("x") + 20), "d")
    rng = np.random.default_rng(0)
    p = 1 / (1 + np.exp(-rng.normal(size=4000)))
    assert generalizability(p[:2000], p[2000:]) > 0.98
    assert generalizability(p[p < 0.4], p[p > 0.6]) < 0.3


def test_refusals() -> None:
    study, target = made(300, 0.0, 14)[0], made(200, 0.2, 15)[0]
    with pytest.raises(SpecError, match="lacks g"):
        lv.transport(FORMULA, study, target.drop("g"), "d")
    with pytest.raises(DataError, match="numeric in one"):
        lv.transport(FORMULA, study, target.with_columns(x=pl.lit("a")), "d")
    with pytest.raises(EstimationError, match="no row that varies in"):
        lv.transport(FORMULA, study.filter(pl.col("g") < 2), target, "d")
    with pytest.raises(EstimationError, match="target does not"):
        lv.transport(FORMULA, study, target.filter(pl.col("g") < 2), "d")
    with pytest.raises(SpecError, match="no mean of"):
        lv.transport(FORMULA, study, {"x": 0.2}, "d")
    with pytest.raises(EstimationError, match="target's means of x"):
        lv.transport("y ~ d + x", study, {"x": 30.0}, "d")
    with pytest.raises(EstimationError, match="must be 0 and 1"):
        lv.transport("y ~ x + d", study, target, "x", over=["d"])
    with pytest.raises(SpecError, match="at least one"):
        lv.transport("y ~ d", study, target, "d")
    with pytest.raises(SpecError, match="no covariance"):
        lv.transport(FORMULA, study, target, "d", vcov="classical")
    with pytest.raises(SpecError, match="target_is"):
        lv.transport(FORMULA, study, target, "d", target_is="all")  # type: ignore[arg-type]
    gaps = target.with_columns(x=pl.lit(None, pl.Float64))
    with pytest.raises(DataError, match="None of the 200 rows"):
        lv.transport(FORMULA, study, gaps, "d")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_tables_and_figures(language: str) -> None:
    study, target = made(300, 0.0, 16)[0], made(200, 0.3, 17)[0]
    with words.use_language(language):
        found = lv.transport(FORMULA, study, target, "d", vcov={"cluster": "village"})
        assert {"en": "doubly robust", "zh": "双重稳健"}[language] in found.summary().to_text()
        assert len(found.balance_table().rows) == 3
        for kind in ("love", "overlap", "effects"):
            assert found.plot(kind).to_svg().startswith("<svg")  # type: ignore[arg-type]
    assert found.glance()["study_rows"][0] == 300
    assert len(found.to_dict()["effects"]) == 9
    with pytest.raises(SpecError, match="no figure"):
        found.plot("pie")  # type: ignore[arg-type]


def test_a_survey_sorted_otherwise_gives_the_same_effects() -> None:
    # A linked panel is sorted by household: its row numbers no longer ascend.
    from dataclasses import replace

    from livelihoods.survey.door import as_survey

    survey, target = as_survey(made(500, 0.0, 8)[0]), made(300, 0.4, 9)[0]
    order = np.random.default_rng(3).permutation(survey.frame.height)
    turned = replace(survey, frame=survey.frame[order.tolist()], rows=survey.rows[order])
    first = lv.transport(FORMULA, survey, target, "d").frame
    second = lv.transport(FORMULA, turned, target, "d").frame
    for key in ("estimate", "std_error"):
        # Sums in another order, and the logit's last step.
        assert second[key].to_list() == pytest.approx(first[key].to_list(), rel=1e-7)
