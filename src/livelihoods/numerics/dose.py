r"""Average dose–response curves, doubly robust (Kennedy, Ma, McHugh and Small 2017).

With dose A, controls L, π(a|l) the density of the dose and μ(l, a) = E(y | L = l, A = a), the
pseudo-outcome

    ξ = (y − μ(L, A)) / π(A|L) · ∫ π(A|l) dP(l) + ∫ μ(l, A) dP(l)

has E(ξ | A = a) = E{y(a)} if π or μ is right. ξ is smoothed over the dose by a local quadratic at
the bandwidth that is best for a local line, so that the smoothing error is small beside the
sampling error (Calonico, Cattaneo and Farrell 2018). π and μ come from rows outside each fold.
Everything takes weights of rows, so that a bootstrap draw is the same computation with counts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from livelihoods.numerics.special import normal_density
from livelihoods.typing import Bools, Floats, Ints

_STEPS = 60  # points at which the marginal density is computed; between them it is interpolated
_POWERS = 3  # of the dose in the outcome regression


@dataclass(frozen=True, slots=True)
class Problem:
    """What every draw shares.

    Attributes
    ----------
    X
        A constant and controls, these centred and scaled, shape ``(n, k)``.
    dose, y
        Dose on the scale of the smoothing, and outcome, shape ``(n,)``.
    fold
        Fold of each row, shape ``(n,)``.
    grid
        Doses of the curve, shape ``(g,)``.
    unit
        Unit that the bootstrap draws, shape ``(n,)``: a cluster or the row itself.
    w
        Weights of the rows, shape ``(n,)``.
    cap
        Largest weight ∫π/π; infinity for none.
    kernel_density
        Whether the residuals' density is a kernel estimate instead of the normal.
    """

    X: Floats
    dose: Floats
    y: Floats
    fold: Ints
    grid: Floats
    unit: Ints
    w: Floats
    cap: float
    kernel_density: bool


def pseudo_outcome(problem: Problem, w: Floats) -> tuple[Floats, Floats]:
    """Return ξ and the weights ∫π/π, uncapped, of every row, shape ``(n,)``."""
    xi, ratio = np.empty(problem.y.size), np.empty(problem.y.size)
    terms = _terms(problem)
    outcome = _without_folds(terms, problem.y, w, problem.fold)
    doses = _without_folds(problem.X, problem.dose, w, problem.fold)
    for number in range(int(problem.fold.max()) + 1):
        held = problem.fold == number
        own = terms[held] @ outcome[number]
        average = _averaged(problem, w, outcome[number], held)
        ratio[held] = _density_ratio(problem, w, held, doses[number])
        xi[held] = (problem.y[held] - own) * np.minimum(ratio[held], problem.cap) + average
    return xi, ratio


def local_quadratic(
    dose: Floats, xi: Floats, w: Floats, grid: Floats, bandwidth: float
) -> tuple[Floats, Floats]:
    """Return height and slope of the local quadratic at each point of the grid (Gaussian kernel).

    NaN where too few rows are near.
    """
    step = (dose[None, :] - grid[:, None]) / bandwidth
    kernel = np.exp(-0.5 * step**2) * w
    powers = np.stack([kernel * step**p for p in range(5)])
    sums = powers.sum(axis=2)
    square = np.stack([sums[[i, i + 1, i + 2]] for i in range(3)]).transpose(2, 0, 1)
    right = (powers[:3] @ xi).T
    fine = np.linalg.cond(square) < 1e10
    out = np.full((grid.size, 3), np.nan)
    out[fine] = np.linalg.solve(square[fine], right[fine][:, :, None])[:, :, 0]
    return out[:, 0], out[:, 1] / bandwidth


def choose_bandwidth(dose: Floats, xi: Floats, w: Floats, most: int = 1000) -> float:
    """Return the bandwidth of least leave-one-out squared error among twelve.

    They run from 1.06·n^(−1/5) to 1.5 standard deviations of the dose in equal ratios: below the
    first, leaving out mistakes noise for shape. Beyond ``most`` rows the error is taken over as
    many rows at equal steps of rank.
    """
    order = np.argsort(dose, kind="stable")
    if order.size > most:
        order = order[np.linspace(0, order.size - 1, most).round().astype(np.int64)]
    spread = float(np.sqrt(np.average((dose - np.average(dose, weights=w)) ** 2, weights=w)))
    best, chosen = np.inf, 1.5 * spread
    least = 1.06 * dose.size**-0.2
    for bandwidth in spread * np.geomspace(1.5, least, 12):
        error = _left_out(dose, xi, w, order, float(bandwidth))
        if error < best * (1.0 - 1e-9):
            best, chosen = error, float(bandwidth)
    return chosen


def curve(problem: Problem, w: Floats, bandwidth: float) -> Floats:
    """Return height and slope of the curve, shape ``(2, g)``."""
    xi, _ = pseudo_outcome(problem, w)
    return np.stack(local_quadratic(problem.dose, xi, w, problem.grid, bandwidth))


def draw_curve(generator: np.random.Generator, problem: Problem, bandwidth: float) -> Floats:
    """Return the curve of one bootstrap draw of units; a unit drawn twice stays in its fold."""
    units = int(problem.unit.max()) + 1
    counts = np.bincount(generator.integers(0, units, units), minlength=units)
    return curve(problem, problem.w * counts[problem.unit], bandwidth)


def simultaneous(draws: Floats, errors: Floats, conf_level: float) -> float:
    """Return c such that the whole curve lies within c errors in the share ``conf_level``.

    Parameters
    ----------
    draws
        Curves less their centre, shape ``(B, g)``.
    errors
        Standard errors, shape ``(g,)``.
    """
    return float(np.quantile(np.abs(draws / errors).max(axis=1), conf_level))


def _without_folds(X: Floats, y: Floats, w: Floats, fold: Ints) -> list[Floats]:
    """Return least-squares coefficients without each fold, from cross products less the fold's."""
    grams, sides = [], []
    for number in range(int(fold.max()) + 1):
        part, own = X[fold == number], w[fold == number, None]
        grams.append((part * own).T @ part)
        sides.append((part * own).T @ y[fold == number])
    whole, side = sum(grams), sum(sides)
    return [
        np.linalg.lstsq(whole - gram, side - other, rcond=1e-12)[0]
        for gram, other in zip(grams, sides, strict=True)
    ]


def _terms(problem: Problem) -> Floats:
    """Return controls, powers of the (standardised) dose, and dose by controls."""
    a = _standard(problem, problem.dose)
    powers = a[:, None] ** np.arange(1, _POWERS + 1)
    return np.hstack([problem.X, powers, problem.X[:, 1:] * a[:, None]])


def _standard(problem: Problem, dose: Floats) -> Floats:
    return np.asarray((dose - problem.dose.mean()) / problem.dose.std())


def _averaged(problem: Problem, w: Floats, coef: Floats, held: Bools) -> Floats:
    """Return ∫ μ(l, a) dP(l) at the held rows' doses: the controls at their weighted means."""
    centre = w @ problem.X / w.sum()
    a = _standard(problem, problem.dose[held])
    powers = a[:, None] ** np.arange(1, _POWERS + 1)
    k = problem.X.shape[1]
    flat = float(centre @ coef[:k])
    slope = float(centre[1:] @ coef[k + _POWERS :])
    return np.asarray(flat + powers @ coef[k : k + _POWERS] + a * slope)


def _density_ratio(problem: Problem, w: Floats, held: Bools, coef: Floats) -> Floats:
    """Return ∫ π(A|l) dP(l) / π(A|L) of the held rows, the dose's model from the others."""
    train = np.where(held, 0.0, w)
    mean = problem.X @ coef
    left = problem.dose - mean
    sigma = float(np.sqrt(train @ left**2 / train.sum()))
    density = _residual_density(left / sigma, train, problem.kernel_density)
    points = np.linspace(problem.dose.min(), problem.dose.max(), _STEPS)
    marginal = density((points[:, None] - mean[None, :]) / sigma) @ w / w.sum()
    top = np.interp(problem.dose[held], points, marginal)
    return np.asarray(top / np.maximum(density(left[held] / sigma), 1e-300))


def _residual_density(z: Floats, train: Floats, kernel: bool) -> Callable[[Floats], Floats]:
    """Return the density of standardised residuals: normal, or a kernel estimate of theirs."""
    if not kernel:
        return normal_density
    width = 1.06 * float(train.sum() ** 2 / (train @ train)) ** -0.2
    nodes = np.linspace(z.min() - 4.0, z.max() + 4.0, 200)
    step = (nodes[:, None] - z[None, :]) / width
    heights = normal_density(step) @ (train / train.sum()) / width
    return lambda x: np.interp(x, nodes, heights)


def _left_out(dose: Floats, xi: Floats, w: Floats, rows: Ints, bandwidth: float) -> float:
    """Return the mean squared error of each row's line without it."""
    step = dose[None, :] - dose[rows][:, None]
    kernel = np.exp(-0.5 * (step / bandwidth) ** 2) * w
    s0, s1, s2 = kernel.sum(axis=1), (kernel * step).sum(axis=1), (kernel * step**2).sum(axis=1)
    bottom = s0 * s2 - s1 * s1
    fitted = (s2 * (kernel @ xi) - s1 * ((kernel * step) @ xi)) / bottom
    own = w[rows] * s2 / bottom
    with np.errstate(divide="ignore", invalid="ignore"):
        error = (xi[rows] - fitted) / (1.0 - own)
    value = float(np.average(error**2, weights=w[rows]))
    return value if np.isfinite(value) else np.inf
