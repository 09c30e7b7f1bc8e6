"""What a system predicts of one equation in a row, perhaps given another: pure functions.

Inputs are columns of ``inner``: (μ, σ, low, high) of the equation asked about, then (μ, σ, low,
high, ρ) of the one that is conditioned on. Truncated means follow Rosenbaum (1961):
E[z₁; box] = −Σ ∂P/∂(bounds of 1) − ρ Σ ∂P/∂(bounds of 2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from livelihoods.numerics.bivariate import log_box
from livelihoods.numerics.normal import log_density, log_interval

if TYPE_CHECKING:
    from livelihoods.typing import Floats

Moment = Literal["xb", "pr", "mean", "ystar", "part", "joint"]
MU, SD, LOW, HIGH, MU2, SD2, LOW2, HIGH2, RHO = range(9)
_STEP = 1e-5


def moment(kind: Moment, inner: Floats) -> Floats:
    """Return the prediction, shape ``(n,)``.

    Parameters
    ----------
    kind
        ``"xb"``: μ. ``"pr"``: P(low < y* < high | condition). ``"mean"``: E(y* | low < y* < high,
        condition). ``"ystar"``: E(min(max(y*, low), high) | condition). ``"part"``: E(y* in the
        box and condition; else 0), a mean times its probability. ``"joint"``: P(low < y* < high
        and condition).
    inner
        Shape ``(4, n)`` or, with a condition, ``(9, n)``.
    """
    if kind == "xb":
        return np.asarray(inner[MU])
    if kind == "pr":
        return np.asarray(np.exp(_log_pr(inner)))
    if kind == "mean":
        return _mean(inner)
    if kind in ("part", "joint"):
        both = np.asarray(np.exp(_log_pr(inner) + _log_condition(inner)))
        return both if kind == "joint" else _mean(inner) * both
    return _clipped(inner)


def _standard(inner: Floats) -> tuple[Floats, Floats]:
    return (inner[LOW] - inner[MU]) / inner[SD], (inner[HIGH] - inner[MU]) / inner[SD]


def _condition(inner: Floats) -> tuple[Floats, Floats]:
    return (inner[LOW2] - inner[MU2]) / inner[SD2], (inner[HIGH2] - inner[MU2]) / inner[SD2]


def _log_condition(inner: Floats) -> Floats:
    return log_interval(*_condition(inner)) if inner.shape[0] > 4 else np.zeros(inner.shape[1])


def _log_pr(inner: Floats) -> Floats:
    a, b = _standard(inner)
    if inner.shape[0] == 4:
        return log_interval(a, b)
    c, d = _condition(inner)
    return log_box(a, b, c, d, inner[RHO]) - log_interval(c, d)


def _edge(x: Floats, low: Floats, high: Floats, rho: Floats, log_total: Floats) -> Floats:
    """φ(x) P(low < other < high | x) / P; zero at an infinite bound."""
    finite = np.isfinite(x)
    at = np.where(finite, x, 0.0)
    root = np.sqrt(np.maximum((1.0 - rho) * (1.0 + rho), 1e-300))
    with np.errstate(invalid="ignore"):
        inside = log_interval((low - rho * at) / root, (high - rho * at) / root)
    return np.where(finite, np.exp(log_density(at) + inside - log_total), 0.0)


def _mean(inner: Floats) -> Floats:
    a, b = _standard(inner)
    if inner.shape[0] == 4:
        total = log_interval(a, b)
        z = _density_ratio(a, total) - _density_ratio(b, total)
    else:
        c, d = _condition(inner)
        rho = inner[RHO]
        total = log_box(a, b, c, d, rho)
        own = _edge(b, c, d, rho, total) - _edge(a, c, d, rho, total)
        other = _edge(d, a, b, rho, total) - _edge(c, a, b, rho, total)
        z = -own - rho * other
    return np.asarray(inner[MU] + inner[SD] * z)


def _density_ratio(x: Floats, log_total: Floats) -> Floats:
    finite = np.isfinite(x)
    at = np.where(finite, x, 0.0)
    return np.where(finite, np.exp(log_density(at) - log_total), 0.0)


def _clipped(inner: Floats) -> Floats:
    """low·P(below) + high·P(above) + E(y* inside)·P(inside), each given the condition."""
    low, high = inner[LOW], inner[HIGH]
    inside = np.asarray(np.exp(_log_pr(inner)))
    total = np.where(inside > 0.0, _mean(inner) * inside, 0.0)
    for end, closed in ((low, "low"), (high, "high")):
        finite = np.isfinite(end)
        if finite.any():
            part = inner[:, finite].copy()
            if closed == "low":
                part[HIGH], part[LOW] = low[finite], -np.inf
            else:
                part[LOW], part[HIGH] = high[finite], np.inf
            total[finite] += end[finite] * np.exp(_log_pr(part))
    return np.asarray(total)


def moment_slopes(kind: Moment, inner: Floats) -> Floats:
    """Return ∂moment/∂inner, shape like ``inner``; infinite bounds have slope zero.

    By central differences of step 1e-5 a row, relative error about 1e-10: these are seven scalars
    a row, whatever the number of coefficients.
    """
    out = np.zeros_like(inner)
    for row in range(inner.shape[0]):
        moving = np.isfinite(inner[row])
        if not moving.any():
            continue
        scale = inner[SD] if row <= HIGH else inner[SD2]
        step = _STEP * (np.ones_like(scale) if row == RHO else scale)
        if row == RHO:
            step = np.minimum(step, 0.25 * (1.0 - np.abs(inner[RHO])))
            step = np.maximum(step, 1e-15)
        up, down = inner.copy(), inner.copy()
        up[row] += np.where(moving, step, 0.0)
        down[row] -= np.where(moving, step, 0.0)
        slope = (moment(kind, up) - moment(kind, down)) / (2.0 * step)
        out[row] = np.where(moving, slope, 0.0)
    return out
