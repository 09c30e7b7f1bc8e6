"""Registry statistics as tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from livelihoods import words
from livelihoods.cooperatives.statistics.wording import say
from livelihoods.tables import BLANK, Cell, Column, Row, Table, integer, percent, text

if TYPE_CHECKING:
    from livelihoods.cooperatives.statistics.registry import RegistryStatistics


def count(value: float | None) -> Cell:
    """A count that may be unknown."""
    return BLANK if value is None or value != value else integer(round(value))


def levels_table(found: RegistryStatistics) -> Table:
    """Return counts of every year, total first, and the growth of the total below."""
    stock = found.stock
    totals = [stock.total(year) for year in stock.years]
    rows = [Row((text(say("total")), *(count(value) for value in totals)), "total")]
    rows += [
        Row((text(unit or say("no_unit")), *(count(value) for value in line)))
        for unit, line in zip(stock.units, stock.counts.tolist(), strict=True)
    ]
    rates = [percent(rate, 1) for rate in found.growth["rate"].to_list()]
    rows.append(Row((text(say("growth_of_total")), BLANK, *rates), "statistic", True))
    columns = (
        Column("unit", say("unit"), "left"),
        *(Column(str(year), str(year)) for year in stock.years),
    )
    return Table(
        "registry-levels",
        say("levels_title", table=stock.name),
        columns,
        tuple(rows),
        notes=found.notes,
        legend=(say("growth_legend"),),
        language=words.language(),
    )


def period_table(found: RegistryStatistics) -> Table:
    """Return a period: counts, weights, increase, growth, contribution, beyond the common rate."""
    whole = found.glance().row(0, named=True)
    rows = [
        Row(
            (
                text(say("total")),
                count(whole["total"]),
                percent(1.0, 1),
                count(whole["total_base"]),
                percent(1.0, 1),
                count(whole["change"]),
                percent(whole["rate"], 1),
                percent(whole["rate"], 2),
                BLANK,
            ),
            "total",
        )
    ]
    rows += [_line(row) for row in found.frame.iter_rows(named=True)]
    columns = (
        Column("unit", say("unit"), "left"),
        Column("now", str(found.year)),
        Column("share", say("weight", year=found.year)),
        Column("base", str(found.base)),
        Column("share_base", say("weight", year=found.base)),
        Column("change", say("increase")),
        Column("rate", say("growth")),
        Column("contribution", say("contribution")),
        Column("beyond", say("beyond")),
    )
    return Table(
        "registry-period",
        say("period_title", table=found.stock.name, base=found.base, year=found.year),
        columns,
        tuple(rows),
        notes=found.notes,
        legend=(say("period_legend", base=found.base),),
        language=words.language(),
    )


def _no_minus_zero(share: float | None) -> float | None:
    return 0.0 if share is not None and abs(share) < 5e-5 else share


def _line(row: Mapping[str, Any]) -> Row:
    return Row(
        (
            text(row["unit"] or say("no_unit")),
            count(row["now"]),
            percent(row["share"], 1),
            count(row["base"]),
            percent(row["share_base"], 1),
            count(row["change"]),
            percent(row["rate"], 1),
            percent(_no_minus_zero(row["contribution"]), 2),
            count(row["beyond"]),
        )
    )


def ranking_table(found: RegistryStatistics, most: int = 10) -> Table:
    """Return the first by units and the first by rate side by side."""
    orders = [
        found.frame.filter(pl.col(f"rank_{by}") > 0)
        .sort(f"rank_{by}", maintain_order=True)
        .head(most)
        .to_dicts()
        for by in ("units", "rate")
    ]
    rows = []
    for place in range(max((len(order) for order in orders), default=0)):
        one, other = (order[place] if place < len(order) else None for order in orders)
        rows.append(
            Row(
                (
                    *((BLANK,) * 3 if one is None else (
                        integer(one["rank_units"]), text(one["unit"] or say("no_unit")),
                        count(one["change"]))),
                    *((BLANK,) * 4 if other is None else (
                        integer(other["rank_rate"]), text(other["unit"] or say("no_unit")),
                        percent(other["rate"], 1), count(other["base"]))),
                )
            )
        )  # fmt: skip
    columns = (
        Column("rank_units", say("rank_units")),
        Column("unit", say("unit"), "left"),
        Column("change", say("increase")),
        Column("rank_rate", say("rank_rate")),
        Column("unit_rate", say("unit"), "left"),
        Column("rate", say("growth")),
        Column("base", str(found.base)),
    )
    return Table(
        "registry-ranking",
        say("ranking_title", table=found.stock.name, base=found.base, year=found.year),
        columns,
        tuple(rows),
        legend=(say("ranking_legend", least=found.thresholds.small_base),),
        language=words.language(),
    )
