"""Least squares and its covariances against exact arithmetic, statsmodels and identities."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from livelihoods.numerics import covariance as cov
from livelihoods.numerics.linear import (
    independent_columns,
    lstsq_columns,
    residualise,
)

# Rounding of well-conditioned problems of a few hundred rows, measured at 1e-12.
CLOSE = 1e-9


def messy(seed: int = 3, n: int = 400) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    r = np.random.default_rng(seed)
    income = np.exp(r.normal(9, 1.2, n))
    X = np.column_stack([np.ones(n), r.normal(size=n), income / 1e4, r.integers(0, 2, n)])
    y = 2 + X[:, 1] + r.normal(size=n) * (0.2 + X[:, 2])
    return np.asfortranarray(X, dtype=float), y, r.uniform(0.1, 9, n)


@pytest.mark.parametrize("weighted", [False, True])
def test_agrees_with_statsmodels(weighted: bool) -> None:
    X, y, w = messy()
    fit = lstsq_columns(X, y, w if weighted else None)
    peer = sm.WLS(y, X, w if weighted else 1.0).fit()
    np.testing.assert_allclose(fit.coef, peer.params, rtol=CLOSE)
    np.testing.assert_allclose(fit.residuals, peer.resid, atol=CLOSE)
    np.testing.assert_allclose(fit.bread, peer.normalized_cov_params, rtol=CLOSE)
    used = w if weighted else None
    classical = cov.classical(fit.bread, fit.residuals, used, 396)
    np.testing.assert_allclose(classical.matrix, peer.cov_params(), rtol=CLOSE)
    for kind in ("HC0", "HC1", "HC2", "HC3"):
        ours = cov.heteroskedastic(X, fit.residuals, fit.bread, used, kind).matrix
        theirs = peer.get_robustcov_results(kind).cov_params()
        np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-15)


def exact_solution(X: list[list[int]], y: list[int]) -> list[float]:
    """Normal equations in rational arithmetic, Gauss-Jordan."""
    k = len(X[0])
    rows = [
        [Fraction(sum(r[i] * r[j] for r in X)) for j in range(k)]
        + [Fraction(sum(r[i] * v for r, v in zip(X, y, strict=True)))]
        for i in range(k)
    ]
    for i in range(k):
        pivot = rows[i][i]
        rows[i] = [v / pivot for v in rows[i]]
        for j in range(k):
            if j != i:
                factor = rows[j][i]
                rows[j] = [a - factor * b for a, b in zip(rows[j], rows[i], strict=True)]
    return [float(row[k]) for row in rows]


def test_ill_conditioned_years_and_their_squares() -> None:
    # Year, year² and year³ without centring: condition number of raw X about 1e17.
    r = np.random.default_rng(5)
    years = r.integers(1940, 2000, 80).tolist()
    y = [int(v) for v in r.integers(-50, 50, 80)]
    X = [[1, t, t * t] for t in years]
    fit = lstsq_columns(np.asfortranarray(X, dtype=float), np.array(y, dtype=float))
    # Measured 4e-10 on the slopes: rounding of the data themselves, amplified by cond(Z) ≈ 1e3.
    np.testing.assert_allclose(fit.coef, exact_solution(X, y), rtol=2e-8)


def test_qr_takes_over_when_columns_are_nearly_collinear() -> None:
    r = np.random.default_rng(6)
    a = r.integers(-1000, 1000, 60).tolist()
    e = r.integers(-1, 2, 60).tolist()
    y = [int(v) for v in r.integers(-50, 50, 60)]
    X = [[1, p, 1000 * p + q] for p, q in zip(a, e, strict=True)]
    fit = lstsq_columns(np.asfortranarray(X, dtype=float), np.array(y, dtype=float))
    assert fit.method == "qr"
    # cond ≈ 1e6, so 1e-16 · 1e6 and a margin.
    np.testing.assert_allclose(fit.coef, exact_solution(X, y), rtol=1e-8)


def test_collinear_columns_leave_from_the_right() -> None:
    X, y, w = messy()
    wide = np.column_stack([X, X[:, 1] + 3 * X[:, 2], np.ones(len(y)) * 7, np.zeros(len(y))])
    kept, dropped = independent_columns(np.asfortranarray(wide), w)
    assert kept.tolist() == [0, 1, 2, 3]
    assert dropped.tolist() == [4, 5, 6]
    fit = lstsq_columns(np.asfortranarray(wide), y, w)
    np.testing.assert_allclose(fit.coef[:4], lstsq_columns(X, y, w).coef, rtol=CLOSE)
    assert np.isnan(fit.coef[4:]).all()


@given(st.integers(0, 10_000))
def test_residuals_are_orthogonal_and_scale_is_free(seed: int) -> None:
    X, y, w = messy(seed, 60)
    scale = 10.0 ** np.random.default_rng(seed).integers(-6, 7, 4)
    fit, scaled = lstsq_columns(X, y, w), lstsq_columns(X * scale, y, w)
    np.testing.assert_allclose(X.T @ (w * fit.residuals), 0, atol=1e-8)
    np.testing.assert_allclose(scaled.coef * scale, fit.coef, rtol=1e-7, atol=1e-10)


def test_frisch_waugh_lovell() -> None:
    X, y, w = messy()
    left = residualise(X[:, [0, 2, 3]], np.column_stack([X[:, 1], y]), w)
    slope = (left[:, 0] * w) @ left[:, 1] / ((left[:, 0] * w) @ left[:, 0])
    assert slope == pytest.approx(lstsq_columns(X, y, w).coef[1], rel=CLOSE)


def test_two_way_cluster_by_the_written_formula() -> None:
    X, y, w = messy()
    r = np.random.default_rng(9)
    a, b = r.integers(0, 12, 400), r.integers(0, 35, 400)
    fit = lstsq_columns(X, y, w)

    def one(labels: list[object]) -> np.ndarray:
        groups = sorted(set(labels))
        meat = np.zeros((4, 4))
        for g in groups:
            rows = [i for i, v in enumerate(labels) if v == g]
            s = sum(w[i] * fit.residuals[i] * X[i] for i in rows)
            meat += np.outer(s, s)
        G = len(groups)
        return fit.bread @ meat @ fit.bread * G / (G - 1) * 399 / 396

    want = one(list(a)) + one(list(b)) - one(list(zip(a, b, strict=True)))
    got = cov.clustered(X, fit.residuals, fit.bread, w, (a, b))
    np.testing.assert_allclose(got.matrix, want, rtol=CLOSE, atol=1e-15)
    assert got.groups == (12, 35)
    assert got.df == 11
    peer = sm.WLS(y, X, w).fit(
        cov_type="cluster", cov_kwds={"groups": np.column_stack([a, b]), "use_correction": True}
    )
    np.testing.assert_allclose(np.diag(got.matrix), peer.bse**2, rtol=1e-8)


def test_one_cluster_a_row_is_hc1_but_for_the_factor() -> None:
    X, y, _ = messy()
    fit = lstsq_columns(X, y)
    cluster = cov.clustered(X, fit.residuals, fit.bread, None, (np.arange(400),)).matrix
    hc1 = cov.heteroskedastic(X, fit.residuals, fit.bread, None, "HC1").matrix
    # G/(G−1)·(n−1)/(n−k) with G = n is n/(n−k): the same.
    np.testing.assert_allclose(cluster, hc1, rtol=CLOSE)


def test_leverage_sums_to_the_rank_and_leverage_of_one_is_named() -> None:
    X, y, w = messy(n=30)
    fit = lstsq_columns(X, y, w)
    assert cov.leverage(X, fit.bread, w).sum() == pytest.approx(4, rel=CLOSE)
    lonely = np.column_stack([X, np.arange(30) == 7]).astype(float)
    fit = lstsq_columns(lonely, y)
    hc3 = cov.heteroskedastic(lonely, fit.residuals, fit.bread, None, "HC3")
    assert hc3.leverage_one == (7,)
    assert np.isfinite(hc3.matrix).all()


def test_negative_eigenvalues_are_mended_and_said() -> None:
    fixed, mended = cov.nearest_psd(np.array([[1.0, 2.0], [2.0, 1.0]]))
    assert mended
    # Eigenvalues 3 and −1; with −1 set to zero the matrix is 3/2 everywhere.
    np.testing.assert_allclose(fixed, 1.5, rtol=1e-14)
    assert not cov.nearest_psd(np.eye(2))[1]


def test_wald_refuses_a_singular_matrix() -> None:
    assert cov.wald(np.ones(2), np.ones((2, 2))) is None
    assert cov.wald(np.array([2.0, 1.0]), np.diag([4.0, 1.0])) == pytest.approx(2.0)
