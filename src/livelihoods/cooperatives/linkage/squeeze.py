"""Is somebody squeezed? Prices and deductions by who sells, matched by product, grade and week.

Who delivers is a common or core member, a non-member, or a related party. Every group is held
against the market's quotation, and common members against each other group within the same
product, grade, unit and week: what the calendar, the quality and the market explain falls out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.cooperatives.linkage.matched import Matched, matched_difference
from livelihoods.cooperatives.linkage.people import members_of, quoted
from livelihoods.notes import Note
from livelihoods.numerics.special import t_critical, t_two_sided
from livelihoods.typing import Bools, Floats, Ints

if TYPE_CHECKING:
    from livelihoods.cooperatives.register import Register
    from livelihoods.figures import Figure
    from livelihoods.tables import Table

GROUPS = ("common", "core", "non_member", "related")
CONTRASTS = (("common", "core"), ("common", "non_member"), ("common", "related"))
OUTCOMES = ("price", "deduction")
# A difference is called a squeeze if it is this large and its interval leaves out zero.
LEAST = {"price": -0.02, "deduction": 0.005}

_ROWS = (
    "SELECT trade, member, coalesce(partner, '') AS partner, product, "
    "coalesce(grade, '') AS grade, unit, date_trunc('week', day) AS week, "
    "min(entry) AS entry, sum(volume) AS volume, "
    "CAST(sum(value_cents) AS BIGINT) AS value, "
    "CAST(sum(coalesce(deduction_cents, 0)) AS BIGINT) AS deduction, "
    "sum(CAST(volume AS DECIMAL(18,6)) * quoted) AS outside, "
    "count(*) FILTER (quoted IS NULL) AS unquoted "
    f"FROM ({quoted('(SELECT * FROM patronage WHERE cooperative = ? AND day BETWEEN ? AND ?)')}) "
    "WHERE volume > 0 AND value_cents > coalesce(deduction_cents, 0) GROUP BY ALL ORDER BY entry"
)


@dataclass(frozen=True, slots=True)
class Squeeze:
    """Prices and deductions of a year by who sells.

    Attributes
    ----------
    cooperative, year
        Which.
    against_market
        One row a group: ``group, sellers, estimate`` (mean log of the net price over the
        quotation), ``std_error, p_value, conf_low, conf_high, deduction`` (share of the value) and
        ``quoted`` (share of rows with a quotation).
    contrasts
        One row an outcome and contrast: ``outcome`` (``"price"``: log points; ``"deduction"``:
        share of the value), ``group, other``, the columns of ``Matched`` and ``squeezed``.
    shortfall_cents
        What common members would have got more, at the price of each other group in the same
        cells; by group.
    by_month
        ``month, group, price`` (mean log against the quotation), ``deduction``, ``rows``.
    notes
        What must be said.
    """

    cooperative: str
    year: int
    against_market: pl.DataFrame
    contrasts: pl.DataFrame
    shortfall_cents: dict[str, int]
    by_month: pl.DataFrame
    notes: tuple[Note, ...]

    def tidy(self) -> pl.DataFrame:
        """Return the matched contrasts."""
        return self.contrasts

    def plot(self) -> Figure:
        """Return prices over the market's by who sells, and the matched contrasts, in percent."""
        from livelihoods.cooperatives.linkage.to_figures import squeeze_figure

        return squeeze_figure(self)

    def summary(self) -> Table:
        """Return the contrasts as a table for a person."""
        from livelihoods.cooperatives.linkage.to_tables import squeeze_table

        return squeeze_table(self)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for a record."""
        return {
            "cooperative": self.cooperative,
            "year": self.year,
            "against_market": self.against_market.to_dicts(),
            "contrasts": self.contrasts.to_dicts(),
            "shortfall_cents": self.shortfall_cents,
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        return self.summary().to_text()


@dataclass(frozen=True, slots=True)
class _Rows:
    """Deliveries as arrays: one row a seller, product, grade, unit and week; shape (n,) each."""

    group: Ints
    cell: Ints
    seller: Ints
    month: Ints
    volume: Floats
    net: Floats
    price: Floats
    deduction: Floats
    gap: Floats


def squeeze_from_register(
    register: Register, cooperative: str, year: int, conf_level: float = 0.95
) -> Squeeze:
    """Compare what different sellers were paid in a year.

    Raises
    ------
    DataError
        If there is no such cooperative, or nobody was a member in the year.
    """
    members, notes = members_of(register, cooperative, year)
    raw = register.frame(_ROWS, [cooperative, date(year, 1, 1), date(year, 12, 31)])
    found = list(notes)
    if raw.is_empty():
        found.append(Note("linkage.no_deliveries", "warning", {"year": year}))
    rows = _arrays(raw, dict(members.select("member", "class").iter_rows()))
    contrasts, shortfall = _contrasts(rows, conf_level)
    for row in contrasts.filter(pl.col("squeezed")).iter_rows(named=True):
        other = words.text(f"linkage.who_{row['other']}")
        values = {"other": other, "by": _told(row["outcome"], row["estimate"])}
        found.append(Note(f"linkage.squeezed_{row['outcome']}", "warning", values))
    unquoted = float(np.isnan(rows.gap).mean()) if rows.gap.size else 0.0
    if unquoted:
        found.append(Note("linkage.unquoted", "caution", {"share": f"{unquoted:.0%}"}))
    return Squeeze(
        cooperative,
        year,
        _against_market(rows, conf_level),
        contrasts,
        shortfall,
        _by_month(rows),
        tuple(found),
    )


def _told(outcome: str, estimate: float) -> str:
    size = -np.expm1(estimate) if outcome == "price" else estimate
    return f"{size:.1%}"


def _arrays(raw: pl.DataFrame, classes: dict[str, str]) -> _Rows:
    groups, sellers = [], []
    for trade, member, partner, entry in raw.select(
        "trade", "member", "partner", "entry"
    ).iter_rows():
        own = classes.get(member, "non_member") if trade == "member" else trade
        groups.append(GROUPS.index(own))
        # Sellers without a name are each their own.
        sellers.append(member or partner or f"#{entry}")
    cells = raw.select(
        pl.concat_str("product", "grade", "unit", pl.col("week").cast(pl.String), separator="\t")
    ).to_series()
    volume = raw["volume"].cast(pl.Float64).to_numpy()
    value = raw["value"].cast(pl.Float64).to_numpy()
    deduction = raw["deduction"].cast(pl.Float64).to_numpy()
    outside = raw["outside"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    outside = np.where(raw["unquoted"].to_numpy() > 0, np.nan, outside)
    net = value - deduction
    return _Rows(
        np.array(groups, dtype=np.int64),
        _codes(cells.to_list()),
        _codes(sellers),
        raw["week"].dt.month().cast(pl.Int64).to_numpy(),
        volume,
        net,
        np.log(net / volume) if net.size else net,
        deduction / value if net.size else net,
        np.log(net / outside) if net.size else net,
    )


def _codes(names: list[str]) -> Ints:
    places: dict[str, int] = {}
    return np.array([places.setdefault(name, len(places)) for name in names], dtype=np.int64)


def _contrasts(rows: _Rows, conf_level: float) -> tuple[pl.DataFrame, dict[str, int]]:
    lines, shortfall = [], {}
    for group, other in CONTRASTS:
        one, two = (rows.group == GROUPS.index(name) for name in (group, other))
        both = one | two
        for outcome, y in zip(OUTCOMES, (rows.price, rows.deduction), strict=True):
            found = matched_difference(
                y[both], one[both], rows.cell[both], rows.seller[both], conf_level
            )
            line = {name: getattr(found, name) for name in _NUMBERS}
            lines.append(
                {
                    "outcome": outcome,
                    "group": group,
                    "other": other,
                    **line,
                    "sellers": found.clusters[0],
                    "other_sellers": found.clusters[1],
                    "squeezed": _squeezed(outcome, found),
                }
            )
        shortfall[other] = _shortfall(rows, one, two)
    types = dict.fromkeys(_NUMBERS[:5], pl.Float64)
    return pl.DataFrame(lines, schema_overrides=types), shortfall


_NUMBERS = ("estimate", "std_error", "p_value", "conf_low", "conf_high", "rows", "cells")


def _squeezed(outcome: str, found: Matched) -> bool:
    if found.estimate is None or found.conf_low is None or found.conf_high is None:
        return False
    if outcome == "price":
        return found.estimate <= LEAST[outcome] and found.conf_high < 0
    return found.estimate >= LEAST[outcome] and found.conf_low > 0


def _shortfall(rows: _Rows, one: Bools, two: Bools) -> int:
    """Return Σ over the group's cells of (other's mean price − own price) · own volume, cents."""
    size = int(rows.cell.max()) + 1 if rows.cell.size else 0
    sums = [
        np.bincount(rows.cell[side], weights=values[side], minlength=size)
        for side in (one, two)
        for values in (rows.net, rows.volume)
    ]
    own_net, own_volume, net, volume = sums
    both = (own_volume > 0) & (volume > 0)
    would = net[both] / volume[both] * own_volume[both]
    return round(float((would - own_net[both]).sum()))


def _against_market(rows: _Rows, conf_level: float) -> pl.DataFrame:
    lines = []
    for place, name in enumerate(GROUPS):
        mine = rows.group == place
        known = mine & ~np.isnan(rows.gap)
        lines.append(
            {
                "group": name,
                "sellers": int(np.unique(rows.seller[mine]).size),
                **_clustered_mean(rows.gap[known], rows.seller[known], conf_level),
                "deduction": float(rows.deduction[mine].mean()) if mine.any() else None,
                "quoted": float(known.sum() / mine.sum()) if mine.any() else None,
            }
        )
    types = dict.fromkeys((*_NUMBERS[:5], "deduction", "quoted"), pl.Float64)
    return pl.DataFrame(lines, schema_overrides=types)


def _clustered_mean(y: Floats, seller: Ints, conf_level: float) -> dict[str, float | None]:
    """Return a mean with its error clustered by seller, G/(G−1)."""
    empty: dict[str, float | None] = dict.fromkeys(_NUMBERS[:5])
    if y.size == 0:
        return empty
    mean = float(y.mean())
    empty["estimate"] = mean
    codes = np.unique(seller, return_inverse=True)[1]
    sums = np.bincount(codes, weights=y - mean)
    groups = sums.size
    if groups < 2:
        return empty
    error = float(np.sqrt(sums @ sums * groups / (groups - 1))) / y.size
    if error == 0.0:
        return empty
    half = t_critical(conf_level, groups - 1.0) * error
    p = float(t_two_sided(mean / error, groups - 1.0))
    return {
        "estimate": mean,
        "std_error": error,
        "p_value": p,
        "conf_low": mean - half,
        "conf_high": mean + half,
    }


def _by_month(rows: _Rows) -> pl.DataFrame:
    lines = []
    for month in range(1, 13):
        for place, name in enumerate(GROUPS):
            mine = (rows.month == month) & (rows.group == place)
            gap = rows.gap[mine & ~np.isnan(rows.gap)]
            if mine.any():
                lines.append(
                    {
                        "month": month,
                        "group": name,
                        "price": float(gap.mean()) if gap.size else None,
                        "deduction": float(rows.deduction[mine].mean()),
                        "rows": int(mine.sum()),
                    }
                )
    types = {"month": pl.Int64, "group": pl.String, "price": pl.Float64}
    types |= {"deduction": pl.Float64, "rows": pl.Int64}
    return pl.DataFrame(lines, schema=types)
