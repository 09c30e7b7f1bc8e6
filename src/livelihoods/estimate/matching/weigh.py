r"""Weighting: inverse probabilities, overlap, entropy balancing, and doubly robust AIPW.

Each gives arm means :math:`\mu_a = \sum_a l_i y_i / \sum_a l_i` (AIPW adds outcome models) and an
influence function for every row; the variance is the sum of its squares, over rows or clusters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from livelihoods.estimate.matching.aipw import cross_fitted
from livelihoods.estimate.matching.entropy_balance import balance_arm
from livelihoods.estimate.matching.model import Matching, Sample
from livelihoods.estimate.matching.prepare import Prepared
from livelihoods.estimate.matching.spec import (
    AipwSpec,
    EntropySpec,
    Estimand,
    MatchSpec,
    SupportRule,
)
from livelihoods.estimate.matching.support import off_support
from livelihoods.typing import Bools, Floats


@dataclass(frozen=True, slots=True)
class Weighed:
    """Arm means by weighting.

    Attributes
    ----------
    means
        With and without treatment, shape ``(2, k)``.
    load
        Weight of every row in its arm's mean, shape ``(n,)``; 0 off support.
    influence
        Of every row on each effect, shape ``(k, n)``.
    """

    means: Floats
    load: Floats
    influence: Floats


def weigh_sample(spec: MatchSpec, ready: Prepared, support: SupportRule) -> tuple[Matching, Floats]:
    """Weigh the sample; return it in the terms of a matching, and the influence function."""
    sample, estimand = ready.sample, spec.estimand
    whose: Estimand = "ATE" if estimand == "ATO" else estimand
    off = off_support(sample.score, sample.treated, support, whose)
    if isinstance(spec.method, AipwSpec):
        found = cross_fitted(spec, ready, ~off)
        weighed = Weighed(found.means, found.load, found.influence)
    elif isinstance(spec.method, EntropySpec):
        weighed = _entropy(sample, ~off, estimand, spec.method.moments, ready)
    else:
        weighed = _by_score(ready, ~off, estimand)
    return _as_matching(sample, weighed, off, estimand), weighed.influence


def tilt(p: Floats, density: Floats, treated: Bools, estimand: Estimand) -> tuple[Floats, Floats]:
    """Return each row's weight and its derivative in the index of the score.

    ATT: 1 and p/(1 − p); ATU: (1 − p)/p and 1; ATE: 1/p and 1/(1 − p); ATO (overlap, Li, Morgan
    and Zaslavsky 2018): 1 − p and p, for treated and untreated.
    """
    q, one, zero = 1.0 - p, np.ones_like(p), np.zeros_like(p)
    with_, without, d_with, d_without = {
        "ATT": (one, p / q, zero, density / q**2),
        "ATU": (q / p, one, -density / p**2, zero),
        "ATE": (1.0 / p, 1.0 / q, -density / p**2, density / q**2),
        "ATO": (q, p, -density, density),
    }[estimand]
    return np.where(treated, with_, without), np.where(treated, d_with, d_without)


def _by_score(ready: Prepared, on: Bools, estimand: Estimand) -> Weighed:
    """Hájek means with the score's estimation in the influence function."""
    sample, propensity = ready.sample, ready.propensity
    model = propensity.model(ready.design.X)
    density = np.zeros_like(sample.score) if model is None else model.density
    weight, slope = tilt(sample.score, density, sample.treated, estimand)
    load, slope = sample.weights * on * weight, sample.weights * on * slope
    k, n = sample.outcomes.shape
    means, influence = np.empty((2, k)), np.zeros((k, n))
    gradient = np.zeros((k, ready.design.X.shape[1]))
    for place, (arm, sign) in enumerate(((sample.treated, 1.0), (~sample.treated, -1.0))):
        rows = np.flatnonzero(arm & on)
        total = load[rows].sum()
        y = sample.outcomes[:, rows]
        means[place] = y @ load[rows] / total
        rest = y - means[place][:, None]
        influence[:, rows] = sign * rest * load[rows] / total
        gradient += sign * (rest * slope[rows]) @ ready.design.X[rows] / total
    if model is not None:
        step = gradient @ model.covariance @ ready.design.X.T
        influence += step * propensity.residual
    return Weighed(means, load, influence)


def _entropy(
    sample: Sample, on: Bools, estimand: Estimand, moments: int, ready: Prepared
) -> Weighed:
    """Reweight what is not the target to the target's moments; exact in every sample."""
    full = np.column_stack([sample.X**power for power in range(1, moments + 1)])
    scale = full[on].std(axis=0)
    X = full[:, scale > 0] / scale[scale > 0]
    members = {"ATT": sample.treated & on, "ATU": ~sample.treated & on, "ATE": on}[estimand]
    target = sample.weights * members
    centre = target @ X / target.sum()
    k, n = sample.outcomes.shape
    means, influence, load = np.empty((2, k)), np.zeros((k, n)), np.zeros(n)
    for place, (arm, sign) in enumerate(((sample.treated, 1.0), (~sample.treated, -1.0))):
        rows = np.flatnonzero(arm & on)
        away = X[rows] - centre
        if bool(members[rows].all()) and estimand != "ATE":
            part = sample.weights[rows]
        else:
            part = balance_arm(away, sample.weights[rows], ready.design.outcome)
        load[rows] = part
        total = part.sum()
        y = sample.outcomes[:, rows]
        means[place] = y @ part / total
        rest = y - means[place][:, None]
        if estimand == "ATE" or not members[rows].all():
            # What balance already explains: the weighted regression on the balanced moments.
            slopes = np.linalg.lstsq(away * np.sqrt(part)[:, None], (rest * np.sqrt(part)).T,
                                     rcond=None)[0]  # fmt: skip
            rest = rest - (away @ slopes).T
            influence += sign * (slopes.T @ (X - centre).T) * target / target.sum()
        influence[:, rows] += sign * rest * part / total
    return Weighed(means, load, influence)


def _as_matching(sample: Sample, weighed: Weighed, off: Bools, estimand: Estimand) -> Matching:
    """State weights as those of a matching: own weight, and weight as a counterfactual."""
    n = sample.treated.shape[0]
    on = ~off
    members = {
        "ATT": sample.treated & on,
        "ATU": ~sample.treated & on,
        "ATE": on,
        "ATO": np.zeros(n, dtype=bool),
    }[estimand]
    focal = sample.weights * members
    size = focal.sum() if estimand != "ATO" else weighed.load[sample.treated].sum()
    load = np.zeros(n)
    for arm in (sample.treated, ~sample.treated):
        load[arm] = weighed.load[arm] * (size / weighed.load[arm].sum())
    if estimand == "ATO":
        focal = load
    counts = np.where(on, np.where(sample.treated, (~sample.treated & on).sum(),
                                   (sample.treated & on).sum()), 0)  # fmt: skip
    return Matching(
        effects=np.full(sample.outcomes.shape, np.nan),
        focal=focal,
        donor=load - focal,
        off_support=off,
        unmatched=np.zeros(n, dtype=bool),
        counts=counts.astype(np.int64),
        facts={},
        means=weighed.means,
    )
