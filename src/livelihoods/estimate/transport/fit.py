r"""Carry an effect to another population: arrays in, estimates and influence functions out.

Within the study, treatment is adjusted for by the doubly robust score of each row,

.. math:: \varphi_i = m_1(c_i) - m_0(c_i) + \frac{a_i (y_i - m_1)}{e(c_i)}
          - \frac{(1 - a_i)(y_i - m_0)}{1 - e(c_i)} ,

whose mean at x is the effect there. It is carried over in three ways: by weights w (inverse odds of
participation, or entropy weights) on inverse-probability weighted outcomes; by a line in x fitted
to the scores and read at the target's mean; and doubly robust, the line plus the weighted mean of
what it leaves (Dahabreh, Robertson, Steingrimsson, Stuart and Hernan 2020, Statistics in Medicine
39, 1999). Every estimated part enters the influence functions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from livelihoods.typing import Bools, Floats

METHODS = ("weighted", "effect_model", "doubly_robust")


@dataclass(frozen=True, slots=True)
class Study:
    """The sample in which the effect was measured: n rows.

    Attributes
    ----------
    y, treated
        Outcome and treatment, shape ``(n,)``.
    C
        Constant and all controls, shape ``(n, p)``.
    X
        Constant and the columns on which populations are compared, shape ``(n, k)``.
    q
        Sampling weights, shape ``(n,)``.
    score
        Probability of treatment given C, shape ``(n,)``.
    score_influence
        Influence of each row on the score's coefficients, shape ``(n, p)``.
    """

    y: Floats
    treated: Bools
    C: Floats
    X: Floats
    q: Floats
    score: Floats
    score_influence: Floats


@dataclass(frozen=True, slots=True)
class Target:
    """The other population.

    Attributes
    ----------
    mean
        Means of the columns of X there, shape ``(k,)``.
    X, r
        Its rows ``(N, k)`` and their weights ``(N,)``; no rows if only means are known.
    """

    mean: Floats
    X: Floats
    r: Floats


@dataclass(frozen=True, slots=True)
class Reweighting:
    """Weights that make the study look like the target.

    Attributes
    ----------
    w
        Of each study row, without its sampling weight, shape ``(n,)``.
    slope
        Derivative of log w in the coefficients behind it, shape ``(n, d)``.
    influence, influence_target
        Of each study and target row on these coefficients, shapes ``(n, d)`` and ``(N, d)``.
    """

    w: Floats
    slope: Floats
    influence: Floats
    influence_target: Floats


@dataclass(frozen=True, slots=True)
class Carried:
    """Estimates in the study, in the target, and their influence.

    Attributes
    ----------
    sample, target
        Effects by method (``METHODS``), shape ``(3,)``.
    sample_influence
        Of the study's rows, shape ``(3, n)``.
    target_influence, target_rows_influence
        Of the study's and of the target's rows on the target's effects, ``(3, n)`` and ``(3, N)``.
    """

    sample: Floats
    target: Floats
    sample_influence: Floats
    target_influence: Floats
    target_rows_influence: Floats


@dataclass(frozen=True, slots=True)
class _Scores:
    """Doubly robust scores and the derivative of each in every estimated coefficient.

    Attributes
    ----------
    phi
        Shape ``(n,)``.
    slopes, influences
        For the score and both outcome models: derivatives ``(n, p)``, influences ``(n, p)``.
    """

    phi: Floats
    slopes: tuple[Floats, Floats, Floats]
    influences: tuple[Floats, Floats, Floats]

    def through(self, a: Floats) -> Floats:
        """Return the influence of the estimated coefficients on Σ a φ, shape ``(n,)``."""
        out = np.zeros_like(a)
        for slope, influence in zip(self.slopes, self.influences, strict=True):
            out += influence @ (a @ slope)
        return out


def fit_transport(study: Study, target: Target, weights: Reweighting) -> Carried:
    """Carry the effect over in all three ways.

    Returns
    -------
    Carried
        Influences sum to the error of each estimate.
    """
    scores = _doubly_robust_scores(study)
    n, rows = study.y.shape[0], target.r.shape[0]
    one = Reweighting(np.ones(n), np.zeros((n, 0)), np.zeros((n, 0)), np.zeros((rows, 0)))
    model, gamma = _effect_model(study, scores)
    plain, plain_influence, _ = _by_weights(study, one)
    q = study.q / study.q.sum()
    aipw = float(q @ scores.phi)
    robust_influence = q * (scores.phi - aipw) + scores.through(q)
    moved, moved_influence, moved_rows = _by_weights(study, weights)
    read, read_influence, read_rows = _by_model(study, target, scores, model, gamma)
    both, both_influence, both_rows = _by_both(study, target, weights, scores, model, gamma)
    return Carried(
        np.array([plain, aipw, aipw]),
        np.array([moved, read, both]),
        np.stack([plain_influence, robust_influence, robust_influence]),
        np.stack([moved_influence, read_influence, both_influence]),
        np.stack([moved_rows, read_rows, both_rows]),
    )


def _doubly_robust_scores(study: Study) -> _Scores:
    e, a = study.score, study.treated.astype(np.float64)
    lines, influences = [], [study.score_influence]
    for arm in (study.treated, ~study.treated):
        weight = study.q * arm
        root = np.sqrt(weight)
        coef = np.linalg.lstsq(study.C * root[:, None], study.y * root, rcond=None)[0]
        bread = np.linalg.pinv((study.C * weight[:, None]).T @ study.C)
        line = study.C @ coef
        lines.append(line)
        influences.append((study.C * (weight * (study.y - line))[:, None]) @ bread)
    rest1, rest0 = study.y - lines[0], study.y - lines[1]
    phi = lines[0] - lines[1] + a * rest1 / e - (1.0 - a) * rest0 / (1.0 - e)
    density = e * (1.0 - e)
    in_score = -(a * rest1 / e**2 + (1.0 - a) * rest0 / (1.0 - e) ** 2) * density
    slopes = (
        study.C * in_score[:, None],
        study.C * (1.0 - a / e)[:, None],
        -study.C * (1.0 - (1.0 - a) / (1.0 - e))[:, None],
    )
    return _Scores(phi, slopes, (influences[0], influences[1], influences[2]))


def _by_weights(study: Study, weights: Reweighting) -> tuple[float, Floats, Floats]:
    """Difference of arm means with weight q·w/e or q·w/(1 − e), normalised in each arm."""
    e, base = study.score, study.q * weights.w
    density = e * (1.0 - e)
    influence, rows = np.zeros_like(base), np.zeros(weights.influence_target.shape[0])
    effect = 0.0
    arms = ((study.treated, 1.0 / e, -density / e**2, 1.0),
            (~study.treated, 1.0 / (1.0 - e), density / (1.0 - e) ** 2, -1.0))  # fmt: skip
    for arm, inverse, slope, sign in arms:
        load = base * arm * inverse
        total = load.sum()
        mean = float(load @ study.y / total)
        rest = (study.y - mean) * arm
        effect += sign * mean
        influence += sign * load * rest / total
        in_score = (base * slope * rest / total) @ study.C
        influence += sign * (study.score_influence @ in_score)
        in_weights = (load * rest / total) @ weights.slope
        influence += sign * (weights.influence @ in_weights)
        rows += sign * (weights.influence_target @ in_weights)
    return effect, influence, rows


def _effect_model(study: Study, scores: _Scores) -> tuple[Floats, Floats]:
    """Inverse cross product of X and the coefficients of the scores' line."""
    bread = np.linalg.pinv((study.X * study.q[:, None]).T @ study.X)
    return np.asarray(bread), np.asarray(bread @ (study.X.T @ (study.q * scores.phi)))


def _read_at(study: Study, scores: _Scores, bread: Floats, gamma: Floats, point: Floats) -> Floats:
    """Influence of the line's coefficients on its value at a point, shape ``(n,)``."""
    b = study.q * (study.X @ (bread @ point))
    return np.asarray(b * (scores.phi - study.X @ gamma) + scores.through(b))


def _target_rows(target: Target, gamma: Floats) -> Floats:
    if not target.r.size:
        return np.zeros(0)
    return np.asarray(target.r / target.r.sum() * ((target.X - target.mean) @ gamma))


def _by_model(
    study: Study, target: Target, scores: _Scores, bread: Floats, gamma: Floats
) -> tuple[float, Floats, Floats]:
    influence = _read_at(study, scores, bread, gamma, target.mean)
    return float(target.mean @ gamma), influence, _target_rows(target, gamma)


def _by_both(
    study: Study,
    target: Target,
    weights: Reweighting,
    scores: _Scores,
    bread: Floats,
    gamma: Floats,
) -> tuple[float, Floats, Floats]:
    load = study.q * weights.w
    share = load / load.sum()
    left = scores.phi - study.X @ gamma
    rest = float(share @ left)
    influence = share * (left - rest) + scores.through(share)
    gap = target.mean - share @ study.X
    influence += _read_at(study, scores, bread, gamma, gap)
    in_weights = (share * (left - rest)) @ weights.slope
    influence += weights.influence @ in_weights
    rows = _target_rows(target, gamma) + weights.influence_target @ in_weights
    return float(target.mean @ gamma) + rest, influence, rows
