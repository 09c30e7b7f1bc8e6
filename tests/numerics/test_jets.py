"""Jets against hand formulas and differences: the chain rules are exact to rounding."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from livelihoods.numerics import jets


def _conditional(x: jets.Jet) -> jets.Jet:
    """A formula as the likelihood uses it: conditional spread of two given one."""
    q = x.value.size
    one = jets.constant(1.0, q)
    s = [jets.exp(x[i]) for i in range(3)]
    r = [jets.tanh(x[3 + i]) for i in range(3)]
    pairs = {(0, 1): r[0], (0, 2): r[1], (1, 2): r[2]}
    sigma = jets.matrix(
        [
            [s[i] * s[j] * (one if i == j else pairs[min(i, j), max(i, j)]) for j in range(3)]
            for i in range(3)
        ]
    )
    known, rest = slice(0, 1), slice(1, 3)
    k = jets.inverse(sigma[known, known])
    b = sigma[rest, known] @ k
    v = sigma[rest, rest] - b @ sigma[known, rest]
    spread = [jets.sqrt(v[i, i]) for i in range(2)]
    corr = v[0, 1] * jets.reciprocal(spread[0] * spread[1])
    return jets.stack(
        [
            corr,
            jets.sech(x[3]),
            jets.log(spread[0]),
            b.ravel(),
            jets.log_determinant(sigma),
            k.transposed.ravel(),
        ]
    )


def test_derivatives_match_differences() -> None:
    at = np.array([0.3, -0.2, 0.1, 0.4, -0.3, 0.2])
    exact = _conditional(jets.variable(at))
    h = 1e-5

    def first(point: NDArray[np.float64]) -> NDArray[np.float64]:
        return _conditional(jets.variable(point)).first

    for a in range(6):
        e = np.zeros(6)
        e[a] = h
        up, down = _conditional(jets.variable(at + e)), _conditional(jets.variable(at - e))
        # Central differences at 1e-5 are good to about 1e-10 for functions of size one.
        np.testing.assert_allclose(
            exact.first[a], (up.value - down.value) / (2 * h), rtol=0, atol=2e-9
        )
        np.testing.assert_allclose(
            exact.second[a], (first(at + e) - first(at - e)) / (2 * h), rtol=0, atol=2e-9
        )


def test_second_derivatives_are_symmetric() -> None:
    exact = _conditional(jets.variable(np.linspace(-0.3, 0.4, 6)))
    # Rounding only: the rules are written symmetrically.
    np.testing.assert_allclose(exact.second, exact.second.swapaxes(0, 1), atol=1e-13)


def test_minus_and_plain_numbers() -> None:
    x = jets.variable(np.array([2.0]))
    y = (x - 1.0) * 3.0 - x * x
    assert y.value[0] == -1.0  # (2 − 1)·3 − 4
    assert y.first[0, 0] == -1.0  # 3 − 2x
    assert y.second[0, 0, 0] == -2.0
