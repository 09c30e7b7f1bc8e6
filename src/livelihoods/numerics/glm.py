"""Logit, probit and Poisson by Newton's method, in blocks, with a look out for separation.

No penalty is ever added: the estimate is the maximum of the likelihood, or there is none and the
fit says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, gammaln, log_expit, log_ndtr, ndtr

from livelihoods.numerics.linear import blocks
from livelihoods.numerics.separation import Separation, separated_binary, separated_count
from livelihoods.numerics.special import LOG_SQRT_2PI
from livelihoods.typing import Floats

MAX_STEPS = 100
_TOLERANCE = 1e-13  # Newton decrement per unit of weight: far below any printed digit
_HUGE_INDEX = {"logit": 15.0, "probit": 6.0, "poisson": 30.0}

# A link: (index η, response y) -> (log-likelihood, first and minus second derivative in η).
_Link = Callable[[Floats, Floats], tuple[Floats, Floats, Floats]]


@dataclass(frozen=True, slots=True)
class GlmFit:
    """A maximum-likelihood fit of a single-index model.

    Attributes
    ----------
    coef
        Shape ``(k,)``.
    information
        Minus the Hessian of the log-likelihood at ``coef``, shape ``(k, k)``.
    score
        Derivative of each row's log-likelihood in its index (weight included), shape ``(n,)``:
        row scores are ``score[:, None] * X``.
    fitted
        Mean response, shape ``(n,)``.
    index
        xᵢ'β + offset, shape ``(n,)``.
    loglik, loglik_null
        Log-likelihood here and with a constant (and the offset) alone.
    converged, iterations
        Whether and how soon Newton's method stopped.
    separation
        Why no finite maximum exists, or None. With it the other numbers are of no use.
    """

    coef: Floats
    information: Floats
    score: Floats
    fitted: Floats
    index: Floats
    loglik: float
    loglik_null: float
    converged: bool
    iterations: int
    separation: Separation | None = None

    @property
    def covariance(self) -> Floats:
        """Inverse information, shape ``(k, k)``."""
        return inverse(self.information)


def inverse(information: Floats) -> Floats:
    """Return the inverse of a symmetric positive matrix, scaled to unit diagonal inside."""
    scale = np.sqrt(np.abs(np.diag(information)))
    scale[scale == 0] = 1.0
    inner = np.linalg.pinv(information / np.outer(scale, scale), hermitian=True)
    return np.asarray(inner / np.outer(scale, scale))


def logit_link(eta: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    """Log-likelihood of a (possibly fractional) response with P = 1/(1+e^−η)."""
    p = expit(eta)
    loglik = y * log_expit(eta) + (1.0 - y) * log_expit(-eta)
    return loglik, y - p, p * (1.0 - p)


def probit_link(eta: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    """Log-likelihood of a (possibly fractional) response with P = Φ(η)."""
    up, down = log_ndtr(eta), log_ndtr(-eta)
    density = -0.5 * eta * eta - LOG_SQRT_2PI
    above, below = np.exp(density - up), np.exp(density - down)
    first = y * above - (1.0 - y) * below
    second = y * above * (above + eta) + (1.0 - y) * below * (below - eta)
    return y * up + (1.0 - y) * down, first, second


def poisson_link(eta: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    """Log-likelihood of a count (or any non-negative response) with mean e^η."""
    mean = np.exp(np.minimum(eta, 300.0))
    return y * eta - mean - gammaln(y + 1.0), y - mean, mean


def fit_logit(
    X: Floats, y: Floats, weights: Floats | None = None, offset: Floats | None = None
) -> GlmFit:
    """Fit a logit by maximum likelihood, without penalty.

    Parameters
    ----------
    X
        Regressors including the constant, shape ``(n, k)``, no collinear columns.
    y
        0/1 response, or shares between them, shape ``(n,)``.
    weights
        Weights of the rows' log-likelihoods, shape ``(n,)``, or None.
    offset
        Added to the index, shape ``(n,)``, or None.
    """
    return _fit("logit", X, y, weights, offset)


def fit_probit(
    X: Floats, y: Floats, weights: Floats | None = None, offset: Floats | None = None
) -> GlmFit:
    """Fit a probit by maximum likelihood; arguments as in :func:`fit_logit`."""
    return _fit("probit", X, y, weights, offset)


def fit_poisson(
    X: Floats, y: Floats, weights: Floats | None = None, offset: Floats | None = None
) -> GlmFit:
    """Fit E(y|x) = exp(x'β) by Poisson (pseudo-)likelihood; y ≥ 0 need not be a count."""
    return _fit("poisson", X, y, weights, offset)


_LINKS: dict[str, _Link] = {"logit": logit_link, "probit": probit_link, "poisson": poisson_link}
_MEANS: dict[str, Callable[[Floats], Floats]] = {
    "logit": expit,
    "probit": ndtr,
    "poisson": lambda eta: np.asarray(np.exp(np.minimum(eta, 300.0))),
}


def _fit(kind: str, X: Floats, y: Floats, weights: Floats | None, offset: Floats | None) -> GlmFit:
    link = _LINKS[kind]
    total = float(X.shape[0]) if weights is None else float(weights.sum())
    start = _start(kind, X, y, weights, offset)
    coef, converged, steps = _newton(link, X, y, weights, offset, start, total)
    value, _, information = _sums(link, X, y, weights, offset, coef)
    eta = _index(X, coef, offset)
    first = link(eta, y)[1]
    score = first if weights is None else first * weights
    separation = None
    if not converged or float(np.abs(eta).max(initial=0.0)) > _HUGE_INDEX[kind]:
        used = slice(None) if weights is None else weights > 0
        look = separated_count if kind == "poisson" else separated_binary
        separation = look(X[used], y[used]) if kind == "poisson" or _binary(y) else None
    null = _null(kind, y, weights, offset, total)
    return GlmFit(
        coef, information, score, _MEANS[kind](eta), eta, value, null, converged, steps, separation
    )


def _binary(y: Floats) -> bool:
    return bool(np.all((y == 0.0) | (y == 1.0)))


def _index(X: Floats, coef: Floats, offset: Floats | None) -> Floats:
    eta = X @ coef
    return np.asarray(eta if offset is None else eta + offset)


def _start(kind: str, X: Floats, y: Floats, w: Floats | None, offset: Floats | None) -> Floats:
    """Zero for binary models; for Poisson one weighted step from μ = (y + ȳ)/2."""
    if kind != "poisson":
        return np.zeros(X.shape[1])
    mean = (y + float(np.average(y, weights=w))) / 2.0 + 1e-8
    target = np.log(mean) + (y - mean) / mean
    if offset is not None:
        target = target - offset
    root = np.sqrt(mean if w is None else mean * w)
    return np.asarray(np.linalg.lstsq(X * root[:, None], target * root, rcond=None)[0])


def _sums(
    link: _Link, X: Floats, y: Floats, w: Floats | None, offset: Floats | None, coef: Floats
) -> tuple[float, Floats, Floats]:
    """Return log-likelihood, gradient and information, summed over blocks."""
    k = X.shape[1]
    value, gradient, information = 0.0, np.zeros(k), np.zeros((k, k))
    for rows in blocks(X.shape[0]):
        part = X[rows]
        eta = part @ coef if offset is None else part @ coef + offset[rows]
        loglik, first, second = link(eta, y[rows])
        if w is not None:
            loglik, first, second = loglik * w[rows], first * w[rows], second * w[rows]
        value += float(loglik.sum())
        gradient += part.T @ first
        information += (part * second[:, None]).T @ part
    return value, gradient, information


def _newton(
    link: _Link,
    X: Floats,
    y: Floats,
    w: Floats | None,
    offset: Floats | None,
    coef: Floats,
    total: float,
) -> tuple[Floats, bool, int]:
    value, gradient, information = _sums(link, X, y, w, offset, coef)
    for step_number in range(1, MAX_STEPS + 1):
        step = inverse(information) @ gradient
        decrement = float(gradient @ step)
        if not np.isfinite(decrement):
            return coef, False, step_number
        if decrement / total < _TOLERANCE:
            return coef + step, True, step_number
        for _ in range(30):
            trial = coef + step
            new, new_gradient, new_information = _sums(link, X, y, w, offset, trial)
            if np.isfinite(new) and new >= value - 1e-12 * abs(value):
                break
            step = step / 2.0
        else:
            return coef, False, step_number
        coef, value, gradient, information = trial, new, new_gradient, new_information
    return coef, False, MAX_STEPS


def _null(kind: str, y: Floats, w: Floats | None, offset: Floats | None, total: float) -> float:
    """Log-likelihood with a constant alone: closed form, or Newton where there is an offset."""
    if offset is None:
        mean = float(np.average(y, weights=w))
        if kind == "poisson":
            if mean <= 0:
                return 0.0
            every = y * np.log(mean) - mean - gammaln(y + 1.0)
            return float(every.sum() if w is None else every @ w)
        if mean <= 0.0 or mean >= 1.0:
            return 0.0
        return float(total * (mean * np.log(mean) + (1.0 - mean) * np.log1p(-mean)))
    ones = np.ones((y.shape[0], 1))
    start = _start(kind, ones, y, w, offset)
    coef = _newton(_LINKS[kind], ones, y, w, offset, start, total)[0]
    return _sums(_LINKS[kind], ones, y, w, offset, coef)[0]
