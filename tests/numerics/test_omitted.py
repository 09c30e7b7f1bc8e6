"""Oster's polynomial and Cinelli–Hazlett robustness against published numbers and identities."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from livelihoods.numerics import omitted

# Housing example of robomit's paper (Ecdat Housing, 546 rows): inputs recorded, results printed
# by Stata's psacalc to five digits: β* = 0.27276, other root 1.69268, δ* = 1.99145.
HOUSING = omitted.OsterInputs(
    0.5421789737922218,
    0.3363833150969544,
    0.400206708035345,
    0.531571269873966,
    0.13837278816107487,
    0.15834333791524646,
    0.1339984815325906,
)
PRINTED = 1e-5


def test_published_example_of_psacalc() -> None:
    found = omitted.beta_star(HOUSING, 0.69108, 1.0)
    assert found.value == pytest.approx(0.27276, abs=PRINTED)
    assert found.roots[1] == pytest.approx(1.69268, abs=PRINTED)
    assert found.keeps_direction == (True, False)
    assert omitted.delta_star(HOUSING, 0.69108) == pytest.approx(1.99145, abs=PRINTED)


def test_recorded_results(shared: Path) -> None:
    record = json.loads((shared / "reference/oster/housing.json").read_text())
    for case in record["housing_robomit_paper"]["results"]:
        if case["kind"] == "delta":
            got = omitted.delta_star(HOUSING, case["rmax"], case["beta"])
            assert got == pytest.approx(case["value"], rel=1e-12)
        else:
            found = omitted.beta_star(HOUSING, case["rmax"], case["delta"])
            assert found.value == pytest.approx(case["beta"], rel=1e-11)
            np.testing.assert_allclose(found.roots, case["all_roots"], rtol=1e-9)
            assert list(found.keeps_direction) == case["satisfies_assumption3"]


INPUTS = st.builds(
    omitted.OsterInputs,
    st.floats(-2, 2),
    st.floats(0.01, 0.3),
    st.floats(-2, 2),
    st.floats(0.31, 0.6),
    st.just(1.0),
    st.floats(0.5, 1.0),
    st.floats(0.1, 0.49),
)


@given(INPUTS, st.floats(0.61, 1.0), st.floats(0.2, 3.0))
def test_delta_of_beta_star_is_delta(
    inputs: omitted.OsterInputs, r_max: float, delta: float
) -> None:
    assume(abs(inputs.beta_short - inputs.beta_full) > 0.05)
    for root in omitted.beta_star(inputs, r_max, delta).roots:
        assume(abs(root - inputs.beta_full) > 1e-3)
        assert omitted.delta_star(inputs, r_max, root) == pytest.approx(delta, rel=1e-4)


@given(INPUTS)
def test_nothing_left_to_explain_means_no_bias(inputs: omitted.OsterInputs) -> None:
    assume(abs(inputs.beta_short - inputs.beta_full) > 0.05)
    found = omitted.beta_star(inputs, inputs.r_full, 1.0)
    assert found.value == pytest.approx(inputs.beta_full, abs=1e-9)


def test_inputs_from_cross_products() -> None:
    import statsmodels.api as sm

    r = np.random.default_rng(1)
    n = 300
    W = r.normal(size=(n, 3))
    x = W @ [0.5, 0.2, -0.3] + r.normal(size=n)
    y = 0.4 * x + W @ [1.0, -0.5, 0.2] + r.normal(size=n)
    Z = np.column_stack([np.ones(n), W[:, 0], x, W[:, 1:], y])
    got = omitted.oster_inputs(Z.T @ Z, 2, 5, [0, 1], [3, 4])
    short = sm.OLS(y, Z[:, [0, 1, 2]]).fit()
    full = sm.OLS(y, Z[:, :5]).fit()
    left = sm.OLS(x, Z[:, [0, 1, 3, 4]]).fit()
    # Cross products of well-scaled columns: rounding only.
    assert got.beta_short == pytest.approx(short.params[2], rel=1e-10)
    assert got.r_short == pytest.approx(short.rsquared, rel=1e-10)
    assert got.beta_full == pytest.approx(full.params[2], rel=1e-10)
    assert got.r_full == pytest.approx(full.rsquared, rel=1e-10)
    assert got.var_y == pytest.approx(np.var(y, ddof=1), rel=1e-10)
    assert got.var_x_left == pytest.approx(left.resid @ left.resid / (n - 1), rel=1e-10)


def test_recovery_of_the_true_effect() -> None:
    # Two controls of equal strength, one of them hidden: selection is proportional with δ = 1 and
    # Rmax the R² with both. β* should find the true 0.5 where OLS is biased (n = 200,000).
    r = np.random.default_rng(4)
    n = 200_000
    seen, hidden = r.normal(size=(2, n))
    x = 0.5 * seen + 0.5 * hidden + r.normal(size=n)
    y = 0.5 * x + seen + hidden + r.normal(size=n)
    Z = np.column_stack([np.ones(n), x, seen, y])
    inputs = omitted.oster_inputs(Z.T @ Z, 1, 3, [0], [2])
    both = np.column_stack([np.ones(n), x, seen, hidden])
    rest = y - both @ np.linalg.lstsq(both, y, rcond=None)[0]
    r_max = 1 - rest.var() / y.var()
    assert abs(inputs.beta_full - 0.5) > 0.3
    # Sampling error of a root of the polynomial, about 0.01 at this n.
    assert omitted.beta_star(inputs, r_max, 1.0).value == pytest.approx(0.5, abs=0.04)


def test_robustness_values_of_the_darfur_example() -> None:
    # Cinelli and Hazlett (2020), Table 1: estimate 0.097, se 0.023, df 783: partial R² 2.2 %,
    # RV 13.9 %, RV at 5 % 7.6 % (printed digits).
    found = omitted.robustness(0.09731582, 0.02325654, 783, critical=1.9629994)
    assert found.partial_r2 == pytest.approx(0.022, abs=5e-4)
    assert found.rv == pytest.approx(0.139, abs=5e-4)
    assert found.rv_significant == pytest.approx(0.076, abs=5e-4)


@given(st.floats(0.01, 5), st.floats(0.01, 2), st.integers(10, 5000))
def test_a_confounder_as_strong_as_rv_explains_the_estimate_away(
    estimate: float, error: float, df: int
) -> None:
    found = omitted.robustness(estimate, error, df)
    rv = np.array([found.rv])
    left = omitted.adjusted_estimate(estimate, error, df, rv, rv)
    assert left[0] == pytest.approx(0.0, abs=1e-6 * estimate)
    assert math.isclose(found.partial_r2, (estimate / error) ** 2 / ((estimate / error) ** 2 + df))
