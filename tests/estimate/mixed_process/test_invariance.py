"""What must not matter does not: order, scale, names, repeated rows."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import livelihoods as lv
from estimate.mixed_process.samples import village
from livelihoods.estimate.mixed_process.result import CmpResult

DATA = village(400)
OUTCOME, CHOICE = lv.linear("y ~ d + x"), lv.probit("d ~ x + z")


def _numbers(result: CmpResult) -> dict[tuple[str, str], tuple[float, float]]:
    rows = result.tidy().to_dicts()
    return {(row["equation"], row["term"]): (row["estimate"], row["std_error"]) for row in rows}


BASE = lv.cmp(OUTCOME, CHOICE, data=DATA)


def test_order_of_equations() -> None:
    turned = lv.cmp(CHOICE, OUTCOME, data=DATA)
    assert abs(turned.loglik - BASE.loglik) < 1e-8
    other = _numbers(turned)
    for (equation, term), (value, error) in _numbers(BASE).items():
        key = (equation, term.replace("lnsigma_1", "lnsigma_2"))
        # Both searches stop at 3e-5 of a standard error or better.
        assert abs(other[key][0] - value) < 1e-4 * error
        assert abs(other[key][1] / error - 1) < 1e-4


@settings(max_examples=8)
@given(seed=st.integers(0, 1000))
def test_order_of_rows(seed: int) -> None:
    mixed = DATA.sample(fraction=1.0, shuffle=True, seed=seed)
    found = _numbers(lv.cmp(OUTCOME, CHOICE, data=mixed))
    for key, (value, error) in _numbers(BASE).items():
        assert abs(found[key][0] - value) < 1e-4 * error


@settings(max_examples=12)
@given(
    scale_y=st.floats(1e-3, 1e5),
    scale_x=st.floats(1e-4, 1e4),
    shift=st.floats(-50, 50),
)
def test_units_of_outcome_and_regressors(scale_y: float, scale_x: float, shift: float) -> None:
    moved = DATA.with_columns(y=pl.col("y") * scale_y, x=pl.col("x") * scale_x + shift * scale_x)
    found = _numbers(lv.cmp(OUTCOME, CHOICE, data=moved))
    base = _numbers(BASE)
    for key, factor in (
        (("y", "d"), scale_y),
        (("y", "x"), scale_y / scale_x),
        (("d", "x"), 1 / scale_x),
        (("d", "z"), 1.0),
        (("/", "atanhrho_12"), 1.0),
    ):
        value, error = base[key]
        assert abs(found[key][0] / factor - value) < 2e-4 * error
        assert abs(found[key][1] / factor / error - 1) < 1e-4
    gap = found["/", "lnsigma_1"][0] - base["/", "lnsigma_1"][0]
    assert abs(gap - np.log(scale_y)) < 1e-6


@pytest.mark.parametrize("vcov", ["oim", "opg"])
def test_frequency_weights_repeat_rows(vcov: str) -> None:
    repeated = DATA.select(pl.all().repeat_by("w").explode())
    weighted = lv.cmp(OUTCOME, CHOICE, data=DATA, weights={"frequency": "w"}, vcov=vcov)
    longhand = lv.cmp(OUTCOME, CHOICE, data=repeated, vcov=vcov)
    assert weighted.nobs == longhand.nobs == repeated.height
    assert abs(weighted.loglik - longhand.loglik) < 1e-7
    other = _numbers(longhand)
    for key, (value, error) in _numbers(weighted).items():
        assert abs(other[key][0] - value) < 1e-4 * error
        assert abs(other[key][1] / error - 1) < 1e-5


def test_probability_weights_do_not_care_for_their_size() -> None:
    """Twice the weights: the same estimates, the same robust errors."""
    doubled = DATA.with_columns(w2=2 * pl.col("w"))
    one = _numbers(lv.cmp(OUTCOME, CHOICE, data=DATA, weights="w"))
    two = lv.cmp(OUTCOME, CHOICE, data=doubled, weights="w2")
    assert two.vcov_label == "robust"
    for key, (value, error) in _numbers(two).items():
        assert abs(one[key][0] - value) < 1e-4 * error
        assert abs(one[key][1] / error - 1) < 1e-6


def test_clusters_of_one_are_robust() -> None:
    frame = DATA.with_row_index("own")
    robust = _numbers(lv.cmp(OUTCOME, CHOICE, data=frame, vcov="robust"))
    alone = _numbers(lv.cmp(OUTCOME, CHOICE, data=frame, vcov={"cluster": "own"}))
    for key, (_, error) in robust.items():
        # G/(G−1) and n/(n−1) are the same when every row is its own cluster.
        assert abs(alone[key][1] / error - 1) < 1e-10


def test_labels_of_an_ordered_outcome() -> None:
    other = DATA.with_columns(o2=pl.col("o") * 10 - 7)
    a = lv.cmp(lv.oprobit("o ~ x + d"), data=DATA)
    b = lv.cmp(lv.oprobit("o2 ~ x + d"), data=other)
    np.testing.assert_array_equal(a.fit.phi, b.fit.phi)  # the same arrays


def test_a_probit_is_an_ordered_probit_with_two_categories() -> None:
    a, b = lv.cmp(lv.probit("d ~ x + z"), data=DATA), lv.cmp(lv.oprobit("d ~ x + z"), data=DATA)
    assert abs(a.loglik - b.loglik) < 1e-8
    cut = b.tidy().filter(pl.col("term") == "cut_1")["estimate"][0]
    assert abs(cut + a.tidy()["estimate"][0]) < 1e-6  # cut = −constant


def test_intervals_of_no_width_are_points() -> None:
    frame = DATA.with_columns(hi=pl.col("y"))
    a, b = lv.cmp(lv.linear("y ~ x"), data=DATA), lv.cmp(lv.interval("y ~ x", "hi"), data=frame)
    np.testing.assert_allclose(a.fit.phi, b.fit.phi, rtol=1e-9)


def test_three_equations_by_partial_correlations_and_back() -> None:
    """Three linear equations: the maximum is known from residuals (same regressors: OLS)."""
    rng = np.random.default_rng(8)
    e = rng.normal(size=(300, 3)) @ np.array([[1, 0.9, 0.8], [0, 0.3, 0.5], [0, 0, 0.2]])
    x = rng.normal(size=300)
    frame = pl.DataFrame({"x": x, "a": e[:, 0] + x, "b": e[:, 1] - x, "c": e[:, 2]})
    result = lv.cmp(lv.linear("a ~ x"), lv.linear("b ~ x"), lv.linear("c ~ x"), data=frame)
    X = np.column_stack([np.ones(300), x])
    Y = frame[["a", "b", "c"]].to_numpy()
    residual = Y - X @ np.linalg.lstsq(X, Y, rcond=None)[0]
    sigma = residual.T @ residual / 300
    # Zellner: with equal regressors SUR is OLS, and Σ is that of the residuals.
    np.testing.assert_allclose(result.fit.sigma, sigma, rtol=1e-6)
    assert result.converged
