"""Five revitalisations: what is known of each, by whom, and what nobody has shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods.cooperatives.statistics.revival_rules import IndicatorSet, indicator_set
from livelihoods.errors import DataError, SpecError
from livelihoods.notes import Note
from livelihoods.survey.door import as_survey

if TYPE_CHECKING:
    from livelihoods.cooperatives.register import Register
    from livelihoods.figures import Figure
    from livelihoods.tables import Table

_NEEDED = ("unit", "indicator", "day", "quantity", "source")
_SCHEMA = {
    "unit": pl.String,
    "indicator": pl.String,
    "day": pl.Date,
    "quantity": pl.Float64,
    "source": pl.String,
}


@dataclass(frozen=True, slots=True)
class Revitalisation:
    """Evidence of the five revitalisations.

    Attributes
    ----------
    indicators
        What is looked at.
    units
        Everybody of whom evidence was asked, sorted.
    evidence
        One row a unit and indicator with evidence: ``unit, indicator, value, entries, sources``.
    panels
        One row an indicator: ``panel, indicator, asked, shown, value, median, sources``. ``value``
        is the sum over units, or the mean for shares and ratios; null where nobody showed any.
    period
        First and last day that count; None for all.
    notes
        What must be said.
    """

    indicators: IndicatorSet
    units: tuple[str, ...]
    evidence: pl.DataFrame
    panels: pl.DataFrame
    period: tuple[date, date] | None
    notes: tuple[Note, ...]

    def tidy(self) -> pl.DataFrame:
        """Return one row an indicator."""
        return self.panels

    def glance(self) -> pl.DataFrame:
        """Return one row: units, indicators, how much of what was asked is shown."""
        asked = int(self.panels["asked"].sum())
        shown = int(self.panels["shown"].sum())
        silent = int((self.panels["shown"] == 0).sum())
        return pl.DataFrame(
            {
                "units": [len(self.units)],
                "indicators": [self.panels.height],
                "without_evidence": [silent],
                "shown": [shown / asked if asked else None],
            }
        )

    def total(self, weights: Mapping[str, float]) -> pl.DataFrame:
        """Add indicators up with weights that somebody answers for; there is no default.

        Each indicator is first put on 0 to 1 between the smallest and the largest value shown
        (reversed where less is better). A unit without evidence of one of the weighted indicators
        has no total: missing evidence is neither 0 nor the average.

        Parameters
        ----------
        weights
            Indicator -> weight, positive; they are divided by their sum.

        Returns
        -------
        polars.DataFrame
            ``unit, total, missing``, every unit, in the order of ``units``.

        Raises
        ------
        SpecError
            No weights, a weight that is not positive, or an unknown indicator.
        """
        bad = [name for name, weight in weights.items() if not weight > 0]
        if bad or not weights:
            raise SpecError("revitalisation.bad_weights", indicators=bad or ["–"])
        _known(list(weights), self.indicators)
        scaled = {name: self._scaled(name) for name in weights}
        whole = sum(weights.values())
        rows = []
        for unit in self.units:
            missing = [name for name in weights if unit not in scaled[name]]
            points = None
            if not missing:
                points = sum(w * scaled[name][unit] for name, w in weights.items()) / whole
            rows.append({"unit": unit, "total": points, "missing": ", ".join(missing)})
        schema = {"unit": pl.String, "total": pl.Float64, "missing": pl.String}
        return pl.DataFrame(rows, schema=schema)

    def _scaled(self, name: str) -> dict[str, float]:
        mine = self.evidence.filter(pl.col("indicator") == name)
        values = mine["value"].to_numpy()
        if not values.size:
            return {}
        span = float(np.ptp(values))
        place = (values - values.min()) / span if span > 0 else np.full(values.size, 0.5)
        if self.indicators.indicator[name].direction == "-":
            place = 1.0 - place
        return dict(zip(mine["unit"].to_list(), place.tolist(), strict=True))

    def summary(self) -> Table:
        """Return five panels: what was shown, by how many of those asked."""
        from livelihoods.cooperatives.statistics.revival_show import panels_table

        return panels_table(self)

    def profile(self, unit: str) -> Table:
        """Return the five panels of one unit.

        Raises
        ------
        SpecError
            If the unit is none of those asked.
        """
        from livelihoods.cooperatives.statistics.revival_show import profile_table

        if unit not in self.units:
            raise SpecError("revitalisation.unknown_unit", unit=unit)
        return profile_table(self, unit)

    def plot(self) -> Figure:
        """Draw, for each indicator, how many of those asked have shown evidence."""
        from livelihoods.cooperatives.statistics.revival_show import evidence_figure

        return evidence_figure(self)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        return {
            "indicators": self.indicators.id,
            "glance": self.glance().to_dicts()[0],
            "panels": self.panels.to_dicts(),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        """Print the table."""
        return repr(self.summary())


def revitalisation(
    data: Any,
    indicators: IndicatorSet | str | Path = "guangxi-2022",
    *,
    units: Sequence[str] | None = None,
    period: tuple[date, date] | None = None,
) -> Revitalisation:
    """Gather evidence of the five revitalisations, and show what is missing.

    Parameters
    ----------
    data
        One row an entry: ``unit`` (cooperative, village), ``indicator``, ``day``, ``quantity``,
        ``source``.
    indicators
        What is looked at: a packaged id, a local file, or a set.
    units
        Everybody of whom evidence was asked; None takes those in the data, and a note says that
        who showed nothing at all is then not counted.
    period
        First and last day that count.

    Returns
    -------
    Revitalisation

    Raises
    ------
    DataError
        An entry without source, negative, a share outside 0 to 1, columns missing, no entries.
    SpecError
        An indicator that the set does not know; units asked that do not include one with entries.
    """
    chosen = indicators if isinstance(indicators, IndicatorSet) else indicator_set(indicators)
    frame = _entries(data, chosen)
    if period is not None:
        if period[1] < period[0]:
            raise SpecError("revitalisation.bad_period", first=period[0], last=period[1])
        frame = frame.filter(pl.col("day").is_between(*period))
    if not frame.height and units is None:
        raise DataError("revitalisation.no_entries")
    everybody = sorted(set(frame["unit"].to_list() if units is None else units))
    strange = sorted(set(frame["unit"].to_list()) - set(everybody))
    if strange:
        raise SpecError("revitalisation.not_asked", units=strange)
    notes = [] if units is not None else [Note("revitalisation.only_those_shown", "caution")]
    single, disputed = _undisputed(frame)
    if disputed:
        values = {"n": len(disputed), "entries": disputed}
        notes.append(Note("revitalisation.disputed", "warning", values))
    evidence = _evidence(single, chosen)
    panels = _panels(evidence, chosen, len(everybody))
    silent = [
        chosen.indicator[name].said()
        for name in panels.filter(pl.col("shown") == 0)["indicator"].to_list()
    ]
    if silent:
        notes.append(Note("revitalisation.nobody_showed", "warning", {"indicators": silent}))
    return Revitalisation(chosen, tuple(everybody), evidence, panels, period, tuple(notes))


def _entries(data: Any, chosen: IndicatorSet) -> pl.DataFrame:
    survey = as_survey(data)
    absent = [name for name in _NEEDED if name not in survey.frame.columns]
    if absent:
        raise DataError("revitalisation.columns", columns=absent)
    frame = survey.frame.select(_NEEDED)
    if frame["day"].dtype == pl.String:
        frame = frame.with_columns(pl.col("day").str.to_date("%Y-%m-%d", strict=False))
    try:
        frame = frame.cast(pl.Schema(_SCHEMA))
    except pl.exceptions.PolarsError as problem:
        raise DataError("revitalisation.types", problem=str(problem).splitlines()[0]) from None
    _known(frame["indicator"].drop_nulls().unique().sort().to_list(), chosen)
    rows = np.asarray(survey.rows)
    unsourced = frame["source"].is_null() | (frame["source"].str.strip_chars() == "")
    for code, bad in (
        ("unsourced", unsourced),
        ("incomplete", pl.Series(frame.select(pl.any_horizontal(pl.all().is_null())).to_series())),
        ("negative", (frame["quantity"] < 0).fill_null(False)),
    ):
        if bad.any():
            raise _fault(code, rows[bad.to_numpy()])
    shares = [name for name, each in chosen.indicator.items() if each.share]
    over = frame["indicator"].is_in(shares) & (frame["quantity"] > 1)
    if over.any():
        raise _fault("not_a_share", rows[over.to_numpy()])
    return frame


def _fault(code: str, rows: Any) -> DataError:
    listed = [int(row) for row in rows]
    if code == "unsourced":
        return DataError("revitalisation.unsourced", rows=listed)
    if code == "incomplete":
        return DataError("revitalisation.incomplete", rows=listed)
    if code == "negative":
        return DataError("revitalisation.negative", rows=listed)
    return DataError("revitalisation.not_a_share", rows=listed)


def _known(names: Sequence[str], chosen: IndicatorSet) -> None:
    strange = [name for name in names if name not in chosen.indicator]
    if strange:
        known = list(chosen.indicator)
        raise SpecError("revitalisation.unknown_indicator", names=strange, known=known)


def _undisputed(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Return one row a unit, indicator and day; sources that disagree count for nothing."""
    key = ["unit", "indicator", "day"]
    grouped = frame.group_by(key, maintain_order=True).agg(
        pl.col("quantity").first(),
        (pl.col("quantity").n_unique() > 1).alias("disputed"),
        pl.col("source").unique().sort().str.join("; "),
    )
    bad = grouped.filter("disputed").sort(key)
    named = [f"{row[0]}, {row[1]}, {row[2]}" for row in bad.select(key).iter_rows()]
    return grouped.filter(~pl.col("disputed")).drop("disputed").sort(key), named


def _evidence(frame: pl.DataFrame, chosen: IndicatorSet) -> pl.DataFrame:
    rows = []
    for (unit, name), mine in frame.group_by(["unit", "indicator"], maintain_order=True):
        values = mine.sort("day")["quantity"].to_numpy()
        how = chosen.indicator[str(name)].combine
        value = values[-1] if how == "last" else values.mean() if how == "mean" else values.sum()
        sources = "; ".join(mine["source"].unique().sort().to_list())
        rows.append((str(unit), str(name), float(value), int(values.size), sources))
    names = {"unit": pl.String, "indicator": pl.String, "value": pl.Float64, "entries": pl.Int64}
    return pl.DataFrame(rows, schema={**names, "sources": pl.String}, orient="row")


def _panels(evidence: pl.DataFrame, chosen: IndicatorSet, asked: int) -> pl.DataFrame:
    rows = []
    for panel in chosen.panels:
        for name, each in chosen.indicator.items():
            if each.panel != panel:
                continue
            mine = evidence.filter(pl.col("indicator") == name)
            values = mine["value"].to_numpy()
            whole = None
            if values.size:
                whole = float(values.mean() if each.combine == "mean" else values.sum())
            rows.append(
                {
                    "panel": panel,
                    "indicator": name,
                    "asked": asked,
                    "shown": mine.height,
                    "value": whole,
                    "median": float(np.median(values)) if values.size else None,
                    "sources": mine["sources"].n_unique(),
                }
            )
    numbers = {"value": pl.Float64, "median": pl.Float64, "sources": pl.Int64}
    return pl.DataFrame(rows, schema_overrides=numbers)


_ENTRIES = """
SELECT cooperative AS unit, indicator, day, quantity::DOUBLE AS quantity, source FROM activities
WHERE year(day) = $1
UNION ALL
SELECT cooperative, 'assemblies', day, count(*)::DOUBLE, 'assemblies' FROM assemblies
WHERE year(day) = $1 GROUP BY cooperative, day
UNION ALL
SELECT cooperative, 'honours', day, count(*)::DOUBLE, 'awards' FROM awards
WHERE year(day) = $1 AND kind = 'title' GROUP BY cooperative, day
UNION ALL
SELECT cooperative, 'machinery', make_date($1::INTEGER, 12, 31), count(*)::DOUBLE, 'assets'
FROM assets WHERE kind = 'machine' AND year(bought_on) <= $1
  AND (disposed_on IS NULL OR year(disposed_on) > $1) GROUP BY cooperative
"""
_ASKED = """
SELECT cooperative FROM cooperatives
WHERE year(registered_on) <= $1 AND (ended_on IS NULL OR year(ended_on) >= $1) ORDER BY cooperative
"""


def revitalisation_from_register(
    register: Register, year: int, indicators: IndicatorSet | str | Path = "guangxi-2022"
) -> Revitalisation:
    """Gather a year's evidence from the register.

    Entries of the table of activities count with their sources; assemblies held, titles awarded
    and machines owned are counted from their own tables. All cooperatives that existed in the year
    were asked.

    Parameters
    ----------
    register
        An open register.
    year, indicators
        The year, and what is looked at.
    """
    frame = register.frame(_ENTRIES, (year,))
    asked = register.frame(_ASKED, (year,))["cooperative"].to_list()
    return revitalisation(frame, indicators, units=asked)
