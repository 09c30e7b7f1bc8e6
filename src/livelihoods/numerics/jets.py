"""Small arrays that carry their first and second derivatives: exact second-order chain rules.

A covariance matrix of a system of equations is a smooth function of a few parameters (log standard
deviations, transformed correlations, feedback coefficients). A :class:`Jet` holds such a matrix
with its derivatives, so that the formulas for inverses, conditional variances and correlations are
written once, as they stand in a book, and the Hessian comes out exactly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from livelihoods.typing import Floats


@dataclass(frozen=True, slots=True)
class Jet:
    """An array with its derivatives with respect to q parameters.

    Attributes
    ----------
    value
        Shape ``s``.
    first
        Shape ``(q, *s)``.
    second
        Shape ``(q, q, *s)``, symmetric in its first two axes.
    """

    value: Floats
    first: Floats
    second: Floats

    def __add__(self, other: Jet | float | Floats) -> Jet:
        if isinstance(other, Jet):
            return Jet(
                self.value + other.value, self.first + other.first, self.second + other.second
            )
        return Jet(self.value + other, self.first, self.second)

    def __neg__(self) -> Jet:
        return Jet(-self.value, -self.first, -self.second)

    def __sub__(self, other: Jet | float | Floats) -> Jet:
        return self + (-other)

    def __mul__(self, other: Jet | float) -> Jet:
        if not isinstance(other, Jet):
            return Jet(self.value * other, self.first * other, self.second * other)
        cross = self.first[:, None] * other.first[None, :]
        return Jet(
            self.value * other.value,
            self.first * other.value + self.value * other.first,
            self.second * other.value
            + cross
            + np.swapaxes(cross, 0, 1)
            + self.value * other.second,
        )

    def __matmul__(self, other: Jet) -> Jet:
        cross = self.first[:, None] @ other.first[None, :]
        return Jet(
            self.value @ other.value,
            self.first @ other.value + self.value @ other.first,
            self.second @ other.value
            + cross
            + np.swapaxes(cross, 0, 1)
            + self.value @ other.second,
        )

    def __getitem__(self, key: Any) -> Jet:
        place = key if isinstance(key, tuple) else (key,)
        return Jet(
            self.value[place],
            self.first[(slice(None), *place)],
            self.second[(slice(None), slice(None), *place)],
        )

    @property
    def transposed(self) -> Jet:
        """The transposed matrix."""
        return Jet(
            np.swapaxes(self.value, -1, -2),
            np.swapaxes(self.first, -1, -2),
            np.swapaxes(self.second, -1, -2),
        )

    def ravel(self) -> Jet:
        """The same numbers in one axis."""
        return Jet(self.value.ravel(), _flat(self.first, 1), _flat(self.second, 2))


def variable(values: Floats) -> Jet:
    """The parameters themselves, shape ``(q,)``."""
    q = values.size
    return Jet(values.astype(float), np.eye(q), np.zeros((q, q, q)))


def constant(values: Any, q: int) -> Jet:
    """An array that does not depend on the q parameters."""
    array = np.asarray(values, dtype=float)
    return Jet(array, np.zeros((q, *array.shape)), np.zeros((q, q, *array.shape)))


def apply(x: Jet, value: Floats, slope: Floats, bend: Floats) -> Jet:
    """f(x) elementwise, given f, f′ and f″ at ``x.value``."""
    return Jet(
        value,
        slope * x.first,
        slope * x.second + bend * x.first[:, None] * x.first[None, :],
    )


def exp(x: Jet) -> Jet:
    """Exponential, elementwise."""
    e = np.exp(x.value)
    return apply(x, e, e, e)


def log(x: Jet) -> Jet:
    """Natural logarithm, elementwise."""
    return apply(x, np.log(x.value), 1.0 / x.value, -1.0 / x.value**2)


def sqrt(x: Jet) -> Jet:
    """Square root, elementwise."""
    root = np.sqrt(x.value)
    return apply(x, root, 0.5 / root, -0.25 / (root * x.value))


def reciprocal(x: Jet) -> Jet:
    """1/x, elementwise."""
    return apply(x, 1.0 / x.value, -1.0 / x.value**2, 2.0 / x.value**3)


def tanh(x: Jet) -> Jet:
    """Hyperbolic tangent, elementwise."""
    t = np.tanh(x.value)
    slope = 1.0 / np.cosh(x.value) ** 2
    return apply(x, t, slope, -2.0 * t * slope)


def sech(x: Jet) -> Jet:
    """Hyperbolic secant 1/cosh, elementwise: √(1 − tanh²) without cancellation."""
    s, t = 1.0 / np.cosh(x.value), np.tanh(x.value)
    return apply(x, s, -s * t, s * (t * t - s * s))


def inverse(x: Jet) -> Jet:
    """Inverse of a square matrix: d(X⁻¹) = −X⁻¹ dX X⁻¹."""
    inv = _inv(x.value)
    moved = inv @ x.first @ inv
    cross = moved[:, None] @ x.value @ moved[None, :]
    return Jet(inv, -moved, cross + np.swapaxes(cross, 0, 1) - inv @ x.second @ inv)


def log_determinant(x: Jet) -> Jet:
    """Log of the determinant of a positive definite matrix."""
    inv = _inv(x.value)
    moved = inv @ x.first
    first = np.einsum("aii->a", moved)
    second = np.einsum("abii->ab", inv @ x.second) - np.einsum("aij,bji->ab", moved, moved)
    value: Floats = np.asarray(np.linalg.slogdet(x.value)[1], dtype=np.float64)
    return Jet(value, first, second)


def stack(parts: Sequence[Jet]) -> Jet:
    """Join jets of shape ``()`` or ``(m,)`` into one of shape ``(Σm,)``."""
    return Jet(
        np.concatenate([np.atleast_1d(part.value) for part in parts]),
        np.concatenate([_flat(part.first, 1) for part in parts], axis=1),
        np.concatenate([_flat(part.second, 2) for part in parts], axis=2),
    )


def matrix(entries: Sequence[Sequence[Jet]]) -> Jet:
    """Build a matrix from jets of shape ``()``."""
    rows, columns = len(entries), len(entries[0])
    flat = stack([entry for row in entries for entry in row])
    q = flat.first.shape[0]
    return Jet(
        flat.value.reshape(rows, columns),
        flat.first.reshape(q, rows, columns),
        flat.second.reshape(q, q, rows, columns),
    )


def _flat(array: Floats, axes: int) -> Floats:
    rest = math.prod(array.shape[axes:])
    return array.reshape(*array.shape[:axes], rest)


def _inv(matrix: Floats) -> Floats:
    return np.asarray(np.linalg.inv(matrix), dtype=np.float64)
