"""Entropy balancing: the weights nearest to the given ones that balance moments exactly."""

from __future__ import annotations

import numpy as np

from livelihoods.errors import EstimationError
from livelihoods.typing import Floats

_STEPS = 200
_TOLERANCE = 1e-10


def balance_arm(away: Floats, weights: Floats, treatment: str) -> Floats:
    r"""Return :math:`w_i \exp(\lambda' x_i)` with :math:`\sum_i w_i \exp(\lambda' x_i) x_i = 0`.

    Parameters
    ----------
    away
        Moments less their target, in standard deviations, shape ``(m, q)``.
    weights
        Base weights, shape ``(m,)``.
    treatment
        Named if there are no such weights.

    Raises
    ------
    EstimationError
        If the target lies outside what weighted rows can reach.

    Notes
    -----
    Hainmueller (2012), Political Analysis 20, 25: the dual is convex; Newton with halved steps.
    """
    coef = np.zeros(away.shape[1])
    value, load = _dual(away, weights, coef)
    for _ in range(_STEPS):
        gradient = load @ away / load.sum()
        if float(np.abs(gradient).max(initial=0.0)) < _TOLERANCE:
            return load
        curvature = (away * (load / load.sum())[:, None]).T @ away - np.outer(gradient, gradient)
        step = -np.linalg.lstsq(curvature, gradient, rcond=1e-12)[0]
        for _ in range(40):
            new, trial = _dual(away, weights, coef + step)
            if np.isfinite(new) and new <= value + 1e-4 * float(gradient @ step):
                break
            step = step / 2.0
        else:
            break
        if float(np.abs(coef).max(initial=0.0)) > 1e3:
            break
        coef, value, load = coef + step, new, trial
    gradient = load @ away / load.sum()
    if float(np.abs(gradient).max(initial=0.0)) < 1e-7:
        return load
    raise EstimationError("estimate.match_cannot_balance", treatment=treatment)


def _dual(away: Floats, weights: Floats, coef: Floats) -> tuple[float, Floats]:
    """ln Σ w exp(λ'x) and the weights, scaled to the base weights' sum."""
    index = away @ coef
    top = float(index.max())
    load = weights * np.exp(index - top)
    total = float(load.sum())
    return float(np.log(total) + top), load * (float(weights.sum()) / total)
