"""Window sums and local fits against their O(n²) twins, on scores chosen to be difficult."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelihoods.numerics.local import COLLINEAR, NOTHING, Kernel, dual_weights, local_fit
from livelihoods.numerics.windows import kernel_values, tie, window_edges
from livelihoods.typing import Floats

KERNELS: tuple[Kernel, ...] = ("epanechnikov", "gaussian", "biweight", "uniform", "tricube")


def _twin(
    points: Floats, w: Floats, y: Floats, queries: Floats, h: float, kernel: str, degree: int
) -> tuple[Floats, Floats]:
    """Every pair, centred at the window's nearest point: slow and plain."""
    fitted = np.full((y.shape[0], queries.shape[0]), np.nan)
    total = np.zeros(points.shape[0])
    for i, x in enumerate(queries):
        k = kernel_values((points - x) / h, kernel) * w
        if k.sum() <= NOTHING:
            continue
        near = points[np.argmin(np.abs(points - x))]
        t = (points - near) / h
        dt = t - (k @ t) / k.sum()
        spread = (k @ (dt * dt)) / k.sum()
        share = k / k.sum()
        if degree and spread > COLLINEAR:
            away = (k @ t) / k.sum() + (near - x) / h
            share = share * (1.0 - away * dt / spread)
        fitted[:, i] = y @ share
        total += share
    return fitted, total


def _scores(name: str, rng: np.random.Generator) -> Floats:
    made = {
        "skewed": rng.beta(1, 3, 1500),
        "rounded": np.round(rng.beta(2, 2, 1500), 2),
        "clumped": np.concatenate([rng.normal(0.2, 1e-4, 600), rng.random(900)]),
        "crowd": np.concatenate([1e-3 * rng.beta(2, 5, 1400), 0.06 + 0.02 * rng.random(100)]),
        "dust": 0.01 + 1e-4 * rng.beta(2, 5, 1500),
        "gap": np.concatenate([rng.uniform(0, 0.1, 700), rng.uniform(0.7, 1.0, 800)]),
    }
    return np.sort(made[name])


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("degree", [0, 1])
@pytest.mark.parametrize("name", ["skewed", "rounded", "clumped", "crowd", "dust", "gap"])
def test_equals_every_pair(kernel: Kernel, degree: int, name: str) -> None:
    rng = np.random.default_rng(7)
    points = _scores(name, rng)
    queries = np.sort(rng.beta(2, 2, 120))
    if name == "crowd":
        queries = np.sort(np.concatenate([1e-3 * rng.beta(2, 5, 100), 0.03 * rng.random(20)]))
    if name == "dust":
        queries = np.sort(0.01 + 1e-4 * rng.beta(2, 5, 120))
    w = rng.random(points.shape[0]) + 0.5
    y = rng.normal(size=(2, points.shape[0])) + 1e3 + points
    for h in (0.06, 0.005):
        fit = local_fit(points, w, w * y, queries, h, kernel, 1 if degree else 0)
        expected, weights = _twin(points, w, y, queries, h, kernel, degree)
        assert np.array_equal(fit.found, np.isfinite(expected[0]))
        # 1e-12 of the outcome's size where the window is well-conditioned; elsewhere rounding
        # is amplified by the window's condition number and by nothing else.
        error = np.abs(fit.fitted - expected)[:, fit.found] / 1e3
        assert np.all(error <= 1e-12 + 4e-15 * fit.condition[fit.found])
        ours = w * dual_weights(points, queries, np.ones(queries.shape[0]), fit, h, kernel)
        bound = 1e-12 + 4e-15 * fit.condition[fit.found].max(initial=1.0)
        assert np.abs(ours - weights).max() <= bound * max(1.0, np.abs(weights).max())


def test_y_of_any_size_keeps_its_digits() -> None:
    """Facts §8: without centring y, sums of outcomes near 1e6 lose a factor 240 and more."""
    rng = np.random.default_rng(3)
    points, queries = np.sort(rng.random(3000)), np.sort(rng.random(200))
    w, y = np.ones(3000), rng.normal(size=(1, 3000))
    plain = local_fit(points, w, y, queries, 0.06, "epanechnikov", 1).fitted
    lifted = local_fit(points, w, y + 1e6, queries, 0.06, "epanechnikov", 1).fitted
    # 1e6 itself has a rounding of 1.2e-10 per outcome.
    assert np.abs(lifted - 1e6 - plain).max() < 1e-9


@given(
    st.lists(st.sampled_from([i / 20 for i in range(21)]), min_size=1, max_size=80),
    st.lists(st.sampled_from([i / 40 for i in range(41)]), min_size=1, max_size=20),
    st.sampled_from([0.05, 0.1, 0.3]),
    st.booleans(),
)
def test_edges_hold_as_floating_point_states_them(
    points: list[float], queries: list[float], radius: float, strict: bool
) -> None:
    p, q = np.sort(np.array(points)), np.array(queries)
    lo, hi = window_edges(p, q, radius, strict=strict)
    for i, x in enumerate(q):
        gap = np.abs(p - x)
        inside = np.flatnonzero(gap < radius if strict else gap <= radius)
        assert hi[i] - lo[i] == inside.size
        assert inside.size == 0 or (lo[i], hi[i]) == (inside[0], inside[-1] + 1)


def test_a_local_line_reproduces_a_line() -> None:
    rng = np.random.default_rng(5)
    points, queries = np.sort(rng.random(900)), np.sort(rng.uniform(0.02, 0.98, 100))
    for kernel in KERNELS:
        fit = local_fit(
            points, np.ones(900), (2.0 - 3.0 * points)[None, :], queries, 0.05, kernel, 1
        )
        # A line is in the span of the local model whatever the weights: exact but for rounding.
        assert np.abs(fit.fitted[0] - (2.0 - 3.0 * queries)).max() < 1e-12


def test_windows_of_one_score_give_the_mean_and_empty_ones_nothing() -> None:
    points = np.array([0.2, 0.2, 0.2, 0.9])
    y = np.array([[1.0, 2.0, 6.0, 5.0]])
    fit = local_fit(points, np.ones(4), y, np.array([0.21, 0.5]), 0.05, "epanechnikov", 1)
    assert fit.fitted[0, 0] == pytest.approx(3.0, abs=1e-15)
    assert np.isnan(fit.fitted[0, 1])
    assert fit.line.tolist() == [False, False]
    assert fit.found.tolist() == [True, False]


def test_points_tied_together_give_the_same() -> None:
    rng = np.random.default_rng(11)
    points = np.sort(np.round(rng.random(2000), 2))
    y, queries = rng.normal(size=(1, 2000)), np.sort(rng.random(50))
    tied = tie(points)
    apart = local_fit(points, np.ones(2000), y, queries, 0.06, "biweight", 1)
    together = local_fit(
        tied.points, tied.add_up(np.ones(2000)), tied.add_up(y), queries, 0.06, "biweight", 1
    )
    assert np.abs(apart.fitted - together.fitted).max() < 1e-13
