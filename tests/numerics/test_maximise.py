"""Newton with its two helpers, on functions whose maxima are known by hand."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from livelihoods.numerics.maximise import condition_number, newton

Vector = NDArray[np.float64]


def _rosenbrock(x: Vector) -> tuple[float, Vector, Vector]:
    a, b = x
    value = -((1 - a) ** 2) - 100 * (b - a * a) ** 2
    gradient = np.array([2 * (1 - a) + 400 * a * (b - a * a), -200 * (b - a * a)])
    hessian = np.array([[-2 + 400 * (b - 3 * a * a), 400 * a], [400 * a, -200.0]])
    return value, gradient, hessian


def test_rosenbrock_from_the_classic_start() -> None:
    found = newton(lambda x: _rosenbrock(x)[0], _rosenbrock, np.array([-1.2, 1.0]))
    assert found.status == "converged"
    # Maximum (1, 1) by construction; quadratic convergence leaves about the root of 1e-9/curvature.
    np.testing.assert_allclose(found.point, [1.0, 1.0], atol=1e-4)
    assert all(b >= a for a, b in zip(found.trace, found.trace[1:], strict=False))


def test_leaves_a_saddle() -> None:
    def f(x: Vector) -> tuple[float, Vector, Vector]:
        a, b = x
        value = a * a / 2 - a**4 / 4 - b * b
        return value, np.array([a - a**3, -2 * b]), np.diag([1 - 3 * a * a, -2.0])

    found = newton(lambda x: f(x)[0], f, np.array([0.1, 1.0]))
    # The origin is a saddle; the maxima are (±1, 0) with value ¼.
    assert found.status == "converged"
    assert found.trust_steps > 0
    np.testing.assert_allclose(np.abs(found.point), [1.0, 0.0], atol=1e-4)
    assert abs(found.value - 0.25) < 1e-8


def test_scale_does_not_matter() -> None:
    def scaled(factor: Vector) -> Vector:
        def f(x: Vector) -> tuple[float, Vector, Vector]:
            value, gradient, hessian = _rosenbrock(x / factor)
            return value, gradient / factor, hessian / np.outer(factor, factor)

        return newton(lambda x: f(x)[0], f, np.array([-1.2, 1.0]) * factor).point / factor

    # The same path in scaled coordinates, hence the same end to rounding.
    np.testing.assert_allclose(
        scaled(np.array([1.0, 1.0])), scaled(np.array([1e-4, 1e4])), atol=1e-6
    )


def test_says_when_parameters_run_away() -> None:
    def f(x: Vector) -> tuple[float, Vector, Vector]:
        e = np.exp(-x[0] * 1e-3)
        return -e, np.array([1e-3 * e]), np.array([[-1e-6 * e]])

    found = newton(lambda x: f(x)[0], f, np.array([0.0]), runaway=5e3, tolerance=1e-12)
    assert found.status == "unbounded"


def test_condition_number() -> None:
    assert condition_number(-np.diag([1.0, 1e6])) == 1.0  # scale is taken out
    r = 0.5
    # Eigenvalues of [[1, r], [r, 1]] are 1 ± r.
    assert abs(condition_number(-np.array([[1.0, r], [r, 1.0]])) - 3.0) < 1e-12
    assert condition_number(np.diag([1.0, -1.0])) == np.inf
