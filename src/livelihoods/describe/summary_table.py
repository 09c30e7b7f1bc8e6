"""Summary statistics as papers print them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livelihoods import words
from livelihoods.describe.group_tables import stars
from livelihoods.describe.layout import slug, word
from livelihoods.tables.model import (
    BLANK,
    Cell,
    Column,
    Row,
    Spanner,
    Table,
    integer,
    number,
    text,
)

if TYPE_CHECKING:
    from livelihoods.describe.summary import Described, SummaryStatistics


def summary_table(found: SummaryStatistics) -> Table:
    """Return all rows with extremes; or, by group, means and deviations beside one another."""
    columns, rows, spanners = _by_group(found) if found.by else _everybody(found)
    legend = []
    if found.weight:
        legend.append(word("legend_weights_means", weight=found.weight))
    if found.differences:
        legend += [word(f"legend_{found.method}"), word("legend_stars")]
    if found.cluster and found.differences:
        legend.append(word("legend_cluster", cluster=found.cluster))
    title = word("summary_by_title", by=found.by_label) if found.by else word("summary_title")
    return Table(
        id=slug("summary", *([found.by] if found.by else [])),
        title=title,
        columns=tuple(columns),
        rows=tuple(rows),
        spanners=tuple(spanners),
        notes=found.notes,
        legend=tuple(legend),
        decimals=3,
        language=words.language(),
    )


def _everybody(found: SummaryStatistics) -> tuple[list[Column], list[Row], list[Spanner]]:
    columns = [
        Column("variable", word("variable"), "left"),
        Column("n", "n"),
        Column("missing", word("missing")),
        Column("mean", word("mean")),
        Column("sd", word("sd")),
        Column("min", word("low")),
        Column("median", word("median")),
        Column("max", word("high")),
    ]
    rows = [
        Row(
            (
                text(one.label),
                integer(one.nobs),
                integer(one.missing),
                number(one.mean),
                number(one.sd),
                number(one.low),
                number(one.median),
                number(one.high),
            )
        )
        for one in found.described
    ]
    return columns, rows, []


def _by_group(found: SummaryStatistics) -> tuple[list[Column], list[Row], list[Spanner]]:
    columns = [Column("variable", word("variable"), "left")]
    spanners = []
    labels = ["", *found.groups]
    for place, group in enumerate(labels):
        start = len(columns)
        columns += [
            Column(f"n_{place}", "n"),
            Column(f"mean_{place}", word("mean")),
            Column(f"sd_{place}", word("sd")),
        ]
        spanners.append(Spanner(group or word("all_rows"), start, start + 3))
    if found.differences:
        columns.append(Column("difference", word("difference")))
    by_variable: dict[str, list[Described]] = {}
    for one in found.described:
        by_variable.setdefault(one.variable, []).append(one)
    rows = []
    for variable, parts in by_variable.items():
        cells: list[Cell] = [text(parts[0].label)]
        for one in parts:
            cells += [integer(one.nobs), number(one.mean), number(one.sd)]
        if found.differences:
            main = found.differences.get(variable)
            cells.append(
                BLANK if main is None else number(main.estimate, stars=stars(main.p_value))
            )
        rows.append(Row(tuple(cells)))
    return columns, rows, spanners
