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
    ONE,
    OUT,
    POINT,
    EquationArrays,
    Layout,
    Problem,
    System,
)
from livelihoods.estimate.mixed_process.likelihood import derivatives, log_likelihood, scores
from livelihoods.estimate.mixed_process.prepare import prepare
from livelihoods.numerics.maximise import Maximum, newton

if TYPE_CHECKING:
    from livelihoods.typing import Bools, Floats, Ints

_CERTAIN = 5.0  # Φ(−5) = 3e-7
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
    """

    phi: Floats
    loglik: float
    residual: Floats


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
    if found.status != "converged" or _far_out(equation, phi):
        _name_the_trouble(equation, system, found)
    return Alone(phi, found.value + problem.jacobian, _residual(problem, found.point, system.n))


def _far_out(equation: EquationArrays, phi: Floats) -> bool:
    """Some row is predicted with certainty: a maximum at infinity looks like that from inside."""
    if equation.free_scale:
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
    beta = np.linalg.lstsq(X, middle, rcond=None)[0] if X.shape[1] else np.zeros(0)
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


def _residual(problem: Problem, point: Floats, n: int) -> Floats:
    """Generalised residuals: the score of the linear predictor, scaled to variance one."""
    out = np.zeros(n)
    layout = problem.layout
    for block, rows in scores(problem, point):
        start = layout.beta[0]
        if rows.shape[1] and start.stop > start.start:
            X = block.X[0]
            sharpest = np.argmax(np.abs(X), axis=1)
            at = np.arange(X.shape[0])
            np.add.at(out, block.unit, rows[at, start.start + sharpest] / X[at, sharpest])
    spread = float(out[out != 0].std()) if (out != 0).any() else 1.0
    return out / (spread if spread > 0 else 1.0)


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
    return (zero, leaning)


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


def points_only(equation: EquationArrays) -> bool:
    """Tell whether every row of an equation is observed exactly."""
    used = equation.code != OUT
    return bool((equation.code[used] == POINT).all())


def any_one_sided(equation: EquationArrays) -> bool:
    """Tell whether some row is known only to lie on one side of a bound."""
    return bool((equation.code == ONE).any())
