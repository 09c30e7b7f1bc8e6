"""Maximisation by Newton steps with a line search, and a trust region where that fails.

The function gives value, gradient and Hessian; nothing is differenced here. All decisions are made
in coordinates scaled by the curvature, so that yuan beside shares do no harm.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.linalg import cho_factor, cho_solve

if TYPE_CHECKING:
    from livelihoods.typing import Floats

Status = Literal["converged", "stalled", "too_many", "unbounded"]
Derivatives = Callable[["Floats"], tuple[float, "Floats", "Floats"]]
Value = Callable[["Floats"], float]

TOLERANCE = 1e-9  # of g'(-H)⁻¹g, twice the rise of the value that Newton still expects
_ARMIJO = 1e-4
_HALVINGS = 14


@dataclass(frozen=True, slots=True)
class Maximum:
    """Where the search ended.

    Attributes
    ----------
    point
        Parameters, shape ``(p,)``.
    value, gradient, hessian
        The function there: scalar, ``(p,)``, ``(p, p)``.
    status
        ``"converged"``: expected rise below the tolerance and Hessian negative definite;
        ``"stalled"``: no step raises the value; ``"too_many"``: iterations used up;
        ``"unbounded"``: parameters run away while the value no longer rises.
    iterations
        Accepted steps.
    scaled_gradient
        g'(−H)⁻¹g at the point, or NaN if −H is not positive definite.
    condition
        Condition number of −H scaled to a unit diagonal.
    trust_steps
        How often the trust region had to help.
    trace
        The value after each accepted step.
    """

    point: Floats
    value: float
    gradient: Floats
    hessian: Floats
    status: Status
    iterations: int
    scaled_gradient: float
    condition: float
    trust_steps: int
    trace: tuple[float, ...]


def newton(
    value: Value,
    derivatives: Derivatives,
    start: Floats,
    *,
    iterations: int = 100,
    tolerance: float = TOLERANCE,
    runaway: float = 1e6,
) -> Maximum:
    """Maximise a smooth function.

    Parameters
    ----------
    value
        f at a point, shape ``(p,)``; ``-inf`` or NaN where it does not exist.
    derivatives
        (f, gradient, Hessian) at a point.
    start
        First point; f must be finite there.
    iterations
        Most accepted steps.
    tolerance
        Converged when g'(−H)⁻¹g is below ``tolerance`` (at least 1e-12 of \\|f\\|).
    runaway
        A parameter beyond this, in size, ends the search as ``"unbounded"``.
    """
    point = np.asarray(start, dtype=float)
    f, g, H = derivatives(point)
    trace = [f]
    trust = 1.0
    helped = 0
    status: Status = "too_many"
    for _ in range(iterations):
        step, expected = _newton_step(g, H)
        if step is not None and expected < max(tolerance, 1e-13 * abs(f)):
            status = "converged"
            break
        moved = None if step is None else _line_search(value, point, f, g, step)
        if moved is None:
            moved, trust = _trust_step(value, point, f, g, H, trust)
            helped += 1
        if moved is None:
            status = "stalled"
            break
        point = moved
        f, g, H = derivatives(point)
        trace.append(f)
        if np.max(np.abs(point)) > runaway:
            status = "unbounded"
            break
    return _ending(point, f, g, H, status, helped, trace, tolerance)


def _ending(
    point: Floats,
    f: float,
    g: Floats,
    H: Floats,
    status: Status,
    helped: int,
    trace: list[float],
    tolerance: float,
) -> Maximum:
    _, decrement = _newton_step(g, H)
    # A search that cannot rise any more has arrived if what is left is rounding of the value.
    floor = max(1e3 * tolerance, 1e-12 * abs(f))
    if status in ("stalled", "too_many") and decrement < floor:
        status = "converged"
    return Maximum(
        point=point,
        value=f,
        gradient=g,
        hessian=H,
        status=status,
        iterations=len(trace) - 1,
        scaled_gradient=decrement,
        condition=condition_number(H),
        trust_steps=helped,
        trace=tuple(trace),
    )


def condition_number(H: Floats) -> float:
    """Condition number of −H after scaling to a unit diagonal; infinite if not definite."""
    if H.size == 0:
        return 1.0
    diagonal = -np.diag(H)
    if not (np.isfinite(H).all() and (diagonal > 0).all()):
        return float("inf")
    scale = 1.0 / np.sqrt(diagonal)
    values = np.linalg.eigvalsh(-H * scale * scale[:, None])
    return float(values[-1] / values[0]) if values[0] > 0 else float("inf")


def _scale(H: Floats) -> Floats:
    diagonal = np.abs(np.diag(H))
    typical = diagonal[diagonal > 0]
    floor = 1e-12 * float(typical.max()) if typical.size else 1.0
    return 1.0 / np.sqrt(np.maximum(diagonal, floor))


def _newton_step(g: Floats, H: Floats) -> tuple[Floats | None, float]:
    """Newton's step and g'(−H)⁻¹g, or (None, NaN) where −H is not positive definite."""
    if g.size == 0:
        return np.zeros(0), 0.0
    if not (np.isfinite(H).all() and np.isfinite(g).all()):
        return None, float("nan")
    scale = _scale(H)
    scaled = -H * scale * scale[:, None]
    try:
        factor = cho_factor(scaled, lower=True)
    except np.linalg.LinAlgError:
        return None, float("nan")
    pivots = np.diag(factor[0])
    if pivots.min() < 1e-8 * pivots.max():
        return None, float("nan")
    step = scale * cho_solve(factor, scale * g)
    return step, float(g @ step)


def _line_search(value: Value, point: Floats, f: float, g: Floats, step: Floats) -> Floats | None:
    slope = float(g @ step)
    length = 1.0
    for _ in range(_HALVINGS):
        there = point + length * step
        reached = value(there)
        if np.isfinite(reached) and reached >= f + _ARMIJO * length * slope:
            return there
        length *= 0.5
    return None


def _trust_step(
    value: Value, point: Floats, f: float, g: Floats, H: Floats, radius: float
) -> tuple[Floats | None, float]:
    """A step that maximises the quadratic model within a ball of scaled coordinates."""
    scale = _scale(H)
    scaled_g = scale * g
    values, vectors = np.linalg.eigh(-H * scale * scale[:, None])
    along = vectors.T @ scaled_g
    for _ in range(40):
        step, expected = _ball(values, vectors, along, radius)
        there = point + scale * step
        reached = value(there)
        gain = (reached - f) / expected if expected > 0 and np.isfinite(reached) else -1.0
        if gain > 0.05 and reached > f:
            return there, radius * (2.0 if gain > 0.75 else 1.0 if gain > 0.25 else 0.5)
        radius *= 0.25
        if radius < 1e-12:
            break
    return None, radius


def _ball(values: Floats, vectors: Floats, along: Floats, radius: float) -> tuple[Floats, float]:
    """Maximise b·s − ½s'Qs over \\|s\\| ≤ radius, Q = V diag(values) V′; bisect the multiplier."""
    size = float(np.linalg.norm(along))

    def length(shift: float) -> float:
        return float(np.linalg.norm(along / (values + shift)))

    low = max(0.0, -float(values[0])) + 1e-14 * max(1.0, float(np.abs(values).max()))
    if values[0] > 0 and length(0.0) <= radius:
        shift = 0.0
    else:
        high = low + size / radius + 1.0
        while length(high) > radius:
            high *= 2.0
        for _ in range(100):
            shift = 0.5 * (low + high)
            low, high = (shift, high) if length(shift) > radius else (low, shift)
            if high - low < 1e-6 * high:
                break
        shift = high
    part = along / (values + shift)
    expected = float(along @ part - 0.5 * part @ (values * part))
    step: Floats = vectors @ part
    return step, expected
