"""Frequency tables as papers print them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from livelihoods import words
from livelihoods.describe.layout import slug, word
from livelihoods.survey.door import code_text
from livelihoods.tables.model import (
    BLANK,
    Cell,
    Column,
    Row,
    Spanner,
    Table,
    integer,
    number,
    percent,
    text,
)

if TYPE_CHECKING:
    from livelihoods.describe.frequency import Average, FrequencyTable
    from livelihoods.describe.items import Item


def frequency_layout(found: FrequencyTable, layout: Literal["auto", "wide", "long"]) -> Table:
    """Return the table: wide (items in rows) for a battery, long (answers in rows) otherwise."""
    from livelihoods.describe.frequency import one_scale

    shared = one_scale(found.items)
    wide = layout == "wide" or (layout == "auto" and len(found.items) > 1)
    return _wide(found) if wide and shared else _long(found)


def _finish(
    found: FrequencyTable, columns: list[Column], rows: list[Row], spanners: list[Spanner]
) -> Table:
    legend = [word("legend_shares")]
    if found.weight:
        legend.append(word("legend_weights", weight=found.weight))
    return Table(
        id=slug("frequency", *[item.name for item in found.items[:2]]),
        title=found.title or word("frequency_title"),
        columns=tuple(columns),
        rows=tuple(rows),
        spanners=tuple(spanners),
        notes=found.notes,
        legend=tuple(legend),
        decimals=2,
        language=words.language(),
    )


def _answer_label(item: Item, k: int) -> str:
    code, label = code_text(item.codes[k]), item.code_labels[k]
    return label if code == label else f"{label} = {code}"


def _wide(found: FrequencyTable) -> Table:
    first = found.items[0]
    with_mean = any(item.mean is not None for item in found.items)
    columns, spanners = [Column("item", word("item"), "left")], []
    for k, code in enumerate(first.codes):
        key, start = code_text(code), len(columns)
        columns += [Column(f"n_{key}", word("count")), Column(f"share_{key}", "%")]
        spanners.append(Spanner(_answer_label(first, k), start, start + 2))
    columns.append(Column("valid", word("valid")))
    if with_mean:
        columns.append(Column("mean", word("mean")))
    rows = [_item_row(item, with_mean) for item in found.items]
    if found.average is not None:
        rows.append(_average_row(found.average, len(found.items), with_mean))
    return _finish(found, columns, rows, spanners)


def _item_row(item: Item, with_mean: bool) -> Row:
    cells = [text(item.label)]
    for k in range(len(item.codes)):
        cells += [integer(int(item.counts[k])), percent(float(item.shares[k]))]
    cells.append(integer(item.valid))
    if with_mean:
        cells.append(number(item.mean, 2))
    return Row(tuple(cells))


def _average_row(average: Average, items: int, with_mean: bool) -> Row:
    key = "average_shares" if average.over == "shares" else "average_counts"
    cells = [text(word(key, n=items))]
    for count, share in zip(average.counts, average.shares, strict=True):
        cells += [number(float(count), 1), percent(float(share))]
    cells.append(BLANK)
    if with_mean:
        cells.append(number(average.mean, 2))
    return Row(tuple(cells), "total", rule_above=True)


def _long(found: FrequencyTable) -> Table:
    columns = [
        Column("answer", word("answer"), "left"),
        Column("count", word("count")),
        Column("share", "%"),
        Column("cumulative", word("cumulative")),
    ]
    rows: list[Row] = []
    for item in found.items:
        rows.append(Row((text(item.label), BLANK, BLANK, BLANK), "section", rule_above=bool(rows)))
        running = 0.0
        for k in range(len(item.codes)):
            share = float(item.shares[k])
            running = min(running + share, 1.0)
            cells = (
                text(_answer_label(item, k)),
                integer(int(item.counts[k])),
                percent(share),
                percent(running) if item.ordered else BLANK,
            )
            rows.append(Row(cells, indent=1))
        rows += _statistic_rows(item)
    return _finish(found, columns, rows, [])


def _statistic_rows(item: Item) -> list[Row]:
    lines: list[tuple[str, Cell]] = [(word("valid"), integer(item.valid))]
    if item.missing:
        lines.append((word("missing"), integer(item.missing)))
    if item.mean is not None:
        lines.append((word("mean"), number(item.mean, 2)))
    if item.bands is not None:
        lines.append((word("median_band"), text(item.code_labels[item.bands.median_band])))
        lines.append((word("median_money"), number(item.bands.median, 0)))
        for fit in item.bands.fits:
            lines.append((word(f"mean_{fit.law}"), number(fit.mean, 0)))
            lines.append((word("mean_se"), number(fit.mean_se, 0, wrap="parentheses")))
    return [Row((text(label), cell, BLANK, BLANK), "statistic", indent=1) for label, cell in lines]
