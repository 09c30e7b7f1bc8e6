"""Do matching estimates differ? Groups, methods or outcomes, by their joint covariance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.errors import EstimationError, SpecError
from livelihoods.estimate import coefficients as co
from livelihoods.estimate.differences import differences
from livelihoods.estimate.matching.errors import FEW_CLUSTERS
from livelihoods.estimate.matching.joint import (
    One,
    bootstrap_covariance,
    check_one_data_set,
    influence_covariance,
    units_of,
)
from livelihoods.estimate.matching.sentences import method_name
from livelihoods.estimate.matching.spec import (
    WEIGHTING,
    LocalLinearSpec,
    MahalanobisSpec,
    NearestSpec,
)
from livelihoods.estimate.test_result import AnyTest, Inapplicable
from livelihoods.notes import Note, Where
from livelihoods.numerics import special
from livelihoods.tables import BLANK, Column, Row, Table, interval, number, p_value, text

if TYPE_CHECKING:
    from livelihoods.engine import Executor
    from livelihoods.estimate.matching.result import MatchingResult
    from livelihoods.figures import Figure
    from livelihoods.typing import Floats

How = Literal["influence", "bootstrap"]


@dataclass(frozen=True, slots=True)
class MatchComparison:
    """Matching estimates with their joint covariance and the tests of their differences.

    Attributes
    ----------
    frame
        One row an estimate: ``name, outcome, estimate, std_error, own_error`` (the error of the
        joint covariance, and what the matching itself prints).
    pairs
        One row a pair: ``group, against, estimate, std_error, statistic, p_value, p_holm``.
    test
        All estimates equal.
    covariance
        Joint covariance, shape ``(m, m)``.
    df
        Degrees of freedom of t; infinity for the normal.
    how
        ``"influence"`` or ``"bootstrap"``.
    facts
        Clusters, draws, seed, scale.
    treatment, conf_level, nobs, notes
        As for every result; ``nobs`` counts rows that serve in any estimate.
    labels
        Name -> wording for people.
    """

    frame: pl.DataFrame
    pairs: pl.DataFrame
    test: AnyTest
    covariance: Floats
    df: Floats
    how: How
    facts: Mapping[str, Any]
    treatment: str
    conf_level: float
    nobs: int
    notes: tuple[Note, ...]
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def outcome(self) -> str:
        """The outcome, or all of them."""
        return ", ".join(dict.fromkeys(self.frame["outcome"].to_list()))

    @property
    def vcov_label(self) -> str:
        """Which covariance: ``"influence"``, ``"influence(village)"``, ``"bootstrap(village)"``."""
        clusters = self.facts["clusters"]
        return f"{self.how}({', '.join(clusters)})" if clusters else self.how

    def tidy(self) -> pl.DataFrame:
        """Return one row a difference: ``term`` is ``"first - second"``."""
        least = float(self.df.min())
        reach = special.t_critical(self.conf_level, least)
        return self.pairs.select(
            (pl.col("group") + " - " + pl.col("against")).alias("term"),
            "group", "against", "estimate", "std_error", "statistic", "p_value",
            (pl.col("estimate") - reach * pl.col("std_error")).alias("conf_low"),
            (pl.col("estimate") + reach * pl.col("std_error")).alias("conf_high"),
            "p_holm",
        )  # fmt: skip

    def glance(self) -> pl.DataFrame:
        """Return one row: how many estimates, and the test that all are equal."""
        found = None if isinstance(self.test, Inapplicable) else self.test
        return pl.DataFrame(
            {
                "estimates": [self.frame.height],
                "nobs": [self.nobs],
                "f_equal": [None if found is None else found.statistic],
                "p_equal": [None if found is None else found.p_value],
                "vcov": [self.vcov_label],
            },
            schema_overrides={"f_equal": pl.Float64, "p_equal": pl.Float64},
        )

    def summary(self) -> Table:
        """Return the estimates, the differences, and the test that all are equal."""
        rows = [_head("estimates")]
        for row in self.frame.iter_rows(named=True):
            cells = (number(row["estimate"]), number(row["own_error"]), number(row["std_error"]))
            rows.append(Row((text(self._name(row["name"])), *cells, BLANK, BLANK, BLANK), indent=1))
        rows.append(_head("differences", rule=True))
        for row in self.tidy().iter_rows(named=True):
            low, high = row["conf_low"], row["conf_high"]
            line = (
                text(f"{self._name(row['group'])} − {self._name(row['against'])}"),
                number(row["estimate"], stars=co.stars(row["p_holm"])),
                BLANK,
                number(row["std_error"]),
                p_value(row["p_value"]),
                p_value(row["p_holm"]),
                BLANK if low is None else interval(low, high),
            )
            rows.append(Row(line, indent=1))
        rows.append(self._test_row())
        columns = (
            Column("name", _say("name"), "left"),
            Column("estimate", _say("effect")),
            Column("own_error", _say("own_error")),
            Column("std_error", _say("joint_error")),
            Column("p_value", "p"),
            Column("p_holm", _say("p_holm")),
            Column("interval", co.label("interval", level=f"{100 * self.conf_level:g}"), "center"),
        )
        legend = (words.text("estimate.heterogeneity.stars_holm"), self._how_said())
        return Table(
            "match-comparison",
            _say("title", treatment=co.shown(self.treatment)),
            columns,
            tuple(rows),
            notes=self.notes,
            legend=legend,
            language=words.language(),
        )

    def plot(self) -> Figure:
        """Return the differences with their intervals."""
        from livelihoods.figures.coefficient import coefficient_plot

        return coefficient_plot(
            {"": self},
            id="match-comparison",
            title=_say("title", treatment=co.shown(self.treatment)),
            labels={
                row["term"]: f"{self._name(row['group'])} − {self._name(row['against'])}"
                for row in self.tidy().iter_rows(named=True)
            },
            axis=_say("difference"),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        return {
            "method": "compare_matches",
            "treatment": self.treatment,
            "vcov": self.vcov_label,
            "facts": dict(self.facts),
            "estimates": self.frame.to_dicts(),
            "differences": self.tidy().to_dicts(),
            "test": self.test.to_dict(),
            "notes": [note.to_dict() for note in self.notes],
        }

    def _name(self, name: str) -> str:
        head, _, tail = name.rpartition(": ")
        return self.labels.get(name) or (f"{head}: {co.shown(tail)}" if head else co.shown(name))

    def _test_row(self) -> Row:
        if isinstance(self.test, Inapplicable):
            cells = (text(self.test.label), text(self.test.reason), *([BLANK] * 5))
        else:
            found = (number(self.test.statistic, 2), BLANK, BLANK, p_value(self.test.p_value))
            cells = (text(f"{self.test.label} (F)"), *found, BLANK, BLANK)
        return Row(cells, "statistic", True)

    def _how_said(self) -> str:
        clusters = [co.shown(name) for name in self.facts["clusters"]]
        key = f"how_{self.how}{'_cluster' if clusters else ''}"
        facts = {name: self.facts[name] for name in ("draws", "seed") if self.how == "bootstrap"}
        return _say(key, **({"clusters": clusters} if clusters else {}), **facts)

    def __repr__(self) -> str:
        return self.summary().to_text()


def compare_matches(
    results: Mapping[str, MatchingResult] | Sequence[MatchingResult],
    *,
    cluster: str | Sequence[str] = (),
    covariance: Literal["auto", "influence", "bootstrap"] = "auto",
    scale: Literal["raw", "sd"] = "raw",
    draws: int = 499,
    seed: int = 0,
    conf_level: float = 0.95,
    labels: Mapping[str, str] | None = None,
    executor: Executor | None = None,
) -> MatchComparison:
    r"""Test whether matching estimates differ between groups, methods or outcomes.

    Estimates made on the same rows, or with the same controls, are not independent: the root of
    the sum of two squared standard errors is not the error of their difference. Here all errors
    are drawn together.

    Parameters
    ----------
    results
        Matchings of one data set, by name (groups, methods). Every outcome of each is one estimate.
    cluster
        Column (or two, for influence functions) whose groups are drawn or summed as a whole, such
        as villages; empty takes rows as independent.
    covariance
        ``"influence"``: sums of each row's contribution; exact for weighting, the linear form of
        Abadie and Imbens (2012) with their correction for an estimated score (2016) for matching.
        ``"bootstrap"``: all estimates again, scores included, in the same draws of units; refused
        for nearest neighbours and Mahalanobis matching, where it is not valid (Abadie and Imbens
        2008), and for weighting, which does not need it. ``"auto"``: the bootstrap where every
        estimate is a smooth (radius, kernel, local linear), else influence functions.
    scale
        ``"sd"`` divides by each outcome's standard deviation, for outcomes in different units.
    draws, seed
        Of the bootstrap.
    conf_level
        Level of the intervals.
    labels
        Name of a result -> wording for tables and figures.
    executor
        Where the bootstrap runs.

    Returns
    -------
    MatchComparison
        Every pair with p and Holm's p, and Wald's test that all are equal: F with G − 1 degrees of
        freedom below where there are G clusters, χ² over its degrees of freedom otherwise.

    Raises
    ------
    SpecError
        If there are fewer than two estimates, they do not come from one data set, or the bootstrap
        is asked of a method that it does not cover.
    DataError
        If a row has no cluster.
    EstimationError
        If all rows of an estimate are one cluster, or too many draws have no estimate.
    """
    co.check_level(conf_level)
    ones = _ones(results)
    clusters = (cluster,) if isinstance(cluster, str) and cluster else tuple(cluster)
    how = _how(ones, covariance, clusters, draws)
    if scale not in ("raw", "sd"):
        raise SpecError("estimate.compare_scale", given=str(scale), known=["raw", "sd"])
    check_one_data_set(ones)
    factor = _factors(ones, scale)
    ways = units_of(ones, clusters)
    lost = 0
    if how == "influence":
        matrix, df = influence_covariance(ones, ways, factor)
    else:
        matrix, lost = bootstrap_covariance(ones, ways[0], factor, draws, seed, executor)
        df = np.array([float(np.unique(code).size - 1) for code in ways[0]])
    if not clusters:
        df = np.full(len(ones), np.inf)
    effects = np.array([one.estimate for one in ones]) * factor
    pairs, test = differences([one.name for one in ones], effects, matrix, df)
    own = np.array([one.result.errors.values[one.place] for one in ones]) * factor
    frame = pl.DataFrame(
        {
            "name": [one.name for one in ones],
            "outcome": [one.outcome for one in ones],
            "estimate": effects,
            "std_error": np.sqrt(np.diag(matrix)),
            "own_error": own,
        }
    ).fill_nan(None)
    facts: dict[str, Any] = {"clusters": list(clusters), "scale": scale}
    facts |= {"draws": draws, "seed": seed} if how == "bootstrap" else {}
    return MatchComparison(
        frame, pairs, test, matrix, df, how, facts, ones[0].result.treatment, conf_level,
        int(np.unique(np.concatenate([one.rows for one in ones])).size),
        _notes(ones, how, clusters, ways[0][0], scale, lost),
        dict(labels or {}),
    )  # fmt: skip


def _ones(results: Mapping[str, MatchingResult] | Sequence[MatchingResult]) -> list[One]:
    if isinstance(results, Mapping):
        named = list(results.items())
    else:
        given = list(results)
        names = [method_name(result) for result in given]
        if len({*names}) < len(names):
            names = [f"{name} ({place})" for place, name in enumerate(names, start=1)]
        named = list(zip(names, given, strict=True))
    ones = []
    for name, result in named:
        for place, outcome in enumerate(result.spec.outcomes):
            several = len(result.spec.outcomes) > 1
            said = outcome if several and len(named) == 1 else f"{name}: {outcome}"
            ones.append(One(said if several else name, result, place))
    if len(ones) < 2:
        raise SpecError("estimate.compare_few", names=[one.name for one in ones])
    return ones


def _how(ones: Sequence[One], asked: str, clusters: Sequence[str], draws: int) -> How:
    methods = [one.result.spec.method for one in ones]
    stepwise = [
        method.method
        for method in methods
        if isinstance(method, (NearestSpec, MahalanobisSpec, *WEIGHTING))
        or (isinstance(method, LocalLinearSpec) and method.local_linear == "psmatch2")
    ]
    if asked == "auto":
        return "influence" if stepwise or len(clusters) > 1 else "bootstrap"
    if asked == "bootstrap":
        if stepwise:
            raise SpecError("estimate.compare_bootstrap", methods=list(dict.fromkeys(stepwise)))
        if len(clusters) > 1 or draws < 2:
            raise SpecError("estimate.compare_draws", clusters=list(clusters), draws=draws)
        return "bootstrap"
    if asked != "influence":
        known = ["auto", "influence", "bootstrap"]
        raise SpecError("estimate.compare_covariance", given=str(asked), known=known)
    if len(clusters) > 2:
        raise SpecError("estimate.cluster_ways", given=list(clusters))
    return "influence"


def _factors(ones: Sequence[One], scale: str) -> Floats:
    if scale == "raw":
        return np.ones(len(ones))
    spreads = np.array([float(one.y.std(ddof=1)) for one in ones])
    if spreads.min() == 0:
        raise EstimationError(
            "estimate.compare_constant", outcome=ones[int(spreads.argmin())].outcome
        )
    return np.asarray(1.0 / spreads)


def _notes(
    ones: Sequence[One],
    how: How,
    clusters: Sequence[str],
    units: Any,
    scale: str,
    lost: int,
) -> tuple[Note, ...]:
    notes: tuple[Note, ...] = ()
    outcomes = list(dict.fromkeys(one.outcome for one in ones))
    if len(outcomes) > 1 and scale == "raw":
        notes += (Note("estimate.compare_units", "caution", {"outcomes": outcomes}),)
    estimands = list(dict.fromkeys(one.result.spec.estimand for one in ones))
    if len(estimands) > 1:
        notes += (Note("estimate.compare_estimands", "warning", {"estimands": estimands}),)
    if lost:
        notes += (Note("estimate.compare_lost", "caution", {"n": lost}),)
    count = int(np.unique(units).size)
    if clusters and count < FEW_CLUSTERS:
        values = {"variable": clusters[0], "n": count, "least": FEW_CLUSTERS}
        notes += (Note("estimate.few_clusters", "warning", values, Where(tuple(clusters))),)
    return notes


def _head(key: str, *, rule: bool = False) -> Row:
    return Row((text(_say(key)), *([BLANK] * 6)), "section", rule)


def _say(key: str, **values: Any) -> str:
    return words.text(f"estimate.compare.{key}", **values)
