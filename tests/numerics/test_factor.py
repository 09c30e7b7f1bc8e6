"""Components, adequacy, rotation and maximum-likelihood factors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import chdtrc

from livelihoods.numerics.factor import (
    components,
    log_chi2_tail,
    maximum_likelihood,
    random_eigenvalues,
    sampling_adequacy,
    score_coefficients,
    sphericity,
)
from livelihoods.numerics.rotation import quartimin, varimax


def correlations(seed: int, p: int = 6, n: int = 200) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.corrcoef(
        (rng.normal(size=(n, 2)) @ rng.normal(size=(2, p)) + rng.normal(size=(n, p))).T
    )


@given(st.integers(0, 10_000))
def test_varimax_is_stationary_and_orthogonal(seed: int) -> None:
    loadings = np.random.default_rng(seed).normal(size=(8, 3))
    found = varimax(loadings)
    assert found.converged
    # Identities: orthogonal turn, communalities kept.
    np.testing.assert_allclose(found.matrix.T @ found.matrix, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(loadings @ found.matrix, found.loadings, atol=1e-12)
    # First-order condition of raw varimax on normalised rows: B'(B³ − B·diag(B'B)/p) symmetric
    # (Kaiser 1958); 1e-9 because angles stop at 1e-12 and squares accumulate.
    B = found.loadings / np.sqrt((loadings**2).sum(axis=1, keepdims=True))
    slope = B.T @ (B**3 - B * (B**2).mean(axis=0))
    np.testing.assert_allclose(slope, slope.T, atol=1e-9)


def test_varimax_against_scipy_optimise() -> None:
    from scipy.optimize import minimize_scalar

    loadings = np.random.default_rng(4).normal(size=(9, 2))

    def criterion(angle: float) -> float:
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        square = (loadings / np.linalg.norm(loadings, axis=1, keepdims=True) @ turn) ** 2
        return -float(square.var(axis=0).sum())

    best = min(
        minimize_scalar(
            criterion, bounds=(a, a + 0.8), method="bounded", options={"xatol": 1e-12}
        ).fun
        for a in (0.0, 0.8, 1.6, 2.4)
    )
    square = (varimax(loadings).loadings / np.linalg.norm(loadings, axis=1, keepdims=True)) ** 2
    # Second route: a search over the one angle there is; its function values are exact to 1e-12.
    assert square.var(axis=0).sum() == pytest.approx(-best, abs=1e-12)


def test_quartimin_finds_simple_structure() -> None:
    pattern = np.kron(np.eye(3), np.array([[0.8], [0.7], [0.6]]))
    phi = np.array([[1, 0.5, 0.3], [0.5, 1, 0.4], [0.3, 0.4, 1]])
    R = pattern @ phi @ pattern.T
    np.fill_diagonal(R, 1.0)
    factors = maximum_likelihood(R, 3)
    found = quartimin(factors.loadings)
    assert factors.converged
    assert found.converged
    order = [int(np.argmax(np.abs(found.loadings[j]))) for j in (0, 3, 6)]
    # A perfect simple structure is the minimum (criterion 0): recovered from the population
    # matrix; 1e-5 is what the quasi-Newton search leaves in ψ.
    np.testing.assert_allclose(found.loadings[:, order], pattern, atol=2e-5)
    np.testing.assert_allclose(found.correlations[np.ix_(order, order)], phi, atol=2e-5)


@given(st.integers(0, 500))
def test_score_coefficients(seed: int) -> None:
    R = correlations(seed)
    values, vectors = components(R)
    loadings = varimax(vectors[:, :2] * np.sqrt(values[:2])).loadings
    W = score_coefficients(R, loadings, "regression")
    # Scores of components are uncorrelated with variance 1 (law of PCA with regression scores).
    np.testing.assert_allclose(W.T @ R @ W, np.eye(2), atol=1e-10)
    rubin = score_coefficients(R, loadings, "anderson_rubin")
    np.testing.assert_allclose(rubin.T @ R @ rubin, np.eye(2), atol=1e-8)
    bartlett = score_coefficients(R, loadings, "bartlett")
    # Bartlett scores are conditionally unbiased: W'Λ = I.
    np.testing.assert_allclose(bartlett.T @ loadings, np.eye(2), atol=1e-8)


def test_log_tail_joins_smoothly() -> None:
    # scipy.special where it does not underflow; the continued fraction is used below 1e-200.
    for x, df in ((700.0, 3), (900.0, 45), (1200.0, 1)):
        tail = float(chdtrc(df, x))
        if tail > 0:
            assert log_chi2_tail(x, df) == pytest.approx(np.log(tail), rel=1e-12)
    import mpmath

    mpmath.mp.dps = 40
    for x, df in ((2871.61035773108, 45), (5e4, 10), (1500.0, 300)):
        exact = mpmath.log(mpmath.gammainc(df / 2, mpmath.mpf(x) / 2, regularized=True))
        # 40-digit arithmetic; rounding of x in doubles limits to about 1e-13 relative.
        assert log_chi2_tail(x, df) == pytest.approx(float(exact), rel=1e-12)


def test_adequacy_by_hand() -> None:
    # Two items: q = r, so KMO = ½ whatever r is (closed form).
    overall, items = sampling_adequacy(np.array([[1.0, 0.4], [0.4, 1.0]]))
    assert overall == pytest.approx(0.5, abs=1e-15)
    assert items.tolist() == pytest.approx([0.5, 0.5], abs=1e-15)
    identity = sphericity(np.eye(4), 100)
    assert (identity.chi2, identity.df, identity.p_value) == (0.0, 6, 1.0)


def test_random_eigenvalues_are_those_of_random_data() -> None:
    n, p, draws = 60, 5, 4_000
    rng = np.random.default_rng(11)
    short = np.array([random_eigenvalues(rng, n, p) for _ in range(draws)])
    long = np.array(
        [np.linalg.eigvalsh(np.corrcoef(rng.normal(size=(p, n))))[::-1] for _ in range(draws)]
    )
    # Same distribution by two routes: means within 4 Monte Carlo standard errors.
    error = np.sqrt(short.var(axis=0) / draws + long.var(axis=0) / draws)
    assert (np.abs(short.mean(axis=0) - long.mean(axis=0)) < 4 * error).all()
    np.testing.assert_allclose(short.sum(axis=1), p, atol=1e-12)


def test_maximum_likelihood_against_statsmodels() -> None:
    from statsmodels.multivariate.factor import Factor

    R = correlations(3, p=7, n=500)
    found = maximum_likelihood(R, 2)
    other = Factor(corr=R, n_factor=2, nobs=500, method="ml").fit()
    # statsmodels' optimiser stops earlier: 1e-4. The implied matrices are free of rotation.
    ours = found.loadings @ found.loadings.T + np.diag(found.uniquenesses)
    theirs = other.loadings @ other.loadings.T + np.diag(other.uniqueness)
    np.testing.assert_allclose(ours, theirs, atol=1e-4)
