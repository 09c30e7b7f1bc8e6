"""The five revitalisations as tables and a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from livelihoods import words
from livelihoods.figures import theme
from livelihoods.figures.stacked import stacked_bars
from livelihoods.tables import BLANK, Cell, Column, Row, Table, integer, number, percent, text

if TYPE_CHECKING:
    from livelihoods.cooperatives.statistics.revival import Revitalisation
    from livelihoods.cooperatives.statistics.revival_rules import Indicator
    from livelihoods.figures import Figure


def _say(key: str, **values: object) -> str:
    return words.text(f"revitalisation.{key}", **values)


def panels_table(found: Revitalisation) -> Table:
    """Return the panels one under the other; an indicator that nobody showed says so."""
    rows = []
    for panel in found.indicators.panels:
        mine = found.panels.filter(pl.col("panel") == panel)
        if not mine.height:
            continue
        rows.append(Row((text(found.indicators.panel(panel)), *[BLANK] * 5), "section"))
        for row in mine.iter_rows(named=True):
            each = found.indicators.indicator[row["indicator"]]
            cells = (
                text(each.said()),
                text(each.measured()),
                integer(row["shown"]),
                percent(row["shown"] / row["asked"] if row["asked"] else None, 1),
                _value(row["value"], each),
                _value(row["median"], each) if row["shown"] else BLANK,
            )
            rows.append(Row(cells, indent=1))
    columns = (
        Column("indicator", _say("indicator"), "left"),
        Column("unit", _say("unit"), "left"),
        Column("shown", _say("shown")),
        Column("share", _say("shown_share")),
        Column("value", _say("value")),
        Column("median", _say("median")),
    )
    legend = [_say("legend", n=len(found.units)), _say("no_total")]
    legend.append(_say("source", source=found.indicators.source))
    if found.period is not None:
        legend.append(_say("period", first=str(found.period[0]), last=str(found.period[1])))
    return Table("revitalisation", _say("title"), columns, tuple(rows), notes=found.notes,
                 legend=tuple(legend), decimals=1, language=words.language())  # fmt: skip


def _value(value: float | None, each: Indicator) -> Cell:
    if value is None:
        return text(_say("missing"))
    if each.combine == "mean":
        return number(value, 2)
    return number(value, 0 if float(value).is_integer() else 1)


def profile_table(found: Revitalisation, unit: str) -> Table:
    """Return the panels of one unit: value, place among those that showed any, sources."""
    rows = []
    own = {
        row["indicator"]: row
        for row in found.evidence.filter(pl.col("unit") == unit).iter_rows(named=True)
    }
    for panel in found.indicators.panels:
        named = [
            (name, each) for name, each in found.indicators.indicator.items() if each.panel == panel
        ]
        if named:
            rows.append(Row((text(found.indicators.panel(panel)), *[BLANK] * 4), "section"))
        for name, each in named:
            row = own.get(name)
            cells = [text(each.said()), text(each.measured())]
            if row is None:
                cells += [text(_say("missing")), BLANK, BLANK]
            else:
                values = found.evidence.filter(pl.col("indicator") == name)["value"]
                better = values > row["value"] if each.direction == "+" else values < row["value"]
                place = int(better.sum()) + 1
                cells += [_value(row["value"], each), text(_say("place", n=place, of=values.len()))]
                cells.append(text(row["sources"]))
            rows.append(Row(tuple(cells), indent=1))
    columns = (
        Column("indicator", _say("indicator"), "left"),
        Column("unit", _say("unit"), "left"),
        Column("value", _say("own_value")),
        Column("place", _say("among"), "left"),
        Column("source", _say("sources"), "left"),
    )
    return Table("revitalisation-profile", _say("profile_title", unit=unit), columns, tuple(rows),
                 legend=(_say("no_total"),), decimals=1, language=words.language())  # fmt: skip


def evidence_figure(found: Revitalisation) -> Figure:
    """Return one bar an indicator: with evidence, without."""
    shown, missing = _say("with_evidence"), _say("without_evidence")
    bars = {}
    for row in found.panels.iter_rows(named=True):
        each = found.indicators.indicator[row["indicator"]]
        label = f"{found.indicators.panel(row['panel'])} · {each.said()}"
        bars[label] = {shown: row["shown"], missing: row["asked"] - row["shown"]}
    return stacked_bars(
        bars,
        id="revitalisation",
        title=_say("figure"),
        categories=(shown, missing),
        tones=(theme.SEQUENTIAL[4], theme.FAINT),
        x_axis=_say("axis"),
    )
