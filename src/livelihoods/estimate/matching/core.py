"""The matching itself: sides, cells, methods, effects. Arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from livelihoods.estimate.matching.mahalanobis import find_mahalanobis
from livelihoods.estimate.matching.model import Found, Group, Matching, Sample
from livelihoods.estimate.matching.nearest import find_nearest
from livelihoods.estimate.matching.smooth import find_kernel, find_local_linear, find_radius
from livelihoods.estimate.matching.spec import (
    Estimand,
    KernelSpec,
    LocalLinearSpec,
    MahalanobisSpec,
    MatchingSpec,
    NearestSpec,
    RadiusSpec,
    SupportRule,
)
from livelihoods.estimate.matching.support import off_support
from livelihoods.numerics.metric import whiten
from livelihoods.typing import Bools, Floats, Ints


def match_sample(
    sample: Sample,
    method: MatchingSpec,
    estimand: Estimand = "ATT",
    support: SupportRule = "minmax",
    *,
    weigh: bool = True,
) -> Matching:
    """Match a sample and return every unit's effect and weight.

    Parameters
    ----------
    sample
        The arrays; both arms present.
    method
        One of the method specs.
    estimand
        Whose mean effect is sought.
    support
        Whom to set aside beforehand.
    weigh
        Whether the donors' weights are wanted too: they cost as much as the effects.
    """
    off = off_support(sample.score, sample.treated, support, estimand)
    distance, caliper = scale(sample, method)
    coordinates = whiten(sample.X) if isinstance(method, MahalanobisSpec) else sample.X[:, :0]
    n = sample.treated.shape[0]
    effects = np.full(sample.outcomes.shape, np.nan)
    focal_weight, donor_weight = np.zeros(n), np.zeros(n)
    counts = np.zeros(n, dtype=np.int64)
    unmatched = np.zeros(n, dtype=bool)
    facts: dict[str, float] = {}
    on, rest = sample.treated & ~off, ~sample.treated & ~off
    for mine, theirs, sign in sides(on, rest, estimand):
        for rows, others in cells(sample, mine, theirs):
            if others.size == 0:
                unmatched[rows] = True
                continue
            one, other = (
                Group(place, distance[place], coordinates[place], sample.outcomes[:, place],
                      sample.weights[place])
                for place in (rows, others)
            )  # fmt: skip
            found = find(one, other, method, caliper, weigh=weigh)
            effects[:, rows] = sign * (sample.outcomes[:, rows] - found.fitted)
            focal_weight[rows] = np.where(found.matched, sample.weights[rows], 0.0)
            counts[rows] = found.counts
            unmatched[rows] = ~found.matched
            if found.weights is not None:
                donor_weight[others] += found.weights
            _join(facts, found)
    return Matching(effects, focal_weight, donor_weight, off, unmatched, counts, facts)


def find(
    focal: Group, donors: Group, method: MatchingSpec, caliper: float, *, weigh: bool = True
) -> Found:
    """Let the method's own file find counterfactuals."""
    if isinstance(method, NearestSpec):
        return find_nearest(focal, donors, method, caliper)
    if isinstance(method, MahalanobisSpec):
        return find_mahalanobis(focal, donors, method, caliper)
    if isinstance(method, RadiusSpec):
        return find_radius(focal, donors, caliper, weigh=weigh)
    if isinstance(method, KernelSpec):
        return find_kernel(focal, donors, method, weigh=weigh)
    assert isinstance(method, LocalLinearSpec)
    return find_local_linear(focal, donors, method, weigh=weigh)


def sides(
    treated: Bools, controls: Bools, estimand: Estimand
) -> Iterator[tuple[Bools, Bools, float]]:
    """Yield who is matched, to whom, and the sign that makes the difference treated minus not."""
    if estimand != "ATU":
        yield treated, controls, 1.0
    if estimand != "ATT":
        yield controls, treated, -1.0


def cells(sample: Sample, focal: Bools, donors: Bools) -> Iterator[tuple[Ints, Ints]]:
    """Yield focal and donor rows of each cell of the exact columns that has focal rows."""
    codes = sample.strata
    if not codes.any():
        if focal.any():
            yield np.flatnonzero(focal), np.flatnonzero(donors)
        return
    order = np.argsort(codes, kind="stable")
    start = np.concatenate(([0], np.flatnonzero(np.diff(codes[order])) + 1, [codes.size]))
    for first, last in zip(start[:-1].tolist(), start[1:].tolist(), strict=True):
        rows = order[first:last]
        if focal[rows].any():
            yield rows[focal[rows]], rows[donors[rows]]


def scale(sample: Sample, method: MatchingSpec) -> tuple[Floats, float]:
    """Return what distance is measured on and the caliper in its units."""
    wanted = getattr(method, "caliper", None)
    if wanted is None:
        return sample.score, float("inf")
    if method.caliper_unit == "score":  # type: ignore[union-attr]
        return sample.score, float(wanted)
    logit = sample.logit
    return logit, float(wanted) * logit_deviation(logit, sample.treated)


def logit_deviation(logit: Floats, treated: Bools) -> float:
    """Root of the mean of both arms' variances of the logit (Austin 2011)."""
    parts = [logit[arm].var(ddof=1) for arm in (treated, ~treated) if arm.sum() > 1]
    return float(np.sqrt(np.mean(parts))) if parts else 0.0


def _join(facts: dict[str, float], found: Found) -> None:
    for name, value in found.facts.items():
        before = facts.get(name, 0.0)
        facts[name] = max(before, value) if name == "condition" else before + value
