"""Where the search begins: each equation alone, latent regressors by their prediction.

An equation alone is the same likelihood with one equation, so its start is also a check: what
cannot be estimated alone (a separated probit) is named before the system is tried.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from livelihoods.errors import EstimationError
from livelihoods.estimate.mixed_process.arrays import (
    OUT,
    POINT,
    EquationArrays,
    Layout,
    Problem,
    System,
)
from livelihoods.estimate.mixed_process.likelihood import (
    derivatives,
    index_scores,
    log_likelihood,
)
from livelihoods.estimate.mixed_process.prepare import prepare
from livelihoods.numerics.maximise import Maximum, newton
from livelihoods.numerics.normal import HALF_LOG_2PI

if TYPE_CHECKING:
    from livelihoods.typing import Bools, Floats, Ints

_CERTAIN = 5.0  # Φ(−5) = 3e-7
_VAGUE = 3.0  # standard error of a standardised coefficient that nothing holds
_ALONE = 200.0  # a standardised coefficient of this size has run away


@dataclass(frozen=True, slots=True)
class Alone:
    """One equation estimated by itself.

    Attributes
    ----------
    phi
        β, γ of latent regressors (at their predictions), cut points, ln σ: in the user's units.
    loglik
        Its log likelihood.
    residual
        ∂ℓ/∂η of each row of the system, scaled to variance one; 0 outside the sample.
    size
        What it was divided by.
    """

    phi: Floats
    loglik: float
    residual: Floats
    size: float


def maximise(problem: Problem, start: Floats, *, runaway: float = 1e5) -> Maximum:
    """Newton on the standardised problem."""
    return newton(
        lambda phi: log_likelihood(problem, phi),
        lambda phi: derivatives(problem, phi),
        start,
        runaway=runaway,
    )


def alone(system: System, number: int, latent: Floats | None = None) -> Alone:
    """Estimate one equation by itself.

    Parameters
    ----------
    system, number
        Which equation of which system.
    latent
        Predictions to stand for the latent regressors, shape ``(n, feeds)``.

    Raises
    ------
    EstimationError
        ``estimate.cmp.separation`` and its kin, if its own likelihood has no maximum.
    """
    equation = system.equations[number]
    if latent is not None and latent.size:
        equation = replace(equation, X=np.column_stack([equation.X, latent]), feeds=())
    single = System((replace(equation, feeds=()),), system.rows, system.weights, system.weight_kind)
    problem = prepare(single)
    start = problem.standardised(_simple_start(equation))
    found = maximise(problem, start, runaway=_ALONE)
    phi = problem.to_natural @ found.point + problem.shift
    if found.status != "converged" or _far_out(equation, phi, found.hessian):
        _name_the_trouble(equation, system, found)
    residual, size = _residual(problem, found.point, system.n)
    return Alone(phi, found.value + problem.jacobian, residual, size)


def _far_out(equation: EquationArrays, phi: Floats, hessian: Floats) -> bool:
    """A maximum at infinity as it looks from inside: rows predicted with certainty, no curvature.

    Only then is the (dearer) exact test for separation worth its time.
    """
    if equation.free_scale:
        return False
    curvature = -np.linalg.eigvalsh(hessian)
    if curvature.min() > 1.0 / _VAGUE**2:
        return False
    used = equation.code != OUT
    eta = equation.X[used] @ phi[: equation.X.shape[1]]
    if equation.cuts:
        return bool(np.ptp(eta) > 2 * _CERTAIN + np.ptp(phi[equation.X.shape[1] :]))
    return bool(eta.size and np.abs(eta).max() > _CERTAIN)


def _simple_start(equation: EquationArrays) -> Floats:
    used = equation.code != OUT
    X = equation.X[used]
    if equation.cuts:
        return np.concatenate([np.zeros(X.shape[1]), _cut_start(equation, used)])
    if not equation.free_scale:
        return np.zeros(X.shape[1])
    low, high = equation.low[used], equation.high[used]
    middle = np.where(
        np.isfinite(low) & np.isfinite(high),
        0.5 * (np.where(np.isfinite(low), low, 0) + np.where(np.isfinite(high), high, 0)),
        np.where(np.isfinite(low), low, high),
    )
    if equation.offset is not None:
        middle = middle - equation.offset[used]
    beta = _solved(X, middle, np.ones(middle.size))
    spread = float(np.sqrt(np.mean((middle - X @ beta) ** 2)))
    if equation.truncation is not None:
        spread *= 1.3  # truncation hides spread; from above Newton finds its way down
    if not spread > 1e-9 * float(np.std(middle)):
        raise EstimationError("estimate.cmp.perfect_fit", equation=equation.name)
    return np.concatenate([beta, [np.log(spread)]])


def _cut_start(equation: EquationArrays, used: Bools) -> Floats:
    assert equation.high_cut is not None
    level = np.where(equation.high_cut[used] < 0, equation.cuts, equation.high_cut[used])
    shares = np.cumsum(np.bincount(level, minlength=equation.cuts + 1))[:-1] / level.size
    return np.asarray(ndtri(shares), dtype=np.float64)


def _name_the_trouble(equation: EquationArrays, system: System, found: Maximum) -> None:
    """Raise the error that says why the equation alone has no estimate."""
    from livelihoods.numerics.separation import separated_binary

    used = np.flatnonzero(equation.code != OUT)
    if equation.kind in ("probit", "oprobit"):
        X = equation.X[used]
        for one in _splits(equation, used):
            away = separated_binary(_with_constant(X), one.astype(float))
            if away is not None:
                columns = [equation.terms[j] for j in away.columns if j < X.shape[1]]
                rows = [int(system.rows[used[i]]) for i in away.rows]
                raise EstimationError(
                    "estimate.cmp.separation",
                    equation=equation.name,
                    terms=columns or list(equation.terms[: X.shape[1]]),
                    rows=rows,
                    n=len(rows),
                )
    if found.status in ("stalled", "unbounded"):
        raise EstimationError("estimate.cmp.alone_failed", equation=equation.name)


def _splits(equation: EquationArrays, used: Ints) -> list[Bools]:
    if equation.high_cut is None:
        return [equation.low[used] > -np.inf]
    level = np.where(equation.high_cut[used] < 0, equation.cuts, equation.high_cut[used])
    return [level > cut for cut in range(equation.cuts)]


def _with_constant(X: Floats) -> Floats:
    constant = np.ones((X.shape[0], 1))
    return X if (np.ptp(X, axis=0) == 0).any() else np.hstack([X, constant])


def _residual(problem: Problem, point: Floats, n: int) -> tuple[Floats, float]:
    """Generalised residuals: the score of the linear predictor, scaled to variance one."""
    out = np.zeros(n)
    for block, rows in index_scores(problem, point):
        np.add.at(out, block.unit, rows)
    return _unit(out)


def _unit(residual: Floats) -> tuple[Floats, float]:
    spread = float(residual[residual != 0].std()) if (residual != 0).any() else 1.0
    size = spread if spread > 0 else 1.0
    return residual / size, size


def _least_squares(equation: EquationArrays, system: System) -> Alone | None:
    """The closed form of a linear equation; None where the equation is not that simple."""
    used = equation.code != OUT
    plain = (equation.code[used] == POINT).all() and equation.truncation is None
    if not plain or not equation.free_scale:
        return None
    whole = bool(used.all())
    X = equation.X if whole else equation.X[used]
    y = equation.low if whole else equation.low[used]
    if equation.offset is not None:
        y = y - equation.offset[used]
    w = np.ones(y.size) if system.weights is None else system.weights[used]
    beta = _solved(X, y, w)
    residual = y - X @ beta
    total = float(w.sum())
    spread = float(np.sqrt(w @ (residual * residual) / total))
    if not spread > 1e-9 * float(np.std(y)):
        raise EstimationError("estimate.cmp.perfect_fit", equation=equation.name)
    loglik = -total * (HALF_LOG_2PI + np.log(spread) + 0.5)
    out = np.zeros(system.n)
    out[used] = residual / spread
    return Alone(np.concatenate([beta, [np.log(spread)]]), float(loglik), *_unit(out))


def _solved(X: Floats, y: Floats, w: Floats) -> Floats:
    """Weighted least squares by normal equations of scaled columns, refined twice."""
    if not X.shape[1]:
        return np.zeros(0)
    XW = X.T * w
    gram = XW @ X
    scale = 1.0 / np.sqrt(np.maximum(np.diag(gram), 1e-300))
    scaled = gram * scale * scale[:, None]
    if np.linalg.cond(scaled) > 1e12:
        root = np.sqrt(w)
        found = np.linalg.lstsq(X * root[:, None], y * root, rcond=None)[0]
        return np.asarray(found, dtype=np.float64)
    beta = np.zeros(X.shape[1])
    for _ in range(3):
        beta = beta + scale * np.linalg.solve(scaled, scale * (XW @ (y - X @ beta)))
    return beta


def starting_points(
    system: System, layout: Layout, singles: tuple[Alone, ...]
) -> tuple[Floats, ...]:
    """Candidates for φ in the user's units: correlations zero, and from residuals."""
    zero = np.zeros(layout.size)
    for j, single in enumerate(singles):
        columns = layout.beta[j].stop - layout.beta[j].start
        cuts = layout.cuts[j].stop - layout.cuts[j].start
        zero[layout.beta[j]] = single.phi[:columns]
        zero[layout.cuts[j]] = single.phi[columns : columns + cuts]
        if j in layout.scale:
            zero[layout.scale[j]] = single.phi[-1]
    if not layout.corr:
        return (zero,)
    leaning = zero.copy()
    for (j, k), place in layout.corr.items():
        both = (system.equations[j].code != OUT) & (system.equations[k].code != OUT)
        a, b = singles[j].residual[both], singles[k].residual[both]
        spread = float(np.sqrt(np.mean(a * a) * np.mean(b * b)))
        rho = float(np.mean(a * b)) / spread if spread > 0 else 0.0
        leaning[place] = np.arctanh(np.clip(rho, -0.9, 0.9))
    return (zero, leaning, *_two_step(system, layout, singles, zero))


def _two_step(
    system: System, layout: Layout, singles: tuple[Alone, ...], zero: Floats
) -> tuple[Floats, ...]:
    """Heckman's two steps: a linear equation on the residual of a limited one beside its X.

    The coefficient of the residual is ρσ. This start sees a correlation that hides when the
    limited outcome stands on the right or decides who is seen.
    """
    point = zero.copy()
    taken: list[int] = []
    for (j, k), place in layout.corr.items():
        linear, limited = (j, k) if j in layout.scale else (k, j)
        equation = system.equations[linear]
        plain = equation.truncation is None and not equation.feeds and linear not in taken
        if limited in layout.scale or linear not in layout.scale or not plain:
            continue
        both = (equation.code == POINT) & (system.equations[limited].code != OUT)
        raw = singles[limited].residual[both] * singles[limited].size
        y = (
            equation.low[both]
            if equation.offset is None
            else (equation.low - equation.offset)[both]
        )
        X = np.column_stack([equation.X[both], raw])
        if X.shape[0] <= X.shape[1]:
            continue
        beta = _solved(X, y, np.ones(y.size))
        rest = y - X @ beta
        sigma = float(np.sqrt(np.mean(rest * rest) + beta[-1] ** 2 * np.mean(raw * raw)))
        rho = float(np.clip(beta[-1] / sigma, -0.95, 0.95)) if sigma > 0 else 0.0
        if not np.isfinite(rho) or sigma <= 0:
            continue
        taken.append(linear)
        point[layout.beta[linear]] = beta[:-1]
        point[layout.scale[linear]] = np.log(sigma)
        point[place] = np.arctanh(rho)
    return (point,) if taken else ()


def latent_predictions(system: System) -> tuple[Floats | None, ...]:
    """Predict each equation's latent variable from every exogenous column, where it is needed.

    The first stage of two: the reduced form of each fed equation on all columns of the system.
    """
    needed = sorted({b for equation in system.equations for b in equation.feeds})
    if not needed:
        return tuple(None for _ in system.equations)
    columns = _all_columns(system)
    found = {}
    for b in needed:
        equation = system.equations[b]
        k = equation.X.shape[1]
        used = equation.code != OUT
        extra = columns[:, _useful(equation.X[used], columns[used])]
        wide = replace(
            equation,
            X=np.column_stack([equation.X, extra]),
            terms=(*equation.terms[:k], *("" for _ in range(extra.shape[1]))),
            feeds=(),
        )
        single = alone(replace(system, equations=(wide,)), 0)
        found[b] = wide.X @ single.phi[: wide.X.shape[1]]
    return tuple(
        np.column_stack([found[b] for b in equation.feeds]) if equation.feeds else None
        for equation in system.equations
    )


def _all_columns(system: System) -> Floats:
    everywhere = np.ones(system.n, dtype=np.bool_)
    for equation in system.equations:
        everywhere &= equation.code != OUT
    blocks = [np.where(everywhere[:, None], e.X, 0.0) for e in system.equations]
    return np.hstack(blocks)


def _useful(own: Floats, extra: Floats) -> list[int]:
    """Columns of ``extra`` that are not combinations of ``own`` and of earlier ones."""
    from livelihoods.numerics.linear import independent_columns

    kept, _ = independent_columns(np.asfortranarray(np.hstack([own, extra])))
    return [int(j) - own.shape[1] for j in kept if j >= own.shape[1]]
