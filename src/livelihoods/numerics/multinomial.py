"""Multinomial logit by maximum likelihood, without penalty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import log_softmax

from livelihoods.numerics import indexed as ix
from livelihoods.numerics.glm import inverse
from livelihoods.typing import Floats, Ints


@dataclass(frozen=True, slots=True)
class MultinomialFit:
    """A multinomial logit of m + 1 categories on k columns; category 0 is the base.

    Attributes
    ----------
    coef
        Category after category, shape ``(m * k,)``.
    covariance
        Inverse information, shape ``(m * k, m * k)``.
    scores
        Row scores, shape ``(n, m * k)``.
    loglik, converged, iterations
        How the search ended.
    """

    coef: Floats
    covariance: Floats
    scores: Floats
    loglik: float
    converged: bool
    iterations: int


def fit_multinomial(
    X: Floats, choice: Ints, categories: int, w: Floats | None = None
) -> MultinomialFit:
    """Fit P(choice = j | x) = exp(x'β_j) / Σ_l exp(x'β_l), β_0 = 0.

    Parameters
    ----------
    X
        Regressors including the constant, shape ``(n, k)``, of full rank.
    choice
        Category of each row, 0 … categories − 1, shape ``(n,)``.
    w
        Weights of the rows' log-likelihoods, or None.
    """
    k, m = X.shape[1], categories - 1
    scale = np.maximum(np.sqrt((X**2).mean(axis=0)), 1e-300)
    columns = np.asfortranarray(X / scale)
    indices = [ix.Index(columns, np.arange(s * k, (s + 1) * k)) for s in range(m)]
    raw = ix.fit_indexed(indices, ix.softmax_link(choice), np.zeros(m * k), w)
    turn = np.tile(1 / scale, m)
    return MultinomialFit(
        raw.coef * turn,
        inverse(raw.information) * np.outer(turn, turn),
        raw.scores / turn,
        raw.loglik,
        raw.converged,
        raw.iterations,
    )


def probabilities(X: Floats, coef: Floats) -> Floats:
    """Return the probabilities of all categories, base first, shape ``(n, m + 1)``."""
    eta = X @ coef.reshape(-1, X.shape[1]).T
    whole = np.hstack([np.zeros((eta.shape[0], 1)), eta])
    return np.asarray(np.exp(log_softmax(whole, axis=1)))
