"""Polychoric correlations against closed forms, a second search, and recovery."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelihoods.numerics.polychoric import (
    boxes,
    nearest,
    pair_correlation,
    polychoric,
    thresholds,
)


@given(st.floats(-0.9, 0.9))
def test_tetrachoric_at_the_medians(rho: float) -> None:
    # Sheppard: P(both above the median) = 1/4 + arcsin(ρ)/2π, so the table is fitted exactly.
    both = 0.25 + np.arcsin(rho) / (2 * np.pi)
    counts = 1000 * np.array([[both, 0.5 - both], [0.5 - both, both]])
    cuts = np.array([-np.inf, 0.0, np.inf])
    found, settled = pair_correlation(counts, cuts, cuts)
    assert settled
    # The score is solved to 1e-12 in ρ; the probability's own error is 2e-15.
    assert found == pytest.approx(rho, abs=1e-9)


def test_maximum_by_another_search() -> None:
    from scipy.optimize import minimize_scalar

    rng = np.random.default_rng(4)
    z = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 400)
    codes = [np.digitize(z[:, j], [-1.0, -0.2, 0.5, 1.3]) for j in (0, 1)]
    cuts = [thresholds(one) for one in codes]
    counts = np.zeros((5, 5))
    np.add.at(counts, (codes[0], codes[1]), 1)
    found, _ = pair_correlation(counts, *cuts)
    search = minimize_scalar(
        lambda r: -(counts * np.log(boxes(*cuts, r))).sum(),
        bounds=(-0.99, 0.99),
        method="bounded",
        options={"xatol": 1e-10},
    )
    # A search without derivatives finds a flat maximum to about √ε.
    assert found == pytest.approx(search.x, abs=1e-6)


def test_recovers_the_latent_correlations() -> None:
    truth = np.array([[1, 0.7, 0.3], [0.7, 1, 0.5], [0.3, 0.5, 1]])
    z = np.random.default_rng(1).multivariate_normal(np.zeros(3), truth, 20_000)
    answers = [np.digitize(z[:, j], [0.8, 1.4, 2.0]) for j in range(3)]
    found = polychoric(answers)
    assert found.converged
    # Standard error of a correlation with coarse answers: about 2(1 − ρ²)/√n = .013 at most.
    np.testing.assert_allclose(found.R, truth, atol=4 * 0.013)
    pearson = np.corrcoef(answers)
    below = np.tril_indices(3, -1)
    assert (found.R[below] > pearson[below]).all()


def test_boxes_are_probabilities() -> None:
    cuts = np.array([-np.inf, -0.5, 0.3, np.inf])
    P = boxes(cuts, cuts, -0.4)
    assert P.sum() == pytest.approx(1.0, abs=1e-14)
    assert (P > 0).all()


def test_nearest_is_a_correlation_matrix() -> None:
    odd = np.array([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]])
    found = nearest(odd)
    assert np.linalg.eigvalsh(found)[0] > 0
    np.testing.assert_array_equal(np.diag(found), 1.0)
