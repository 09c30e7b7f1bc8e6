"""What the weights of an index hang on: pure functions on a ``Plan``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from livelihoods.engine import Executor, map_replicates
from livelihoods.measure.arrays import (
    Plan,
    columns,
    first_component,
    oriented_matrix,
    score,
    weights_of,
    without,
)
from livelihoods.measure.compare import Comparison, compare
from livelihoods.numerics.ranks import spearman
from livelihoods.typing import Floats, Ints

_ROWS_TRIED = 2_000


@dataclass(frozen=True, slots=True)
class Version:
    """The index under another choice: weights (p,) and how its ranking compares.

    ``weights`` is None where the choice has no weights on these data.
    """

    name: str
    weights: Floats | None
    against: Comparison | None


def version(name: str, weights: Floats | None, z: Floats, headline: Floats) -> Version:
    """Return a version with its ranking compared to the headline's scores."""
    if weights is None:
        return Version(name, None, None)
    return Version(name, weights, compare(headline, score(z, weights)))


def other_schemes(plan: Plan, z: Floats, headline: Floats) -> tuple[Version, ...]:
    """Return the index by each other scheme: equal, entropy, CRITIC, first component.

    The first component is shown even if some of its weights are negative; these sum to 1 in
    absolute value then.
    """
    found = []
    for scheme in ("equal", "entropy", "critic", "pca"):
        if scheme == plan.scheme:
            continue
        weights = weights_of(replace(plan, scheme=scheme, given=None), z)
        if weights is None and scheme == "pca":
            first = first_component(z, plan.h) / z.std(axis=0)
            weights = first / np.abs(first).sum()
        found.append(version(scheme, weights, z, headline))
    return tuple(found)


def other_shifts(
    plan: Plan, z: Floats, headline: Floats, shifts: Sequence[float]
) -> tuple[Version, ...]:
    """Return the index with other shifts; none unless the scheme is entropy."""
    if plan.scheme != "entropy":
        return ()
    return tuple(
        version(f"{shift:g}", weights_of(replace(plan, shift=shift), z), z, headline)
        for shift in shifts
        if shift != plan.shift
    )


def reversed_all(plan: Plan, z: Floats, headline: Floats) -> Version:
    """Return the weights found when every indicator is turned round, applied the right way up."""
    return version("reversed", weights_of(plan, 1.0 - z), z, headline)


def duplicated(plan: Plan) -> Floats:
    """Return what each indicator and a copy of it weigh together, shape ``(p,)``; NaN if none."""
    p = plan.signs.size
    result = np.full(p, np.nan)
    for j in range(p):
        twice = columns(plan, np.append(np.arange(p), j))
        z = oriented_matrix(twice)
        weights = None if z is None else weights_of(twice, z)
        if weights is not None:
            result[j] = weights[j] + weights[p]
    return result


def dropped_indicators(plan: Plan, headline: Floats) -> tuple[Comparison | None, ...]:
    """Return, for each indicator, how the ranking without it compares; None with one only."""
    p = plan.signs.size
    if p == 1:
        return (None,)
    found: list[Comparison | None] = []
    for j in range(p):
        rest = without(plan, j)
        z = oriented_matrix(rest)
        weights = None if z is None else weights_of(rest, z)
        known = z is not None and weights is not None
        found.append(compare(headline, score(z, weights)) if known else None)  # type: ignore[arg-type]
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Influence:
    """Leaving one row out.

    Attributes
    ----------
    change
        Largest change of each weight, signed, ``(p,)``.
    row
        Place, among the complete rows, of the row that causes it, ``(p,)``.
    tried
        How many rows were left out, one at a time.
    """

    change: Floats
    row: Ints
    tried: int


def dropped_rows(plan: Plan, weights: Floats) -> Influence:
    """Leave rows out one at a time, the most extreme ones first, at most 2,000 of them.

    Extreme: the largest distance of any answer from its mean in standard deviations, which puts
    those who alone hold a minimum or maximum among the first.
    """
    n = plan.rows
    spread = plan.X.std(axis=0)
    reach = (np.abs(plan.X - plan.X.mean(axis=0)) / np.where(spread > 0, spread, 1.0)).max(axis=1)
    candidates = np.argsort(-reach, kind="stable")[:_ROWS_TRIED]
    change, row = np.zeros(weights.size), np.zeros(weights.size, dtype=np.int64)
    keep = np.ones(n, dtype=np.bool_)
    for candidate in candidates:
        keep[candidate] = False
        found = _weights(plan.take(keep))
        keep[candidate] = True
        if found is None:
            continue
        gap = found - weights
        larger = np.abs(gap) > np.abs(change)
        change[larger], row[larger] = gap[larger], candidate
    return Influence(change, row, int(candidates.size))


def _weights(plan: Plan) -> Floats | None:
    z = oriented_matrix(plan)
    return None if z is None else weights_of(plan, z)


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """Resampled weights: ``draws`` (B, p) without the draws that had none, and their number."""

    draws: Floats
    failed: int


def bootstrap_weights(
    plan: Plan,
    clusters: Ints | None,
    replicates: int,
    seed: int,
    identity: str,
    executor: Executor | None,
) -> Bootstrap:
    """Draw rows, or whole clusters, with replacement and estimate bounds and weights anew.

    Parameters
    ----------
    clusters
        Cluster number of each complete row, ``(n,)``, or None for single rows.
    identity
        Name of the analysis in the random seed.
    """
    groups = None if clusters is None else _groups(clusters)
    draws = map_replicates(
        _one_draw,
        replicates,
        seed=seed,
        identity=identity,
        shared=(plan, groups),
        executor=executor,
    )
    kept = [draw for draw in draws if draw is not None]
    shape = np.array(kept) if kept else np.empty((0, plan.signs.size))
    return Bootstrap(shape, len(draws) - len(kept))


def _groups(clusters: Ints) -> list[Ints]:
    order = np.argsort(clusters, kind="stable")
    ends = np.flatnonzero(np.diff(clusters[order])) + 1
    return [np.asarray(part) for part in np.split(order, ends)]


def _one_draw(rng: np.random.Generator, plan: Plan, groups: list[Ints] | None) -> Floats | None:
    if groups is None:
        rows = rng.integers(0, plan.rows, plan.rows)
    else:
        chosen = rng.integers(0, len(groups), len(groups))
        rows = np.concatenate([groups[group] for group in chosen])
    # A row drawn twice is a row of weight two: about a third fewer logarithms.
    counts = np.bincount(rows, minlength=plan.rows)
    drawn = plan.take(np.flatnonzero(counts))
    times = counts[counts > 0].astype(np.float64)
    return _weights(replace(drawn, h=times if drawn.h is None else times * drawn.h))


def skewness(z: Floats) -> Floats:
    """Return the adjusted skewness G₁ of each column (as SPSS and Stata's tabstat do), ``(p,)``."""
    n = z.shape[0]
    dev = z - z.mean(axis=0)
    plain = (dev**3).mean(axis=0) / (dev**2).mean(axis=0) ** 1.5
    return np.asarray(plain * np.sqrt(n * (n - 1)) / (n - 2)) if n > 2 else plain * np.nan


def follows(weights: Floats, trait: Floats) -> float:
    """Return the rank correlation of the weights with a trait of the indicators."""
    return spearman(weights, trait) if weights.size > 2 else float("nan")
