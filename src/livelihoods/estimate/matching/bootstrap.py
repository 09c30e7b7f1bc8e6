"""Cluster bootstrap of scores and matching: every draw is a set of weights."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from livelihoods.engine import Executor, map_replicates
from livelihoods.estimate.matching.core import match_sample
from livelihoods.estimate.matching.index_draws import IndexParts
from livelihoods.estimate.matching.model import Sample
from livelihoods.estimate.matching.spec import (
    Estimand,
    MahalanobisSpec,
    MatchingSpec,
    SupportRule,
)
from livelihoods.numerics.warm import WarmStart, predict_binary, refit_binary
from livelihoods.typing import Floats, Ints


@dataclass(frozen=True, slots=True)
class Draws:
    """Estimates of the draws.

    Attributes
    ----------
    estimates
        Shape ``(B, k)``, indices weighed anew last; NaN where a draw has no estimate.
    clusters
        Clusters (or rows) drawn from.
    """

    estimates: Floats
    clusters: int

    @property
    def failed(self) -> int:
        """Draws without an estimate."""
        return int(np.isnan(self.estimates).any(axis=1).sum())

    @property
    def std_errors(self) -> Floats:
        """Standard deviation of the draws that have an estimate, shape ``(k,)``."""
        good = self.estimates[~np.isnan(self.estimates).any(axis=1)]
        return np.asarray(good.std(axis=0, ddof=1))


@dataclass(frozen=True, slots=True)
class Plan:
    """What every draw needs.

    Attributes
    ----------
    sample
        The full sample.
    clusters
        Cluster of each row, 0 … G−1, shape ``(n,)``.
    count
        G.
    refit
        How to estimate the score again; None keeps the given score.
    method, estimand, support
        As in the estimate itself.
    indices
        Outcomes added behind the others: indices weighed anew in each draw.
    """

    sample: Sample
    clusters: Ints
    count: int
    refit: WarmStart | None
    method: MatchingSpec
    estimand: Estimand
    support: SupportRule
    indices: tuple[IndexParts, ...] = ()


def bootstrap(
    plan: Plan, draws: int, *, seed: int, identity: str = "match", executor: Executor | None = None
) -> Draws:
    """Draw whole clusters, estimate scores and effects again.

    The draw of replicate r comes from ``default_rng([seed, crc32(identity), r])``: the same
    whichever worker computes it.
    """
    found = map_replicates(
        one_draw, draws, seed=seed, identity=identity, shared=(plan,), executor=executor
    )
    return Draws(np.stack(found), plan.count)


def one_draw(generator: np.random.Generator, plan: Plan) -> Floats:
    """Return the estimates of one draw, indices weighed anew last; NaN if it has none."""
    times = np.bincount(generator.integers(plan.count, size=plan.count), minlength=plan.count)
    return redrawn(plan, times[plan.clusters])


def redrawn(plan: Plan, counts: Ints) -> Floats:
    """Return the estimates when each row counts as often as it was drawn; NaN if there are none."""
    sample = plan.sample
    outcomes = sample.outcomes
    if plan.indices:
        anew = [parts.scores(sample.weights * counts) for parts in plan.indices]
        outcomes = np.vstack([outcomes, *anew])
    none = np.full(outcomes.shape[0], np.nan)
    score = sample.score
    if plan.refit is not None:
        coef = refit_binary(plan.refit, sample.weights * counts)
        if coef is None:
            return none
        score = predict_binary(plan.refit, coef)
    rows = np.flatnonzero(counts)
    drawn = replace(
        sample,
        treated=sample.treated[rows],
        outcomes=outcomes[:, rows],
        score=score[rows],
        X=sample.X[rows] if isinstance(plan.method, MahalanobisSpec) else sample.X[: rows.size, :0],
        weights=sample.weights[rows] * counts[rows],
        strata=sample.strata[rows],
    )
    if drawn.treated.all() or not drawn.treated.any():
        return none
    matching = match_sample(drawn, plan.method, plan.estimand, plan.support, weigh=False)
    return matching.estimates if matching.focal.any() else none
