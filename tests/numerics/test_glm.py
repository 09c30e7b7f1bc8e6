"""Logit, probit and Poisson against statsmodels, closed forms and data without a maximum."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from livelihoods.numerics.glm import fit_logit, fit_poisson, fit_probit, probit_link
from livelihoods.numerics.separation import separated_binary, separated_count

FITS = {"logit": fit_logit, "probit": fit_probit}


def data(seed: int = 1, n: int = 500) -> tuple[np.ndarray, np.ndarray]:
    r = np.random.default_rng(seed)
    X = np.column_stack([np.ones(n), r.normal(size=(n, 3))])
    y = (X[:, 1] - 0.5 * X[:, 2] + r.logistic(size=n) > 0).astype(float)
    return X, y


@pytest.mark.parametrize("kind", ["logit", "probit"])
def test_agrees_with_statsmodels(kind: str) -> None:
    X, y = data()
    ours = FITS[kind](X, y)
    peer = {"logit": sm.Logit, "probit": sm.Probit}[kind](y, X).fit(disp=0, tol=1e-14)
    # Both stop at Newton's last step: rounding only.
    np.testing.assert_allclose(ours.coef, peer.params, rtol=1e-10)
    np.testing.assert_allclose(ours.covariance, peer.cov_params(), rtol=1e-9)
    assert ours.loglik == pytest.approx(peer.llf, rel=1e-12)
    assert ours.loglik_null == pytest.approx(peer.llnull, rel=1e-9)
    assert ours.converged
    assert ours.separation is None


def test_weights_are_repetitions() -> None:
    X, y = data()
    w = np.random.default_rng(2).integers(0, 4, len(y))
    ours = fit_logit(X, y, w.astype(float))
    long = fit_logit(np.repeat(X, w, axis=0), np.repeat(y, w))
    np.testing.assert_allclose(ours.coef, long.coef, rtol=1e-11)
    np.testing.assert_allclose(ours.information, long.information, rtol=1e-11)
    assert ours.loglik_null == pytest.approx(long.loglik_null, rel=1e-12)


def test_poisson_agrees_with_statsmodels_with_an_offset() -> None:
    X, _ = data()
    r = np.random.default_rng(4)
    exposure = r.uniform(0.5, 3, len(X))
    y = r.poisson(exposure * np.exp(0.3 + 0.6 * X[:, 1])).astype(float)
    ours = fit_poisson(X, y, offset=np.log(exposure))
    peer = sm.GLM(y, X, family=sm.families.Poisson(), offset=np.log(exposure)).fit(tol=1e-14)
    np.testing.assert_allclose(ours.coef, peer.params, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(ours.covariance, peer.cov_params(), rtol=1e-8)
    assert ours.loglik == pytest.approx(peer.llf, rel=1e-11)
    assert ours.loglik_null == pytest.approx(peer.llnull, rel=1e-9)


@pytest.mark.parametrize("kind", ["logit", "probit"])
def test_two_by_two_table_in_closed_form(kind: str) -> None:
    # 30 of 80 without, 45 of 60 with: the fitted shares are the shares.
    x = np.repeat([0.0, 1.0], [80, 60])
    y = np.concatenate([np.arange(80) < 30, np.arange(60) < 45]).astype(float)
    fit = FITS[kind](np.column_stack([np.ones(140), x]), y)
    np.testing.assert_allclose(np.unique(fit.fitted.round(12)), [0.375, 0.75], atol=1e-11)
    if kind == "logit":
        assert fit.coef[1] == pytest.approx(math.log(3) - math.log(0.6), rel=1e-11)


def test_probit_link_far_out() -> None:
    # At η = −30 the hazard φ/Φ tends to −η + 1/η …: series to three terms, good to 1e-5.
    _, first, second = probit_link(np.array([-30.0]), np.array([1.0]))
    assert first[0] == pytest.approx(30 + 1 / 30 - 2 / 30**3, rel=1e-7)
    assert 0 < second[0] < 1.0


@pytest.mark.parametrize("kind", ["logit", "probit"])
def test_separation_by_a_dummy_is_found(kind: str) -> None:
    X, y = data()
    dummy = (X[:, 1] > 0.7).astype(float)
    y = np.where(dummy == 1, 1.0, y)
    fit = FITS[kind](np.column_stack([X, dummy]), y)
    assert fit.separation is not None
    assert fit.separation.columns == (4,)
    assert len(fit.separation.rows) == int(dummy.sum())


@pytest.mark.parametrize("kind", ["logit", "probit"])
def test_separation_by_a_combination_is_found(kind: str) -> None:
    X, _ = data()
    y = (X[:, 1] + X[:, 2] > 0.1).astype(float)
    fit = FITS[kind](X, y)
    assert fit.separation is not None
    assert {1, 2} <= set(fit.separation.columns)


@given(st.integers(0, 10_000))
def test_overlapping_data_are_never_called_separated(seed: int) -> None:
    X, y = data(seed, 120)
    assert separated_binary(X, y) is None


def test_poisson_separation() -> None:
    # y > 0 only where the dummy is off: its coefficient has no finite maximum.
    X, _ = data(n=200)
    y = np.random.default_rng(5).poisson(2.0, 200).astype(float)
    dummy = np.zeros(200)
    dummy[:12] = 1.0
    y[:12] = 0.0
    found = separated_count(np.column_stack([X, dummy]), y)
    assert found is not None
    assert found.columns == (4,)
    assert found.rows == tuple(range(12))
    assert separated_count(X, y) is None
