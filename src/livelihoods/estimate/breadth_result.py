"""Breadth against depth as a value: effects on every scale, test, table, figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import polars as pl

from livelihoods import words
from livelihoods.estimate import coefficients as co
from livelihoods.estimate.test_result import AnyTest, Inapplicable
from livelihoods.tables import BLANK, Column, Row, Table, interval, number, p_value, text

if TYPE_CHECKING:
    from livelihoods.estimate.ols import OlsResult
    from livelihoods.figures import Figure
    from livelihoods.notes import Note
    from livelihoods.typing import Result

_SCALES = ("unit", "mixed", "sd", "cost")


@dataclass(frozen=True, slots=True)
class BreadthDepth:
    """Number of modes and intensity in one regression, compared on common scales.

    Attributes
    ----------
    modes, depth
        What was asked.
    regression
        The least-squares fit; its term ``breadth`` is the number of modes.
    frame
        One row a scale and part: ``scale`` is ``"unit"`` (one more mode; one unit of depth),
        ``"mixed"`` (one more mode; one standard deviation of depth), ``"sd"`` (a standard
        deviation of each) or ``"cost"`` (a unit of cost spent on each); ``part`` is
        ``"breadth"``, ``"depth"`` or, where the two are comparable, ``"difference"`` (breadth −
        depth); then the common columns.
    linearity
        Squares of both add nothing.
    spread
        Standard deviations of breadth and depth among the rows used.
    notes
        Findings, those of the regression first.
    """

    modes: tuple[str, ...]
    depth: str
    regression: OlsResult
    frame: pl.DataFrame
    linearity: AnyTest
    spread: Mapping[str, float]
    notes: tuple[Note, ...]

    @property
    def outcome(self) -> str:
        """Name of the response."""
        return self.regression.outcome

    @property
    def nobs(self) -> int:
        """Rows used."""
        return self.regression.nobs

    @property
    def vcov_label(self) -> str:
        """Which covariance."""
        return self.regression.vcov_label

    def tidy(self) -> pl.DataFrame:
        """Return the effects and differences on every scale."""
        return self.frame

    def glance(self) -> pl.DataFrame:
        """Return one row: the two effects per standard deviation and the test between them."""
        rows = {r["part"]: r for r in self.frame.filter(scale="sd").iter_rows(named=True)}
        return pl.DataFrame(
            {
                "breadth_sd": [rows["breadth"]["estimate"]],
                "depth_sd": [rows["depth"]["estimate"]],
                "difference": [rows["difference"]["estimate"]],
                "p_value": [rows["difference"]["p_value"]],
                "nobs": [self.nobs],
                "vcov": [self.vcov_label],
            }
        )

    def summary(self) -> Table:
        """Return a section a scale, with the test between breadth and depth."""
        rows: list[Row] = []
        for scale in _SCALES:
            part = self.frame.filter(scale=scale)
            if not part.height:
                continue
            rows.append(Row((text(say(f"scale_{scale}")), *[BLANK] * 4), "section", bool(rows)))
            rows += [self._row(entry) for entry in part.iter_rows(named=True)]
        if isinstance(self.linearity, Inapplicable):
            line = text(f"{self.linearity.label}: {self.linearity.reason}")
            rows.append(Row((line, *[BLANK] * 4), "statistic", True))
        else:
            found = self.linearity
            cells = (number(found.statistic, 2), BLANK, p_value(found.p_value), BLANK)
            rows.append(Row((text(found.label), *cells), "statistic", True))
        level = f"{100 * self.regression.conf_level:g}"
        legend = (
            co.label("stars"),
            co.label("errors_are", vcov=self.regression.vcov.words()),
            say("spread", breadth=self.spread["breadth"], depth=self.spread["depth"],
                name=co.shown(self.depth)),
        )  # fmt: skip
        return Table(
            "breadth-depth",
            self._title(),
            (
                Column("term", co.label("term"), "left"),
                Column("estimate", co.label("estimate")),
                Column("std_error", co.label("std_error")),
                Column("p_value", co.label("p_value")),
                Column("interval", co.label("interval", level=level), "center"),
            ),
            tuple(rows),
            notes=self.notes,
            legend=legend,
            language=words.language(),
        )

    def plot(self) -> Figure:
        """Return both effects per standard deviation."""
        from livelihoods.figures.coefficient import coefficient_plot

        part = self.frame.filter(pl.col("scale") == "sd", pl.col("part") != "difference")
        return coefficient_plot(
            {"": cast("Result", co.Drawn(part.rename({"part": "term"})))},
            id="breadth-depth",
            title=self._title(),
            labels={"breadth": say("breadth"), "depth": co.shown(self.depth)},
            axis=say("axis", outcome=co.shown(self.outcome)),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        return {
            "method": "breadth_depth",
            "modes": list(self.modes),
            "depth": self.depth,
            "effects": self.frame.to_dicts(),
            "linearity": self.linearity.to_dict(),
            "spread": dict(self.spread),
            "regression": self.regression.to_dict(),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        return self.summary().to_text()

    def _title(self) -> str:
        return say("title", outcome=co.shown(self.outcome), depth=co.shown(self.depth))

    def _row(self, entry: Mapping[str, Any]) -> Row:
        name = {
            "breadth": say("breadth"),
            "depth": co.shown(self.depth),
            "difference": say("difference"),
        }[entry["part"]]
        low, high = entry["conf_low"], entry["conf_high"]
        cells = (
            text(name),
            number(entry["estimate"], stars=co.stars(entry["p_value"])),
            number(entry["std_error"], wrap="parentheses"),
            p_value(entry["p_value"]),
            BLANK if low is None or high is None else interval(low, high),
        )
        return Row(cells, indent=1)


def say(key: str, **values: object) -> str:
    """Return one of the words of breadth and depth."""
    return words.text(f"estimate.breadth.{key}", **values)
