"""Effects by group as a value: frame, differences, tables, figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from livelihoods import words
from livelihoods.estimate import coefficients as co
from livelihoods.estimate.effect_groups import say
from livelihoods.estimate.test_result import AnyTest, Inapplicable, TestResult
from livelihoods.tables import (
    BLANK,
    Cell,
    Column,
    Row,
    Spanner,
    Table,
    integer,
    number,
    p_value,
    text,
)

if TYPE_CHECKING:
    from livelihoods.estimate.matching.compare import MatchComparison
    from livelihoods.estimate.vcov import VcovSpec
    from livelihoods.figures import Figure
    from livelihoods.notes import Note
    from livelihoods.typing import Floats


@dataclass(frozen=True, slots=True)
class HeterogeneityResult:
    """Effects by group or kind of treatment.

    Attributes
    ----------
    formula, outcome, treatment, by
        What was asked.
    frame
        One row an estimator and group: ``estimator, group, term, nobs, treated, estimate,
        std_error, statistic, p_value, conf_low, conf_high``.
    differences
        One row a pair of groups (least squares): ``group, against, estimate, std_error,
        statistic, p_value, p_holm``.
    test
        All effects equal, by the joint covariance; None without least squares.
    covariance
        Joint covariance of the least-squares effects, shape ``(g, g)``, in the order of groups.
    wording
        Group -> its name for people.
    vcov, conf_level, notes
        As for every regression.
    matched
        Tests of the differences between the groups' matching estimates; None with fewer than two.
    """

    formula: str
    outcome: str
    treatment: str
    by: tuple[str, ...]
    frame: pl.DataFrame
    differences: pl.DataFrame
    test: AnyTest | None
    covariance: Floats
    wording: Mapping[str, str]
    vcov: VcovSpec
    conf_level: float
    notes: tuple[Note, ...]
    matched: MatchComparison | None = None

    @property
    def nobs(self) -> int:
        """Rows of the largest group."""
        return int(self.frame["nobs"].to_numpy().max())

    @property
    def vcov_label(self) -> str:
        """Which covariance."""
        return self.vcov.label

    def tidy(self) -> pl.DataFrame:
        """Return one row an estimator and group."""
        return self.frame

    def glance(self) -> pl.DataFrame:
        """Return one row: number of groups and the test that all effects are equal."""
        found = self.test
        known = found is not None and not isinstance(found, Inapplicable)
        p = None if found is None or isinstance(found, Inapplicable) else found.p_value
        statistic = None if found is None or isinstance(found, Inapplicable) else found.statistic
        return pl.DataFrame(
            {
                "groups": [len(self.wording)],
                "f_equal": [statistic],
                "p_equal": [p],
                "tested": [known],
                "vcov": [self.vcov_label],
            },
            schema_overrides={"f_equal": pl.Float64, "p_equal": pl.Float64},
        )

    def summary(self) -> Table:
        """Return the effects, estimators side by side, and the test that they are equal."""
        names = list(dict.fromkeys(self.frame["estimator"].to_list()))
        found = {(r["estimator"], r["group"]): r for r in self.frame.iter_rows(named=True)}
        rows = [
            Row((text(words_), *(c for name in names for c in _cells(found.get((name, group))))))
            for group, words_ in self.wording.items()
        ]
        rows += self._test_rows(names)
        columns = [Column("group", say("group"), "left")]
        spans = []
        for place, name in enumerate(names):
            columns += [
                Column(f"{name}_estimate", say("effect")),
                Column(f"{name}_std_error", co.label("std_error")),
                Column(f"{name}_nobs", co.label("nobs")),
            ]
            spans.append(Spanner(say(f"estimator_{name}"), 1 + 3 * place, 4 + 3 * place))
        legend = [co.label("stars")]
        if "ols" in names:
            legend.append(co.label("errors_are", vcov=self.vcov.words()))
        if any(isinstance(found, TestResult) for found in self._tests(names)):
            legend.append(say("test_cells"))
        title = say("title", treatment=co.shown(self.treatment), outcome=co.shown(self.outcome))
        return Table(
            "heterogeneity",
            title,
            tuple(columns),
            tuple(rows),
            tuple(spans),
            notes=self.notes,
            legend=tuple(legend),
            language=words.language(),
        )

    def _tests(self, names: Sequence[str]) -> list[AnyTest | None]:
        """The test of each estimator that all its effects are equal."""
        known = {"ols": self.test, "matching": self.matched.test if self.matched else None}
        return [known[name] for name in names]

    def _test_rows(self, names: Sequence[str]) -> list[Row]:
        """One line of tests, under the columns of their estimators; a reason if there is none."""
        tests = self._tests(names)
        cells: list[Cell] = []
        for found in tests:
            if isinstance(found, TestResult):
                cells += [number(found.statistic, 2), p_value(found.p_value), BLANK]
            elif isinstance(found, Inapplicable):
                cells += [text(found.reason), BLANK, BLANK]
            else:
                cells += [BLANK] * 3
        first = next((found for found in tests if found is not None), None)
        return [] if first is None else [Row((text(first.label), *cells), "statistic", True)]

    def difference_table(self) -> Table:
        """Return every pair of groups: difference, error, p and Holm's p."""
        rows = tuple(
            Row(
                (
                    text(self.wording[row["group"]]),
                    text(self.wording[row["against"]]),
                    number(row["estimate"], stars=co.stars(row["p_holm"])),
                    number(row["std_error"]),
                    p_value(row["p_value"]),
                    p_value(row["p_holm"]),
                )
            )
            for row in self.differences.iter_rows(named=True)
        )
        columns = (
            Column("group", say("group"), "left"),
            Column("against", say("against"), "left"),
            Column("estimate", say("difference")),
            Column("std_error", co.label("std_error")),
            Column("p_value", "p"),
            Column("p_holm", say("p_holm")),
        )
        title = say("differences", treatment=co.shown(self.treatment))
        legend = (say("stars_holm"), co.label("errors_are", vcov=self.vcov.words()))
        spoken = words.language()
        return Table(
            "heterogeneity-differences", title, columns, rows, legend=legend, language=spoken
        )

    def plot(self) -> Figure:
        """Return the effects with their intervals."""
        from livelihoods.figures.coefficient import coefficient_plot

        names = list(dict.fromkeys(self.frame["estimator"].to_list()))
        parts = {say(f"estimator_{name}"): _Drawn(self, name) for name in names}
        title = say("title", treatment=co.shown(self.treatment), outcome=co.shown(self.outcome))
        axis = say("axis", outcome=co.shown(self.outcome))
        return coefficient_plot(parts, id="heterogeneity", title=title, axis=axis)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        return {
            "method": "heterogeneity",
            "formula": self.formula,
            "outcome": self.outcome,
            "treatment": self.treatment,
            "by": list(self.by),
            "vcov": self.vcov_label,
            "effects": self.frame.to_dicts(),
            "differences": self.differences.to_dicts(),
            "test": None if self.test is None else self.test.to_dict(),
            "matching": None if self.matched is None else self.matched.to_dict(),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        return self.summary().to_text()


@dataclass(frozen=True, slots=True)
class _Drawn:
    """One estimator's effects as coefficients whose terms are the groups."""

    result: HeterogeneityResult
    estimator: str

    @property
    def outcome(self) -> str:
        return self.result.outcome

    @property
    def nobs(self) -> int:
        return self.result.nobs

    @property
    def vcov_label(self) -> str:
        return self.result.vcov_label

    @property
    def notes(self) -> tuple[Note, ...]:
        return ()

    def tidy(self) -> pl.DataFrame:
        wording = dict(self.result.wording)
        chosen = self.result.frame.filter(pl.col("estimator") == self.estimator)
        return chosen.with_columns(term=pl.col("group").replace(wording))

    def glance(self) -> pl.DataFrame:
        return self.result.glance()

    def summary(self) -> Table:
        return self.result.summary()

    def plot(self) -> Figure:
        return self.result.plot()

    def to_dict(self) -> dict[str, Any]:
        return self.result.to_dict()


def _cells(row: Mapping[str, Any] | None) -> tuple[Cell, ...]:
    if row is None:
        return (BLANK, BLANK, BLANK)
    return (
        number(row["estimate"], stars=co.stars(row["p_value"])),
        number(row["std_error"], wrap="parentheses"),
        integer(row["nobs"]),
    )
