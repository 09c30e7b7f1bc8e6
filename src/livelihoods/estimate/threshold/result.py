"""A threshold regression as a value: frame, tests, table, figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.estimate import coefficients as co
from livelihoods.numerics.threshold import critical_value
from livelihoods.tables import BLANK, Column, Row, Table, interval, number, p_value, text

if TYPE_CHECKING:
    from livelihoods.estimate.test_result import AnyTest
    from livelihoods.estimate.vcov import VcovSpec
    from livelihoods.figures import Figure
    from livelihoods.notes import Note


@dataclass(frozen=True, slots=True)
class ThresholdResult:
    """A regression whose coefficients change where a variable passes a value.

    Attributes
    ----------
    formula, outcome, variable, changing
        What was asked; ``changing`` are the terms whose coefficients change.
    gamma
        The threshold: regimes are ``variable <= gamma`` and ``variable > gamma``.
    conf_low, conf_high
        Ends of its likelihood-ratio confidence set (scaled for heteroskedasticity unless the
        covariance is classical).
    scale
        η² by which the likelihood ratio was divided; 1 for none.
    below, above
        Rows in each regime.
    coefficients
        Of both regimes, with ``equations`` ``"common"``, ``"below"``, ``"above"``,
        ``"difference"`` (above − below).
    tests
        ``sup_score`` (robust) and ``sup_f`` with bootstrap p-values; empty without bootstrap.
    profile
        One row a value tried: ``value, rss, lr`` (scaled), ``inside``.
    nobs, bootstrap, vcov, conf_level, notes
        As for every estimate.
    """

    formula: str
    outcome: str
    variable: str
    changing: tuple[str, ...]
    gamma: float
    conf_low: float
    conf_high: float
    scale: float
    below: int
    above: int
    coefficients: co.Coefficients
    tests: tuple[AnyTest, ...]
    profile: pl.DataFrame
    nobs: int
    bootstrap: int
    vcov: VcovSpec
    conf_level: float
    notes: tuple[Note, ...]

    @property
    def vcov_label(self) -> str:
        """Which covariance."""
        return self.vcov.label

    def tidy(self) -> pl.DataFrame:
        """Return one row a coefficient and regime."""
        return self.coefficients.tidy()

    def glance(self) -> pl.DataFrame:
        """Return one row: the threshold, its set, the tests."""
        found = {test.name: test.to_dict() for test in self.tests}
        columns: dict[str, list[Any]] = {
            "threshold": [self.gamma],
            "threshold_low": [self.conf_low],
            "threshold_high": [self.conf_high],
            "scale": [self.scale],
            "below": [self.below],
            "above": [self.above],
        }
        for name in ("sup_score", "sup_f"):
            columns[name] = [found.get(name, {}).get("statistic")]
            columns[f"{name}_p_value"] = [found.get(name, {}).get("p_value")]
        columns |= {"nobs": [self.nobs], "vcov": [self.vcov_label]}
        kinds = {name: pl.Float64 for name in columns if name.startswith("sup_")}
        return pl.DataFrame(columns, schema_overrides=kinds)

    def summary(self) -> Table:
        """Return threshold, tests and the coefficients of both regimes."""
        shown = co.shown(self.variable)
        level = f"{100 * self.conf_level:g}"
        rows = [
            Row((text(say("threshold", variable=shown)), number(self.gamma), *[BLANK] * 3)),
            Row(
                (
                    text(say("set", level=level)),
                    *[BLANK] * 3,
                    interval(self.conf_low, self.conf_high),
                )
            ),
        ]
        rows += [_test_row(test) for test in self.tests]
        frame = self.tidy()
        for equation, count in self._sections():
            part = frame.filter(pl.col("equation") == equation)
            if not part.height:
                continue
            head = text(say(equation, variable=shown, value=f"{self.gamma:,.6g}", n=count))
            rows.append(Row((head, *[BLANK] * 4), "section", True))
            rows += [_coefficient_row(row) for row in part.iter_rows(named=True)]
        columns = (
            Column("term", co.label("term"), "left"),
            Column("estimate", co.label("estimate")),
            Column("std_error", co.label("std_error")),
            Column("p_value", co.label("p_value")),
            Column("interval", co.label("interval", level=level), "center"),
        )
        legend = [co.label("stars"), co.label("errors_are", vcov=self.vcov.words())]
        legend.append(say("set_scaled" if self.scale != 1.0 else "set_plain", scale=self.scale))
        if self.tests:
            legend.append(say("tests_are", n=self.bootstrap))
        return Table(
            "threshold",
            self._title(),
            columns,
            tuple(rows),
            notes=self.notes,
            legend=tuple(legend),
            language=words.language(),
        )

    def plot(self) -> Figure:
        """Return the likelihood ratio over the values tried, with its critical line."""
        from livelihoods.figures.profile import profile_plot

        shown = co.shown(self.variable)
        return profile_plot(
            self.profile["value"].to_numpy(),
            self.profile["lr"].fill_null(np.nan).to_numpy(),
            cut=critical_value(self.conf_level),
            chosen=self.gamma,
            id="threshold",
            title=say("figure", variable=shown, outcome=co.shown(self.outcome)),
            x_axis=shown,
            y_axis=say("ratio"),
            cut_label=say("cut", level=f"{100 * self.conf_level:g}"),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        return {
            "method": "threshold",
            "formula": self.formula,
            "outcome": self.outcome,
            "variable": self.variable,
            "changing": list(self.changing),
            "glance": self.glance().row(0, named=True),
            "coefficients": co.record_values(self.tidy()),
            "tests": [test.to_dict() for test in self.tests],
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        return self.summary().to_text()

    def _sections(self) -> tuple[tuple[str, int], ...]:
        return (
            ("below", self.below),
            ("above", self.above),
            ("difference", 0),
            ("common", self.nobs),
        )

    def _title(self) -> str:
        return say("title", outcome=co.shown(self.outcome), variable=co.shown(self.variable))


def say(key: str, **values: object) -> str:
    """Return one of the words of threshold regressions."""
    return words.text(f"estimate.threshold.{key}", **values)


def _test_row(test: AnyTest) -> Row:
    from livelihoods.estimate.test_result import Inapplicable

    if isinstance(test, Inapplicable):
        return Row((text(f"{test.label}: {test.reason}"), *[BLANK] * 4), "statistic")
    cells = (text(test.label), number(test.statistic, 2), BLANK, p_value(test.p_value), BLANK)
    return Row(cells, "statistic")


def _coefficient_row(row: dict[str, Any]) -> Row:
    low, high = row["conf_low"], row["conf_high"]
    cells = (
        text(co.shown(row["term"])),
        number(row["estimate"], stars=co.stars(row["p_value"])),
        number(row["std_error"]),
        p_value(row["p_value"]),
        BLANK if low is None or high is None else interval(low, high),
    )
    return Row(cells, indent=1)
