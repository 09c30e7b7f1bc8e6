"""Inequality measures against closed forms, brute force, published numbers and the jackknife."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as hs
from numpy.typing import NDArray

from livelihoods.numerics import inequality as iq
from livelihoods.numerics import inequality_influence as inf
from livelihoods.numerics.inequality import Masses, sorted_masses

Floats = NDArray[np.float64]

# Sums of a few dozen doubles in another order.
CLOSE = {"rel": 1e-10, "abs": 1e-12}
amounts = hs.lists(hs.integers(0, 10_000).map(float), min_size=2, max_size=40).filter(any)


def quantiles_of(law: Callable[[Floats], Floats], n: int) -> Masses:
    """A law as n equally likely values: the midpoint rule for its quantile function."""
    return sorted_masses(law((np.arange(n) + 0.5) / n))


def test_exponential_law() -> None:
    # Gini 1/2, CV 1, T = 1 − γ (Euler), L(½) = ½ − ½ln2, m = ln 2: closed forms of the exponential.
    m = quantiles_of(lambda u: -np.log1p(-u), 1_000_000)
    assert iq.gini(m) == pytest.approx(0.5, abs=1e-5)  # midpoint rule with 10⁶ points
    assert iq.variation(m) == pytest.approx(1.0, abs=1e-4)
    assert iq.theil(m) == pytest.approx(1.0 - np.euler_gamma, abs=1e-4)
    middle = math.log(2.0)
    exact = 2.0 / middle * (2.0 * (0.5 - (0.5 - 0.5 * middle)) - 0.5)
    assert iq.wolfson(m) == pytest.approx(exact, abs=1e-4)


def test_pareto_law() -> None:
    # Pareto with a = 3: Gini 1/(2a − 1); T = 1/(a − 1) − ln(a/(a − 1)) (Kleiber and Kotz 2003).
    m = quantiles_of(lambda u: (1.0 - u) ** (-1.0 / 3.0), 1_000_000)
    assert iq.gini(m) == pytest.approx(1 / 5, abs=1e-4)  # midpoint rule misses the far tail
    assert iq.theil(m) == pytest.approx(1 / 2 - math.log(3 / 2), abs=2e-3)


def test_by_hand() -> None:
    # 1, 2, 3, 10: Σ(2i−n−1)x_i/(nΣx) = (−3−2+3+30)/64 = 0.4375; 1/Σs² = 16²/114.
    m = sorted_masses(np.array([10.0, 1.0, 3.0, 2.0]))
    assert iq.gini(m) == pytest.approx(0.4375, **CLOSE)
    assert iq.effective_number(m) == pytest.approx(256 / 114, **CLOSE)
    # m = 2.5; L(½) = 3/16; 2·(4/2.5)·(2·(½ − 3/16) − 0.4375) = 0.6.
    assert iq.wolfson(m) == pytest.approx(0.6, **CLOSE)


def test_published_two_class_society() -> None:
    # Wolfson (1994): P = 1 where half has nothing and half has 2μ? m = μ, L(½) = 0, G = ½ → 1.
    m = sorted_masses(np.array([0.0, 0.0, 2.0, 2.0]))
    assert iq.wolfson(m) == pytest.approx(1.0, **CLOSE)


@given(amounts)
def test_gini_is_half_the_relative_mean_difference(xs: list[float]) -> None:
    x = np.array(xs)
    brute = np.abs(x[:, None] - x).sum() / (2 * x.size**2 * x.mean())
    assert iq.gini(sorted_masses(x)) == pytest.approx(brute, **CLOSE)


@given(amounts)
def test_wolfson_equals_its_lorenz_form(xs: list[float]) -> None:
    m = sorted_masses(np.array(xs))
    middle = iq.median(m)
    assume(middle > 0)
    half = iq.lorenz(m, np.array([0.5]))[0]
    form = 2.0 * m.mean / middle * (2.0 * (0.5 - half) - iq.gini(m))
    assert iq.wolfson(m) == pytest.approx(form, rel=1e-9, abs=1e-9)
    assert middle == pytest.approx(np.median(xs), **CLOSE)


MEASURES = (iq.gini, iq.theil, iq.variation)


@given(amounts, hs.floats(0.01, 100.0))
def test_scale_and_replication(xs: list[float], factor: float) -> None:
    x = np.array(xs)
    m = sorted_masses(x)
    for measure in MEASURES:
        value = measure(m)
        assert measure(sorted_masses(factor * x)) == pytest.approx(value, rel=1e-9, abs=1e-9)
        assert measure(sorted_masses(np.tile(x, 3))) == pytest.approx(value, rel=1e-9, abs=1e-9)
        heavy = sorted_masses(x, np.full(x.size, 3.0))
        assert measure(heavy) == pytest.approx(value, rel=1e-9, abs=1e-9)
    assert iq.effective_number(sorted_masses(np.tile(x, 3))) == pytest.approx(
        3 * iq.effective_number(m), rel=1e-9
    )


@given(amounts, hs.data())
def test_transfer_from_poorer_to_richer_never_lowers(xs: list[float], data: hs.DataObject) -> None:
    x = np.sort(np.array(xs))
    i = data.draw(hs.integers(0, x.size - 2))
    j = data.draw(hs.integers(i + 1, x.size - 1))
    moved = x.copy()
    moved[i] -= 0.5 * x[i]
    moved[j] += 0.5 * x[i]
    for measure in MEASURES:
        before, after = measure(sorted_masses(x)), measure(sorted_masses(moved))
        assert after >= before - 1e-9


@given(amounts, hs.data())
def test_theil_splits_exactly(xs: list[float], data: hs.DataObject) -> None:
    x = np.array(xs)
    codes = np.array(data.draw(hs.lists(hs.integers(0, 3), min_size=x.size, max_size=x.size)))
    w = np.array(data.draw(hs.lists(hs.floats(0.5, 4), min_size=x.size, max_size=x.size)))
    split = iq.theil_split(iq.group_sums(x, w, codes, 4))
    whole = iq.theil(sorted_masses(x, w))
    assert split.between + split.within == pytest.approx(whole, rel=1e-9, abs=1e-9)
    assert split.between >= 0
    assert split.within >= 0


@given(amounts)
def test_bounds(xs: list[float]) -> None:
    m, n = sorted_masses(np.array(xs)), len(xs)
    assert -1e-12 <= iq.gini(m) <= 1 - 1 / n + 1e-12
    assert iq.theil(m) <= math.log(n) + 1e-9
    assert 1 - 1e-9 <= iq.effective_number(m) <= n + 1e-9


def test_esteban_ray_by_hand() -> None:
    # Two halves at 0 and 2μ: Σ_i Σ_j π_i^{1+α} π_j |y_i − y_j| = 2·(½)^{2+α}·2 = ½ at α = 1.
    x, codes = np.array([0.0, 0.0, 2.0, 2.0]), np.array([0, 0, 1, 1])
    assert iq.esteban_ray(iq.group_sums(x, np.ones(4), codes, 2), 1.0) == pytest.approx(0.5)
    # α → 0 of groups of one value each is twice the Gini.
    sums = iq.group_sums(np.array([1.0, 2.0, 3.0, 10.0]), np.ones(4), np.arange(4), 4)
    assert iq.esteban_ray(sums, 1e-9) == pytest.approx(2 * 0.4375, rel=1e-7)


def test_kinds_by_hand() -> None:
    # 3 of one kind and 1 of another: 1 − (9 + 1)/16; without replacement 1 − 6/12.
    assert iq.blau(np.array([0.75, 0.25])) == pytest.approx(0.375)
    assert iq.simpson(np.array([3, 1])) == pytest.approx(0.5)


def derivative(
    measure: Callable[[Floats], float], w: Floats, row: int, step: float = 1e-6
) -> float:
    """Slope of a measure in the weight of one row, times W: what an influence function is."""
    up, down = w.copy(), w.copy()
    up[row] += step
    down[row] -= step
    return (measure(up) - measure(down)) / (2 * step) * float(w.sum())


@pytest.mark.parametrize(
    ("measure", "influence"),
    [
        (iq.gini, inf.gini_influence),
        (iq.theil, inf.theil_influence),
        (iq.variation, inf.variation_influence),
    ],
)
def test_influence_is_the_slope_in_the_weight(
    measure: Callable[[Masses], float], influence: Callable[[Floats, Masses], Floats]
) -> None:
    rng = np.random.default_rng(8)
    x, w = np.round(rng.lognormal(0, 1, 40), 1), rng.uniform(0.5, 2, 40)
    exact = influence(x, sorted_masses(x, w))
    for row in range(0, 40, 7):
        slope = derivative(lambda v: measure(sorted_masses(x, v)), w, row)
        # Central differences with step 1e-6 of smooth functions near 1.
        assert exact[row] == pytest.approx(slope, rel=1e-5, abs=1e-6)
    assert float(np.sum(w * exact)) == pytest.approx(0.0, abs=1e-9)


def test_influence_of_the_split_is_the_slope_in_the_weight() -> None:
    rng = np.random.default_rng(9)
    x, w = rng.lognormal(0, 1, 40), rng.uniform(0.5, 2, 40)
    codes = rng.integers(0, 3, 40)

    def between(v: Floats) -> float:
        return iq.theil_split(iq.group_sums(x, v, codes, 3)).between

    def polarised(v: Floats) -> float:
        return iq.esteban_ray(iq.group_sums(x, v, codes, 3), 1.3)

    sums = iq.group_sums(x, w, codes, 3)
    pairs = [
        (between, inf.split_influence(x, codes, sums)),
        (polarised, inf.ray_influence(x, codes, sums, 1.3)),
    ]
    for measure, exact in pairs:
        for row in range(0, 40, 7):
            assert exact[row] == pytest.approx(derivative(measure, w, row), rel=1e-5, abs=1e-6)


def test_wolfson_error_covers() -> None:
    # Recovery: of 400 samples of 400 exponential draws the 95 % interval holds the true P in
    # 92 to 98 %, three Monte Carlo errors (0.011) about 95 %; the kernel density costs a little.
    rng = np.random.default_rng(10)
    middle = math.log(2.0)
    true = 2.0 / middle * (middle - 0.5)
    inside = 0
    for _ in range(400):
        x = rng.exponential(size=400)
        m = sorted_masses(x)
        error, _ = inf.standard_error(inf.wolfson_influence(x, m), np.ones(400), None)
        inside += abs(iq.wolfson(m) - true) < 1.966 * error
    assert 0.91 <= inside / 400 <= 0.985


def test_clustered_error_of_copies_is_that_of_the_originals() -> None:
    # Identity: each row ten times in its own cluster says no more than the row once.
    rng = np.random.default_rng(11)
    x = rng.lognormal(0, 1, 60)
    m = sorted_masses(x)
    once, _ = inf.standard_error(inf.gini_influence(x, m), np.ones(60), None)
    many = np.repeat(x, 10)
    clusters = np.repeat(np.arange(60), 10)
    influence = inf.gini_influence(many, sorted_masses(many))
    ten, df = inf.standard_error(influence, np.ones(600), clusters)
    assert ten == pytest.approx(once, rel=1e-9)
    assert df == 59.0
