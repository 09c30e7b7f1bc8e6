"""The joint covariance of several matching estimates made on overlapping rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from livelihoods.design.build import first_appearance_codes
from livelihoods.engine import Executor, map_replicates
from livelihoods.errors import DataError, EstimationError, SpecError
from livelihoods.estimate.matching.bootstrap import Plan, redrawn
from livelihoods.estimate.matching.errors import plan_of
from livelihoods.estimate.matching.row_influence import row_influence
from livelihoods.numerics.covariance import intersect, nearest_psd
from livelihoods.typing import Floats, Ints

if TYPE_CHECKING:
    from livelihoods.estimate.matching.result import MatchingResult


@dataclass(frozen=True, slots=True)
class One:
    """One estimate among those compared.

    Attributes
    ----------
    name
        As printed.
    result
        The matching it comes from.
    place
        Which of the matching's outcomes.
    """

    name: str
    result: MatchingResult
    place: int

    @property
    def outcome(self) -> str:
        """Name of the outcome."""
        return self.result.spec.outcomes[self.place]

    @property
    def estimate(self) -> float:
        """The effect."""
        return float(self.result.matching.estimates[self.place])

    @property
    def rows(self) -> Ints:
        """Row numbers in the original data, shape ``(n,)``."""
        return self.result.ready.design.rows

    @property
    def y(self) -> Floats:
        """The outcome, shape ``(n,)``."""
        return np.asarray(self.result.ready.sample.outcomes[self.place])


def check_one_data_set(ones: Sequence[One]) -> None:
    """Refuse results of different data: shared rows must hold the same values of one outcome.

    Raises
    ------
    SpecError
        If two results disagree on a value of an outcome that both have.
    """
    first: dict[str, tuple[str, Ints, Floats]] = {}
    for one in ones:
        name, rows, y = first.setdefault(one.outcome, (one.name, one.rows, one.y))
        _, mine, theirs = np.intersect1d(one.rows, rows, assume_unique=True, return_indices=True)
        if not np.array_equal(one.y[mine], y[theirs]):
            raise SpecError("estimate.compare_other_data", first=name, second=one.name)


def units_of(ones: Sequence[One], clusters: Sequence[str]) -> tuple[tuple[Ints, ...], ...]:
    """Return, for each way of clustering, the unit of every row of every estimate.

    Without clusters rows are the units. Units are numbered across all estimates.

    Raises
    ------
    SpecError
        If the data have no such column.
    DataError
        If a row has no cluster.
    """
    if not clusters:
        every = np.unique(np.concatenate([one.rows for one in ones]))
        rows = (np.searchsorted(every, one.rows) for one in ones)
        return (tuple(np.asarray(found, dtype=np.int64) for found in rows),)
    stops = np.cumsum([one.rows.size for one in ones])[:-1]
    ways = []
    for name in clusters:
        codes = first_appearance_codes(pl.concat([_cluster(one, name) for one in ones]))
        ways.append(tuple(np.split(codes, stops)))
    return tuple(ways)


def _cluster(one: One, name: str) -> pl.Series:
    survey = one.result.ready.survey
    if name not in survey.frame.columns:
        known = survey.frame.columns
        raise SpecError("design.unknown_columns", columns=[name], known=known)
    values = survey.frame.get_column(name).gather(one.result.ready.places)
    if values.null_count():
        rows = one.rows[values.is_null().to_numpy()]
        raise DataError("estimate.compare_no_cluster", variable=name, rows=rows.tolist())
    return values


def influence_covariance(
    ones: Sequence[One], ways: Sequence[Sequence[Ints]], factor: Floats
) -> tuple[Floats, Floats]:
    """Return the joint covariance ``(m, m)`` by influence functions, and each one's t df ``(m,)``.

    Influences are summed within units, and with two ways V_a + V_b − V_ab (Cameron, Gelbach and
    Miller 2011). Each estimate carries its own G/(G − 1); those of two estimates meet as their
    geometric mean.

    Parameters
    ----------
    ways
        From :func:`units_of`.
    factor
        What each estimate is multiplied by, shape ``(m,)``.
    """
    found: dict[int, Floats] = {}
    for one in ones:
        if id(one.result) not in found:
            found[id(one.result)] = row_influence(one.result)
    psi = [found[id(one.result)][one.place] * f for one, f in zip(ones, factor, strict=True)]

    def term(units: Sequence[Ints]) -> tuple[Floats, Floats]:
        width = 1 + max(int(code.max()) for code in units)
        sums = [np.bincount(c, p, minlength=width) for c, p in zip(units, psi, strict=True)]
        groups = np.array([float(np.unique(code).size) for code in units])
        if groups.min() < 2:
            name = ones[int(np.argmin(groups))].name
            raise EstimationError("estimate.compare_one_cluster", name=name)
        scaled = np.array(sums) * np.sqrt(groups / (groups - 1))[:, None]
        return np.asarray(scaled @ scaled.T), groups

    matrix, fewest = term(ways[0])
    if len(ways) == 2:
        other, groups = term(ways[1])
        stops = np.cumsum([code.size for code in ways[0]])[:-1]
        both = intersect([np.concatenate(list(way)) for way in ways])
        matrix, _ = nearest_psd(matrix + other - term(np.split(both, stops))[0])
        fewest = np.minimum(fewest, groups)
    return matrix, fewest - 1


def bootstrap_covariance(
    ones: Sequence[One],
    units: Sequence[Ints],
    factor: Floats,
    draws: int,
    seed: int,
    executor: Executor | None = None,
) -> tuple[Floats, int]:
    """Return the covariance ``(m, m)`` of draws in which all estimates share units, and draws lost.

    Raises
    ------
    EstimationError
        If more than a tenth of the draws has an estimate that does not exist.
    """
    count = 1 + max(int(code.max()) for code in units)
    plans: list[Plan] = []
    kept: dict[int, int] = {}
    places = []
    for one, code in zip(ones, units, strict=True):
        if id(one.result) not in kept:
            kept[id(one.result)] = len(plans)
            plans.append(plan_of(one.result.spec, one.result.ready, code, count))
        places.append((kept[id(one.result)], one.place))
    found = map_replicates(
        _draw, draws, seed=seed, identity="compare", shared=(tuple(plans), count), executor=executor
    )
    each = np.array([[draw[p][k] for p, k in places] for draw in found]) * factor
    good = np.isfinite(each).all(axis=1)
    lost = int(draws - good.sum())
    if lost > draws / 10:
        raise EstimationError("estimate.multiple_draws", lost=lost, draws=draws)
    return np.atleast_2d(np.cov(each[good], rowvar=False)), lost


def _draw(generator: np.random.Generator, plans: tuple[Plan, ...], count: int) -> list[Floats]:
    times = np.bincount(generator.integers(count, size=count), minlength=count)
    return [redrawn(plan, times[plan.clusters]) for plan in plans]
