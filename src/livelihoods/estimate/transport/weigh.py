"""Weights that make the study look like the target: inverse odds, or entropy weights to means."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from livelihoods.errors import EstimationError
from livelihoods.estimate.matching.entropy_balance import balance_arm
from livelihoods.estimate.transport.fit import Reweighting
from livelihoods.numerics.glm import fit_logit
from livelihoods.typing import Floats


@dataclass(frozen=True, slots=True)
class Membership:
    """Probability of being in the study rather than in the target.

    Attributes
    ----------
    study, target
        Shapes ``(n,)`` and ``(N,)``.
    """

    study: Floats
    target: Floats


def inverse_odds(
    X: Floats, q: Floats, other: Floats, r: Floats, names: tuple[str, ...]
) -> tuple[Reweighting, Membership]:
    """Return w = (1 − p)/p with p from a logit of membership on the stacked rows.

    Parameters
    ----------
    X, q
        Study: columns with constant ``(n, k)``, weights ``(n,)``.
    other, r
        Target: the same, ``(N, k)`` and ``(N,)``.
    names
        Of the columns, for messages.

    Raises
    ------
    EstimationError
        If a column tells the two apart completely, or the logit does not converge.
    """
    n = X.shape[0]
    stacked = np.vstack([X, other])
    member = np.concatenate([np.ones(n), np.zeros(other.shape[0])])
    weights = np.concatenate([q / q.mean(), r / r.mean()])
    fit = fit_logit(stacked, member, weights)
    if fit.separation is not None:
        columns = [names[j] for j in fit.separation.columns]
        rows = len(fit.separation.rows)
        raise EstimationError("estimate.transport_separated", columns=columns, n=rows)
    if not fit.converged:
        raise EstimationError("estimate.transport_not_converged", steps=fit.iterations)
    influence = (stacked * fit.score[:, None]) @ fit.covariance
    p = fit.fitted
    w = (1.0 - p[:n]) / p[:n]
    found = Reweighting(w, -X, influence[:n], influence[n:])
    return found, Membership(p[:n], p[n:])


def to_means(X: Floats, q: Floats, mean: Floats, names: tuple[str, ...]) -> Reweighting:
    """Return the weights nearest to equal ones with which the study has the target's means.

    Raises
    ------
    EstimationError
        If no weights reach the means: a target mean outside the study's range, or a combination
        of means that no mixture of its rows has.
    """
    outside = [
        name
        for name, column, value in zip(names, X.T, mean, strict=True)
        if not column.min() <= value <= column.max()
    ]
    varies = np.flatnonzero(X.std(axis=0) > 0)
    spread = X[:, varies].std(axis=0)
    away = (X[:, varies] - mean[varies]) / spread
    if outside:
        raise EstimationError("estimate.transport_unreachable", columns=outside)
    try:
        load = balance_arm(away, q, "")
    except EstimationError:
        columns = [names[j] for j in varies]
        raise EstimationError("estimate.transport_unreachable", columns=columns) from None
    curvature = np.linalg.pinv((away * load[:, None]).T @ away)
    influence = -(away * load[:, None]) @ curvature
    return Reweighting(load / q, away, influence, np.zeros((0, varies.size)))
