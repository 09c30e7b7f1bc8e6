"""Likelihoods of a few linear indices per row: ordered, multinomial, censored, banded outcomes.

Row i contributes ℓ(η₁ᵢ, …, η_mᵢ) with ηₛ = Xₛ θ[placesₛ]. Gradient and Hessian in θ follow from the
derivatives in the indices, so each model is one small function.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, log_expit, logsumexp

from livelihoods.numerics.maximise import newton
from livelihoods.numerics.normal import log_density, log_interval
from livelihoods.typing import Bools, Floats, Ints

# Indices -> log-likelihood (n,), first derivatives [(n,)] and second ones {(s, t): (n,)}, s ≤ t.
Derivatives = tuple[Floats, list[Floats], dict[tuple[int, int], Floats]]
IndexLink = Callable[[list[Floats]], Derivatives]


@dataclass(frozen=True, slots=True)
class Index:
    """One linear index: columns ``(n, m)`` and the places of their coefficients in θ."""

    X: Floats
    places: Ints


@dataclass(frozen=True, slots=True)
class IndexedFit:
    """A maximum-likelihood fit.

    Attributes
    ----------
    coef, information
        θ and minus the Hessian, shapes ``(p,)`` and ``(p, p)``.
    scores
        Derivative of each row's (weighted) log-likelihood in θ, shape ``(n, p)``.
    loglik, converged, iterations
        How the search ended.
    """

    coef: Floats
    information: Floats
    scores: Floats
    loglik: float
    converged: bool
    iterations: int


def fit_indexed(
    indices: Sequence[Index], link: IndexLink, start: Floats, weights: Floats | None = None
) -> IndexedFit:
    """Maximise Σ wᵢ ℓ(ηᵢ) by Newton's method."""
    w = np.ones(indices[0].X.shape[0]) if weights is None else weights
    p = start.shape[0]

    def etas(theta: Floats) -> list[Floats]:
        return [index.X @ theta[index.places] for index in indices]

    def value(theta: Floats) -> float:
        with np.errstate(all="ignore"):
            total = float(w @ link(etas(theta))[0])
        return total if np.isfinite(total) else -np.inf

    def derivatives(theta: Floats) -> tuple[float, Floats, Floats]:
        loglik, first, second = link(etas(theta))
        gradient, hessian = np.zeros(p), np.zeros((p, p))
        for s, index in enumerate(indices):
            np.add.at(gradient, index.places, index.X.T @ (w * first[s]))
        for (s, t), bend in second.items():
            part = (indices[s].X * (w * bend)[:, None]).T @ indices[t].X
            np.add.at(hessian, np.ix_(indices[s].places, indices[t].places), part)
            if s != t:
                np.add.at(hessian, np.ix_(indices[t].places, indices[s].places), part.T)
        return float(w @ loglik), gradient, hessian

    found = newton(value, derivatives, start)
    theta = found.point
    if found.status == "converged":  # one step more: the test was passed before it was taken
        theta = theta + np.linalg.solve(-found.hessian, found.gradient)
    loglik, _, hessian = derivatives(theta)
    scores = np.zeros((w.shape[0], p))
    first = link(etas(theta))[1]
    for s, index in enumerate(indices):
        scores[:, index.places] += index.X * (w * first[s])[:, None]
    return IndexedFit(
        theta, -hessian, scores, loglik, found.status == "converged", found.iterations
    )


def band_link(top: Bools, bottom: Bools, *, logistic: bool) -> IndexLink:
    """Return ℓ = log(F(a) − F(b)) of an upper and a lower index.

    Parameters
    ----------
    top, bottom
        Rows whose upper (lower) end is infinite, shape ``(n,)``; their index is not looked at.
    logistic
        F logistic, otherwise normal.
    """

    def link(etas: list[Floats]) -> Derivatives:
        a, b = np.where(top, np.inf, etas[0]), np.where(bottom, -np.inf, etas[1])
        loglik = _log_band(a, b, top, bottom, logistic)
        ga = np.where(top, 0.0, np.exp(_log_slope(etas[0], logistic) - loglik))
        gb = np.where(bottom, 0.0, -np.exp(_log_slope(etas[1], logistic) - loglik))
        haa = ga * (_bend(etas[0], logistic) - ga)
        hbb = gb * (_bend(etas[1], logistic) - gb)
        return loglik, [ga, gb], {(0, 0): haa, (0, 1): -ga * gb, (1, 1): hbb}

    return link


def _log_band(a: Floats, b: Floats, top: Bools, bottom: Bools, logistic: bool) -> Floats:
    if not logistic:
        with np.errstate(invalid="ignore"):
            return log_interval(b, a)
    with np.errstate(invalid="ignore", divide="ignore"):
        inner = np.where(top | bottom, 0.0, np.log(-np.expm1(b - a)))
    up = np.where(top, 0.0, log_expit(np.where(top, 0.0, a)))
    down = np.where(bottom, 0.0, log_expit(-np.where(bottom, 0.0, b)))
    return np.asarray(up + down + inner)


def _log_slope(x: Floats, logistic: bool) -> Floats:
    return np.asarray(log_expit(x) + log_expit(-x)) if logistic else log_density(x)


def _bend(x: Floats, logistic: bool) -> Floats:
    """f'(x)/f(x)."""
    return np.asarray(1.0 - 2.0 * expit(x)) if logistic else -x


def censored_link(exact: Bools, top: Bools, bottom: Bools) -> IndexLink:
    """Return the link of censored and banded regressions in Olsen's (1978) coordinates.

    With γ = β/σ and h = 1/σ the indices are h·upper − x'γ, h·lower − x'γ and h; rows observed
    exactly have upper = lower = y and ℓ = log h + log φ(h·y − x'γ). The likelihood is concave.
    """
    band = band_link(top, bottom, logistic=False)

    def link(etas: list[Floats]) -> Derivatives:
        upper = np.where(exact, 1.0, etas[0])
        lower = np.where(exact, -1.0, etas[1])
        loglik, first, second = band([upper, lower])
        e, h = etas[0], etas[2]
        with np.errstate(invalid="ignore", divide="ignore"):
            loglik = np.where(exact, np.log(h) + log_density(e), loglik)
        ga = np.where(exact, -e, first[0])
        gb = np.where(exact, 0.0, first[1])
        gh = np.where(exact, 1.0 / h, 0.0)
        seconds = {
            (0, 0): np.where(exact, -1.0, second[0, 0]),
            (0, 1): np.where(exact, 0.0, second[0, 1]),
            (1, 1): np.where(exact, 0.0, second[1, 1]),
            (2, 2): np.where(exact, -1.0 / (h * h), 0.0),
        }
        return loglik, [ga, gb, gh], seconds

    return link


def softmax_link(choice: Ints) -> IndexLink:
    """Return the multinomial logit link; alternative 0 is the base with index zero."""

    def link(etas: list[Floats]) -> Derivatives:
        stacked = np.column_stack([np.zeros(choice.shape[0]), *etas])
        log_p = stacked - np.asarray(logsumexp(stacked, axis=1))[:, None]
        p = np.exp(log_p)
        loglik = log_p[np.arange(choice.shape[0]), choice]
        m = len(etas)
        first = [(choice == s + 1) - p[:, s + 1] for s in range(m)]
        second = {
            (s, t): p[:, s + 1] * (p[:, t + 1] - (s == t)) for s in range(m) for t in range(s, m)
        }
        return loglik, first, second

    return link


def ordered_indices(X: Floats, level: Ints, levels: int) -> tuple[list[Index], Bools, Bools]:
    """Return upper and lower index of an ordered outcome: κ_level − x'β, κ_{level−1} − x'β.

    θ = (β, κ₁ … κ_{J−1}); also which rows are at the top and at the bottom.
    """
    k = X.shape[1]
    places = np.arange(k + levels - 1, dtype=np.int64)
    ends = []
    for shift in (0, 1):
        cut = np.zeros((level.shape[0], levels - 1))
        which = level - shift
        inside = (which >= 0) & (which < levels - 1)
        cut[np.flatnonzero(inside), which[inside]] = 1.0
        ends.append(Index(np.asfortranarray(np.hstack([-X, cut])), places))
    return ends, level == levels - 1, level == 0


def censored_indices(X: Floats, lower: Floats, upper: Floats) -> tuple[list[Index], IndexLink]:
    """Return indices and link for outcomes known to lie between ``lower`` and ``upper``."""
    exact = lower == upper
    top, bottom = np.isposinf(upper), np.isneginf(lower)
    k = X.shape[1]
    places = np.arange(k + 1, dtype=np.int64)
    high = np.where(top, 0.0, upper)[:, None]
    low = np.where(bottom, 0.0, lower)[:, None]
    indices = [
        Index(np.asfortranarray(np.hstack([-X, high])), places),
        Index(np.asfortranarray(np.hstack([-X, low])), places),
        Index(np.ones((X.shape[0], 1)), np.array([k], dtype=np.int64)),
    ]
    return indices, censored_link(exact, top, bottom)


def from_olsen(theta: Floats) -> tuple[Floats, Floats]:
    """Return (β, ln σ) and its Jacobian in (γ, h)."""
    gamma, h = theta[:-1], float(theta[-1])
    k = gamma.shape[0]
    jacobian = np.zeros((k + 1, k + 1))
    jacobian[:k, :k] = np.eye(k) / h
    jacobian[:k, k] = -gamma / h**2
    jacobian[k, k] = -1.0 / h
    return np.append(gamma / h, -np.log(h)), jacobian
