"""Maximum likelihood of a system: starts, search, covariance. Pure functions on arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.linalg import null_space

from livelihoods.errors import EstimationError
from livelihoods.estimate.mixed_process.errors import errors_at
from livelihoods.estimate.mixed_process.likelihood import derivatives, log_likelihood, scores
from livelihoods.estimate.mixed_process.prepare import make_layout, prepare
from livelihoods.estimate.mixed_process.starts import (
    Alone,
    alone,
    latent_predictions,
    starting_points,
)
from livelihoods.numerics.maximise import Maximum, condition_number, newton

if TYPE_CHECKING:
    from livelihoods.estimate.mixed_process.arrays import Layout, Problem, System
    from livelihoods.typing import Floats

VcovKind = Literal["oim", "opg", "robust", "cluster"]
# Other correlations to begin from when the first two starts do not arrive.
_SECOND_TRIES = (0.5, -0.5, 0.9, -0.9)


@dataclass(frozen=True, slots=True)
class Constraints:
    """Linear restrictions R φ = d in the user's units: R of shape ``(r, p)``, d ``(r,)``."""

    R: Floats
    d: Floats


@dataclass(frozen=True, slots=True)
class Fit:
    """A system estimated by maximum likelihood.

    Attributes
    ----------
    layout
        Where each parameter stands.
    phi
        Estimates in the user's units, shape ``(p,)``; correlations as atanh ρ.
    covariance
        Their covariance, shape ``(p, p)``.
    loglik, loglik_alone
        Log likelihood of the system, and the sum over its equations each alone (None when latent
        variables stand on the right).
    search
        How the search ended, in standardised parameters.
    sigma, feed
        Σ of the errors, and A = (I − Γ)⁻¹ or None.
    n, total, clusters
        Rows, sum of frequency weights, number of clusters or None.
    weak
        The direction of least curvature in scaled coordinates, shape ``(p,)``.
    starts
        How many starting points were tried.
    free
        Number of free parameters (p less restrictions).
    """

    layout: Layout
    phi: Floats
    covariance: Floats
    loglik: float
    loglik_alone: float | None
    search: Maximum
    sigma: Floats
    feed: Floats | None
    n: int
    total: float
    clusters: int | None
    weak: Floats
    starts: int
    free: int

    @property
    def converged(self) -> bool:
        """Whether a maximum was found."""
        return self.search.status == "converged"


def fit_mixed_process(
    system: System,
    vcov: VcovKind = "oim",
    constraints: Constraints | None = None,
    start: Floats | None = None,
    iterations: int = 100,
) -> Fit:
    """Estimate a system by maximum likelihood.

    Parameters
    ----------
    system
        Arrays of all equations.
    vcov
        ``"oim"``: inverse negative Hessian; ``"opg"``: inverse outer product of scores;
        ``"robust"``: sandwich with n/(n−1); ``"cluster"``: sandwich with G/(G−1).
    constraints
        Linear restrictions.
    start
        First point in the user's units, instead of the equation-by-equation start.
    iterations
        Most Newton steps.

    Raises
    ------
    EstimationError
        If an equation alone has no estimate, three equations are censored together, or the
        likelihood exists at no starting point.
    """
    layout = make_layout(system)
    problem = prepare(system, layout)
    singles: tuple[Alone, ...] = ()
    if start is None:
        latent = latent_predictions(system)
        singles = tuple(alone(system, j, latent[j]) for j in range(len(system.equations)))
        candidates = starting_points(system, layout, singles)
    else:
        candidates = (np.asarray(start, dtype=float),)
    basis, fixed = _free_directions(problem, constraints)
    found, tried = _search(problem, candidates, basis, fixed, iterations)
    clusters = None if system.clusters is None else int(system.clusters.max()) + 1
    V = _covariance(problem, system, found, basis, vcov)
    M = problem.to_natural
    phi = M @ found.point + problem.shift
    errors = errors_at(phi, layout)
    feeding = any(equation.feeds for equation in system.equations)
    return Fit(
        layout=layout,
        phi=phi,
        covariance=M @ V @ M.T,
        loglik=found.value + problem.jacobian,
        loglik_alone=None if feeding or not singles else sum(one.loglik for one in singles),
        search=found,
        sigma=errors.sigma.value,
        feed=None if errors.feed is None else errors.feed.value,
        n=problem.n,
        total=problem.total,
        clusters=clusters,
        weak=_weak_direction(found, basis),
        starts=tried,
        free=basis.shape[1],
    )


def _free_directions(
    problem: Problem, constraints: Constraints | None
) -> tuple[Floats, Floats | None]:
    """φ̃ = fixed + basis·u satisfies the restrictions for every u."""
    p = problem.layout.size
    if constraints is None or not constraints.R.size:
        return np.eye(p), None
    R = constraints.R @ problem.to_natural
    d = constraints.d - constraints.R @ problem.shift
    fixed, _, rank, _ = np.linalg.lstsq(R, d, rcond=None)
    if rank < R.shape[0] or not np.allclose(R @ fixed, d, atol=1e-9 * (1 + np.abs(d).max())):
        raise EstimationError("estimate.cmp.constraints_clash", n=R.shape[0], rank=int(rank))
    return np.asarray(null_space(R)), np.asarray(fixed, dtype=np.float64)


def _search(
    problem: Problem,
    candidates: tuple[Floats, ...],
    basis: Floats,
    fixed: Floats | None,
    iterations: int,
) -> tuple[Maximum, int]:
    """Climb from the best start; from others too if that does not arrive."""
    standard = [problem.standardised(one) for one in candidates]
    values = [log_likelihood(problem, _onto(one, basis, fixed)) for one in standard]
    order = sorted(range(len(standard)), key=lambda i: -values[i])
    if not np.isfinite(values[order[0]]):
        raise EstimationError("estimate.cmp.no_start", n=len(standard))
    tries = [standard[i] for i in order if np.isfinite(values[i])]
    best: Maximum | None = None
    done = 0
    for point in [*tries, *_others(problem, standard[0])]:
        done += 1
        found = _climb(problem, _onto(point, basis, fixed), basis, fixed, iterations)
        if found is not None and (best is None or _better(found, best)):
            best = found
        if best is not None and best.status == "converged":
            break
    if best is None:
        raise EstimationError("estimate.cmp.no_start", n=done)
    return best, done


def _better(one: Maximum, other: Maximum) -> bool:
    if (one.status == "converged") != (other.status == "converged"):
        return one.status == "converged"
    return one.value > other.value


def _others(problem: Problem, base: Floats) -> list[Floats]:
    out = []
    for rho in _SECOND_TRIES:
        point = base.copy()
        for place in problem.layout.corr.values():
            point[place] = np.arctanh(rho)
        if problem.layout.corr:
            out.append(point)
    return out


def _onto(point: Floats, basis: Floats, fixed: Floats | None) -> Floats:
    return point if fixed is None else fixed + basis @ (basis.T @ (point - fixed))


def _climb(
    problem: Problem, start: Floats, basis: Floats, fixed: Floats | None, iterations: int
) -> Maximum | None:
    if not np.isfinite(log_likelihood(problem, start)):
        return None
    if fixed is None:
        if _needs_partial(problem.layout):
            start = _by_partial(problem, start, iterations)
        return newton(
            lambda phi: log_likelihood(problem, phi),
            lambda phi: derivatives(problem, phi),
            start,
            iterations=iterations,
        )
    origin = fixed

    def reduced(u: Floats) -> tuple[float, Floats, Floats]:
        f, g, H = derivatives(problem, origin + basis @ u)
        return f, basis.T @ g, basis.T @ H @ basis

    found = newton(
        lambda u: log_likelihood(problem, origin + basis @ u),
        reduced,
        basis.T @ (start - origin),
        iterations=iterations,
    )
    point = origin + basis @ found.point
    f, g, H = derivatives(problem, point)
    return replace(found, point=point, value=f, gradient=g, hessian=H)


def _needs_partial(layout: Layout) -> bool:
    """Three or more equations whose every pair has a correlation."""
    J = layout.equations
    return J >= 3 and len(layout.corr) == J * (J - 1) // 2


def _by_partial(problem: Problem, start: Floats, iterations: int) -> Floats:
    """Search with partial correlations, which are definite whatever their values.

    Returns the end point with correlations as atanh ρ again.
    """
    layout = replace(problem.layout, partial=True)
    moved = replace(problem, layout=layout)
    sigma = errors_at(start, problem.layout).sigma.value
    point = start.copy()
    for pair, value in _partial_correlations(sigma).items():
        point[layout.corr[pair]] = np.arctanh(np.clip(value, -0.999999, 0.999999))
    found = newton(
        lambda phi: log_likelihood(moved, phi),
        lambda phi: derivatives(moved, phi),
        point,
        iterations=iterations,
    )
    sigma = errors_at(found.point, layout).sigma.value
    sd = np.sqrt(np.diag(sigma))
    back = found.point.copy()
    for (j, k), place in layout.corr.items():
        rho = np.clip(sigma[j, k] / (sd[j] * sd[k]), -1 + 1e-12, 1 - 1e-12)
        back[place] = np.arctanh(rho)
    return back if np.isfinite(log_likelihood(problem, back)) else start


def _partial_correlations(sigma: Floats) -> dict[tuple[int, int], float]:
    """Partial correlation of j and k given the equations before j (Joe 2006)."""
    sd = np.sqrt(np.diag(sigma))
    L = np.linalg.cholesky(sigma / sd / sd[:, None])
    out = {}
    for k in range(sigma.shape[0]):
        rest = 1.0
        for j in range(k):
            out[j, k] = float(L[k, j] / np.sqrt(rest))
            rest -= L[k, j] ** 2
    return out


def _covariance(
    problem: Problem, system: System, found: Maximum, basis: Floats, vcov: VcovKind
) -> Floats:
    """Covariance of φ̃; NaN where the information is singular."""
    information = basis.T @ -found.hessian @ basis
    inverse = _inverse(information)
    if vcov == "oim":
        return basis @ inverse @ basis.T
    meat = basis.T @ _meat(problem, system, found.point, vcov) @ basis
    if vcov == "opg":
        return basis @ _inverse(meat) @ basis.T
    return basis @ inverse @ meat @ inverse @ basis.T


def _inverse(information: Floats) -> Floats:
    if condition_number(-information) > 1e15:
        return np.full_like(information, np.nan)
    scale = 1.0 / np.sqrt(np.diag(information))
    scaled = np.asarray(np.linalg.inv(information * scale * scale[:, None]), dtype=np.float64)
    return scaled * scale * scale[:, None]


def _meat(problem: Problem, system: System, point: Floats, vcov: VcovKind) -> Floats:
    """Σ ss′ over rows, or over clusters of summed scores, with the small-sample factor."""
    p = problem.layout.size
    if vcov == "cluster" and system.clusters is not None:
        G = int(system.clusters.max()) + 1
        summed = np.zeros((G, p))
        for block, rows in scores(problem, point):
            weighted = rows if block.weight is None else block.weight[:, None] * rows
            np.add.at(summed, system.clusters[block.unit], weighted)
        return G / (G - 1) * summed.T @ summed
    total = np.zeros((p, p))
    for s, weight in _row_scores(problem, system, point):
        if system.weight_kind == "frequency" and weight is not None:
            total += (s.T * weight) @ s
        else:
            total += s.T @ s if weight is None else (s.T * weight**2) @ s
    n = problem.total
    return total if vcov == "opg" else n / (n - 1.0) * total


def _row_scores(
    problem: Problem, system: System, point: Floats
) -> list[tuple[Floats, Floats | None]]:
    """Score matrices by block; rows that a fractional outcome split are put together."""
    split = any(equation.share is not None for equation in system.equations)
    if not split:
        return [(s, block.weight) for block, s in scores(problem, point)]
    out = np.zeros((system.n, problem.layout.size))
    for block, s in scores(problem, point):
        part = block.weight if block.weight is not None else np.ones(block.unit.size)
        if system.weights is not None:
            part = part / system.weights[block.unit]
        np.add.at(out, block.unit, part[:, None] * s)
    return [(out, system.weights)]


def _weak_direction(found: Maximum, basis: Floats) -> Floats:
    diagonal = np.maximum(-np.diag(found.hessian), 1e-300)
    scale = 1.0 / np.sqrt(diagonal)
    information = -found.hessian * scale * scale[:, None]
    if not np.isfinite(information).all():
        return np.full(found.point.size, np.nan)
    values, vectors = np.linalg.eigh(basis.T @ information @ basis)
    return np.asarray(basis @ vectors[:, int(np.argmin(values))])
