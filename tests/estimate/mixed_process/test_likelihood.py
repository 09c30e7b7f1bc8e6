"""The likelihood's derivatives against differences, for every kind and mixture."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from estimate.mixed_process.systems import Maker, every_kind
from livelihoods.errors import EstimationError
from livelihoods.estimate.mixed_process.arrays import Layout
from livelihoods.estimate.mixed_process.likelihood import derivatives, log_likelihood, scores
from livelihoods.estimate.mixed_process.prepare import prepare

SYSTEMS = every_kind()
STEP = 1e-5


def _somewhere(layout: Layout, seed: int = 3) -> NDArray[np.float64]:
    phi = np.random.default_rng(seed).normal(size=layout.size) * 0.2
    for cuts in layout.cuts:
        if cuts.stop > cuts.start:
            phi[cuts] = np.linspace(-0.6, 0.8, cuts.stop - cuts.start)
    return phi


@pytest.mark.parametrize("name", SYSTEMS)
def test_derivatives_match_differences(name: str) -> None:
    problem = prepare(SYSTEMS[name])
    size = problem.layout.size
    phi = _somewhere(problem.layout)
    value, gradient, hessian = derivatives(problem, phi)
    assert value == log_likelihood(problem, phi)
    for i in range(size):
        e = np.zeros(size)
        e[i] = STEP
        slope = log_likelihood(problem, phi + e) - log_likelihood(problem, phi - e)
        bend = derivatives(problem, phi + e)[1] - derivatives(problem, phi - e)[1]
        # Central differences of a sum of 300 terms: rounding 1e-13/1e-5 beats truncation 1e-10.
        assert abs(gradient[i] - slope / (2 * STEP)) < 1e-6 * max(1.0, np.abs(gradient).max())
        np.testing.assert_allclose(
            hessian[i], bend / (2 * STEP), rtol=0, atol=2e-8 * np.abs(hessian).max()
        )
    np.testing.assert_allclose(hessian, hessian.T, atol=1e-11 * np.abs(hessian).max())


@pytest.mark.parametrize("name", SYSTEMS)
def test_scores_sum_to_the_gradient(name: str) -> None:
    problem = prepare(SYSTEMS[name])
    phi = _somewhere(problem.layout)
    total = np.zeros(problem.layout.size)
    for block, rows in scores(problem, phi):
        total += rows.sum(axis=0) if block.weight is None else block.weight @ rows
    # The same sum in another order.
    gradient = derivatives(problem, phi)[1]
    np.testing.assert_allclose(total, gradient, atol=1e-11 * max(1.0, np.abs(gradient).max()))


def test_three_censored_equations_are_refused() -> None:
    m = Maker(n=50)
    with pytest.raises(EstimationError) as caught:
        prepare(m.system(m.probit(), m.probit(), m.ordered()))
    assert caught.value.code == "estimate.cmp.three_censored"


def test_no_likelihood_beyond_the_cone() -> None:
    """Three correlations near 1, 1 and −1 belong to no covariance: the value says so."""
    m = Maker(n=50)
    problem = prepare(m.system(m.linear(), m.linear(), m.linear()))
    phi = np.zeros(problem.layout.size)
    phi[-3:] = [3.0, 3.0, -3.0]
    assert log_likelihood(problem, phi) == -np.inf
