"""Abadie and Imbens: standard errors for matching on covariates (2006) and on a score (2016)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from livelihoods.estimate.matching.core import cells, scale
from livelihoods.estimate.matching.model import Matching, Sample
from livelihoods.estimate.matching.nearest import match_nearest
from livelihoods.estimate.matching.spec import Estimand, MahalanobisSpec, NearestSpec
from livelihoods.numerics.metric import nearest_points, whiten
from livelihoods.numerics.neighbors import Matches, matched_mask, nearest
from livelihoods.typing import Floats, Ints

Variance = Literal["population", "sample"]


@dataclass(frozen=True, slots=True)
class ScoreModel:
    """The estimated score that matches were made on.

    Attributes
    ----------
    X
        Covariates and a constant, shape ``(n, p)``.
    density
        Derivative of the score in its index (logit: p(1 − p)), shape ``(n,)``.
    covariance
        Covariance of the coefficients, shape ``(p, p)``.
    """

    X: Floats
    density: Floats
    covariance: Floats


@dataclass(frozen=True, slots=True)
class _Twins:
    """Own-arm neighbours and matches of every unit.

    Attributes
    ----------
    noise
        Variance of the outcome given the score, shape ``(k, n)``.
    squares
        Sum over those a unit serves of 1/M², shape ``(n,)``.
    alone
        Units without an own-arm neighbour.
    own
        Covariance of covariates and outcome given the score in the unit's own arm, or None.
    other
        The same in the other arm, averaged over the unit's matches, or None.
    gap
        Mean of own-arm neighbours less mean of matches, treated minus untreated, ``(k, n)``.
    """

    noise: Floats
    squares: Floats
    alone: int
    own: Floats | None
    other: Floats | None
    gap: Floats


def abadie_imbens(
    sample: Sample,
    method: NearestSpec | MahalanobisSpec,
    estimand: Estimand,
    matching: Matching,
    neighbors: int = 2,
    variance: Variance = "population",
    model: ScoreModel | None = None,
) -> tuple[Floats, int]:
    r"""Return the standard error of each outcome's mean effect, and units without a neighbour.

    With w the times a unit serves (weights 1/M summed), :math:`w'` the sum of 1/M² and
    :math:`\hat\sigma^2` from ``neighbors`` own-arm neighbours, Abadie and Imbens (2006,
    Econometrica 74, theorem 7) give for the ATT
    :math:`[\sum_T (\tau_i - ATT)^2 + \sum_C (w_i^2 - w'_i) \hat\sigma_i^2] / N_1^2` and for the ATE
    :math:`[\sum (\tau_i - ATE)^2 + \sum (w_i^2 + 2 w_i - w'_i) \hat\sigma_i^2] / n^2`;
    ``"sample"`` is theorem 6, :math:`\sum (1 + w)^2 \hat\sigma^2` over those who count.

    Parameters
    ----------
    matching
        Made with replacement and without sampling weights.
    model
        The score's model; with it the 2016 correction for an estimated score is applied
        (Abadie and Imbens 2016, Econometrica 84). Needs matches for every unit of both arms.
    """
    twins = _twins(sample, method, matching, neighbors, None if model is None else model.X)
    focal, w = matching.focal, matching.donor
    total = focal.sum()
    if variance == "sample":
        value = (twins.noise @ ((focal + w) ** 2)) / total**2
    else:
        used = focal > 0
        residual = matching.effects[:, used] - matching.estimates[:, None]
        extra = w * w + 2.0 * w * focal - twins.squares
        value = ((residual * residual).sum(axis=1) + twins.noise @ extra) / total**2
    if model is not None:
        value = value + _score_correction(sample, estimand, matching, twins, model)
    return np.sqrt(np.maximum(value, 0.0)), twins.alone


def _twins(
    sample: Sample,
    method: NearestSpec | MahalanobisSpec,
    matching: Matching,
    neighbors: int,
    X: Floats | None,
) -> _Twins:
    k, n = sample.outcomes.shape
    noise, squares, alone = np.zeros((k, n)), np.zeros(n), 0
    own = None if X is None else np.zeros((k, n, X.shape[1]))
    other = None if X is None else np.zeros((k, n, X.shape[1]))
    distance, caliper = scale(sample, method)
    everyone = ~matching.off_support
    z = whiten(sample.X) if isinstance(method, MahalanobisSpec) else None
    gap = np.zeros((k, n))
    arms = (sample.treated & everyone, ~sample.treated & everyone)
    for treated, controls in cells(sample, *arms):
        for rows in (treated, controls):
            mine = _own_matches(method, distance[rows], None if z is None else z[rows], neighbors)
            alone += _own_arm(sample, rows, mine, method, (noise, gap), X, own)
        for rows, others in ((treated, controls), (controls, treated)):
            if others.size == 0 or not (matching.focal[rows].any() or other is not None):
                continue
            theirs = _cross_matches(method, distance, z, rows, others, caliper)
            _cross_arm(matching, rows, others, theirs, squares, own, other)
            sums = theirs.total(theirs.blocks.add_up(sample.outcomes[:, others]))
            count = np.maximum(theirs.total(theirs.blocks.size.astype(np.float64)), 1.0)
            gap[:, rows] -= sums / count
    gap[:, ~sample.treated] *= -1.0
    return _Twins(noise, squares, alone, own, other, gap)


def _own_matches(
    method: NearestSpec | MahalanobisSpec, distance: Floats, z: Floats | None, neighbors: int
) -> Matches:
    itself = np.arange(distance.shape[0])
    if isinstance(method, MahalanobisSpec):
        assert z is not None
        return nearest_points(z, z, neighbors=neighbors, itself=itself)
    return nearest(distance, distance, neighbors=neighbors, ties=method.ties, itself=itself)


def _cross_matches(
    method: NearestSpec | MahalanobisSpec,
    distance: Floats,
    z: Floats | None,
    rows: Ints,
    others: Ints,
    caliper: float,
) -> Matches:
    if isinstance(method, MahalanobisSpec):
        assert z is not None
        return nearest_points(
            z[rows], z[others], neighbors=method.neighbors, query_scores=distance[rows],
            candidate_scores=distance[others], caliper=caliper,
        )  # fmt: skip
    return match_nearest(distance[rows], distance[others], method, caliper)


def _own_arm(
    sample: Sample,
    rows: Ints,
    mine: Matches,
    method: NearestSpec | MahalanobisSpec,
    into: tuple[Floats, Floats],
    X: Floats | None,
    own: Floats | None,
) -> int:
    """Write variances, means (and covariances) given the score; return those without neighbour."""
    noise, mean = into
    # Averaged ties hold the unit's own block: take the unit itself out again.
    inside = 1.0 if isinstance(method, NearestSpec) and method.ties == "average" else 0.0
    count = mine.total(mine.blocks.size.astype(np.float64)) - inside
    some = count > 0
    safe = np.where(some, count, 1.0)

    def apart(values: Floats) -> Floats:
        mean = (mine.total(mine.blocks.add_up(values)) - inside * values) / safe
        return np.where(some, values - mean, 0.0)

    y = apart(sample.outcomes[:, rows])
    factor = count / (count + 1.0)
    noise[:, rows] = factor * y * y
    mean[:, rows] += sample.outcomes[:, rows] - y
    if own is not None and X is not None:
        x = apart(np.ascontiguousarray(X[rows].T))
        own[:, rows, :] = np.einsum("kn,pn->knp", factor * y, x)
    return int((~some).sum())


def _cross_arm(
    matching: Matching,
    rows: Ints,
    others: Ints,
    theirs: Matches,
    squares: Floats,
    own: Floats | None,
    other: Floats | None,
) -> None:
    """Add what the other arm gives: sums of 1/M², and covariances averaged over matches."""
    blocks = theirs.blocks
    count = theirs.total(blocks.size.astype(np.float64))
    safe = np.where(matched_mask(theirs), count, 1.0)
    focal = matching.focal[rows] > 0
    squares[others] += blocks.spread(theirs.given(np.where(focal, 1.0 / safe**2, 0.0)))
    if own is not None and other is not None:
        for k in range(own.shape[0]):
            sums = theirs.total(blocks.add_up(np.ascontiguousarray(own[k, others].T)))
            other[k, rows] = (sums / safe).T


def _score_correction(
    sample: Sample, estimand: Estimand, matching: Matching, twins: _Twins, model: ScoreModel
) -> Floats:
    """Return what estimating the score adds to the variance: −c'Vc, for ATT and ATU + d'Vd."""
    assert twins.own is not None
    assert twins.other is not None
    treated, p, f = sample.treated, sample.score, model.density
    out = np.empty(sample.outcomes.shape[0])
    for k in range(out.shape[0]):
        mine, theirs = twins.own[k], twins.other[k]
        c1 = np.where(treated[:, None], mine, theirs)
        c0 = np.where(treated[:, None], theirs, mine)
        gap = twins.gap[k] - matching.estimates[k]
        if estimand == "ATE":
            c = (f[:, None] * (c1 / p[:, None] + c0 / (1.0 - p)[:, None])).sum(axis=0)
            c /= p.shape[0]
            out[k] = -c @ model.covariance @ c
            continue
        base = model.X * gap[:, None]
        odds = (p / (1.0 - p))[:, None]
        inner = c1 + odds * c0 if estimand == "ATT" else -c0 - c1 / odds
        size = matching.focal.sum()
        c = (f[:, None] * (base + inner)).sum(axis=0) / size
        d = (f[:, None] * (base + c1 - c0)).sum(axis=0) / size
        out[k] = -c @ model.covariance @ c + d @ model.covariance @ d
    return out
