"""Registry statistics: levels, growth with its base named, contributions, ranks, and questions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods.cooperatives.statistics import measures as ms
from livelihoods.cooperatives.statistics.flags import Thresholds, flags
from livelihoods.cooperatives.statistics.stock import Stock
from livelihoods.cooperatives.statistics.wording import signed
from livelihoods.errors import SpecError
from livelihoods.notes import Note, Where

if TYPE_CHECKING:
    from livelihoods.figures import Figure
    from livelihoods.tables import Table


@dataclass(frozen=True, slots=True)
class RegistryStatistics:
    """Counts of cooperatives and what follows from them.

    Attributes
    ----------
    stock
        The counts.
    base, year
        The period.
    frame
        One row a unit: ``unit, base, now, change, rate, yearly_rate, share_base, share,
        contribution`` (to the growth of the total, as a fraction), ``share_of_change, beyond``
        (units beyond the common rate), ``rank_units, rank_rate`` (1 = largest growth; rates on
        small bases are not ranked), ``small_base``.
    growth
        One row a year but the first: ``year, base, total, rate`` of the total.
    thresholds
        When to ask.
    notes
        What to ask the registry.
    """

    stock: Stock
    base: int
    year: int
    frame: pl.DataFrame
    growth: pl.DataFrame
    thresholds: Thresholds
    notes: tuple[Note, ...] = ()

    def tidy(self) -> pl.DataFrame:
        """Return one row a unit."""
        return self.frame

    def glance(self) -> pl.DataFrame:
        """Return one row: totals of the period, their growth, units."""
        now, then = self.stock.total(self.year), self.stock.total(self.base)
        return pl.DataFrame(
            {
                "table": [self.stock.name],
                "base": [self.base],
                "year": [self.year],
                "total_base": [then],
                "total": [now],
                "change": [now - then],
                "rate": [now / then - 1.0 if then > 0 else None],
                "units": [len(self.stock.units)],
            },
            schema_overrides={"rate": pl.Float64},
        )

    def summary(self) -> Table:
        """Return the period unit by unit, as yearbooks print it."""
        from livelihoods.cooperatives.statistics.registry_tables import period_table

        return period_table(self)

    def levels(self) -> Table:
        """Return the counts of all years with the growth of the total."""
        from livelihoods.cooperatives.statistics.registry_tables import levels_table

        return levels_table(self)

    def ranking(self, most: int = 10) -> Table:
        """Return the largest growth by units and by rate side by side."""
        from livelihoods.cooperatives.statistics.registry_tables import ranking_table

        return ranking_table(self, most)

    def plot(self) -> Figure:
        """Return each unit's contribution to growth; the total over the years if there is none."""
        from livelihoods.cooperatives.statistics.registry_figures import (
            contribution_figure,
            total_figure,
        )

        return contribution_figure(self) if self.stock.units else total_figure(self)

    def plot_total(self) -> Figure:
        """Return the total over the years."""
        from livelihoods.cooperatives.statistics.registry_figures import total_figure

        return total_figure(self)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "method": "registry_statistics",
            "table": self.stock.name,
            "base": self.base,
            "year": self.year,
            "units": self.frame.to_dicts(),
            "growth": self.growth.to_dicts(),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        return self.summary().to_text()


def registry_statistics(
    stock: Stock,
    *,
    base: int | None = None,
    year: int | None = None,
    thresholds: Thresholds | None = None,
) -> RegistryStatistics:
    """Compute growth, contributions and ranks over a period, and flag what looks wrong.

    Parameters
    ----------
    stock
        Counts by unit and year.
    base, year
        The period; the last two years of the table if left out.
    thresholds
        When to ask; see :class:`~livelihoods.cooperatives.statistics.flags.Thresholds`.

    Raises
    ------
    SpecError
        Fewer than two years; a year that is not there; a base not before the year.
    """
    if len(stock.years) < 2:
        raise SpecError("cooperatives.statistics.one_year", table=stock.name)
    last = stock.years[-1] if year is None else year
    earlier = [known for known in stock.years if known < last]
    if base is None and not earlier:
        raise SpecError("cooperatives.statistics.bad_period", base=last, year=last)
    first = earlier[-1] if base is None else base
    if first >= last:
        raise SpecError("cooperatives.statistics.bad_period", base=first, year=last)
    chosen = thresholds or Thresholds()
    frame = _units(stock, first, last, chosen)
    notes = (*flags(stock, chosen), *_ranking_notes(stock, frame, first, last, chosen))
    return RegistryStatistics(stock, first, last, frame, _growth(stock), chosen, notes)


def _units(stock: Stock, base: int, year: int, thresholds: Thresholds) -> pl.DataFrame:
    then, now = stock.counts[:, stock.place(base)], stock.counts[:, stock.place(year)]
    total_then, total_now = stock.total(base), stock.total(year)
    rate = ms.growth(now, then)
    small = then < thresholds.small_base
    whole = total_now - total_then
    common = total_now / total_then - 1.0 if total_then > 0 else math.nan
    columns = {
        "base": then,
        "now": now,
        "change": now - then,
        "rate": rate,
        "yearly_rate": ms.yearly_rate(now, then, year - base),
        "share_base": then / total_then if total_then > 0 else np.full_like(then, np.nan),
        "share": now / total_now if total_now > 0 else np.full_like(now, np.nan),
        "contribution": ms.contributions(now, then, total_then)
        if total_then > 0
        else np.full_like(now, np.nan),
        "share_of_change": (now - then) / whole if whole else np.full_like(now, np.nan),
        "beyond": ms.beyond_common(now, then, common),
    }
    return pl.DataFrame(
        {
            "unit": pl.Series(list(stock.units), dtype=pl.String),
            **{name: pl.Series(values).fill_nan(None) for name, values in columns.items()},
            "rank_units": ms.ranks(now - then),
            "rank_rate": ms.ranks(np.where(small, np.nan, rate)),
            "small_base": small,
        }
    )


def _growth(stock: Stock) -> pl.DataFrame:
    """Growth of the total from each year of the table to the next, the base named."""
    totals = [stock.total(year) for year in stock.years]
    rates = [now / then - 1 if then > 0 else None for then, now in pairwise(totals)]
    return pl.DataFrame(
        {
            "year": list(stock.years[1:]),
            "base": list(stock.years[:-1]),
            "total": totals[1:],
            "rate": rates,
        },
        schema_overrides={"rate": pl.Float64},
    )


def _ranking_notes(
    stock: Stock, frame: pl.DataFrame, base: int, year: int, thresholds: Thresholds
) -> list[Note]:
    """Say where "fastest" depends on the measure, and which rates stand on small bases."""
    found = []
    by_units = frame.filter(pl.col("rank_units") == 1)
    by_rate = frame.filter(pl.col("rank_rate") == 1)
    period = {"table": stock.name, "base": base, "year": year}
    if by_units.height and by_rate.height and by_units["unit"][0] != by_rate["unit"][0]:
        one, other = by_units.row(0, named=True), by_rate.row(0, named=True)
        values = {
            **period,
            "units": one["unit"],
            "change": signed(one["change"], 0),
            "units_rate": f"{signed(100 * one['rate'])} %" if one["rate"] is not None else "–",
            "rate": other["unit"],
            "rate_change": signed(other["change"], 0),
            "rate_rate": f"{signed(100 * other['rate'])} %",
        }
        where = Where((one["unit"], other["unit"]))
        found.append(Note("cooperatives.statistics.two_leaders", "caution", values, where))
    small = frame.filter(pl.col("small_base") & (pl.col("rate").abs() > thresholds.rate))
    if small.height:
        names = small["unit"].to_list()
        values = {**period, "units": names, "least": thresholds.small_base}
        found.append(
            Note("cooperatives.statistics.small_bases", "caution", values, Where(tuple(names)))
        )
    return found
