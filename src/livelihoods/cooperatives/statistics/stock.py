"""How many cooperatives there were: counts by unit (city, sector, village) and year."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from livelihoods.errors import DataError, SpecError
from livelihoods.survey.door import as_survey
from livelihoods.typing import Floats


@dataclass(frozen=True, slots=True)
class Stock:
    """Counts at the end of each year.

    Attributes
    ----------
    name
        What the table is called.
    units, years
        Row names in their order, ``(u,)``; years ascending, ``(t,)``.
    counts
        Shape ``(u, t)``; NaN where not known.
    totals
        As stated by the source, shape ``(t,)``; NaN where the source states none.
    """

    name: str
    units: tuple[str, ...]
    years: tuple[int, ...]
    counts: Floats
    totals: Floats

    def total(self, year: int) -> float:
        """Return the stated total of a year, or the sum of the units; NaN where neither is known.

        Raises
        ------
        SpecError
            A year that is not there.
        """
        place = self.place(year)
        stated = float(self.totals[place])
        if not math.isnan(stated):
            return stated
        return math.fsum(self.counts[:, place].tolist()) if self.units else math.nan

    def place(self, year: int) -> int:
        """Return the column of a year.

        Raises
        ------
        SpecError
            A year that is not there.
        """
        if year not in self.years:
            known = [str(known) for known in self.years]
            raise SpecError(
                "cooperatives.statistics.no_year", year=year, known=known, table=self.name
            )
        return self.years.index(year)


def stock_from_extract(
    data: Any,
    by: str,
    years: Sequence[int] | None = None,
    *,
    opened: str = "registered_on",
    closed: str | None = "ended_on",
    name: str = "",
) -> Stock:
    """Count the cooperatives of a registry extract at the end of each year.

    A cooperative counts at the end of year y if it was registered by 31 December y and had not
    ended by then.

    Parameters
    ----------
    data
        One row a cooperative: a Survey or any frame.
    by
        Column of the units. An empty value is the unit "" and stays visible.
    years
        Which years; from the first registration to the last event if left out.
    opened, closed
        Columns of days (dates, or texts such as 2019-03-01 and 2019/3/1, or years); ``closed`` may
        be None if the extract has none.

    Raises
    ------
    DataError
        A column absent; a day that cannot be read; no cooperative; one that ended before it began.
    """
    frame = as_survey(data).frame
    needed = [by, opened, *([closed] if closed else [])]
    absent = [column for column in needed if column not in frame.columns]
    if absent:
        raise DataError(
            "cooperatives.statistics.no_column", columns=absent, known=list(frame.columns)
        )
    if not frame.height:
        raise DataError("cooperatives.statistics.no_rows")
    begin = _years(frame[opened], opened)
    if None in begin:
        rows = [row for row, year in enumerate(begin) if year is None]
        raise DataError("cooperatives.statistics.no_opening", column=opened, rows=rows)
    end = _years(frame[closed], closed) if closed else [None] * frame.height
    wrong = [r for r, (b, e) in enumerate(zip(begin, end, strict=True)) if e and b and e < b]
    if wrong:
        raise DataError("cooperatives.statistics.ended_before", rows=wrong)
    first = np.array([year or 0 for year in begin])
    last = np.array([9999 if year is None else year for year in end])
    events = [year for year in (*begin, *end) if year is not None]
    wanted = tuple(years) if years is not None else tuple(range(min(events), max(events) + 1))
    if not wanted or list(wanted) != sorted(set(wanted)):
        raise SpecError("cooperatives.statistics.bad_years", years=[str(year) for year in wanted])
    labels = ["" if value is None else str(value) for value in frame[by].to_list()]
    units = tuple(sorted(set(labels)))
    place_of = {unit: place for place, unit in enumerate(units)}
    codes = np.array([place_of[label] for label in labels])
    counts = np.zeros((len(units), len(wanted)))
    for place, year in enumerate(wanted):
        there = (first <= year) & (last > year)
        counts[:, place] = np.bincount(codes[there], minlength=len(units))
    return Stock(name or by, units, wanted, counts, counts.sum(axis=0))


def event_years(data: Any, opened: str, closed: str | None) -> tuple[int, int]:
    """Return the years of the first and the last registration or end in an extract."""
    frame = as_survey(data).frame
    events = [year for name in (opened, closed) if name for year in _years(frame[name], name)]
    known = [year for year in events if year is not None]
    if not known:
        raise DataError("cooperatives.statistics.no_rows")
    return min(known), max(known)


def _years(column: pl.Series, name: str) -> list[int | None]:
    """Return the year of each day; None where the cell is empty."""
    found: list[int | None] = []
    for row, value in enumerate(column.to_list()):
        if value is None or value == "":
            found.append(None)
        elif isinstance(value, date):
            found.append(value.year)
        else:
            text = str(value).strip().removesuffix(".0")
            if not (text[:4].isdigit() and 1900 <= int(text[:4]) <= 2200):
                raise DataError(
                    "cooperatives.statistics.bad_day", column=name, value=str(value), rows=[row]
                )
            found.append(int(text[:4]))
    return found
