"""A family of hypotheses about least-squares coefficients, resampled together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from livelihoods.engine.replicates import map_replicates
from livelihoods.errors import EstimationError, SpecError
from livelihoods.estimate.ols import OlsResult
from livelihoods.numerics.unit_bootstrap import Block, draw_once, factor_block

if TYPE_CHECKING:
    from livelihoods.design.model import Design
    from livelihoods.engine.executor import Executor
    from livelihoods.typing import Floats, Ints


@dataclass(frozen=True, slots=True)
class Family:
    """Blocks of regressions that are drawn together.

    Attributes
    ----------
    blocks
        Regressions that share rows and regressors, factored.
    order
        Position of each block's coefficients in the family, shape ``(m,)``.
    units
        How many units there are to draw.
    cluster
        Variable that makes the units, or "" for rows.
    """

    blocks: tuple[Block, ...]
    order: Ints
    units: int
    cluster: str


def make_family(hypotheses: Sequence[tuple[Any, str]]) -> Family:
    """Return the blocks of (result, term) pairs.

    Rows are the same if their row numbers in the data are; clusters are the same if they share a
    row. So all results must come from one data set.

    Raises
    ------
    SpecError
        If a result is no least-squares regression, or results disagree on the cluster.
    """
    others = [r.outcome for r, _ in hypotheses if not isinstance(r, OlsResult)]
    if others:
        raise SpecError("estimate.multiple_ols", outcomes=list(dict.fromkeys(others)))
    ways = list(dict.fromkeys(r.vcov.clusters for r, _ in hypotheses))
    if len(ways) > 1 or len(ways[0]) > 1:
        raise SpecError("estimate.multiple_ways", labels=[r.vcov_label for r, _ in hypotheses])
    cluster = ways[0][0] if ways[0] else ""
    designs = [r.design for r, _ in hypotheses]
    codes, units = _units(designs, cluster)
    groups: list[tuple[int, int, list[int]]] = []
    for place, (result, term) in enumerate(hypotheses):
        column = result.design.names.index(term)
        for first, other, members in groups:
            if column == other and _same(designs[first], result.design):
                members.append(place)
                break
        else:
            groups.append((place, column, [place]))
    blocks = tuple(
        factor_block(
            designs[first].X,
            np.column_stack([designs[j].y for j in members]),
            designs[first].weights,
            codes[first],
            column,
        )
        for first, column, members in groups
    )
    order = np.array([j for _, _, members in groups for j in members], dtype=np.int64)
    return Family(blocks, order, units, cluster)


def draw_family(
    family: Family, draws: int, seed: int, identity: str, executor: Executor | None = None
) -> tuple[Floats, Floats, int]:
    """Return coefficients and standard errors of each draw, ``(B, m)``, and how many were lost.

    A draw is lost where the drawn units do not identify a coefficient.

    Raises
    ------
    EstimationError
        If more than a tenth of the draws is lost.
    """
    found = map_replicates(
        draw_once,
        draws,
        seed=seed,
        identity=identity,
        shared=(family.blocks, family.units),
        executor=executor,
        batch=100,
    )
    coefs, errors = (np.stack([pair[j] for pair in found]) for j in (0, 1))
    back = np.argsort(family.order)
    coefs, errors = coefs[:, back], errors[:, back]
    kept = np.isfinite(coefs).all(axis=1) & (errors > 0).all(axis=1)
    lost = int(draws - kept.sum())
    if lost > draws / 10:
        raise EstimationError("estimate.multiple_draws", lost=lost, draws=draws)
    return coefs[kept], errors[kept], lost


def _same(a: Design, b: Design) -> bool:
    if a.X is b.X:
        return True
    one = np.array_equal(a.rows, b.rows) and np.array_equal(a.X, b.X)
    if a.weights is None or b.weights is None:
        return one and a.weights is b.weights
    return one and np.array_equal(a.weights, b.weights)


def _units(designs: Sequence[Design], cluster: str) -> tuple[list[Ints], int]:
    """Return codes 0 … G−1 of the units of every design, one numbering for all."""
    if not cluster:
        every = np.unique(np.concatenate([design.rows for design in designs]))
        found = [np.searchsorted(every, design.rows) for design in designs]
        return [np.asarray(codes, dtype=np.int64) for codes in found], int(every.size)
    first = designs[0]
    if all(np.array_equal(design.rows, first.rows) for design in designs):
        codes = np.asarray(first.clusters[cluster], dtype=np.int64)
        return [codes] * len(designs), int(codes.max()) + 1
    return _linked(designs, cluster)


def _linked(designs: Sequence[Design], cluster: str) -> tuple[list[Ints], int]:
    """Number clusters across samples: what shares a row of the data is one cluster."""
    every = np.unique(np.concatenate([design.rows for design in designs]))
    start, left, right = every.size, [], []
    for design in designs:
        codes = design.clusters[cluster]
        left.append(np.searchsorted(every, design.rows))
        right.append(start + codes)
        start += int(codes.max()) + 1
    ends = np.concatenate(left), np.concatenate(right)
    graph = coo_array((np.ones(ends[0].size), ends), shape=(start, start))
    groups = np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)
    return [groups[rows] for rows in left], int(groups[: every.size].max()) + 1
