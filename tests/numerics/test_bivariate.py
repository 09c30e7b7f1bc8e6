"""Bivariate normal probabilities against 40-digit arithmetic on hard points.

The values in ``hard_points.csv`` were computed once with mpmath 1.3 (mp.dps = 40): the integral of
φ(x) Φ((k − ρx)/√(1 − ρ²)) up to h, divided by its largest value before tanh-sinh quadrature so that
mpmath's absolute stopping rule holds far in the tails, with break points around the mode and the
steep edge. |ρ| goes up to 1 − 1e-10.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import ndtr

from livelihoods.numerics.bivariate import bvn_cdf, log_box, log_cdf
from livelihoods.numerics.normal import inverse_mills, log_interval


@pytest.fixture(scope="module")
def points() -> dict[str, NDArray[np.float64]]:
    with (Path(__file__).parent / "hard_points.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {key: np.array([float(row[key]) for row in rows]) for key in rows[0]}


def test_there_are_enough_hard_points(points: dict[str, NDArray[np.float64]]) -> None:
    assert points["h"].size >= 60  # asked for by the plan


def test_distribution_function(points: dict[str, NDArray[np.float64]]) -> None:
    found = bvn_cdf(points["h"], points["k"], points["rho"])
    # 2e-15 is promised; Genz's method gives about 1e-16.
    assert np.max(np.abs(found - points["p"])) <= 2e-15


def test_logarithm_keeps_its_digits_in_the_tails(points: dict[str, NDArray[np.float64]]) -> None:
    found = log_cdf(points["h"], points["k"], points["rho"])
    error = np.abs(found - points["log_p"]) / np.maximum(1.0, np.abs(points["log_p"]))
    # Quadrature with 40 nodes a piece; the worst point (|ρ| = 1 − 1e-7) is at 8e-14.
    assert np.max(error) <= 1e-12
    assert np.min(points["log_p"]) < -1e6  # the points do reach far


def test_one_strength_and_many_agree() -> None:
    rng = np.random.default_rng(5)
    h, k = rng.normal(size=(2, 500)) * 2
    for rho in (0.2, -0.6, 0.9, -0.97):
        mixed = np.r_[np.full(500, rho), 0.1]
        together = bvn_cdf(np.r_[h, 0.0], np.r_[k, 0.0], mixed)[:-1]
        # The same quadrature by two ways through the code: rounding.
        np.testing.assert_allclose(together, bvn_cdf(h, k, rho), rtol=0, atol=4e-16)


def test_infinite_bounds() -> None:
    inf = np.inf
    # Φ₂(h, ∞) = Φ(h), Φ₂(h, −∞) = 0 by definition.
    np.testing.assert_allclose(bvn_cdf(0.7, inf, 0.4), ndtr(0.7), rtol=1e-15)
    assert bvn_cdf(0.7, -inf, 0.4) == 0.0
    assert bvn_cdf(inf, inf, -0.99) == 1.0


finite = st.floats(-6, 6)
strength = st.floats(-0.999, 0.999)


@given(finite, finite, strength)
def test_reflection(h: float, k: float, rho: float) -> None:
    # Φ₂(h, k; ρ) + Φ₂(h, −k; −ρ) = Φ(h)
    total = bvn_cdf(h, k, rho) + bvn_cdf(h, -k, -rho)
    assert abs(float(total) - float(ndtr(h))) < 2e-15


@given(finite, finite, strength)
def test_symmetry_and_bounds(h: float, k: float, rho: float) -> None:
    value = float(bvn_cdf(h, k, rho))
    assert abs(value - float(bvn_cdf(k, h, rho))) < 1e-15
    low = max(0.0, float(ndtr(h) + ndtr(k)) - 1.0)
    assert low - 2e-15 <= value <= min(float(ndtr(h)), float(ndtr(k))) + 2e-15  # Fréchet


@given(finite, st.floats(0.01, 3), finite, st.floats(0.01, 3), strength)
def test_boxes_add_up(a: float, width: float, c: float, height: float, rho: float) -> None:
    """A box cut in two is the sum of its parts, also in the tails."""
    a1, b1, a2, b2, r = (np.array([v]) for v in (a, a + width, c, c + height, rho))
    middle = 0.5 * (a1 + b1)
    whole = log_box(a1, b1, a2, b2, r)
    parts = np.logaddexp(log_box(a1, middle, a2, b2, r), log_box(middle, b1, a2, b2, r))
    # The switch between branches at 1e-5 costs 1e-10 relative at most.
    assert abs(float((whole - parts)[0])) < 1e-9


def test_independent_box_is_a_product() -> None:
    low, high = np.array([-9.0, 5.0, -1.0]), np.array([-8.0, 6.0, 2.0])
    product = log_interval(low, high) + log_interval(low - 0.5, high)
    # ρ = 0: the first two are far below the switch, so they come from the tail branch.
    found = log_box(low, high, low - 0.5, high, np.zeros(3))
    np.testing.assert_allclose(found, product, rtol=1e-12)


def test_interval_in_logs() -> None:
    low = np.array([-40.0, 3.0, 12.0, -2.0])
    high = np.array([-39.0, 3.000000001, 12.5, 3.0])
    # mpmath 1.3, 40 digits: log(Φ(high) − Φ(low)).
    expected = [
        -765.08315656437754441,
        -26.142204288910716446,
        -75.412776310697438372,
        -0.024395187554887346058,
    ]
    # Second row: 3.000000001 − 3 keeps 7 digits of the width in double precision itself.
    np.testing.assert_allclose(log_interval(low, high), expected, rtol=1e-8)
    np.testing.assert_allclose(log_interval(low, high)[[0, 2, 3]], np.take(expected, [0, 2, 3]))


def test_inverse_mills_far_left() -> None:
    # φ(x)/Φ(x) → −x − 1/x + 2/x³ as x → −∞ (asymptotic series; next term 1e-9 at −50).
    x = np.array([-50.0, -200.0])
    np.testing.assert_allclose(inverse_mills(x), -x - 1 / x + 2 / x**3, rtol=1e-9)
