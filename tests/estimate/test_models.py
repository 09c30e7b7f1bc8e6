"""lv.fit against statsmodels, Stata's manual and identities; advice and refusals."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.miscmodels.ordinal_model import OrderedModel

import livelihoods as lv
from livelihoods import words
from livelihoods.errors import DataError, EstimationError, SpecError
from livelihoods.estimate.models import FitResult
from livelihoods.survey.model import Codebook, Survey, Variable
from livelihoods.typing import Result


def sample(seed: int = 1, n: int = 600) -> pl.DataFrame:
    r = np.random.default_rng(seed)
    x, u = r.normal(size=(2, n))
    male = r.integers(0, 2, n).astype(float)
    latent = 0.6 * x - 0.4 * male + r.logistic(size=n)
    spend = np.where(latent > 0, np.exp(1 + 0.3 * x + 0.5 * u), 0.0)
    return pl.DataFrame(
        {
            "x": x,
            "male": male,
            "region": np.array(["a", "b", "c"])[r.integers(0, 3, n)],
            "yes": (latent > 0).astype(float),
            "level": np.digitize(latent, [-1.0, 0.5, 1.5]).astype(float) + 1,
            "count": r.poisson(np.exp(0.2 + 0.4 * x)).astype(float),
            "choice": r.integers(0, 3, n).astype(float) * (latent > -1),
            "spend": spend,
            "income": 3 + x + u,
            "village": r.integers(0, 40, n),
            "w": r.uniform(0.5, 2, n),
        }
    )


def columns(frame: pl.DataFrame) -> np.ndarray:
    return np.column_stack([np.ones(frame.height), frame["x"], frame["male"]])


PEERS: dict[str, Any] = {
    "logit": (sm.Logit, "yes"),
    "probit": (sm.Probit, "yes"),
    "poisson": (sm.Poisson, "count"),
}


@pytest.mark.parametrize("kind", list(PEERS))
def test_coefficients_errors_and_effects_agree_with_statsmodels(kind: str) -> None:
    frame = sample()
    model, outcome = PEERS[kind]
    peer = model(frame[outcome].to_numpy(), columns(frame)).fit(disp=0, tol=1e-14)
    ours = lv.fit(f"{outcome} ~ x + male", frame, kind, "classical")
    # Both at the maximum to rounding.
    np.testing.assert_allclose(ours.tidy()["estimate"], peer.params, rtol=1e-8)
    np.testing.assert_allclose(ours.tidy()["std_error"], peer.bse, rtol=1e-7)
    assert ours.glance()["loglik"][0] == pytest.approx(peer.llf, rel=1e-10)
    assert ours.glance()["pseudo_r_squared"][0] == pytest.approx(peer.prsquared, rel=1e-8)
    margins = peer.get_margeff(at="overall", dummy=True)
    # statsmodels differentiates analytically, ours by a step of 1e-4 sd: 1e-7 relative.
    np.testing.assert_allclose(ours.effects()["estimate"], margins.margeff, rtol=1e-6)
    np.testing.assert_allclose(ours.effects()["std_error"], margins.margeff_se, rtol=1e-6)


def test_robust_and_clustered_errors() -> None:
    frame = sample()
    X = columns(frame)
    n, G = frame.height, frame["village"].n_unique()
    for vcov, options in (
        ("HC0", {"cov_type": "HC0"}),
        ({"cluster": "village"}, {"cov_type": "cluster"}),
    ):
        if options["cov_type"] == "cluster":
            options["cov_kwds"] = {"groups": frame["village"].to_numpy(), "use_correction": False}
        peer = sm.Logit(frame["yes"].to_numpy(), X).fit(disp=0, tol=1e-14, **options)
        ours = lv.fit("yes ~ x + male", frame, "logit", vcov)
        factor = math.sqrt(G / (G - 1)) if isinstance(vcov, dict) else 1.0
        np.testing.assert_allclose(ours.tidy()["std_error"], peer.bse * factor, rtol=1e-7)
    hc1 = lv.fit("yes ~ x + male", frame, "logit", "HC1")
    hc0 = lv.fit("yes ~ x + male", frame, "logit", "HC0")
    np.testing.assert_allclose(hc1.covariance, hc0.covariance * n / (n - 1), rtol=1e-12)


@pytest.mark.parametrize(("kind", "distr"), [("ologit", "logit"), ("oprobit", "probit")])
def test_ordered_agrees_with_statsmodels(kind: str, distr: str) -> None:
    frame = sample()
    peer = OrderedModel(frame["level"].to_numpy(), columns(frame)[:, 1:], distr=distr).fit(
        method="bfgs", disp=0, gtol=1e-8, maxiter=500
    )
    ours = lv.fit("level ~ x + male", frame, kind, "classical")
    # BFGS stops at gradient 1e-8: five to six digits of the peer are trustworthy.
    np.testing.assert_allclose(ours.fit.coef[:2], peer.params[:2], rtol=1e-5)
    assert ours.glance()["loglik"][0] == pytest.approx(peer.llf, rel=1e-10)
    np.testing.assert_allclose(ours.tidy()["std_error"][:2], peer.bse[:2], rtol=1e-3)
    # Effects on the probabilities of all levels sum to zero.
    effects = ours.effects().group_by("term").agg(pl.col("estimate").sum())
    np.testing.assert_allclose(effects["estimate"], 0, atol=1e-12)


def test_multinomial_agrees_with_statsmodels() -> None:
    frame = sample()
    peer = sm.MNLogit(frame["choice"].to_numpy(), columns(frame)).fit(disp=0, tol=1e-14)
    ours = lv.fit("choice ~ x + male", frame, "mlogit", "classical")
    np.testing.assert_allclose(ours.fit.coef, peer.params.T.ravel(), rtol=1e-7)
    np.testing.assert_allclose(ours.tidy()["std_error"], peer.bse.T.ravel(), rtol=1e-6)
    assert ours.glance()["loglik_null"][0] == pytest.approx(peer.llnull, rel=1e-8)
    assert ours.beside is None
    other = lv.fit("choice ~ x + male", frame, "mlogit", "classical", base=2.0)
    # Another base turns the contrasts, not the probabilities.
    np.testing.assert_allclose(other.effects()["estimate"], ours.effects()["estimate"], atol=1e-9)


def test_two_levels_make_ordered_and_multinomial_a_logit() -> None:
    frame = sample()
    logit = lv.fit("yes ~ x + male", frame, "logit", "classical")
    multi = lv.fit("yes ~ x + male", frame, "mlogit", "classical")
    np.testing.assert_allclose(multi.fit.coef, logit.fit.coef, rtol=1e-8)
    np.testing.assert_allclose(multi.covariance, logit.covariance, rtol=1e-6)


def test_tobit_of_the_stata_manual() -> None:
    # Stata Base Reference Manual, [R] tobit, example 1: tobit mpg wgt, ll(17), wgt = weight/1000:
    # wgt −6.87305 (0.7002559), constant 41.49856 (2.058384), σ 3.845701, ln L −164.25438.
    causaldata = pytest.importorskip("causaldata")
    auto = causaldata.auto.load_pandas().data
    frame = pl.DataFrame({"mpg": auto["mpg"].to_numpy(), "wgt": auto["weight"].to_numpy() / 1000})
    ours = lv.fit("mpg ~ wgt", frame, "tobit", "classical", limits=(17, None))
    rows = {row["term"]: row for row in ours.tidy().iter_rows(named=True)}
    assert rows["wgt"]["estimate"] == pytest.approx(-6.87305, abs=1e-5)
    assert rows["wgt"]["std_error"] == pytest.approx(0.7002559, abs=2e-6)  # wgt was a float
    assert rows["(Intercept)"]["estimate"] == pytest.approx(41.49856, abs=1e-5)
    assert rows["(Intercept)"]["std_error"] == pytest.approx(2.058384, abs=1e-5)
    assert math.exp(rows["lnsigma"]["estimate"]) == pytest.approx(3.845701, abs=1e-5)
    assert ours.glance()["loglik"][0] == pytest.approx(-164.25438, abs=1e-5)


def test_interval_with_narrow_bands_is_least_squares() -> None:
    frame = sample()
    codes = np.round(frame["income"].to_numpy() * 200)
    bounds = {float(c): ((c - 0.5) / 200, (c + 0.5) / 200) for c in np.unique(codes)}
    banded = frame.with_columns(band=pl.Series(codes))
    ours = lv.fit("band ~ x + male", banded, "interval", "classical", bounds=bounds)
    linear = lv.ols("income ~ x + male", frame, "classical")
    # Bands of 0.005 against σ ≈ 1: grouping error of order width²/24 ≈ 1e-6 and rounding of y.
    np.testing.assert_allclose(ours.fit.coef[:3], linear.fit.coef, atol=5e-4)
    rmse = linear.glance()["rmse"][0] * math.sqrt(597 / 600)
    assert math.exp(ours.fit.coef[3]) == pytest.approx(rmse, rel=1e-3)


def test_interval_recovers_wide_open_bands() -> None:
    frame = sample(5, 20_000)
    cuts = [1.0, 2.5, 4.0]
    codes = np.digitize(frame["income"].to_numpy(), cuts).astype(float)
    bounds: dict[float, tuple[float | None, float | None]] = {
        0.0: (None, 1.0),
        1.0: (1.0, 2.5),
        2.0: (2.5, 4.0),
        3.0: (4.0, None),
    }
    ours = lv.fit("band ~ x", frame.with_columns(band=pl.Series(codes)), "interval", bounds=bounds)
    # True 3, 1, ln σ = 0; three standard errors at n = 20,000 are about 0.03.
    np.testing.assert_allclose(ours.fit.coef, [3.0, 1.0, 0.0], atol=0.03)


def test_two_part_is_its_parts_and_its_effect_that_of_the_product() -> None:
    frame = sample()
    ours = lv.fit("spend ~ x + male", frame, "twopart", "HC0")
    first = lv.fit("any ~ x + male", frame.with_columns(any=(pl.col("spend") > 0) * 1.0), "logit")
    second = lv.fit("spend ~ x + male", frame.filter(pl.col("spend") > 0), "poisson")
    np.testing.assert_allclose(ours.fit.coef[:3], first.fit.coef, rtol=1e-10)
    np.testing.assert_allclose(ours.fit.coef[3:], second.fit.coef, rtol=1e-10)
    row = ours.effects().row(0, named=True)
    X = columns(frame)
    p = 1 / (1 + np.exp(-X @ first.fit.coef))
    mean = np.exp(X @ second.fit.coef)
    want = np.mean(p * (1 - p) * first.fit.coef[1] * mean + p * mean * second.fit.coef[1])
    assert row["estimate"] == pytest.approx(want, rel=1e-6)


def test_effects_move_the_variable_not_the_column() -> None:
    frame = sample()
    ours = lv.fit("yes ~ x + x^2 + male + male:x + region", frame, "logit", "classical")
    rows = {row["term"]: row["estimate"] for row in ours.effects().iter_rows(named=True)}
    assert list(rows)[:2] == ["x", "male"]
    names, beta = ours.design.names, ours.fit.coef
    x, male = frame["x"].to_numpy(), frame["male"].to_numpy()
    p = ours.fit.predict(ours.design.X, beta)[:, 0]
    b = dict(zip(names, beta, strict=True))
    cross = next(name for name in names if ":" in name)
    want = np.mean(p * (1 - p) * (b["x"] + 2 * x * b["x^2"] + male * b[cross]))
    assert rows["x"] == pytest.approx(want, rel=1e-6)
    assert len(rows) == 4


@settings(max_examples=15)
@given(st.integers(0, 10_000))
def test_the_mean_of_a_logit_is_the_mean_of_the_outcome(seed: int) -> None:
    frame = sample(seed, 200)
    ours = lv.fit("yes ~ x + male", frame, "logit")
    fitted = ours.fit.predict(ours.design.X, ours.fit.coef)
    assert float(fitted.mean()) == pytest.approx(frame["yes"].to_numpy().mean(), abs=1e-9)


def test_coverage_of_the_average_effect() -> None:
    # 300 samples of 250 rows; the true average effect of x by 10^6 draws of the same law.
    big = sample(99, 200_000)
    eta = 0.6 * big["x"].to_numpy() - 0.4 * big["male"].to_numpy()
    p = 1 / (1 + np.exp(-eta))
    truth = float(np.mean(p * (1 - p)) * 0.6)
    hits = 0
    for seed in range(300):
        row = lv.fit("yes ~ x + male", sample(seed, 250), "logit").effects().row(0, named=True)
        hits += row["conf_low"] <= truth <= row["conf_high"]
    assert abs(hits / 300 - 0.95) < 0.038  # three standard errors of a share of 0.95


def declared(scale: str) -> Survey:
    variable = Variable("level", scale=scale)  # type: ignore[arg-type]
    return Survey(sample(), Codebook({"level": variable}))


def codes(result: Any) -> set[str]:
    return {note.code for note in result.notes}


def test_the_codebook_chooses_and_argues() -> None:
    chosen = lv.fit("level ~ x + male", declared("ordinal"))
    assert chosen.kind == "ologit"
    assert chosen.beside is not None
    assert "estimate.scale_nominal" in codes(lv.fit("level ~ x", declared("nominal"), "ologit"))
    assert "estimate.scale_ordinal" in codes(lv.ols("level ~ x", declared("ordinal")))
    assert "estimate.scale_zeros" in codes(lv.ols("spend ~ x", sample()))
    assert "estimate.log_plus_one" in codes(lv.ols("log1p(spend) ~ x", sample()))
    assert not codes(lv.ols("income ~ x", sample()))
    with pytest.raises(SpecError, match="scale"):
        lv.fit("income ~ x", sample())


def test_ols_stands_beside() -> None:
    found = lv.fit("yes ~ x + male", sample(), "logit")
    table = found.beside_table()
    assert table is not None
    assert "Least squares" in table.to_text()
    assert isinstance(found, Result)
    assert isinstance(found, FitResult)
    assert "logit" in repr(found)
    assert "Average marginal effects" in found.effects_table().to_text()
    assert found.to_dict()["ols"] is not None
    assert found.plot().id == "coefficients"
    with words.use_language("zh"):
        assert "平均边际效应" in found.effects_table().to_text()


def test_separation_names_columns_and_rows() -> None:
    frame = sample().with_columns(shell=((pl.col("x") > 1.2) * 1.0))
    frame = frame.with_columns(yes=pl.when(pl.col("shell") == 1).then(1.0).otherwise("yes"))
    with pytest.raises(EstimationError, match="shell") as caught:
        lv.fit("yes ~ x + male + shell", frame, "logit")
    assert caught.value.values["n"] == int(frame["shell"].sum())


@pytest.mark.parametrize(
    ("formula", "kind", "options", "error", "match"),
    [
        ("level ~ x", "logit", {}, DataError, "not 0 and 1"),
        ("income ~ x", "ologit", {}, DataError, "levels"),
        ("x ~ male", "poisson", {}, DataError, "negative"),
        ("income ~ x", "tobit", {"limits": (-99, None)}, DataError, "limits"),
        ("income ~ x", "tobit", {"limits": (None, None)}, SpecError, "limits"),
        ("level ~ x", "interval", {}, SpecError, "bands"),
        ("level ~ x", "interval", {"bounds": {1.0: (0, 1)}}, SpecError, "without bounds"),
        ("income ~ x", "twopart", {}, DataError, "zeros"),
        ("yes ~ x", "lgoit", {}, SpecError, "not known"),
        ("yes ~ x", "logit", {"vcov": "HC3"}, SpecError, "HC3"),
        ("choice ~ x", "mlogit", {"base": 9.0}, SpecError, "base"),
    ],
)
def test_refusals(
    formula: str, kind: str, options: dict[str, Any], error: type[Exception], match: str
) -> None:
    with pytest.raises(error, match=match):
        lv.fit(formula, sample(), kind, **options)
