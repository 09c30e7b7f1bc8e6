"""Will there be money in March? Months of cover and the seasonal path of cash, calm and stressed.

Farmers deliver in a few weeks and the cooperative pays, stores and sells over a year, so a
cooperative with a surplus can still run dry. Months are calendar months; flows fall in their month.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.cooperatives.finance.wording import say, within
from livelihoods.errors import DataError
from livelihoods.figures import theme
from livelihoods.figures.model import Figure
from livelihoods.notes import Note
from livelihoods.tables import Column, Row, Table, integer, number, text

if TYPE_CHECKING:
    from livelihoods.typing import Floats


@dataclass(frozen=True, slots=True)
class CashShock:
    """What goes wrong.

    Attributes
    ----------
    income
        Share of the income that is lost, 0 to 1.
    spending
        Share by which spending rises, 0 or more.
    delay
        Whole months by which income comes later; what would fall after the last month is not seen
        within the horizon.
    months
        Which months it hits (from 0); None for all.
    """

    income: float = 0.0
    spending: float = 0.0
    delay: int = 0
    months: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class CashStress:
    """Paths of cash.

    Attributes
    ----------
    months
        Labels, ``(m,)``.
    paths
        Scenario -> balance at the end of each month, ``(m,)``; ``"calm"`` first.
    frame
        One row a scenario: ``scenario, lowest, lowest_month, first_short, months_short,
        credit_needed, closing``.
    opening, floor, credit_line
        Cash at the start; balance below which the cooperative is short; credit that it may draw.
    cover
        Months of spending that the opening cash pays without any income.
    notes
        Findings.
    """

    months: tuple[str, ...]
    paths: Mapping[str, Floats]
    frame: pl.DataFrame
    opening: float
    floor: float
    credit_line: float
    cover: float
    notes: tuple[Note, ...] = ()

    def tidy(self) -> pl.DataFrame:
        """Return one row a scenario and month."""
        return pl.DataFrame(
            {
                "scenario": [name for name in self.paths for _ in self.months],
                "month": [month for _ in self.paths for month in self.months],
                "balance": [float(value) for path in self.paths.values() for value in path],
            }
        )

    def glance(self) -> pl.DataFrame:
        """Return one row: cover, and the worst over the scenarios."""
        return pl.DataFrame(
            {
                "opening": [self.opening],
                "cover": [self.cover],
                "scenarios": [self.frame.height],
                "lowest": [min(self.frame["lowest"].to_list())],
                "credit_needed": [max(self.frame["credit_needed"].to_list())],
            }
        )

    def summary(self) -> Table:
        """Return one line a scenario."""
        rows = tuple(
            Row(
                (
                    text(_named(row["scenario"])),
                    number(row["lowest"], 2),
                    text(row["lowest_month"]),
                    text(row["first_short"] or "–"),
                    integer(row["months_short"]),
                    number(row["credit_needed"], 2),
                    number(row["closing"], 2),
                )
            )
            for row in self.frame.iter_rows(named=True)
        )
        columns = (
            Column("scenario", say("scenario"), "left"),
            Column("lowest", say("lowest")),
            Column("lowest_month", say("lowest_month"), "left"),
            Column("first_short", say("first_short"), "left"),
            Column("months_short", say("months_short")),
            Column("credit_needed", say("credit_needed")),
            Column("closing", say("closing")),
        )
        cover = say("cover_more") if math.isinf(self.cover) else f"{self.cover:.1f}"
        legend = (
            say("cover_legend", opening=f"{self.opening:,.2f}", cover=cover),
            say("floor_legend", floor=f"{self.floor:,.2f}", line=f"{self.credit_line:,.2f}"),
        )
        return Table(
            "cash-stress",
            say("cash_title"),
            columns,
            rows,
            notes=self.notes,
            legend=legend,
            language=words.language(),
        )

    def plot(self) -> Figure:
        """Return the paths, one line a scenario."""
        names = [_named(name) for name in self.paths]
        values = [
            {"scenario": label, "month": month, "place": place, "balance": float(balance)}
            for label, path in zip(names, self.paths.values(), strict=True)
            for place, (month, balance) in enumerate(zip(self.months, path, strict=True))
        ]
        colour = {
            "field": "scenario",
            "type": "nominal",
            "scale": theme.series_scale(names, theme.SERIES),
            "legend": {"columns": theme.legend_columns(names)},
        }
        dash = {
            "field": "scenario",
            "type": "nominal",
            "scale": theme.series_scale(names, theme.DASHES),
        }
        x = {
            "field": "month",
            "type": "ordinal",
            "sort": list(self.months),
            "title": say("month"),
            "axis": {"labelAngle": 0},
        }
        y = {"field": "balance", "type": "quantitative", "title": say("balance")}
        spec = {
            "width": theme.WIDTH - 60,
            "height": 260,
            "data": {"values": values},
            "layer": [
                {
                    "mark": {"type": "line", "point": True},
                    "encoding": {"x": x, "y": y, "color": colour, "strokeDash": dash},
                },
                {
                    "data": theme.ONCE,
                    "mark": {"type": "rule", "strokeDash": [4, 3], "color": theme.SOFT},
                    "encoding": {"y": {"datum": self.floor, "type": "quantitative"}},
                },
            ],
        }
        parts = [
            say("cash_alt_part", scenario=_named(row["scenario"]), lowest=f"{row['lowest']:,.0f}",
                month=row["lowest_month"])
            for row in self.frame.iter_rows(named=True)
        ]  # fmt: skip
        alt = " ".join([say("cash_alt"), *parts])
        return Figure("cash-stress", say("cash_title"), spec, alt, language=words.language())

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "method": "cash_stress",
            "opening": self.opening,
            "floor": self.floor,
            "credit_line": self.credit_line,
            "cover": None if math.isinf(self.cover) else self.cover,
            "months": list(self.months),
            "paths": {name: [float(x) for x in path] for name, path in self.paths.items()},
            "scenarios": self.frame.to_dicts(),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        return self.summary().to_text()


def months_of_cover(cash: float, spending: Floats) -> float:
    """Return how many months the cash pays the coming spending if nothing comes in.

    Parameters
    ----------
    cash
        Money at hand; a negative balance covers nothing.
    spending
        Spending of the coming months, shape ``(m,)``, not negative. A month that is paid in part
        counts by its part.

    Returns
    -------
    float
        Infinity if the cash outlasts the months given.
    """
    left = float(cash)
    if left <= 0:
        return 0.0
    for place, month in enumerate(spending.tolist()):
        if month > left:
            return float(place + left / month)
        left -= month
    return math.inf


def cash_path(opening: float, income: Floats, spending: Floats) -> Floats:
    """Return the balance at the end of each month, shape ``(m,)``."""
    return np.asarray(opening + np.cumsum(income - spending), dtype=np.float64)


def shocked(income: Floats, spending: Floats, shock: CashShock) -> tuple[Floats, Floats]:
    """Return income and spending under a shock, each shape ``(m,)``."""
    m = income.shape[0]
    hit = np.zeros(m, dtype=np.bool_)
    hit[list(range(m)) if shock.months is None else list(shock.months)] = True
    kept = np.where(hit, income * (1.0 - shock.income), income)
    late = np.where(hit, kept, 0.0)
    moved = kept - late
    if shock.delay < m:
        moved[shock.delay :] += late[: m - shock.delay]
    return moved, np.where(hit, spending * (1.0 + shock.spending), spending)


def cash_stress(
    opening: float,
    income: Sequence[float],
    spending: Sequence[float],
    *,
    shocks: Mapping[str, CashShock] | None = None,
    floor: float = 0.0,
    credit_line: float = 0.0,
    months: Sequence[str] | None = None,
) -> CashStress:
    """Follow the cash month by month, calm and under each shock.

    Parameters
    ----------
    opening
        Cash at the start, in any one unit of money.
    income, spending
        Money received and paid in each month, shape ``(m,)``, not negative.
    shocks
        Name -> :class:`CashShock`.
    floor
        Balance below which a month counts as short.
    credit_line
        Credit that may be drawn; a scenario that needs more is a serious note.
    months
        Labels; 1 … m if left out.

    Raises
    ------
    DataError
        Lengths differ; no month; a negative or missing flow.
    SpecError
        A shock outside its bounds.
    """
    inflow, outflow = np.asarray(income, np.float64), np.asarray(spending, np.float64)
    labels = tuple(months) if months is not None else tuple(map(str, range(1, inflow.size + 1)))
    _check(inflow, outflow, labels, shocks or {})
    within("credit_line", credit_line, 0.0, math.inf)
    paths = {"calm": cash_path(opening, inflow, outflow)}
    for name, shock in (shocks or {}).items():
        paths[name] = cash_path(opening, *shocked(inflow, outflow, shock))
    rows = [_scenario(name, path, labels, floor) for name, path in paths.items()]
    cover = months_of_cover(opening, outflow)
    notes = [
        Note(
            "cooperatives.finance.credit_not_enough",
            "serious" if row["scenario"] == "calm" else "caution",
            {
                "scenario": _named(row["scenario"]),
                "needed": f"{row['credit_needed']:,.2f}",
                "line": f"{credit_line:,.2f}",
                "month": row["first_short"],
            },
        )
        for row in rows
        if row["credit_needed"] > credit_line
    ]
    return CashStress(
        labels, paths, pl.DataFrame(rows), opening, floor, credit_line, cover, tuple(notes)
    )


def _scenario(name: str, path: Floats, labels: tuple[str, ...], floor: float) -> dict[str, Any]:
    lowest = int(np.argmin(path))
    short = np.flatnonzero(path < floor)
    return {
        "scenario": name,
        "lowest": float(path[lowest]),
        "lowest_month": labels[lowest],
        "first_short": labels[int(short[0])] if short.size else "",
        "months_short": int(short.size),
        "credit_needed": max(floor - float(path[lowest]), 0.0),
        "closing": float(path[-1]),
    }


def _named(scenario: str) -> str:
    return say("calm") if scenario == "calm" else scenario


def _check(
    income: Floats, spending: Floats, labels: tuple[str, ...], shocks: Mapping[str, CashShock]
) -> None:
    sizes = [income.size, spending.size, len(labels)]
    if len(set(sizes)) > 1 or not income.size:
        raise DataError("cooperatives.finance.months_differ", sizes=[str(size) for size in sizes])
    for name, flow in (("income", income), ("spending", spending)):
        bad = np.flatnonzero(~(np.isfinite(flow) & (flow >= 0)))
        if bad.size:
            raise DataError(
                "cooperatives.finance.bad_month", name=name, months=[labels[i] for i in bad]
            )
    for name, shock in shocks.items():
        within(f"{name}: income", shock.income, 0.0, 1.0)
        within(f"{name}: spending", shock.spending, 0.0, 100.0)
        within(f"{name}: delay", shock.delay, 0, 600)
        for month in shock.months or ():
            within(f"{name}: months", month, 0, income.size - 1)
