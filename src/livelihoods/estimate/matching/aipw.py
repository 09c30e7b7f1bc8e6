r"""Augmented inverse probability weighting with cross-fitting.

Score and outcome models (a line in each arm) are fitted without the fold they are used on; the
estimate is right if either is (Robins, Rotnitzky and Zhao 1994; Chernozhukov et al. 2018).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from livelihoods.errors import EstimationError
from livelihoods.estimate.folds import fold_numbers
from livelihoods.estimate.matching.model import Sample
from livelihoods.estimate.matching.prepare import Prepared
from livelihoods.estimate.matching.spec import AipwSpec, Clustered, MatchSpec
from livelihoods.numerics.glm import fit_logit, fit_probit
from livelihoods.numerics.warm import predict_binary, warm_start
from livelihoods.typing import Bools, Floats, Ints

IDENTITY = "aipw"


@dataclass(frozen=True, slots=True)
class CrossFitted:
    """Means ``(2, k)``, weights of the rows ``(n,)`` and influence ``(k, n)``."""

    means: Floats
    load: Floats
    influence: Floats


def cross_fitted(spec: MatchSpec, ready: Prepared, on: Bools) -> CrossFitted:
    """Estimate arm means by AIPW.

    Raises
    ------
    EstimationError
        If a fold leaves an arm empty or its score cannot be fitted.
    """
    assert isinstance(spec.method, AipwSpec)
    sample = ready.sample
    fold = _folds(spec, ready, spec.method.folds)
    score, lines = sample.score.copy(), np.zeros((2, *sample.outcomes.shape))
    for number in range(spec.method.folds):
        inside, outside = np.flatnonzero(fold == number), np.flatnonzero((fold != number) & on)
        if inside.size == 0:
            continue
        if ready.propensity.link != "given":
            score[inside] = _score(ready, outside, inside, number)
        for place, arm in enumerate((sample.treated, ~sample.treated)):
            rows = outside[arm[outside]]
            lines[place][:, inside] = _line(ready.design.X, sample, rows, inside, number)
    return _combine(spec, sample, score, lines, on)


def _folds(spec: MatchSpec, ready: Prepared, count: int) -> Ints:
    """Folds of rows, or of whole clusters if errors are clustered; equal in size."""
    if isinstance(spec.se, Clustered):
        codes = ready.design.clusters[spec.se.cluster]
    else:
        codes = np.arange(ready.design.nobs)
    return fold_numbers(codes, count, spec.seed or 0, IDENTITY)


def _score(ready: Prepared, outside: Ints, inside: Ints, number: int) -> Floats:
    X, y = ready.design.X, ready.design.y
    link = "logit" if ready.propensity.link == "logit" else "probit"
    fit = (fit_logit if link == "logit" else fit_probit)(
        X[outside], y[outside], ready.sample.weights[outside]
    )
    if not fit.converged or fit.separation is not None:
        raise EstimationError("estimate.match_fold", fold=number + 1)
    start = warm_start("logit" if link == "logit" else "probit", X[inside], y[inside], fit.coef)
    return predict_binary(start, fit.coef)


def _line(X: Floats, sample: Sample, rows: Ints, inside: Ints, number: int) -> Floats:
    if rows.size <= X.shape[1]:
        raise EstimationError("estimate.match_fold", fold=number + 1)
    root = np.sqrt(sample.weights[rows])
    target = (sample.outcomes[:, rows] * root).T
    coef = np.linalg.lstsq(X[rows] * root[:, None], target, rcond=None)[0]
    return np.asarray((X[inside] @ coef).T)


def _combine(spec: MatchSpec, sample: Sample, p: Floats, lines: Floats, on: Bools) -> CrossFitted:
    s, d, y = sample.weights * on, sample.treated, sample.outcomes
    m1, m0 = lines
    total = s.sum()
    if spec.estimand == "ATE":
        load = np.where(d, 1.0 / p, 1.0 / (1.0 - p)) * s
        one = m1 + np.where(d, (y - m1) / p, 0.0)
        none = m0 + np.where(d, 0.0, (y - m0) / (1.0 - p))
        means = np.stack([one @ s / total, none @ s / total])
        influence = (one - none - (means[0] - means[1])[:, None]) * s / total
        return CrossFitted(means, load, influence)
    focal = d if spec.estimand == "ATT" else ~d
    odds = p / (1.0 - p) if spec.estimand == "ATT" else (1.0 - p) / p
    line = m0 if spec.estimand == "ATT" else m1
    load = np.where(focal, 1.0, odds) * s
    size = s[focal].sum()
    seen = np.where(focal, y, 0.0)
    imputed = np.where(focal, line, odds * (y - line))
    mine, theirs = seen @ s / size, imputed @ s / size
    influence = (seen - imputed - np.where(focal, (mine - theirs)[:, None], 0.0)) * s / size
    if spec.estimand == "ATT":
        return CrossFitted(np.stack([mine, theirs]), load, influence)
    return CrossFitted(np.stack([theirs, mine]), load, -influence)
