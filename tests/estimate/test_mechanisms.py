"""lv.mechanisms: identities, statsmodels and hand-stacked routes, recovery, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

import livelihoods as lv
from livelihoods.datasets.jiangsu import jiangsu_truth
from livelihoods.design.derive import derive
from livelihoods.errors import LivelihoodsError
from livelihoods.numerics import gelbach
from livelihoods.survey.model import Survey
from livelihoods.typing import Result

CONTROLS = "age + household_size + risk_appetite + future + shock + pension + C(year)"
FORMULA = f"training ~ rii + {CONTROLS}"
GROUPS = {"exogenous": ["credit", "services"], "endogenous": ["awareness", "governance"]}
NAMES = ["credit", "services", "awareness", "governance"]


def jiangsu(rows: int = 1111, villages: int = 52) -> Survey:
    rule = {"rii": "internal + chain + multifunction + technology > 0"}
    return derive(lv.datasets.jiangsu_like(rows=rows, villages=villages), rule)


def plain(n: int = 500, seed: int = 1) -> pl.DataFrame:
    r = np.random.default_rng(seed)
    d = (r.random(n) < 0.5).astype(float)
    x = r.normal(size=n)
    m = 0.6 * d + 0.4 * x + r.normal(size=n)
    m2 = 0.2 * d + 0.5 * m + r.normal(size=n)
    y = 0.3 * d + 0.5 * m + 0.2 * m2 + x + r.normal(size=n)
    village = r.integers(0, 40, n)
    return pl.DataFrame(
        {"y": y, "d": d, "x": x, "m": m, "m2": m2, "v": village, "w": r.uniform(0.5, 2, n)}
    )


def value(found: Any, part: str, term: str, column: str = "estimate") -> float:
    row = found.tidy().filter((pl.col("part") == part) & (pl.col("term") == term))
    assert row.height == 1
    return float(row[column][0])


@pytest.mark.parametrize("weights", [None, "w"])
@pytest.mark.parametrize("vcov", ["HC0", "HC1", {"cluster": "v"}])
def test_each_piece_equals_its_own_regression(vcov: Any, weights: str | None) -> None:
    frame = plain()
    found = lv.mechanisms("y ~ d + x", frame, "d", ["m", "m2"], vcov=vcov, weights=weights)
    short = lv.ols("y ~ d + x", frame, vcov, weights).tidy()
    long = lv.ols("y ~ d + x + m + m2", frame, vcov, weights).tidy()
    first = lv.ols("m ~ d + x", frame, vcov, weights).tidy()
    # The same numbers by another road; rounding only.
    assert value(found, "effect", "short") == pytest.approx(short["estimate"][1], rel=1e-9)
    assert value(found, "effect", "long") == pytest.approx(long["estimate"][1], rel=1e-9)
    assert value(found, "effect", "long", "std_error") == pytest.approx(
        long["std_error"][1], rel=1e-9
    )
    gap = value(found, "effect", "difference")
    parts = found.tidy().filter(pl.col("part") == "accounting")
    assert parts["estimate"].sum() == pytest.approx(gap, rel=1e-9)
    assert value(found, "mediator", "m") == pytest.approx(first["estimate"][1], rel=1e-9)
    assert value(found, "mediator", "m", "std_error") == pytest.approx(
        first["std_error"][1], rel=1e-9
    )
    for each in found.mediations:
        acme, ade, total = each.effects.values
        assert acme + ade == pytest.approx(total, rel=1e-9)


def test_accounting_error_of_the_sum_is_that_of_the_difference() -> None:
    found = lv.mechanisms("y ~ d + x", plain(), "d", {"all": ["m", "m2"]}, vcov={"cluster": "v"})
    both = [
        value(found, part, term, "std_error")
        for part, term in (("accounting_group", "all"), ("effect", "difference"))
    ]
    assert both[0] == pytest.approx(both[1], rel=1e-9)
    assert found.group_test is None


def test_mediation_agrees_with_statsmodels() -> None:
    sm = pytest.importorskip("statsmodels.api")
    from statsmodels.stats.mediation import Mediation

    frame = plain(800)
    pandas = pytest.importorskip("pandas")
    data = pandas.DataFrame(frame.to_dict(as_series=False))
    theirs = Mediation(
        sm.OLS.from_formula("y ~ d + x + m", data),
        sm.OLS.from_formula("m ~ d + x", data),
        "d",
        "m",
    ).fit(method="parametric", n_rep=120, rng=np.random.default_rng(7))
    ours = lv.mechanisms("y ~ d + x", frame, "d", ["m"], vcov="HC0").mediations[0].effects
    acme, ade = theirs.ACME_avg, theirs.ADE_avg
    # statsmodels draws mediators anew for d = 0 and d = 1, which adds γ²·2σ²/n to the variance of
    # its ACME. 120 draws (slow): a mean wanders by sd/sqrt(120), a spread by 1/sqrt(240) (6 %);
    # robust errors and the classical ones of statsmodels differ by some per cent besides.
    X = np.column_stack([np.ones(800), frame["d"].to_numpy(), frame["x"].to_numpy()])
    split = gelbach.fit_gelbach(X, frame["m"].to_numpy()[:, None], frame["y"].to_numpy(), 1)
    noise = split.gamma[0] ** 2 * 2 * split.V.var() / 800
    assert np.mean(acme) == pytest.approx(ours.values[0], abs=4 * np.std(acme) / 120**0.5)
    assert np.sqrt(np.var(acme) - noise) == pytest.approx(ours.std_errors[0], rel=0.2)
    assert np.mean(ade) == pytest.approx(ours.values[1], abs=4 * np.std(ade) / 120**0.5)
    assert np.std(ade) == pytest.approx(ours.std_errors[1], rel=0.2)


def test_curve_of_rho_passes_through_the_estimate_and_zero() -> None:
    found = lv.mechanisms("y ~ d + x", plain(), "d", ["m", "m2"])
    each = found.mediations[0]
    at = each.curve.filter(pl.col("rho") == 0.0)
    row = each.effects.tidy().row(0, named=True)
    assert at["acme"][0] == pytest.approx(row["estimate"], rel=1e-9)
    assert at["conf_low"][0] == pytest.approx(row["conf_low"], rel=1e-9)
    below = each.curve.filter(pl.col("rho") < each.rho_zero)["acme"]
    above = each.curve.filter(pl.col("rho") > each.rho_zero)["acme"]
    assert below.min() > 0 > above.max()  # type: ignore[operator]
    assert each.rho_open is not None
    assert 0 < each.rho_open < each.rho_zero
    assert found.sensitivity().height == 2 * each.curve.height


def test_groups_are_compared_by_a_stacked_regression() -> None:
    # Another route: one regression of z-scores stacked over mediators, everything interacted with
    # the mediator, clustered by household through statsmodels. It takes the deviations as known
    # and so does the covariance here once their rows are left out; with them the F moves little.
    sm = pytest.importorskip("statsmodels.api")
    frame = plain(600).with_columns(m3=pl.col("x") + pl.col("v") * 0.01 - pl.col("d") * 0.2)
    noise = np.random.default_rng(2).normal(size=600)
    frame = frame.with_columns(m3=pl.col("m3") + pl.Series(noise))
    names = ["m", "m2", "m3"]
    groups = {"a": ["m", "m2"], "b": ["m3"]}
    found = lv.mechanisms("y ~ d + x", frame, "d", groups, vcov={"cluster": "v"})
    X = np.column_stack([np.ones(600), frame["d"].to_numpy(), frame["x"].to_numpy()])
    y = np.concatenate([frame[n].to_numpy() / frame[n].to_numpy().std() for n in names])
    stacked = sm.OLS(y, np.kron(np.eye(3), X)).fit(
        cov_type="cluster",
        cov_kwds={"groups": np.tile(frame["v"].to_numpy(), 3), "use_correction": False},
    )
    contrast = np.zeros(9)
    contrast[[1, 4, 7]] = 0.5, 0.5, -1.0
    clusters = 40
    factor = clusters / (clusters - 1) * 599 / 597
    gap = float(contrast @ stacked.params)
    f = gap**2 / float(contrast @ stacked.cov_params() @ contrast) / factor
    means = [value(found, "group_mean", name) for name in ("a", "b")]
    assert means[0] - means[1] == pytest.approx(gap, rel=1e-9)
    assert found.group_test is not None
    result = found.group_test
    assert isinstance(result, lv.estimate.test_result.TestResult)
    # The uncertainty of a deviation is d²/(2n), some per cent of the variance of d.
    assert result.statistic == pytest.approx(f, rel=0.10)
    assert result.df == (1.0, 39.0)


def test_models_follow_the_scales_of_the_codebook() -> None:
    survey = jiangsu()
    found = lv.mechanisms(FORMULA, survey, "rii", GROUPS, vcov={"cluster": "village"})
    by_scale = found.tidy().filter(pl.col("part") == "mediator")
    assert by_scale["model"].to_list() == ["twopart", "poisson", "ols", "poisson"]
    direct = lv.fit(f"services ~ rii + {CONTROLS}", survey, "poisson", {"cluster": "village"})
    effect = direct.effects().filter(pl.col("term") == "rii")
    assert value(found, "mediator", "services") == pytest.approx(effect["estimate"][0], rel=1e-9)
    codes = [note.code for note in found.notes]
    assert "estimate.mediators_related" in codes
    assert "estimate.mechanisms_accounting" in codes
    assert isinstance(found, Result)
    assert "Groups compared" in found.summary().to_text()
    assert found.plot().id == "mechanisms"
    assert found.plot_sensitivity().id == "mediation-sensitivity"
    assert found.glance().height == 1
    assert found.to_dict()["groups"]["exogenous"] == ["credit", "services"]


def test_recovers_what_the_generator_knows() -> None:
    rows, villages = 12_000, 300
    survey = jiangsu(rows, villages)
    truth = jiangsu_truth(rows=rows, villages=villages)
    found = lv.mechanisms(FORMULA, survey, "rii", GROUPS, vcov={"cluster": "village"})
    for name in NAMES:
        gain = float((truth.with_[name] - truth.without[name]).to_numpy().mean())
        error = value(found, "mediator", name, "std_error")
        # Four standard errors: a true model fails once in 16,000.
        assert abs(value(found, "mediator", name) - gain) < 4 * error, name
    # The process lets services act on learning by 0.10 a unit, awareness by 0.06, governance not.
    for name, gamma in (("services", 0.10), ("awareness", 0.06), ("governance", 0.0)):
        gain = float((truth.with_[name] - truth.without[name]).to_numpy().mean())
        error = value(found, "accounting", name, "std_error")
        assert abs(value(found, "accounting", name) - gamma * gain) < 4 * error, name


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"mediators": ["y"]}, "are the outcome"),
        ({"mediators": ["copy"]}, "are the outcome"),
        ({"mediators": ["x"]}, "stand in the formula"),
        ({"mediators": ["d"]}, "stand in the formula"),
        ({"mediators": []}, "No mediator"),
        ({"mediators": {"a": ["m"], "b": []}}, "No mediator"),
        ({"mediators": {"a": ["m"], "b": ["m"]}}, "twice"),
        ({"mediators": ["m", "twin"]}, "determined"),
        ({"mediators": ["word"]}, "numeric"),
        ({"mediators": ["absent"]}, "absent"),
        ({"treatment": "nobody"}, "no term"),
        ({"formula": "y ~ one + x", "treatment": "one"}, "does not vary"),
        ({"estimator": "match"}, "not known"),
        ({"vcov": "HC3"}, "joint"),
        ({"conf_level": 95}, "between 0 and 1"),
    ],
)
def test_refusals(change: dict[str, Any], match: str) -> None:
    frame = plain(60).with_columns(
        copy=2 * pl.col("y"),
        twin=pl.col("m") + pl.col("x"),
        one=pl.lit(1.0),
        word=pl.when(pl.col("d") > 0).then(pl.lit("a")).otherwise(pl.lit("b")),
    )
    options: dict[str, Any] = {"formula": "y ~ d + x", "treatment": "d", "mediators": ["m"]}
    options |= change
    with pytest.raises(LivelihoodsError, match=match):
        lv.mechanisms(data=frame, **options)


def test_one_sample_for_all_parts() -> None:
    frame = plain(200).with_columns(
        m=pl.when(pl.int_range(200) < 20).then(None).otherwise(pl.col("m"))
    )
    found = lv.mechanisms("y ~ d + x", frame, "d", ["m", "m2"])
    assert found.nobs == 180
    direct = lv.ols("m2 ~ d + x", frame[20:]).tidy()
    assert value(found, "mediator", "m2") == pytest.approx(direct["estimate"][1], rel=1e-9)
