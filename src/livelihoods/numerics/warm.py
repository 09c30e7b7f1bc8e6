"""Refit a binary model with other weights, from a start near the answer: for bootstraps.

A draw changes the weights a little and the coefficients less, so two or three Newton steps from
the full-sample estimate reach the draw's own maximum to rounding. No likelihood is computed.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.special import expit, log_ndtr, ndtr

from livelihoods.numerics.special import LOG_SQRT_2PI
from livelihoods.typing import Floats

_LAST_STEP = 1e-9  # a Newton step with this decrement per row leaves an error of its square
_MOST_STEPS = 15
_ROWS = 8_192


def refit_binary(
    link: Literal["logit", "probit"], X: Floats, y: Floats, weights: Floats, start: Floats
) -> Floats | None:
    """Return the maximum-likelihood coefficients under ``weights``, or None if not reached.

    Parameters
    ----------
    X, y
        Regressors with the constant, shape ``(n, k)``, and the 0/1 response.
    weights
        Not negative, shape ``(n,)``.
    start
        Coefficients near the answer, shape ``(k,)``.
    """
    coef, total = start, float(weights.sum())
    for _ in range(_MOST_STEPS):
        gradient, information = _derivatives(link, X, y, weights, coef)
        try:
            step = np.linalg.solve(information, gradient)
        except np.linalg.LinAlgError:
            return None
        decrement = float(gradient @ step) / total
        if not np.isfinite(decrement) or decrement > 25.0:
            return None
        coef = coef + step
        if decrement < _LAST_STEP:
            return coef
    return None


def _derivatives(
    link: str, X: Floats, y: Floats, weights: Floats, coef: Floats
) -> tuple[Floats, Floats]:
    k = X.shape[1]
    gradient, information = np.zeros(k), np.zeros((k, k))
    for begin in range(0, X.shape[0], _ROWS):
        rows = slice(begin, begin + _ROWS)
        part, w = X[rows], weights[rows]
        eta = part @ coef
        if link == "logit":
            p = expit(eta)
            first, second = w * (y[rows] - p), w * (p * (1.0 - p))
        else:
            sign = 2.0 * y[rows] - 1.0
            mills = np.exp(-0.5 * eta * eta - LOG_SQRT_2PI - log_ndtr(sign * eta))
            first, second = w * sign * mills, w * (mills * (mills + sign * eta))
        gradient += part.T @ first
        information += (part * second[:, None]).T @ part
    return gradient, information


def predict_binary(link: str, X: Floats, coef: Floats) -> Floats:
    """Return the fitted probabilities, shape ``(n,)``."""
    eta = X @ coef
    return np.asarray(expit(eta) if link == "logit" else ndtr(eta))
