"""Rotations of loadings: varimax by plane rotations, oblimin by projected gradients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from livelihoods.typing import Floats

_ANGLE = 1e-12
_SWEEPS = 2_000


@dataclass(frozen=True, slots=True)
class Rotation:
    """Rotated loadings.

    Attributes
    ----------
    loadings
        Shape ``(p, k)``.
    matrix
        T of shape ``(k, k)`` with rotated = unrotated · T (orthogonal for varimax).
    correlations
        Correlations of the factors, shape ``(k, k)``; the identity for varimax.
    sweeps
        Passes over all planes, or gradient steps.
    converged
        Whether the last pass turned by less than the tolerance.
    """

    loadings: Floats
    matrix: Floats
    correlations: Floats
    sweeps: int
    converged: bool


def varimax(loadings: Floats, *, normalise: bool = True, tolerance: float = _ANGLE) -> Rotation:
    """Rotate to the greatest variance of squared loadings (Kaiser 1958).

    Parameters
    ----------
    loadings
        Shape ``(p, k)``.
    normalise
        Divide rows by the square root of their communality and multiply back (Kaiser).
    tolerance
        Largest angle, in radians, that any plane may still turn in the last sweep. Packages
        usually stop when the criterion changes by less than 1e-5, some thousandths short of the
        optimum; this goes on until nothing turns.

    Notes
    -----
    In the plane of columns a, b with u = a² − b², v = 2ab the best angle is
    φ = ¼ atan2(2Σuv − 2ΣuΣv/p, Σ(u² − v²) − ((Σu)² − (Σv)²)/p).
    """
    p, k = loadings.shape
    length = np.sqrt((loadings**2).sum(axis=1, keepdims=True)) if normalise else np.ones((p, 1))
    length = np.where(length > 0, length, 1.0)
    rotated, turn = loadings / length, np.eye(k)
    for sweep in range(1, _SWEEPS + 1):
        largest = 0.0
        for first in range(k - 1):
            for second in range(first + 1, k):
                angle = _best_angle(rotated[:, first], rotated[:, second], p)
                largest = max(largest, abs(angle))
                _turn(rotated, first, second, angle)
                _turn(turn, first, second, angle)
        if largest <= tolerance:
            return Rotation(rotated * length, turn, np.eye(k), sweep, True)
    return Rotation(rotated * length, turn, np.eye(k), _SWEEPS, False)


def _best_angle(a: Floats, b: Floats, p: int) -> float:
    u, v = a * a - b * b, 2.0 * a * b
    su, sv = u.sum(), v.sum()
    above = 2.0 * (u * v).sum() - 2.0 * su * sv / p
    below = (u * u - v * v).sum() - (su * su - sv * sv) / p
    # Rounding noise of a perfectly balanced plane must not turn it for ever.
    if abs(above) <= 1e-15 * ((u * u).sum() + (v * v).sum()) and below >= 0:
        return 0.0
    return float(np.arctan2(above, below) / 4.0)


def _turn(columns: Floats, first: int, second: int, angle: float) -> None:
    cosine, sine = np.cos(angle), np.sin(angle)
    a = columns[:, first] * cosine + columns[:, second] * sine
    b = columns[:, second] * cosine - columns[:, first] * sine
    columns[:, first], columns[:, second] = a, b


def quartimin(loadings: Floats, *, tolerance: float = 1e-10, steps: int = 5_000) -> Rotation:
    """Rotate to oblique factors by direct quartimin (oblimin with γ = 0).

    Minimises Σ_j Σ_{r≠s} λ_jr² λ_js² / 4 over unit-length axes by projected gradients
    (Jennrich 2002; Bernaards and Jennrich 2005).
    """
    k = loadings.shape[1]
    axes, length = np.eye(k), 1.0
    off = np.ones((k, k)) - np.eye(k)
    rotated, value, gradient = _quartimin_at(loadings, axes, off)
    for step in range(1, steps + 1):
        projected = gradient - axes * (axes * gradient).sum(axis=0)
        size = float(np.sqrt((projected**2).sum()))
        if size < tolerance:
            return _oblique(rotated, axes, step, True)
        length *= 2.0
        for _ in range(60):
            trial = axes - length * projected
            trial /= np.sqrt((trial**2).sum(axis=0))
            found = _quartimin_at(loadings, trial, off)
            if value - found[1] > 0.5 * size**2 * length:
                break
            length /= 2.0
        else:
            return _oblique(rotated, axes, step, size < 1e-6)
        axes, (rotated, value, gradient) = trial, found
    return _oblique(rotated, axes, steps, False)


def _quartimin_at(loadings: Floats, axes: Floats, off: Floats) -> tuple[Floats, float, Floats]:
    inverse = np.linalg.inv(axes)
    rotated = loadings @ inverse.T
    others = rotated**2 @ off
    slope = rotated * others
    gradient = -(rotated.T @ slope @ inverse).T
    return rotated, float((rotated**2 * others).sum() / 4.0), gradient


def _oblique(rotated: Floats, axes: Floats, steps: int, converged: bool) -> Rotation:
    sign = np.where(rotated.sum(axis=0) < 0, -1.0, 1.0)
    axes = axes * sign
    turn = np.asarray(np.linalg.inv(axes).T, dtype=np.float64)
    return Rotation(rotated * sign, turn, axes.T @ axes, steps, converged)
