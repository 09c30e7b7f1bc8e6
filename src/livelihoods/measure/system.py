"""Weights of a whole index system: flat, or level by level from indicators up to dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from livelihoods.engine import (
    Executor,
    Groups,
    MappedSource,
    Source,
    State,
    by_group,
    combine,
    comoments,
    entropy_sums,
    fold,
    ranges,
)
from livelihoods.engine.states import Comoments, EntropySums, Ranges
from livelihoods.errors import DataError, EstimationError
from livelihoods.measure import weights as formulas
from livelihoods.measure.orient import BY, WEIGHT, project
from livelihoods.measure.spec import IndexSpec, Indicator
from livelihoods.typing import Floats, Ints


@dataclass(frozen=True, slots=True)
class Weighing:
    """How weights are to be estimated.

    Attributes
    ----------
    scheme
        ``"entropy"``, ``"equal"``, ``"critic"``, ``"cv"`` or ``"pca"``.
    shift
        c of the entropy.
    groups
        Labels of the waves that get weights of their own; one empty label when pooled.
    weighted
        Whether the source carries sampling weights.
    """

    scheme: str
    shift: float
    groups: tuple[str, ...]
    weighted: bool

    def codes(self) -> Groups | None:
        """Return how the engine tells the groups apart."""
        return Groups(BY, len(self.groups)) if len(self.groups) > 1 else None

    def weight(self) -> str | None:
        """Return the column of sampling weights."""
        return WEIGHT if self.weighted else None


@dataclass(frozen=True, slots=True)
class Statistics:
    """What the schemes need of ``q`` columns in ``G`` groups.

    ``entropy`` comes from ``sums``. ``comoments`` is None where the scheme does not ask for it:
    p²/2 products a row are the dearest of the three.
    """

    ranges: Ranges
    entropy: Floats
    sums: EntropySums
    comoments: Comoments | None


def statistics(
    source: Source,
    names: Sequence[str],
    how: Weighing,
    executor: Executor | None,
    *,
    stretched: bool = False,
) -> Statistics:
    """Return ranges, entropies and comoments of oriented columns in one pass.

    ``stretched``: every column is known to go from exactly 0 to 1 in every group, so that nobody
    need look (see ``are_stretched``).

    Raises
    ------
    DataError
        If a column is constant in a group: its weight would be zero or undefined.
    """
    states: list[State[Any, Any]] = [entropy_sums(names, how.shift, how.codes(), how.weight())]
    if not stretched:
        states.append(ranges(names, how.codes()))
    if how.scheme in ("critic", "cv", "pca"):
        states.append(comoments(names, how.codes(), how.weight()))
    state = combine(*states)
    if how.codes() is not None and isinstance(source, MappedSource):
        # Each group's rows apart: one pair of bounds for all of them, and no copies by column.
        state, source = by_group(BY, source.function, state), source.source
    sums, *rest = fold(state, source, executor)
    shape = sums.total.shape
    spread = Ranges(sums.rows, np.zeros(shape), np.ones(shape)) if stretched else rest.pop(0)
    if how.scheme != "equal":
        _check_spread(spread, names, how)
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = formulas.entropies(sums)
    return Statistics(spread, entropy, sums, rest[0] if rest else None)


def are_stretched(spec: IndexSpec, bounds: int, how: Weighing) -> bool:
    """Tell whether orientation makes every column go from 0 to 1 in every group.

    So it is where bounds are the extremes of the very rows that are weighed (``bounds`` is their
    number of groups); a target need not be hit.
    """
    return (
        isinstance(spec.bounds, str)
        and spec.weights_from is None
        and bounds == len(how.groups)
        and all(indicator.target is None for indicator in spec.indicators())
    )


def _check_spread(found: Ranges, names: Sequence[str], how: Weighing) -> None:
    for group, label in enumerate(how.groups):
        if found.rows[group] == 0:
            raise DataError("measure.empty_group", group=label)
        flat = found.high[group] <= found.low[group]
        if flat.any():
            constant = [name for name, is_flat in zip(names, flat, strict=True) if is_flat]
            raise DataError(
                "measure.constant_where_weighed",
                variables=constant,
                group=f"{label}: " if label else "",
                rows=int(found.rows[group]),
                scheme=how.scheme,
            )


def scheme_weights(stats: Statistics, scheme: str, parents: Ints, names: Sequence[str]) -> Floats:
    """Return weights that sum to 1 within every parent, shape ``(G, q)``.

    Parameters
    ----------
    parents
        Number of the parent of each of the ``q`` columns, shape ``(q,)``.
    """
    result = np.ones_like(stats.entropy)
    for parent in range(int(parents.max()) + 1):
        members = np.flatnonzero(parents == parent)
        if members.size > 1:
            result[:, members] = _group_weights(stats, scheme, members)
    if np.any(result <= 0):
        bad = np.flatnonzero((result <= 0).any(axis=0))
        raise EstimationError(
            "measure.negative_component_weights",
            variables=[names[int(j)].split("..")[-1] for j in bad],
            values=[f"{result[:, j].min():.3f}" for j in bad],
        )
    return result


def _group_weights(stats: Statistics, scheme: str, members: Ints) -> Floats:
    groups = stats.entropy.shape[0]
    if scheme == "equal":
        return np.full((groups, members.size), 1.0 / members.size)
    if scheme == "entropy":
        return formulas.entropy_weights(stats.entropy[:, members])
    whole = stats.comoments
    assert whole is not None
    part = Comoments(
        whole.rows,
        whole.weight,
        whole.mean[:, members],
        whole.cross[:, members[:, None], members[None, :]],
    )
    schemes = {
        "critic": formulas.critic_weights,
        "cv": formulas.variation_weights,
        "pca": formulas.component_weights,
    }
    return schemes[scheme](part)


def system_weights(
    source: Source,
    spec: IndexSpec,
    how: Weighing,
    leaves: Statistics,
    executor: Executor | None = None,
) -> Floats:
    """Return the weight of every indicator in the index, shape ``(G, p)``; rows sum to 1.

    ``leaves`` are the statistics of the indicators themselves. In the two-level form the scores
    of a level, weighted sums of oriented values and so again in [0, 1], are the columns that the
    next level weighs, without being stretched to 0 … 1 again.
    """
    indicators = spec.indicators()
    names = [indicator.name for indicator in indicators]
    count = len(how.groups)
    if how.scheme == "equal":
        return np.tile(equal_weights(spec), (count, 1))
    if spec.levels == "flat":
        return scheme_weights(leaves, how.scheme, np.zeros(len(names), np.int64), names)
    nodes: Floats = np.tile(np.eye(len(names)), (count, 1, 1))
    labels, stats = names, leaves
    for parents, upper in tree(indicators):
        within = scheme_weights(stats, how.scheme, parents, labels)
        nodes = _join(nodes, within, parents, len(upper))
        if 1 < len(upper) < len(labels):  # otherwise every node stands for itself: nothing new
            above = MappedSource(source, partial(project, names, nodes, upper))
            stats = statistics(above, upper, how, executor)
        labels = upper
    return nodes[:, :, 0]


def equal_weights(spec: IndexSpec) -> Floats:
    """Return equal weights, shape ``(p,)``: 1/p each when flat; level by level otherwise."""
    indicators = spec.indicators()
    if spec.levels == "flat":
        return np.full(len(indicators), 1.0 / len(indicators))
    result = np.ones(len(indicators))
    place = np.arange(len(indicators))
    for parents, _ in tree(indicators):
        sizes = np.bincount(parents)
        result /= sizes[parents[place]]
        place = parents[place]
    return result


def given_weights(spec: IndexSpec) -> Floats:
    """Return the weights somebody gave, scaled to sum to 1, shape ``(p,)``."""
    assert isinstance(spec.weights, dict)
    raw = np.array([spec.weights[indicator.name] for indicator in spec.indicators()], dtype=float)
    return np.asarray(raw / raw.sum())


def tree(indicators: Sequence[Indicator]) -> list[tuple[Ints, list[str]]]:
    """Return, from the bottom up, the parent of each node and the parents' names.

    Three steps: indicators → sub-dimensions (an indicator without one stands for itself),
    those → dimensions, those → the index.
    """
    lower = [
        f"{i.dimension}.{i.sub_dimension}" if i.sub_dimension else f"{i.dimension}..{i.name}"
        for i in indicators
    ]
    subs = list(dict.fromkeys(lower))
    dimension_of = dict(zip(lower, (i.dimension for i in indicators), strict=True))
    dimensions = list(dict.fromkeys(i.dimension for i in indicators))
    return [
        (np.array([subs.index(name) for name in lower]), subs),
        (np.array([dimensions.index(dimension_of[name]) for name in subs]), dimensions),
        (np.zeros(len(dimensions), np.int64), ["index"]),
    ]


def _join(nodes: Floats, within: Floats, parents: Ints, count: int) -> Floats:
    """Return (G, p, count): what each indicator weighs in each parent."""
    result = np.zeros((*nodes.shape[:2], count))
    for node, parent in enumerate(parents):
        result[:, :, parent] += nodes[:, :, node] * within[:, None, node]
    return result
