"""A dose–response curve as a value: frame, test, table, figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.estimate import coefficients as co
from livelihoods.tables import Column, Row, Spanner, Table, interval, number, p_value, text

if TYPE_CHECKING:
    from livelihoods.estimate.test_result import TestResult
    from livelihoods.figures import Figure
    from livelihoods.notes import Note

_PRINTED = 9


@dataclass(frozen=True, slots=True)
class DoseResponse:
    """Average outcomes over a dose.

    Attributes
    ----------
    formula, outcome, dose, scale
        What was asked.
    frame
        One row a dose: ``dose, estimate, std_error, conf_low, conf_high`` (pointwise),
        ``band_low, band_high`` (the whole curve at once), ``slope, slope_error, slope_p_value,
        slope_low, slope_high`` (change of the outcome per unit of the dose; per doubling on the
        scale of logarithms).
    test
        The curve is flat.
    band_factor
        How many standard errors the band reaches.
    bandwidth
        On the scale of the smoothing.
    overlap
        ``largest`` weight, how many were ``capped``, ``effective`` rows.
    nobs, draws, cluster, conf_level, notes
        As for every estimate; ``draws`` are those that succeeded.
    """

    formula: str
    outcome: str
    dose: str
    scale: str
    frame: pl.DataFrame
    test: TestResult
    band_factor: float
    bandwidth: float
    overlap: Mapping[str, float]
    nobs: int
    draws: int
    cluster: str | None
    conf_level: float
    notes: tuple[Note, ...]

    @property
    def vcov_label(self) -> str:
        """Which bootstrap."""
        return f"bootstrap({self.cluster or 'rows'})"

    def tidy(self) -> pl.DataFrame:
        """Return one row a dose."""
        return self.frame

    def glance(self) -> pl.DataFrame:
        """Return one row: size, bandwidth, overlap, the test that the curve is flat."""
        return pl.DataFrame(
            {
                "nobs": [self.nobs],
                "bandwidth": [self.bandwidth],
                "largest_weight": [self.overlap["largest"]],
                "capped": [int(self.overlap["capped"])],
                "effective": [self.overlap["effective"]],
                "band_factor": [self.band_factor],
                "flat_statistic": [self.test.statistic],
                "flat_p_value": [self.test.p_value],
                "draws": [self.draws],
                "vcov": [self.vcov_label],
            }
        )

    def summary(self) -> Table:
        """Return the curve and its slope at some of the doses."""
        height = self.frame.height
        places = np.unique(np.linspace(0, height - 1, min(_PRINTED, height)).round().astype(int))
        rows = []
        for place in places:
            row = self.frame.row(int(place), named=True)
            cells = (
                text(f"{row['dose']:,.4g}" if abs(row["dose"]) < 1e4 else f"{row['dose']:,.0f}"),
                number(row["estimate"]),
                number(row["std_error"], wrap="parentheses"),
                interval(row["band_low"], row["band_high"]),
                number(row["slope"], stars=co.stars(row["slope_p_value"])),
                number(row["slope_error"], wrap="parentheses"),
                p_value(row["slope_p_value"]),
            )
            rows.append(Row(cells))
        level = f"{100 * self.conf_level:g}"
        columns = (
            Column("dose", co.shown(self.dose), "left"),
            Column("estimate", say("height")),
            Column("std_error", co.label("std_error")),
            Column("band", say("band", level=level), "center"),
            Column("slope", self._step()),
            Column("slope_error", co.label("std_error")),
            Column("p_value", co.label("p_value")),
        )
        spans = (Spanner(say("curve"), 1, 4), Spanner(say(f"derivative_{self.scale}"), 4, 7))
        said = say("flat", statistic=self.test.statistic, p=self.test.p_value)
        drawn = say("drawn", n=self.draws, unit=co.shown(self.cluster or say("rows")))
        overlap = say(
            "overlap", effective=self.overlap["effective"], n=self.nobs,
            largest=self.overlap["largest"],
        )  # fmt: skip
        return Table(
            "dose-response",
            self._title(),
            columns,
            tuple(rows),
            spans,
            notes=self.notes,
            legend=(co.label("stars"), said, drawn, overlap),
            language=words.language(),
        )

    def plot(self) -> Figure:
        """Return the curve with its pointwise intervals and its simultaneous band."""
        from livelihoods.figures.curve import curve_plot

        values = {name: self.frame[name].to_numpy() for name in self.frame.columns}
        return curve_plot(
            values["dose"],
            values["estimate"],
            values["conf_low"],
            values["conf_high"],
            outer=(values["band_low"], values["band_high"]),
            zero=None,
            id="dose-response",
            title=self._title(),
            x_axis=co.shown(self.dose),
            y_axis=say("axis", outcome=co.shown(self.outcome)),
        )

    def plot_slope(self) -> Figure:
        """Return what one more unit of the dose adds, over the dose."""
        from livelihoods.figures.curve import curve_plot

        values = {name: self.frame[name].to_numpy() for name in self.frame.columns}
        return curve_plot(
            values["dose"],
            values["slope"],
            values["slope_low"],
            values["slope_high"],
            id="dose-slope",
            title=say(
                f"slope_title_{self.scale}",
                dose=co.shown(self.dose),
                outcome=co.shown(self.outcome),
            ),
            x_axis=co.shown(self.dose),
            y_axis=self._step(),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        return {
            "method": "dose_response",
            "formula": self.formula,
            "outcome": self.outcome,
            "dose": self.dose,
            "scale": self.scale,
            "curve": self.frame.to_dicts(),
            "glance": self.glance().row(0, named=True),
            "test": self.test.to_dict(),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        return self.summary().to_text()

    def _step(self) -> str:
        return say(f"slope_{self.scale}")

    def _title(self) -> str:
        return say("title", dose=co.shown(self.dose), outcome=co.shown(self.outcome))


def say(key: str, **values: object) -> str:
    """Return one of the words of dose–response curves."""
    return words.text(f"estimate.dose.{key}", **values)
