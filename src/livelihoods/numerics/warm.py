"""Refit a binary model with other weights, from a start near the answer: for bootstraps.

A draw changes the weights a little and the coefficients less, so about three Newton steps from the
full-sample estimate reach the draw's own maximum to rounding. No likelihood is computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import expit, log_ndtr, ndtr

from livelihoods.numerics.special import LOG_SQRT_2PI
from livelihoods.typing import Floats

Link = Literal["logit", "probit"]

_LAST_STEP = 1e-7  # a step with this decrement per row leaves an error of its size in the index
_MOST_STEPS = 15
_ROWS = 8_192


@dataclass(frozen=True, slots=True)
class WarmStart:
    """Where refits begin: the full sample's answer and what every first step needs of it.

    Attributes
    ----------
    link, X, y
        The model; X with the constant, shape ``(n, k)``; y is 0/1.
    coef
        Full-sample coefficients, shape ``(k,)``.
    first, second
        First and minus second derivative of each row's log-likelihood in its index there.
    """

    link: Link
    X: Floats
    y: Floats
    coef: Floats
    first: Floats
    second: Floats


def warm_start(link: Link, X: Floats, y: Floats, coef: Floats) -> WarmStart:
    """Prepare refits from coefficients near all their answers."""
    return WarmStart(link, X, y, coef, *_row_derivatives(link, X @ coef, y))


def refit_binary(start: WarmStart, weights: Floats) -> Floats | None:
    """Return the maximum-likelihood coefficients under ``weights``, or None if not reached.

    The first Newton step uses the derivatives kept from the full sample, the second new ones, the
    third a new gradient with the second's curvature (whose change is by then of the order of the
    step itself); further ones are full.

    Parameters
    ----------
    start
        From :func:`warm_start`.
    weights
        Not negative, shape ``(n,)``.
    """
    coef, total = start.coef, float(weights.sum())
    gradient = start.X.T @ (weights * start.first)
    information = _information(start.X, weights * start.second)
    for number in range(_MOST_STEPS):
        try:
            step = np.linalg.solve(information, gradient)
        except np.linalg.LinAlgError:
            return None
        decrement = float(gradient @ step) / total
        if not np.isfinite(decrement) or decrement > 25.0:
            return None
        coef = coef + step
        if abs(decrement) < _LAST_STEP:
            return coef
        first, second = _row_derivatives(start.link, start.X @ coef, start.y)
        gradient = start.X.T @ (weights * first)
        if number != 1:
            information = _information(start.X, weights * second)
    return None


def _row_derivatives(link: Link, eta: Floats, y: Floats) -> tuple[Floats, Floats]:
    if link == "logit":
        p = expit(eta)
        return y - p, p * (1.0 - p)
    sign = 2.0 * y - 1.0
    mills = np.exp(-0.5 * eta * eta - LOG_SQRT_2PI - log_ndtr(sign * eta))
    return sign * mills, mills * (mills + sign * eta)


def _information(X: Floats, weights: Floats) -> Floats:
    total = np.zeros((X.shape[1], X.shape[1]))
    for begin in range(0, X.shape[0], _ROWS):
        rows = slice(begin, begin + _ROWS)
        total += (X[rows] * weights[rows, None]).T @ X[rows]
    return total


def predict_binary(start: WarmStart, coef: Floats) -> Floats:
    """Return the fitted probabilities, shape ``(n,)``."""
    eta = start.X @ coef
    return np.asarray(expit(eta) if start.link == "logit" else ndtr(eta))
