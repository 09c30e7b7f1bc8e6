"""Numerics of description against scipy, statsmodels and R's recorded values."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats as st
from hypothesis import given
from hypothesis import strategies as hs
from scipy.optimize import minimize
from statsmodels.stats.contingency_tables import SquareTable
from statsmodels.stats.oneway import anova_oneway

from livelihoods.numerics.banded import fit_bands, grouped_median
from livelihoods.numerics.groups import (
    brown_forsythe,
    cohens_d,
    mann_whitney,
    one_way,
    split_groups,
    student,
    welch,
    welch_anova,
)
from livelihoods.numerics.homogeneity import marginal_homogeneity

# Same formulas in double precision: only the order of summation differs.
CLOSE = {"rel": 1e-10}


@pytest.fixture
def groups() -> list[np.ndarray]:
    rng = np.random.default_rng(11)
    return [rng.normal(i, 1 + i, size=20 + 7 * i).round(1) for i in range(3)]


def test_two_groups_equal_scipy(groups: list[np.ndarray]) -> None:
    a, b = groups[:2]
    t = st.ttest_ind(b, a)
    assert student(a, b).p_value == pytest.approx(t.pvalue, **CLOSE)
    assert student(a, b).statistic == pytest.approx(t.statistic, **CLOSE)
    w = st.ttest_ind(b, a, equal_var=False)
    assert welch(a, b).p_value == pytest.approx(w.pvalue, **CLOSE)
    assert welch(a, b).df == pytest.approx(w.df, **CLOSE)
    u = st.mannwhitneyu(b, a, method="asymptotic")
    assert mann_whitney(a, b).u == u.statistic
    assert mann_whitney(a, b).p_value == pytest.approx(u.pvalue, **CLOSE)
    # d and t say the same: t = d / sqrt(1/n + 1/m)
    scale = np.sqrt(1 / a.size + 1 / b.size)
    assert cohens_d(a, b) / scale == pytest.approx(t.statistic, **CLOSE)


def test_anova_equals_scipy_and_statsmodels(groups: list[np.ndarray]) -> None:
    f, eta2 = one_way(groups)
    assert f.p_value == pytest.approx(st.f_oneway(*groups).pvalue, **CLOSE)
    assert eta2 == pytest.approx(f.df1 * f.statistic / (f.df1 * f.statistic + f.df2), **CLOSE)
    w = welch_anova(groups)
    theirs = anova_oneway(groups, use_var="unequal", welch_correction=True)
    assert w is not None
    assert w.statistic == pytest.approx(theirs.statistic, **CLOSE)
    assert w.p_value == pytest.approx(theirs.pvalue, **CLOSE)
    levene = st.levene(*groups, center="median")
    assert brown_forsythe(groups).statistic == pytest.approx(levene.statistic, **CLOSE)


def test_two_groups_anova_is_t_squared(groups: list[np.ndarray]) -> None:
    assert one_way(groups[:2])[0].statistic == pytest.approx(
        student(*groups[:2]).statistic ** 2, **CLOSE
    )
    w = welch_anova(groups[:2])
    assert w is not None
    assert w.statistic == pytest.approx(welch(*groups[:2]).statistic ** 2, **CLOSE)


def test_split_groups() -> None:
    parts = split_groups(np.array([1.0, 2, 3, 4]), np.array([1, 0, 1, 1]), 3)
    assert [p.tolist() for p in parts] == [[2.0], [1.0, 3.0, 4.0], []]


# Stuart's unaided vision, 7,477 women (Stuart 1955): 11.96 with 3 df, as printed in the paper and
# in R's DescTools::StuartMaxwellTest; Bhapkar 11.98.
VISION = np.array(
    [[1520, 266, 124, 66], [234, 1512, 432, 78], [117, 362, 1772, 205], [36, 82, 179, 492]]
)


def test_marginal_homogeneity_of_stuarts_data() -> None:
    found = marginal_homogeneity(VISION)
    assert found is not None
    assert found.df == 3
    assert found.stuart_maxwell == pytest.approx(11.96, abs=0.005)
    assert found.bhapkar == pytest.approx(11.98, abs=0.005)
    table = SquareTable(VISION, shift_zeros=False)
    for name, ours in [("stuart_maxwell", found.stuart_maxwell), ("bhapkar", found.bhapkar)]:
        assert table.homogeneity(method=name).statistic == pytest.approx(ours, rel=1e-9)


@given(hs.lists(hs.integers(0, 9), min_size=16, max_size=16))
def test_marginal_homogeneity_laws(cells: list[int]) -> None:
    """Transposing changes nothing; an unused category changes nothing; symmetry gives zero."""
    table = np.array(cells, dtype=float).reshape(4, 4)
    found = marginal_homogeneity(table)
    other = marginal_homogeneity(table.T)
    wide = np.zeros((5, 5))
    wide[:4, :4] = table
    wider = marginal_homogeneity(wide)
    if found is None or other is None or wider is None:
        assert found is other is wider is None
        return
    assert other.stuart_maxwell == pytest.approx(found.stuart_maxwell, rel=1e-8, abs=1e-9)
    assert wider.stuart_maxwell == pytest.approx(found.stuart_maxwell, rel=1e-8, abs=1e-9)
    assert wider.df == found.df
    symmetric = marginal_homogeneity(table + table.T)
    assert symmetric is not None
    assert symmetric.stuart_maxwell == pytest.approx(0.0, abs=1e-9)


EDGES = np.array([0, 10, 35, 65, 105, 155, 205, np.inf]) * 1000.0
COUNTS = np.array([13.0, 49, 91, 84, 46, 18, 11])


def _loglik(theta: np.ndarray, law: str) -> float:
    ends = np.log(np.maximum(EDGES, 1e-300)) if law == "lognormal" else EDGES.copy()
    ends[0] = -np.inf
    mu, sigma = (theta[0], np.exp(theta[1]))
    return float(COUNTS @ np.log(np.diff(st.norm.cdf(ends, mu, sigma))))


@pytest.mark.parametrize("law", ["normal", "lognormal"])
def test_band_fit_is_the_maximum(law: str) -> None:
    low = EDGES[:-1].copy()
    if law == "normal":
        low[0] = -np.inf
    found = fit_bands(low, EDGES[1:], COUNTS, law)  # type: ignore[arg-type]
    assert found is not None
    assert found.loglik == pytest.approx(_loglik(np.array([found.mu, np.log(found.sigma)]), law))
    best = minimize(
        lambda t: -_loglik(np.array([found.mu * t[0], np.log(found.sigma) + t[1]]), law),
        [1.001, 0.01],
        method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-12},
    )
    # Nelder-Mead stops about 1e-6 from the top.
    assert found.loglik == pytest.approx(-best.fun, abs=1e-6)
    assert best.x[0] == pytest.approx(1.0, abs=1e-5)


def test_band_fit_recovers_a_lognormal() -> None:
    rng = np.random.default_rng(5)
    income = np.exp(rng.normal(10.5, 0.8, size=200_000))
    counts = np.histogram(income, EDGES)[0].astype(float)
    found = fit_bands(EDGES[:-1], EDGES[1:], counts, "lognormal")
    assert found is not None
    assert abs(found.mean - np.exp(10.5 + 0.32)) < 4 * found.mean_se
    assert found.median == pytest.approx(np.exp(10.5), rel=0.01)
    # The delta-method error against the spread of 200 repetitions of 2,000 answers.
    draws = []
    for _ in range(200):
        sample = rng.multinomial(2000, counts / counts.sum()).astype(float)
        one = fit_bands(EDGES[:-1], EDGES[1:], sample, "lognormal")
        assert one is not None
        draws.append((one.mean, one.mean_se))
    means, errors = np.array(draws).T
    assert errors.mean() == pytest.approx(means.std(), rel=0.2)  # 200 draws: ±2 × 5 %


def test_band_fit_says_when_it_cannot() -> None:
    assert fit_bands(np.array([0.0, 1]), np.array([1.0, 2]), np.array([3.0, 4]), "normal") is None
    low, high = np.array([-5.0, 0, 5]), np.array([0.0, 5, 9])
    assert fit_bands(low, high, np.ones(3), "lognormal") is None


def test_grouped_median_by_hand() -> None:
    # 40 answers: 10 below 10, 20 in [10, 30), 10 above; the 20th is halfway up the middle band.
    low, high = np.array([0.0, 10, 30]), np.array([10.0, 30, np.inf])
    assert grouped_median(low, high, np.array([10.0, 20, 10])) == 20.0
    assert np.isnan(grouped_median(low, high, np.array([1.0, 1, 10])))
