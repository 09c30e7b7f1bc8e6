"""Gelbach's split: the identity in every sample, of estimates and of their rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livelihoods.numerics import gelbach
from livelihoods.typing import Floats


def sample(seed: int, n: int, m: int) -> tuple[Floats, Floats, Floats, Floats]:
    r = np.random.default_rng(seed)
    d = (r.random(n) < 0.4).astype(float)
    x = r.normal(size=n)
    M = 0.5 * d[:, None] + 0.3 * x[:, None] + r.normal(size=(n, m))
    y = d + x + M @ r.normal(size=m) + r.normal(size=n)
    return np.column_stack([np.ones(n), d, x]), M, y, r.uniform(0.5, 2.0, n)


@given(
    seed=st.integers(0, 10_000),
    n=st.integers(30, 200),
    m=st.integers(1, 4),
    weighted=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_parts_add_up_exactly_and_so_do_their_rows(
    seed: int, n: int, m: int, weighted: bool
) -> None:
    X, M, y, w = sample(seed, n, m)
    found = gelbach.fit_gelbach(X, M, y, 1, w if weighted else None)
    # Algebra: equal up to rounding of a few dozen double-precision steps.
    assert found.parts.sum() == pytest.approx(found.short - found.long, abs=1e-9)
    np.testing.assert_allclose(
        found.rows_parts.sum(axis=1), found.rows_short - found.rows_long, atol=1e-10
    )
    # Scores of least squares sum to zero, so rows of every coefficient do.
    assert abs(found.rows_first.sum(axis=0)).max() < 1e-9
    assert abs(found.rows_long.sum()) < 1e-9


def test_effect_per_deviation_is_delta_over_sd_with_its_bootstrap_error() -> None:
    X, M, y, _ = sample(3, 800, 1)
    found = gelbach.fit_gelbach(X, M, y, 1)
    value, rows = gelbach.per_deviation(found.first, found.rows_first, M)
    assert value[0] == pytest.approx(found.first[0] / M[:, 0].std(), rel=1e-12)
    r = np.random.default_rng(5)
    draws = np.empty(600)
    for b in range(draws.size):
        i = r.integers(0, 800, 800)
        coef = np.linalg.lstsq(X[i], M[i, 0], rcond=None)[0]
        draws[b] = coef[1] / M[i, 0].std()
    se = np.sqrt(gelbach.joint_covariance(rows, 3, small=False)[0, 0])
    # A bootstrap standard error of 600 draws has a relative error of 1/sqrt(1200), about 3 %.
    assert se == pytest.approx(draws.std(ddof=1), rel=0.12)


def test_slope_at_zero_is_least_squares_and_its_gradient_the_derivative() -> None:
    X, M, y, w = sample(4, 300, 1)
    for weights in (None, w):
        found = gelbach.fit_gelbach(X, M, y, 1, weights)
        moments, rows = gelbach.residual_moments(found.e, found.V[:, 0], weights)
        gamma, gradient = gelbach.slope_at(moments, 0.0)
        assert gamma == pytest.approx(found.gamma[0], rel=1e-10)
        # Rows through the moments are the rows of the regression coefficient.
        direct = found.rows_parts[:, 0] - found.rows_first[:, 0] * found.gamma[0]
        np.testing.assert_allclose(rows @ gradient * found.first[0], direct, atol=1e-10)
    zero = moments[1] / np.sqrt(moments[0] * moments[2])
    assert gelbach.slope_at(moments, zero)[0] == pytest.approx(0.0, abs=1e-12)
    for rho in (-0.6, 0.0, 0.4):
        gradient = gelbach.slope_at(moments, rho)[1]
        for j in range(3):
            step = np.zeros(3)
            step[j] = 1e-6
            up, down = (gelbach.slope_at(moments + s * step, rho)[0] for s in (1, -1))
            # Central differences with this step are good to about nine digits.
            assert gradient[j] == pytest.approx((up - down) / 2e-6, rel=1e-6, abs=1e-8)
