"""lv.ols against statsmodels, identities, and what it must say without being asked."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.diagnostic import het_breuschpagan, linear_reset
from statsmodels.stats.outliers_influence import variance_inflation_factor

from estimate.hand_made import design
from livelihoods import words
from livelihoods.errors import EstimationError, SpecError
from livelihoods.estimate.diagnostics import breusch_pagan
from livelihoods.estimate.ols import OlsResult, ols_of_design
from livelihoods.estimate.test_result import Inapplicable
from livelihoods.estimate.vcov import Vcov, parse_vcov
from livelihoods.typing import Result

CLOSE = 1e-9  # two correct double-precision solutions of a few hundred rows


def sample(seed: int = 1, n: int = 300) -> dict[str, np.ndarray]:
    r = np.random.default_rng(seed)
    x = r.normal(size=n)
    land = np.exp(r.normal(1, 1, n))
    member = (x + r.normal(size=n) > 0).astype(float)
    village = r.integers(0, 40, n)
    y = 0.4 + 0.1 * member + 0.02 * x + r.normal(size=n) * (0.1 + 0.05 * land)
    return {
        "y": y,
        "x": x,
        "land": land,
        "member": member,
        "village": village,
        "year": r.integers(0, 15, n),
        "w": r.uniform(0.1, 5, n),
    }


def run(vcov: Vcov = "HC1", *, weighted: bool = False, seed: int = 1, n: int = 300) -> OlsResult:
    s = sample(seed, n)
    made = design(
        s["y"],
        {name: s[name] for name in ("member", "x", "land")},
        weights=s["w"] if weighted else None,
        clusters={"village": s["village"], "year": s["year"]},
    )
    return ols_of_design(made, parse_vcov(vcov))


def peer(weighted: bool = False) -> sm.regression.linear_model.RegressionResultsWrapper:
    s = sample()
    X = sm.add_constant(np.column_stack([s["member"], s["x"], s["land"]]))
    return sm.WLS(s["y"], X, s["w"] if weighted else 1.0).fit()


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", ["classical", "HC0", "HC1", "HC2", "HC3"])
def test_tidy_and_glance_agree_with_statsmodels(kind: str, weighted: bool) -> None:
    ours = run(kind, weighted=weighted)
    theirs = peer(weighted)
    if kind != "classical":
        theirs = theirs.get_robustcov_results(kind, use_t=True)
    tidy = ours.tidy()
    bounds = np.asarray(theirs.conf_int())
    for column, want in (
        ("estimate", theirs.params),
        ("std_error", theirs.bse),
        ("statistic", theirs.tvalues),
        ("p_value", theirs.pvalues),
        ("conf_low", bounds[:, 0]),
        ("conf_high", bounds[:, 1]),
    ):
        np.testing.assert_allclose(tidy[column].to_numpy(), want, rtol=CLOSE, atol=1e-14)
    row = ours.glance().row(0, named=True)
    assert row["r_squared"] == pytest.approx(theirs.rsquared, rel=CLOSE)
    assert row["adj_r_squared"] == pytest.approx(theirs.rsquared_adj, rel=CLOSE)
    assert row["f_statistic"] == pytest.approx(float(np.squeeze(theirs.fvalue)), rel=CLOSE)
    assert row["f_p_value"] == pytest.approx(float(np.squeeze(theirs.f_pvalue)), rel=1e-7)
    assert row["f_kind"] == ("classical" if kind == "classical" else "wald")
    if not weighted:  # statsmodels' scale keeps the weights' own unit
        assert row["rmse"] == pytest.approx(np.sqrt(theirs.mse_resid), rel=CLOSE)


@pytest.mark.parametrize("ways", ["village", ("village", "year")])
def test_clusters_agree_with_statsmodels(ways: str | tuple[str, str]) -> None:
    s = sample()
    names = (ways,) if isinstance(ways, str) else ways
    ours = run({"cluster": ways})
    groups = np.column_stack([s[name] for name in names])
    theirs = peer().get_robustcov_results("cluster", groups=groups.squeeze(), use_t=True)
    np.testing.assert_allclose(ours.tidy()["std_error"], theirs.bse, rtol=CLOSE)
    assert not ours.covariance.repaired
    assert ours.covariance.df == min(len(np.unique(s[name])) for name in names) - 1
    assert ours.vcov_label == f"cluster({', '.join(names)})"


def test_weights_have_no_unit() -> None:
    s = sample()
    columns = {"member": s["member"], "x": s["x"]}
    one, two = (
        ols_of_design(design(s["y"], columns, weights=s["w"] * c), parse_vcov("HC3"))
        for c in (1.0, 1e6)
    )
    np.testing.assert_allclose(one.tidy()["std_error"], two.tidy()["std_error"], rtol=CLOSE)
    assert one.glance()["rmse"][0] == pytest.approx(two.glance()["rmse"][0], rel=CLOSE)


@given(st.integers(0, 5_000), st.floats(0.01, 100), st.floats(-50, 50))
def test_affine_outcome(seed: int, scale: float, shift: float) -> None:
    # y → a + b·y: slopes and their errors times b, t and R² unchanged.
    s = sample(seed, 80)
    columns = {"x": s["x"], "land": s["land"]}
    before = ols_of_design(design(s["y"], columns), parse_vcov("HC2"))
    after = ols_of_design(design(shift + scale * s["y"], columns), parse_vcov("HC2"))
    np.testing.assert_allclose(
        after.tidy()["statistic"][1:], before.tidy()["statistic"][1:], rtol=1e-6, atol=1e-9
    )
    assert after.glance()["r_squared"][0] == pytest.approx(
        before.glance()["r_squared"][0], rel=1e-6, abs=1e-9
    )


def test_coverage_of_the_intervals() -> None:
    # 400 samples of 200 rows with variance growing in land: 95 % intervals of HC3 should cover
    # the true 0.1 in 95 % ± 3 standard errors (3·sqrt(.95·.05/400) = 3.3 points).
    hits = 0
    for seed in range(400):
        row = run("HC3", seed=seed, n=200).tidy().row(1, named=True)
        hits += row["conf_low"] <= 0.1 <= row["conf_high"]
    assert abs(hits / 400 - 0.95) < 0.033


def test_diagnostics_agree_with_statsmodels() -> None:
    ours, theirs = run("classical").diagnostics(), peer()
    exog = theirs.model.exog
    for j, name in ((1, "member"), (2, "x"), (3, "land")):
        assert ours.vif[name] == pytest.approx(variance_inflation_factor(exog, j), rel=CLOSE)
    lm, p = het_breuschpagan(theirs.resid, exog)[:2]
    assert ours.breusch_pagan.statistic == pytest.approx(lm, rel=CLOSE)
    assert ours.breusch_pagan.p_value == pytest.approx(p, rel=1e-7)
    reset = linear_reset(theirs, power=3, use_f=True)
    # statsmodels takes raw powers of the fitted values, ours are standardised: same space.
    assert ours.reset.statistic == pytest.approx(float(np.squeeze(reset.fvalue)), rel=1e-7)
    scaled = exog / np.linalg.norm(exog, axis=0)
    assert ours.condition_number == pytest.approx(np.linalg.cond(scaled), rel=1e-8)
    text = ours.table().to_text()
    assert "Breusch–Pagan" in text
    assert "does not depend on the regressors" in text
    assert any(note.code == "estimate.heteroskedastic" for note in ours.notes)


def test_inapplicable_says_why() -> None:
    s = sample()
    bare = ols_of_design(design(s["y"], {"x": s["x"]}, intercept=False), parse_vcov("HC1"))
    found = breusch_pagan(bare.design, bare.fit)
    assert isinstance(found, Inapplicable)
    assert "constant" in found.reason
    few = design(s["y"], {"x": s["x"], "l": s["land"]}, clusters={"c": s["year"] > 7})
    assert isinstance(ols_of_design(few, parse_vcov({"cluster": "c"})).f_test(), Inapplicable)
    assert bare.glance()["r_squared"][0] == pytest.approx(
        sm.OLS(s["y"], s["x"]).fit().rsquared, rel=CLOSE
    )


def codes(result: OlsResult) -> set[str]:
    return {note.code for note in result.notes}


def test_few_and_lonely_clusters_are_said() -> None:
    s = sample()
    lonely = s["village"].copy()
    lonely[:3] = [100, 101, 102]
    made = design(s["y"], {"x": s["x"]}, clusters={"village": lonely, "year": s["year"]})
    assert "estimate.few_clusters" in codes(ols_of_design(made, parse_vcov({"cluster": "year"})))
    both = ols_of_design(made, parse_vcov({"cluster": "village"}))
    assert "estimate.single_member_clusters" in codes(both)
    assert "estimate.few_clusters" not in codes(both)


def test_leverage_of_one_constant_outcome_and_perfect_fit_are_said() -> None:
    s = sample(n=40)
    alone = (np.arange(40) == 5).astype(float)
    result = ols_of_design(design(s["y"], {"x": s["x"], "d": alone}), parse_vcov("HC3"))
    note = next(note for note in result.notes if note.code == "estimate.leverage_one")
    assert note.where.rows == (5,)
    assert "row" in note.sentence("en")
    flat = ols_of_design(design(np.ones(40), {"x": s["x"]}), parse_vcov("HC1"))
    assert "estimate.constant_outcome" in codes(flat)
    copied = ols_of_design(design(2 * s["x"], {"x": s["x"]}), parse_vcov("HC1"))
    assert "estimate.perfect_fit" in codes(copied)


@pytest.mark.parametrize(
    "wrong", ["hc1", "robust", {"clusters": "a"}, {"cluster": ("a", "b", "c")}, {"cluster": ()}]
)
def test_unknown_covariances_are_refused(wrong: Vcov) -> None:
    with pytest.raises(SpecError) as caught:
        parse_vcov(wrong)
    assert caught.value.message("zh") != caught.value.message("en")


def test_too_few_rows_and_one_cluster_are_errors() -> None:
    s = sample(n=3)
    with pytest.raises(EstimationError, match="more rows"):
        ols_of_design(design(s["y"], {"x": s["x"], "l": s["land"]}), parse_vcov("HC1"))
    s = sample(n=50)
    made = design(s["y"], {"x": s["x"]}, clusters={"c": np.zeros(50)})
    with pytest.raises(EstimationError, match="only one cluster"):
        ols_of_design(made, parse_vcov({"cluster": "c"}))


def test_result_keeps_the_protocol_and_prints_in_both_languages() -> None:
    result = run({"cluster": "village"})
    assert isinstance(result, Result)
    assert "clustered by village" in repr(result)
    with words.use_language("zh"):
        assert "调整后 R²" in repr(result)
    record = result.to_dict()
    assert record["method"] == "ols"
    assert record["coefficients"][1]["term"] == "member"


def test_from_a_frame_with_factors_missing_values_and_weights() -> None:
    # The same regression by statsmodels' own formula language (formulaic's forerunner, patsy).
    import pandas as pd
    import polars as pl
    import statsmodels.formula.api as smf

    import livelihoods as lv

    s = sample()
    frame = pl.DataFrame(s).with_columns(
        region=pl.Series(np.array(["a", "b", "c"])[s["year"] % 3]),
        land=pl.when(pl.Series(s["land"]) > 12).then(None).otherwise(pl.Series(s["land"])),
    )
    ours = lv.ols(
        "y ~ member * x + C(region, ref='b') + log(land)", frame, {"cluster": "village"}, "w"
    )
    pandas = pd.DataFrame(frame.to_dict(as_series=False)).dropna()
    theirs = smf.wls(
        "y ~ member * x + C(region, Treatment('b')) + np.log(land)", pandas, weights=pandas["w"]
    ).fit(cov_type="cluster", cov_kwds={"groups": pandas["village"]}, use_t=True)
    np.testing.assert_allclose(
        np.sort(ours.tidy()["estimate"]), np.sort(theirs.params.to_numpy()), rtol=1e-9
    )
    np.testing.assert_allclose(
        np.sort(ours.tidy()["std_error"]), np.sort(theirs.bse.to_numpy()), rtol=1e-9
    )
    assert any(note.where.rows for note in ours.notes)
    assert ours.plot().id == "coefficients"
    assert "17 rows" in lv.regression_table([ours]).to_text()
