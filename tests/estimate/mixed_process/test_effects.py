"""Predictions, margins and effects: against integrals, analytic derivatives and differences."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

import livelihoods as lv
from estimate.mixed_process.samples import village
from livelihoods.errors import SpecError
from livelihoods.estimate.mixed_process import effects as ef
from livelihoods.estimate.mixed_process.moments import moment, moment_slopes
from livelihoods.estimate.mixed_process.result import CmpResult

inf = np.inf
DATA = village(500)


@pytest.fixture(scope="module")
def heckman() -> CmpResult:
    return lv.cmp(lv.linear("y ~ x", where="d == 1"), lv.probit("d ~ x + z"), data=DATA)


@pytest.fixture(scope="module")
def treated() -> CmpResult:
    return lv.cmp(lv.linear("y ~ d + x"), lv.probit("d ~ x + z"), data=DATA)


@pytest.fixture(scope="module")
def binary() -> CmpResult:
    return lv.cmp(lv.probit("b ~ d + x"), lv.probit("d ~ x + z"), data=DATA)


@pytest.fixture(scope="module")
def ordered() -> CmpResult:
    return lv.cmp(lv.oprobit("o ~ d + x"), lv.probit("d ~ x + z"), data=DATA)


def _integral(inner: np.ndarray, what: str) -> float:
    """The same moment by two-dimensional quadrature of the density."""
    mu, sd, low, high, mu2, sd2, low2, high2, rho = inner
    law = stats.multivariate_normal([0, 0], [[1, rho], [rho, 1]])
    ends = [np.clip((v - m) / s, -8.5, 8.5) for v, m, s in (
        (low, mu, sd), (high, mu, sd), (low2, mu2, sd2), (high2, mu2, sd2))]  # fmt: skip

    def over(f: object, a: float, b: float) -> float:
        return float(
            integrate.dblquad(
                lambda y, x: f(mu + sd * x) * law.pdf([x, y]), a, b, ends[2], ends[3],  # type: ignore[operator]
                epsabs=1e-10,
            )[0]
        )  # fmt: skip

    given_all = stats.norm.cdf(ends[3]) - stats.norm.cdf(ends[2])
    inside = over(lambda v: 1.0, ends[0], ends[1])
    if what == "pr":
        return inside / given_all
    if what == "mean":
        return over(lambda v: v, ends[0], ends[1]) / inside
    if what == "part":
        return over(lambda v: v, ends[0], ends[1])
    whole = over(lambda v: min(max(v, low), high), -8.5, 8.5)
    return whole / given_all


@pytest.mark.parametrize("what", ["pr", "mean", "ystar", "part"])
@pytest.mark.parametrize(
    "inner",
    [
        [0.3, 1.5, -1.0, 2.0, -0.2, 1.0, 0.0, inf, 0.6],
        [1.0, 0.7, 0.5, 1.8, 0.4, 2.0, -1.0, 0.5, -0.8],
    ],
)
def test_moments_are_the_integrals(what: str, inner: list[float]) -> None:
    columns = np.array(inner)[:, None]
    found = float(moment(what, columns)[0])  # type: ignore[arg-type]
    # dblquad with a kinked integrand (ystar) reaches about 1e-6.
    assert abs(found - _integral(np.array(inner), what)) < 1e-5


@settings(max_examples=25)
@given(
    st.floats(-2, 2), st.floats(0.3, 3), st.floats(-2, 2), st.floats(-0.95, 0.95),
    st.sampled_from(["pr", "mean", "ystar", "part"]),
)  # fmt: skip
def test_moment_slopes_predict_small_moves(
    mu: float, sd: float, mu2: float, rho: float, what: str
) -> None:
    inner = np.array([mu, sd, -0.5, 1.5, mu2, 1.0, 0.0, inf, rho])[:, None]
    direction = np.array([0.3, 0.1, 0, 0, -0.2, 0, 0, 0, 0.01])[:, None]
    slope = moment_slopes(what, inner)  # type: ignore[arg-type]
    finite = np.isfinite(inner)
    expected = float((slope[finite] * direction[finite]).sum())
    h = 1e-4
    up, down = (np.where(finite, inner + s * h * direction, inner) for s in (1, -1))
    moved = float((moment(what, up) - moment(what, down))[0]) / (2 * h)  # type: ignore[arg-type]
    # A difference of step 1e-4 is good to about 1e-8 of the third derivative.
    assert abs(moved - expected) < 1e-6 * max(1.0, abs(expected))


def test_margins_equal_the_analytic_derivative(heckman: CmpResult) -> None:
    """E(y|d=1) = xβ + ρσλ(zγ): slope β_x − ρσλ(λ + zγ)γ_x, averaged."""
    found = heckman.margins(["x", "z"], kind="mean", equation="y", condition={"d": 1})
    b = {(r["equation"], r["term"]): r["estimate"] for r in heckman.tidy().to_dicts()}
    index = b["d", "(Intercept)"] + b["d", "x"] * DATA["x"] + b["d", "z"] * DATA["z"]
    index = index.to_numpy()
    mills = stats.norm.pdf(index) / stats.norm.cdf(index)
    bend = float(np.mean(-mills * (mills + index)))
    lean = float(np.tanh(b["/", "atanhrho_12"]) * np.exp(b["/", "lnsigma_1"]))
    expected = [b["y", "x"] + lean * bend * b["d", "x"], lean * bend * b["d", "z"]]
    # Central differences with a step of 5e-4 standard deviations: about 1e-7.
    np.testing.assert_allclose(found["estimate"], expected, rtol=1e-6)


def test_means_over_the_condition_add_up(heckman: CmpResult) -> None:
    """E(y*) = P(d=1)E(y*|d=1) + P(d=0)E(y*|d=0), row by row."""
    parts = [
        heckman.predict("part", "y", condition={"d": side})["part"].to_numpy() for side in (1, 0)
    ]
    whole = heckman.predict("xb", "y")["xb"].to_numpy()
    np.testing.assert_allclose(sum(parts), whole, rtol=0, atol=1e-12)


def test_probabilities_of_categories_sum_to_one(ordered: CmpResult) -> None:
    plain = ordered.predict("pr", "o")
    assert plain.columns == ["pr_0", "pr_1", "pr_2", "pr_3"]
    np.testing.assert_allclose(plain.sum_horizontal(), 1.0, atol=1e-12)
    conditional = ordered.predict("pr", "o", condition={"d": 1})
    np.testing.assert_allclose(conditional.sum_horizontal(), 1.0, atol=1e-10)


def test_joint_probabilities_sum_to_one(ordered: CmpResult) -> None:
    found = lv.joint_probabilities(ordered, "o", "d")
    assert found.height == 8
    assert abs(found["estimate"].sum() - 1.0) < 1e-10
    # Averages of joint probabilities reproduce the margins of the table they came from roughly:
    # the score of a cut point makes the fitted shares equal to the observed ones only in a model
    # without regressors, so a loose bound.
    share = found.filter(pl.col("d") == 1)["estimate"].sum()
    assert abs(share - DATA["d"].mean()) < 0.01


def test_effect_of_a_linear_outcome_is_its_coefficient(treated: CmpResult) -> None:
    row = treated.tidy().filter(pl.col("equation") == "y", pl.col("term") == "d").row(0, named=True)
    found = treated.effects("d")
    assert found["term"].to_list() == ["ATE", "ATT", "ATU"]
    np.testing.assert_allclose(found["estimate"], row["estimate"], rtol=1e-12)
    np.testing.assert_allclose(found["std_error"], row["std_error"], rtol=1e-6)


def test_effects_of_a_binary_outcome_by_hand(binary: CmpResult) -> None:
    b = {(r["equation"], r["term"]): r["estimate"] for r in binary.tidy().to_dicts()}
    base = b["b", "(Intercept)"] + b["b", "x"] * DATA["x"].to_numpy()
    choice = (
        b["d", "(Intercept)"] + b["d", "x"] * DATA["x"] + b["d", "z"] * DATA["z"]
    ).to_numpy()  # fmt: skip
    rho, effect = np.tanh(b["/", "atanhrho_12"]), b["b", "d"]
    found = {row["term"]: row["estimate"] for row in binary.effects("d").to_dicts()}
    ate = np.mean(stats.norm.cdf(base + effect) - stats.norm.cdf(base))
    assert abs(found["ATE"] - ate) < 1e-12
    law = stats.multivariate_normal([0, 0], [[1, rho], [rho, 1]])
    chosen = DATA["d"].to_numpy() == 1
    given = stats.norm.cdf(choice[chosen])
    on = law.cdf(np.column_stack([base[chosen] + effect, choice[chosen]]))
    off = law.cdf(np.column_stack([base[chosen], choice[chosen]]))
    # scipy's bivariate normal is good to about 1e-8 here.
    assert abs(found["ATT"] - np.mean((on - off) / given)) < 1e-6
    # Law of total expectation: the shares weigh ATT and ATU close to ATE, not exactly, because the
    # condition is on each row's own probability.
    assert min(found["ATT"], found["ATU"]) <= found["ATE"] <= max(found["ATT"], found["ATU"])


@pytest.mark.parametrize("which", ["binary", "ordered"])
def test_errors_hold_every_parameter(which: str) -> None:
    """The gradient against differences of the whole effect in parameters, ρ and cuts too."""
    outcome = lv.probit("b ~ d + x") if which == "binary" else lv.oprobit("o ~ d + x")
    result = lv.cmp(outcome, lv.probit("d ~ x + z"), data=DATA.head(200))
    found, _ = ef.treatment_effects(result.built, result.fit, "d", None)
    h = 1e-5
    layout = result.fit.layout
    places = [layout.beta[0].start, layout.corr[0, 1], *range(*layout.cuts[0].indices(99))]
    for i in places:
        moved = []
        for sign in (1, -1):
            phi = result.fit.phi.copy()
            phi[i] += sign * h
            fit = replace(result.fit, phi=phi)
            moved.append(ef.treatment_effects(result.built, fit, "d", None)[0])
        for one, up, down in zip(found, *moved, strict=True):
            slope = (up.value - down.value) / (2 * h)
            # Differences of a mean of 200 rows: 1e-16/1e-5 and 1e-10 of truncation.
            assert abs(one.gradient[i] - slope) < 1e-8
    assert abs(found[1].gradient[layout.corr[0, 1]]) > 1e-4  # ρ does matter for the treated


def test_a_tobit_has_effects_on_what_is_seen() -> None:
    result = lv.cmp(lv.tobit("c ~ d + x"), lv.probit("d ~ x + z"), data=DATA)
    found = result.effects("d")
    latent = result.tidy().filter(pl.col("equation") == "c", pl.col("term") == "d")["estimate"][0]
    assert (found["estimate"] < latent).all()  # censoring hides a part of the effect
    assert (found["estimate"] > 0).all()


def test_residuals_and_missing_regressors() -> None:
    gaps = DATA.with_columns(x=pl.when(pl.int_range(pl.len()) < 5).then(None).otherwise("x"))
    result = lv.cmp(lv.linear("y ~ x"), data=gaps)
    found = result.predict("residual")
    assert found.height == DATA.height
    assert found["residual"].null_count() == 5
    assert abs(found["residual"].sum()) < 1e-8  # a regression with a constant


def test_factors_and_powers_move_as_they_should() -> None:
    frame = DATA.with_columns(site=(pl.col("hamlet") % 3).cast(pl.String).replace({"0": "a"}))
    result = lv.cmp(lv.linear("y ~ x + x^2 + C(site):d"), data=frame)
    b = {r["term"]: r["estimate"] for r in result.tidy().to_dicts()}
    slope = result.margins(["x"], kind="xb")["estimate"][0]
    # β₁ + 2β₂ E x, exactly, for a quadratic differenced centrally.
    assert abs(slope - (b["x"] + 2 * b["x^2"] * DATA["x"].mean())) < 1e-8


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda r: r.predict("nonsense"), "unknown_moment"),
        (lambda r: r.predict("xb", "nobody"), "unknown_equation"),
        (lambda r: r.predict("pr", "y"), "pr_needs_range"),
        (lambda r: r.predict("pr", "y", within=(2, 1)), "empty_range"),
        (lambda r: r.predict("pr", "d", category=3), "unknown_category"),
        (lambda r: r.predict("part", "y"), "part_needs_condition"),
        (lambda r: r.predict("mean", "y", condition={"d": 1, "y": 0}), "one_condition"),
        (lambda r: r.predict("mean", "y", condition={"y": (0, 1)}), "own_condition"),
        (lambda r: r.predict("mean", "y", condition={"d": "yes"}), "bad_condition"),
        (lambda r: r.predict("pr", "d", reduced_form=False), "reduced_only"),
        (lambda r: r.margins(["nobody"], kind="xb"), "unknown_column"),
        (lambda r: r.effects("x"), "no_treatment"),
    ],
)
def test_questions_that_make_no_sense(treated: CmpResult, ask: object, code: str) -> None:
    with pytest.raises(SpecError) as caught:
        ask(treated)  # type: ignore[operator]
    assert caught.value.code == f"estimate.cmp.{code}"
    assert caught.value.message("zh") != caught.value.message("en")
