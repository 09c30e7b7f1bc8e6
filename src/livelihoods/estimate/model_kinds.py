"""The likelihood behind each ``kind`` of ``lv.fit``, and what each predicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import expit, ndtr

from livelihoods.errors import DataError, EstimationError, SpecError
from livelihoods.numerics import indexed as ix
from livelihoods.numerics.glm import GlmFit, fit_logit, fit_poisson, fit_probit, inverse
from livelihoods.numerics.linear import lstsq_columns
from livelihoods.numerics.multinomial import fit_multinomial, probabilities
from livelihoods.numerics.special import normal_density

if TYPE_CHECKING:
    from livelihoods.design.model import Design
    from livelihoods.typing import Floats

# X (n, k) and θ -> predicted responses (n, R).
Predict = Callable[["Floats", "Floats"], "Floats"]


@dataclass(frozen=True, slots=True)
class MlFit:
    """What every kind hands over.

    Attributes
    ----------
    names, equations
        Coefficients; equations are empty for a single one.
    coef, bread, scores
        θ, inverse information, row scores ``(n, p)``.
    loglik, loglik_null
        Here and with constants alone.
    converged, iterations
        How the search ended.
    predict
        X and θ to predicted responses.
    slope
        Derivative of the mean in the single index, or None.
    responses
        What is predicted: levels of an ordered or nominal outcome; ``("",)`` for a mean.
    """

    names: tuple[str, ...]
    equations: tuple[str, ...]
    coef: Floats
    bread: Floats
    scores: Floats
    loglik: float
    loglik_null: float
    converged: bool
    iterations: int
    predict: Predict
    slope: Callable[[Floats], Floats] | None = None
    responses: tuple[str, ...] = ("",)


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """Options that some kinds need.

    Attributes
    ----------
    limits
        Censoring points of a tobit.
    bounds
        Code of a band -> its (lower, upper) end, None for none.
    base
        Base level of a multinomial logit.
    """

    limits: tuple[float | None, float | None] = (0.0, None)
    bounds: Mapping[float, tuple[float | None, float | None]] | None = None
    base: float | None = None


def fit_kind(kind: str, design: Design, options: ModelOptions) -> MlFit:
    """Fit ``kind`` on a design."""
    return _KINDS[kind](design, options)


def _glm(design: Design, fit: GlmFit, kind: str) -> MlFit:
    if fit.separation is not None:
        columns = [design.names[j] for j in fit.separation.columns]
        named = [name for name in columns if name != "(Intercept)"] or columns
        raise EstimationError(
            "estimate.separation",
            outcome=design.outcome,
            variables=named,
            n=len(fit.separation.rows),
            rows=[int(design.rows[i]) for i in fit.separation.rows],
        )
    means: dict[str, tuple[Callable[[Floats], Floats], Callable[[Floats], Floats]]] = {
        "logit": (expit, lambda eta: expit(eta) * expit(-eta)),
        "probit": (ndtr, normal_density),
        "poisson": (np.exp, np.exp),
    }
    mean, slope = means[kind]
    return MlFit(
        design.names,
        (),
        fit.coef,
        fit.covariance,
        design.X * fit.score[:, None],
        fit.loglik,
        fit.loglik_null,
        fit.converged,
        fit.iterations,
        lambda X, theta: np.asarray(mean(X @ theta))[:, None],
        slope,
    )


def _binary(kind: str) -> Callable[[Design, ModelOptions], MlFit]:
    fits = {"logit": fit_logit, "probit": fit_probit}

    def run(design: Design, options: ModelOptions) -> MlFit:
        values = np.unique(design.y)
        if values.size != 2 or values[0] != 0.0 or values[1] != 1.0:
            shown = [f"{value:g}" for value in values[:5]]
            raise DataError("estimate.not_binary", outcome=design.outcome, kind=kind, values=shown)
        return _glm(design, fits[kind](design.X, design.y, _mean_one(design)), kind)

    return run


def _poisson(design: Design, options: ModelOptions) -> MlFit:
    if design.y.min() < 0:
        rows = [int(row) for row in design.rows[design.y < 0]]
        raise DataError("estimate.negative_outcome", outcome=design.outcome, rows=rows, n=len(rows))
    return _glm(design, fit_poisson(design.X, design.y, _mean_one(design)), "poisson")


def _mean_one(design: Design) -> Floats | None:
    return None if design.weights is None else design.weights / design.weights.mean()


def _levels(design: Design, least: int, kind: str) -> tuple[Floats, np.ndarray[Any, Any]]:
    values, level = np.unique(design.y, return_inverse=True)
    if not least <= values.size <= 50:
        raise DataError(
            "estimate.level_count", outcome=design.outcome, kind=kind, n=int(values.size)
        )
    return values, level.astype(np.int64)


def _null_of_levels(level: np.ndarray[Any, Any], w: Floats | None) -> float:
    counts = np.bincount(level, weights=w)
    return float(counts @ np.log(counts / counts.sum()))


def _without_constant(design: Design) -> tuple[Floats, tuple[str, ...], list[int]]:
    keep = [j for j, name in enumerate(design.names) if name != "(Intercept)"]
    return np.asfortranarray(design.X[:, keep]), tuple(design.names[j] for j in keep), keep


def _ordered(logistic: bool) -> Callable[[Design, ModelOptions], MlFit]:
    def run(design: Design, options: ModelOptions) -> MlFit:
        values, level = _levels(design, 3, "ologit" if logistic else "oprobit")
        X, names, keep = _without_constant(design)
        w = _mean_one(design)
        J, k = values.size, X.shape[1]
        scale = np.maximum(X.std(axis=0), 1e-300)
        indices, top, bottom = ix.ordered_indices((X - X.mean(axis=0)) / scale, level, J)
        share = np.cumsum(np.bincount(level, weights=w))[:-1] / (
            level.size if w is None else w.sum()
        )
        start = np.concatenate(
            [np.zeros(k), np.log(share / (1 - share)) * (1 if logistic else 0.6)]
        )
        raw = ix.fit_indexed(indices, ix.band_link(top, bottom, logistic=logistic), start, w)
        # Back to the columns as given: β = b/s, κ = c + x̄'β.
        turn = np.zeros((k + J - 1, k + J - 1))
        turn[:k, :k] = np.diag(1 / scale)
        turn[k:, :k] = X.mean(axis=0) / scale
        turn[k:, k:] = np.eye(J - 1)
        fit = _turned(raw, turn, inverse(raw.information))
        cuts = tuple(f"{values[j]:g}|{values[j + 1]:g}" for j in range(J - 1))
        cdf = expit if logistic else ndtr

        def predict(matrix: Floats, theta: Floats) -> Floats:
            below = cdf(theta[k:][None, :] - (matrix[:, keep] @ theta[:k])[:, None])
            n = matrix.shape[0]
            edges = np.hstack([np.zeros((n, 1)), below, np.ones((n, 1))])
            return np.asarray(np.diff(edges, axis=1))

        equations = ("",) * k + ("cut",) * (J - 1) if k else ("cut",) * (J - 1)
        labels = tuple(f"{value:g}" for value in values)
        return _ml(fit, names + cuts, equations, _null_of_levels(level, w), predict, labels)

    return run


def _multinomial(design: Design, options: ModelOptions) -> MlFit:
    values, level = _levels(design, 2, "mlogit")
    if options.base is not None and options.base not in values:
        raise SpecError(
            "estimate.unknown_base", given=options.base, known=[f"{v:g}" for v in values]
        )
    base = int(np.flatnonzero(values == options.base)[0]) if options.base is not None else 0
    order = [base, *(j for j in range(values.size) if j != base)]
    choice = np.argsort(np.array(order))[level]
    k, m = design.X.shape[1], values.size - 1
    w = _mean_one(design)
    fit = fit_multinomial(design.X, choice, values.size, w)

    def predict(matrix: Floats, theta: Floats) -> Floats:
        return np.asarray(probabilities(matrix, theta)[:, np.argsort(order)])

    labels = tuple(f"{value:g}" for value in values)
    equations = tuple(labels[order[s + 1]] for s in range(m) for _ in range(k))
    return MlFit(
        design.names * m,
        equations,
        fit.coef,
        fit.covariance,
        fit.scores,
        fit.loglik,
        _null_of_levels(level, w),
        fit.converged,
        fit.iterations,
        predict,
        responses=labels,
    )


def _tobit(design: Design, options: ModelOptions) -> MlFit:
    low, high = options.limits
    lower = -np.inf if low is None else low
    upper = np.inf if high is None else high
    if not lower < upper:
        raise SpecError("estimate.tobit_limits", low=low, high=high)
    if low is None and high is None:
        raise SpecError("estimate.tobit_limits", low=low, high=high)
    y = np.clip(design.y, lower, upper)
    censored = (y == lower) | (y == upper)
    if not censored.any() or censored.all():
        raise DataError(
            "estimate.nothing_censored",
            outcome=design.outcome,
            n=int(censored.sum()),
            low=low,
            high=high,
        )
    fit = _censored(design, np.where(y == lower, -np.inf, y), np.where(y == upper, np.inf, y))

    def predict(X: Floats, theta: Floats) -> Floats:
        """E(y | x) of the outcome as observed, between the limits."""
        return _censored_mean(X @ theta[:-1], float(np.exp(theta[-1])), lower, upper)[:, None]

    return replace(fit, predict=predict)


def _censored_mean(mu: Floats, sigma: float, lower: float, upper: float) -> Floats:
    a = (lower - mu) / sigma if np.isfinite(lower) else np.full_like(mu, -np.inf)
    b = (upper - mu) / sigma if np.isfinite(upper) else np.full_like(mu, np.inf)
    inside = ndtr(b) - ndtr(a)
    mean = mu * inside + sigma * (normal_density(a) - normal_density(b))
    if np.isfinite(lower):
        mean = mean + lower * ndtr(a)
    if np.isfinite(upper):
        mean = mean + upper * ndtr(-b)
    return np.asarray(mean)


def _interval(design: Design, options: ModelOptions) -> MlFit:
    if not options.bounds:
        raise SpecError("estimate.interval_bounds", outcome=design.outcome)
    codes = np.unique(design.y)
    absent = [f"{code:g}" for code in codes if float(code) not in options.bounds]
    if absent:
        raise SpecError("estimate.interval_codes", outcome=design.outcome, codes=absent)
    ends = np.array(
        [
            [-np.inf if low is None else low, np.inf if high is None else high]
            for low, high in (options.bounds[float(code)] for code in codes)
        ]
    )
    if np.any(ends[:, 0] >= ends[:, 1]) or not np.any(np.isfinite(ends)):
        raise SpecError("estimate.interval_bounds", outcome=design.outcome)
    place = np.searchsorted(codes, design.y)
    return _censored(design, ends[place, 0], ends[place, 1])


def _censored(design: Design, lower: Floats, upper: Floats) -> MlFit:
    """Fit a normal regression of outcomes known to lie between two ends."""
    w = _mean_one(design)

    def run(X: Floats) -> ix.IndexedFit:
        middle = np.where(np.isfinite(lower), lower, upper)
        middle = np.where(np.isfinite(lower) & np.isfinite(upper), (lower + upper) / 2, middle)
        rough = lstsq_columns(X, middle, w)
        sigma = max(float(rough.residuals.std()), 1e-8 * (1 + float(np.abs(middle).max())))
        start = np.append(np.nan_to_num(rough.coef) / sigma, 1 / sigma)
        indices, link = ix.censored_indices(X, lower, upper)
        return ix.fit_indexed(indices, link, start, w)

    raw = run(design.X)
    point, jacobian = ix.from_olsen(raw.coef)
    fit = _turned(raw, jacobian, inverse(raw.information))
    fit = ix.IndexedFit(
        point, fit.information, fit.scores, fit.loglik, fit.converged, fit.iterations
    )
    null = run(np.ones((design.nobs, 1))).loglik
    equations = ("",) * design.X.shape[1] + ("/",)
    return _ml(
        fit,
        (*design.names, "lnsigma"),
        equations,
        null,
        lambda X, theta: (X @ theta[:-1])[:, None],
        ("",),
    )


def _two_part(design: Design, options: ModelOptions) -> MlFit:
    """Logit for any, Poisson pseudo-likelihood for how much among those with some."""
    if design.y.min() < 0 or not np.any(design.y == 0):
        raise DataError("estimate.two_part_zeros", outcome=design.outcome)
    some = design.y > 0
    w = _mean_one(design)
    first = _glm(
        replace(design, y=some.astype(float)), fit_logit(design.X, some.astype(float), w), "logit"
    )
    chosen = design.X[some]
    part = replace(design, X=np.asfortranarray(chosen), y=design.y[some], rows=design.rows[some])
    raw = fit_poisson(part.X, part.y, None if w is None else w[some])
    second = _glm(part, raw, "poisson")
    k = design.X.shape[1]
    bread = np.zeros((2 * k, 2 * k))
    bread[:k, :k], bread[k:, k:] = first.bread, second.bread
    scores = np.zeros((design.nobs, 2 * k))
    scores[:, :k], scores[some, k:] = first.scores, second.scores

    def predict(X: Floats, theta: Floats) -> Floats:
        return np.asarray(expit(X @ theta[:k]) * np.exp(X @ theta[k:]))[:, None]

    return MlFit(
        design.names * 2,
        ("any",) * k + ("amount",) * k,
        np.concatenate([first.coef, second.coef]),
        bread,
        scores,
        first.loglik + second.loglik,
        first.loglik_null + second.loglik_null,
        first.converged and second.converged,
        max(first.iterations, second.iterations),
        predict,
    )


def _turned(raw: ix.IndexedFit, turn: Floats, bread: Floats) -> ix.IndexedFit:
    """Carry θ, its inverse information and the scores through θ' = turn·θ."""
    scores = raw.scores @ np.linalg.inv(turn)
    return ix.IndexedFit(
        turn @ raw.coef, turn @ bread @ turn.T, scores, raw.loglik, raw.converged, raw.iterations
    )


def _ml(
    fit: ix.IndexedFit,
    names: tuple[str, ...],
    equations: tuple[str, ...],
    null: float,
    predict: Predict,
    responses: tuple[str, ...],
) -> MlFit:
    """After ``_turned`` the field ``information`` holds its inverse."""
    return MlFit(
        names,
        equations,
        fit.coef,
        fit.information,
        fit.scores,
        fit.loglik,
        null,
        fit.converged,
        fit.iterations,
        predict,
        responses=responses,
    )


_KINDS: dict[str, Callable[[Design, ModelOptions], MlFit]] = {
    "logit": _binary("logit"),
    "probit": _binary("probit"),
    "ologit": _ordered(True),
    "oprobit": _ordered(False),
    "mlogit": _multinomial,
    "poisson": _poisson,
    "tobit": _tobit,
    "interval": _interval,
    "twopart": _two_part,
}
KINDS = tuple(_KINDS)
