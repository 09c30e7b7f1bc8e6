"""Omitted variables: Oster's (2019) proportional selection, Cinelli and Hazlett (2020).

Oster: with short regression (β°, R°), full regression (β̃, R̃), s = Var(x left of m),
t = Var(x left of all controls), y-variance σ², D = β° − β̃, A = (R̃ − R°)σ², B = (Rmax − R̃)σ².
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from livelihoods.typing import Floats


@dataclass(frozen=True, slots=True)
class OsterInputs:
    """What the two regressions hand over.

    Attributes
    ----------
    beta_short, r_short
        Coefficient and R² without the controls (but with those always in).
    beta_full, r_full
        With all controls.
    var_y, var_x, var_x_left
        σ², s and t above, divisors n − 1.
    """

    beta_short: float
    r_short: float
    beta_full: float
    r_full: float
    var_y: float
    var_x: float
    var_x_left: float


@dataclass(frozen=True, slots=True)
class BetaStar:
    """Bias-adjusted effects.

    Attributes
    ----------
    value
        The root chosen.
    roots
        All real roots, by distance from the estimate with controls.
    keeps_direction
        For each root: is the bias it implies of the direction in which controls moved the
        estimate (Oster's assumption 3)?
    """

    value: float
    roots: tuple[float, ...]
    keeps_direction: tuple[bool, ...]


def delta_star(inputs: OsterInputs, r_max: float, beta: float = 0.0) -> float:
    """Return the δ at which the effect would be ``beta`` (closed form; Oster 2019, eq. 5)."""
    s, t = inputs.var_x, inputs.var_x_left
    D = inputs.beta_short - inputs.beta_full
    A = (inputs.r_full - inputs.r_short) * inputs.var_y
    B = (r_max - inputs.r_full) * inputs.var_y
    u = inputs.beta_full - beta
    cubic = u**3 * (t * s - t * t)
    above = u * A * t + u * s * t * D * D + 2 * u * u * t * D * s + cubic
    below = B * D * s + u * B * (s - t) + u * u * t * D * s + cubic
    return above / below if below != 0 else math.inf


def beta_star(inputs: OsterInputs, r_max: float, delta: float = 1.0) -> BetaStar:
    """Return the effect under proportional selection δ: the right root of the exact polynomial.

    Roots whose bias goes against the movement of the estimate are set aside; of the others the
    nearest to the estimate counts. If the cubic has one real root, that is it.
    """
    s, t = inputs.var_x, inputs.var_x_left
    D = inputs.beta_short - inputs.beta_full
    A = (inputs.r_full - inputs.r_short) * inputs.var_y
    B = (r_max - inputs.r_full) * inputs.var_y
    powers = np.array(
        [
            (delta - 1) * (t * s - t * t),
            t * D * s * (delta - 2),
            delta * B * (s - t) - A * t - s * t * D * D,
            delta * B * D * s,
        ]
    )
    found = _real_roots(powers)
    if not found:
        return BetaStar(math.nan, (), ())
    values = tuple(inputs.beta_full - v for v in found)
    # β* = β̃ − v must move away from β̃ as the controls moved it: sign(−v) = sign(β̃ − β°).
    keeps = tuple(v == 0.0 or (v > 0) == (D > 0) for v in found)
    kept = [value for value, right in zip(values, keeps, strict=True) if right]
    chosen = kept[0] if kept else (values[0] if len(values) == 1 else math.nan)
    return BetaStar(chosen, values, keeps)


def _real_roots(powers: Floats) -> list[float]:
    """Return the real roots of a polynomial, nearest to zero first, polished by Newton."""
    scale = float(np.abs(powers).max())
    if scale == 0 or not np.all(np.isfinite(powers)):
        return []
    lead = np.flatnonzero(np.abs(powers) > 1e-14 * scale)
    if lead.size == 0:
        return []
    trimmed = powers[int(lead[0]) :]
    if trimmed.size < 2:
        return []
    roots = np.roots(trimmed)
    terms = trimmed.tolist()
    real = []
    for root in roots:
        if abs(root.imag) > 1e-9 * max(1.0, abs(root)):
            continue
        v = float(root.real)
        for _ in range(3):
            value, steep = _horner(terms, v)
            if steep != 0:
                v -= value / steep
        real.append(v)
    return sorted(real, key=abs)


def _horner(terms: list[float], v: float) -> tuple[float, float]:
    """Return a polynomial (highest power first) and its derivative at v."""
    value, steep = 0.0, 0.0
    for term in terms:
        steep = steep * v + value
        value = value * v + term
    return value, steep


def oster_inputs(
    square: Floats, x: int, y: int, always: list[int], controls: list[int]
) -> OsterInputs:
    """Take both regressions from weighted cross products.

    Parameters
    ----------
    square
        Z'WZ of the columns used, W summing to n, shape ``(p, p)``.
    x, y
        Places of treatment and outcome.
    always
        Places of the constant and the controls in both regressions.
    controls
        Places of the controls of the full regression only.
    """
    n = float(square[always[0], always[0]])
    full = [*always, *controls]
    left_always = _partial(square, [x, y], always)
    left_full = _partial(square, [x, y], full)
    mean = _partial(square, [y], always[:1])[0, 0]
    s, t = float(left_always[0, 0]), float(left_full[0, 0])
    beta_short, beta_full = float(left_always[0, 1]) / s, float(left_full[0, 1]) / t
    rss_short = float(left_always[1, 1]) - beta_short * float(left_always[0, 1])
    rss_full = float(left_full[1, 1]) - beta_full * float(left_full[0, 1])
    return OsterInputs(
        beta_short,
        1.0 - rss_short / mean,
        beta_full,
        1.0 - rss_full / mean,
        mean / (n - 1),
        s / (n - 1),
        t / (n - 1),
    )


def _partial(square: Floats, keep: list[int], out: list[int]) -> Floats:
    """Return the cross products of ``keep`` with ``out`` projected out."""
    within = square[np.ix_(out, out)]
    across = square[np.ix_(out, keep)]
    return np.asarray(square[np.ix_(keep, keep)] - across.T @ np.linalg.solve(within, across))


@dataclass(frozen=True, slots=True)
class Robustness:
    """Cinelli and Hazlett's robustness of one coefficient.

    Attributes
    ----------
    estimate, std_error, df
        Of the regression with classical errors.
    partial_r2
        Of the treatment with the outcome: t²/(t² + df).
    rv
        Share of the residual variance of treatment and outcome that a confounder must explain to
        take the estimate to (1 − q) of itself.
    rv_significant
        The same to make it insignificant at the level.
    """

    estimate: float
    std_error: float
    df: float
    partial_r2: float
    rv: float
    rv_significant: float


def robustness(
    estimate: float, std_error: float, df: float, q: float = 1.0, critical: float = 0.0
) -> Robustness:
    """Return partial R² and robustness values (Cinelli and Hazlett 2020, eqs. 10 and 18)."""
    f = abs(estimate / std_error) / math.sqrt(df)
    partial = f * f / (1.0 + f * f)
    reduced = critical / math.sqrt(df - 1.0)
    return Robustness(estimate, std_error, df, partial, _rv(q * f), _rv_inference(q * f, reduced))


def _rv(f: float) -> float:
    f2 = f * f
    return 0.5 * (math.sqrt(f2 * f2 + 4.0 * f2) - f2)


def _rv_inference(fq: float, critical: float) -> float:
    """Extreme and interior case of eq. 18 (and its note)."""
    if fq <= critical:
        return 0.0
    if critical > 0 and fq > 1.0 / critical:
        f2, c2 = fq * fq, critical * critical
        return (f2 - c2) / (1.0 + f2)
    return _rv(fq - critical)


def adjusted_estimate(
    estimate: float, std_error: float, df: float, r2_treatment: Floats, r2_outcome: Floats
) -> Floats:
    """Return the estimate a confounder of these partial R² would leave (bias towards zero).

    |bias| = se · sqrt(df · R²_y · R²_d / (1 − R²_d)).
    """
    bias = std_error * np.sqrt(df * r2_outcome * r2_treatment / (1.0 - r2_treatment))
    return np.asarray(math.copysign(1.0, estimate) * (abs(estimate) - bias))
