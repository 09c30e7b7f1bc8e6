"""Effects by group and by kind of treatment, and their differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import livelihoods as lv
from livelihoods import words
from livelihoods.design.derive import derive
from livelihoods.errors import DataError, EstimationError, SpecError

MODES = ["internal", "chain", "multifunction", "technology"]
CONTROLS = "age + household_size + risk_appetite + future + pension + shock + C(year)"


def made(n: int = 240, seed: int = 1) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    g = rng.integers(0, 3, n)
    d = (rng.random(n) < 0.5).astype(float)
    x = rng.normal(size=n)
    y = 1 + 0.5 * d * g + 0.7 * x + rng.normal(size=n)
    village = rng.integers(0, 30, n)
    return pl.DataFrame({"y": y, "d": d, "x": x, "g": g, "village": village})


def codes(result: Any) -> set[str]:
    return {note.code for note in result.notes}


@pytest.mark.parametrize("vcov", ["HC0", "HC1", "HC2", "HC3", {"cluster": "village"}])
def test_each_group_is_its_own_regression(vcov: Any) -> None:
    data = made()
    found = lv.heterogeneity("y ~ d + x", data, "d", "g", vcov=vcov).tidy()
    for row in found.iter_rows(named=True):
        alone = lv.ols("y ~ d + x", data.filter(pl.col("g") == int(row["group"])), vcov).tidy()
        same = alone.row(by_predicate=pl.col("term") == "d", named=True)
        for key in ("estimate", "std_error", "p_value", "conf_low"):
            # The same arithmetic in another order of columns: rounding only.
            assert row[key] == pytest.approx(same[key], rel=1e-9)


def test_joint_covariance_is_that_of_the_interacted_regression() -> None:
    import statsmodels.api as sm

    data = made()
    X, names = [], []
    for g in range(3):
        inside = (data["g"] == g).to_numpy().astype(float)
        for column in (inside, inside * data["d"].to_numpy(), inside * data["x"].to_numpy()):
            X.append(column)
            names.append(g)
    fit = sm.OLS(data["y"].to_numpy(), np.column_stack(X))
    at = np.ix_([1, 4, 7], [1, 4, 7])
    # HC0 and cluster without small-sample factors: statsmodels, the fully interacted regression.
    ours = lv.heterogeneity("y ~ d + x", data, "d", "g", vcov="HC0")
    assert ours.covariance == pytest.approx(fit.fit(cov_type="HC0").cov_params()[at], abs=1e-12)
    ours = lv.heterogeneity("y ~ d + x", data, "d", "g", vcov={"cluster": "village"})
    options = {"groups": data["village"].to_numpy(), "use_correction": False}
    peer = fit.fit(cov_type="cluster", cov_kwds=options).cov_params()[at]
    factor = []
    for g in range(3):
        part = data.filter(pl.col("g") == g)
        clusters, n = part["village"].n_unique(), part.height
        factor.append(clusters / (clusters - 1) * (n - 1) / (n - 3))
    root = np.sqrt(factor)
    assert ours.covariance == pytest.approx(peer * np.outer(root, root), abs=1e-12)
    found = ours.differences.row(0, named=True)
    contrast = np.array([1.0, -1.0, 0.0])
    error = np.sqrt(contrast @ ours.covariance @ contrast)
    assert found["std_error"] == pytest.approx(error, rel=1e-12)


def test_shared_controls_correlate_the_effects_of_kinds() -> None:
    # Difference of means against the same controls: the covariance of two effects is the
    # variance of the controls' mean, s²/n with HC0 (hand-worked).
    rng = np.random.default_rng(5)
    y = rng.normal(size=90)
    a, b = np.repeat([0.0, 1, 0], 30), np.repeat([0.0, 0, 1], 30)
    data = pl.DataFrame({"y": y, "d": a + b, "a": a, "b": b})
    found = lv.heterogeneity("y ~ d", data, "d", ["a", "b"], vcov="HC0")
    assert found.covariance[0, 1] == pytest.approx(y[:30].var() / 30, rel=1e-10)
    # The controls cancel: the difference is that of the takers' means.
    apart = found.differences.row(0, named=True)
    assert apart["estimate"] == pytest.approx(y[30:60].mean() - y[60:].mean(), abs=1e-12)
    expected = np.sqrt(y[30:60].var() / 30 + y[60:].var() / 30)
    assert apart["std_error"] == pytest.approx(expected, rel=1e-10)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.01, 100.0), st.floats(-50.0, 50.0))
def test_units_of_the_outcome_only_rescale(seed: int, scale: float, shift: float) -> None:
    data = made(90, seed)
    other = data.with_columns(y=pl.col("y") * scale + shift)
    first = lv.heterogeneity("y ~ d + x", data, "d", "g")
    second = lv.heterogeneity("y ~ d + x", other, "d", "g")
    # Exact in arithmetic; rounding grows with shift over scale.
    assert second.tidy()["estimate"].to_numpy() == pytest.approx(
        first.tidy()["estimate"].to_numpy() * scale, rel=1e-6, abs=1e-7
    )
    assert np.linalg.eigvalsh(first.covariance).min() > -1e-12


def test_the_modes_of_the_synthetic_survey_come_back() -> None:
    survey = lv.datasets.jiangsu_like(rows=4000)
    survey = derive(survey, {"rii": f"any_of({', '.join(MODES)})"})
    found = lv.heterogeneity(
        f"training ~ rii + {CONTROLS}", survey, "rii", MODES,
        categories="combinations", vcov={"cluster": "village"},
    )  # fmt: skip
    effect = dict(found.tidy().select("group", "estimate").iter_rows())
    # jiangsu_process.MODE_EFFECT: chain and technology 0.90, multifunction 0.45, internal 0.
    assert max(MODES, key=effect.__getitem__) in ("chain", "technology")
    assert effect["internal"] < effect["multifunction"] < min(effect["chain"], effect["technology"])
    row = found.differences.filter(group="internal", against="technology").row(0, named=True)
    # Truth −0.90 standard deviations, one training each; selection is alike in both kinds.
    assert abs(row["estimate"] + 0.90) < 3 * row["std_error"]
    assert found.glance()["p_equal"][0] < 0.001
    each = lv.heterogeneity(f"training ~ rii + {CONTROLS}", survey, "rii", MODES)
    assert "estimate.heterogeneity_overlap" in codes(each)


def test_categories_of_kinds() -> None:
    survey = derive(lv.datasets.jiangsu_like(), {"rii": f"any_of({', '.join(MODES)})"})
    formula = "training ~ rii + age"
    names = {
        key: lv.heterogeneity(formula, survey, "rii", MODES, categories=key).tidy()["group"]
        for key in ("each", "alone", "number", "combinations")
    }
    assert names["each"].to_list() == MODES
    assert names["alone"].to_list() == [*MODES, "several"]
    assert names["number"].to_list()[:3] == ["1", "2", "3"]
    assert names["combinations"].to_list()[:4] == MODES
    crossed = lv.heterogeneity(formula, survey, "rii", MODES, across=["cooperative", "enterprise"])
    assert crossed.tidy()["group"][0] == "internal:cooperative"
    assert crossed.tidy().height == 8


def test_matching_stands_beside_least_squares() -> None:
    data = made(600)
    found = lv.heterogeneity("y ~ d + x", data, "d", "g", estimator=("ols", "matching"))
    matched = found.tidy().filter(estimator="matching")
    alone = lv.match("d ~ x", data.filter(pl.col("g") == 1), "y").tidy()
    assert matched.filter(group="1")["estimate"][0] == pytest.approx(alone["estimate"][0])
    assert len(found.summary().spanners) == 2
    # Effects 0, 0.5 and 1 by construction: matching tells them apart by a test too.
    assert found.matched is not None
    assert found.matched.glance()["p_equal"][0] < 0.01
    assert found.matched.pairs.height == 3
    assert "p" in found.matched.summary().to_text()
    only = lv.heterogeneity("y ~ d + x", data, "d", "g", estimator="matching")
    assert only.test is None
    assert only.differences.height == 0


def test_groups_that_cannot_be_estimated_are_named() -> None:
    data = made()
    odd = pl.DataFrame(
        {
            "y": [1.0, *np.arange(6.0), 1, 2, 3],
            "d": [1.0] + [1.0] * 6 + [0, 1, 1],
            "x": [0.3, *np.linspace(0, 1, 6), 0.1, 0.2, 0.9],
            "g": [7] + [8] * 6 + [9] * 3,
            "village": [1] * 10,
        },
        schema_overrides=dict(data.schema),
    )
    gap = data.head(4).with_columns(g=pl.lit(None, pl.Int64))
    found = lv.heterogeneity("y ~ d + x", pl.concat([data, odd, gap]), "d", "g")
    assert found.tidy()["group"].to_list() == ["0", "1", "2"]
    assert {
        "estimate.heterogeneity_group_of_one",
        "estimate.heterogeneity_no_variation",
        "estimate.heterogeneity_too_few",
        "estimate.heterogeneity_no_group",
    } <= codes(found)
    with words.use_language("zh"):
        assert "组" in found.summary().to_text()


def test_empty_cells_of_modes_and_forms_are_named() -> None:
    data = made().with_columns(
        a=pl.col("d") * (pl.col("g") == 0), b=pl.col("d") * (pl.col("g") > 0)
    )
    data = data.with_columns(c=pl.col("a"))
    found = lv.heterogeneity("y ~ d + x", data, "d", ["a", "b"], across=["c"])
    assert found.tidy()["group"].to_list() == ["a:c"]
    assert "estimate.heterogeneity_empty_cells" in codes(found)
    assert found.test is not None
    assert "inapplicable" in found.test.to_dict()


def test_requests_that_make_no_sense() -> None:
    data = made().with_columns(k=1.0 - pl.col("d"), z=pl.int_range(pl.len()))
    call = lv.heterogeneity
    with pytest.raises(DataError, match="kind of it"):
        call("y ~ d + x", data, "d", ["k"])
    with pytest.raises(DataError, match="not 0/1"):
        call("y ~ d + x", data, "d", ["x"])
    with pytest.raises(SpecError, match="240 groups"):
        call("y ~ d + x", data, "d", "z")
    with pytest.raises(SpecError, match="no column"):
        call("y ~ d + x", data, "d", "nowhere")
    with pytest.raises(SpecError, match="no term"):
        call("y ~ x", data, "d", "g")
    with pytest.raises(SpecError, match="robust"):
        call("y ~ d + x", data, "d", "g", vcov="classical")
    with pytest.raises(SpecError, match="estimator"):
        call("y ~ d + x", data, "d", "g", estimator="magic")
    with pytest.raises(SpecError, match="list of 0/1"):
        call("y ~ d + x", data, "d", "g", categories="alone")
    with pytest.raises(EstimationError, match="no group"):
        call("y ~ d + x", data.with_columns(g=pl.col("d")), "d", "g")


def test_a_survey_sorted_otherwise_gives_the_same_effects() -> None:
    # A linked panel is sorted by household: its row numbers no longer ascend.
    from dataclasses import replace

    from livelihoods.survey.door import as_survey

    survey = as_survey(made())
    order = np.random.default_rng(3).permutation(survey.frame.height)
    turned = replace(survey, frame=survey.frame[order.tolist()], rows=survey.rows[order])
    first = lv.heterogeneity("y ~ d + x", survey, "d", "g").tidy()
    second = lv.heterogeneity("y ~ d + x", turned, "d", "g").tidy()
    assert first["group"].to_list() == second["group"].to_list()
    # Sums in another order.
    assert second["estimate"].to_list() == pytest.approx(first["estimate"].to_list(), rel=1e-9)
    assert second["std_error"].to_list() == pytest.approx(first["std_error"].to_list(), rel=1e-9)
