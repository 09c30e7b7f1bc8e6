"""The gap between willingness and behaviour as tables."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

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
    p_value,
    percent,
    text,
)

if TYPE_CHECKING:
    from livelihoods.describe.gap import ItemGap, PairGap


def gap_table(found: ItemGap) -> Table:
    """Return one line a pair: willing, in the gap, means, tests of equal margins."""
    columns = [
        Column("pair", word("gap_pair"), "left"),
        Column("n", "n"),
        Column("willing", word("gap_willing")),
        Column("share_willing", "%"),
        Column("in_gap", word("gap_in_gap")),
        Column("gap", word("gap_of_willing")),
        Column("conf_low", word("gap_low")),
        Column("conf_high", word("gap_high")),
        Column("mean_willing", word("gap_willingness")),
        Column("mean_does", word("gap_behaviour")),
        Column("stuart_maxwell", "Stuart–Maxwell χ²"),
        Column("p", "p"),
        Column("bhapkar", "Bhapkar χ²"),
        Column("p_bhapkar", "p"),
    ]
    level = f"{100 * found.conf_level:g}"
    legend = [
        word("legend_gap", willing=f"{found.willing_from:g}", rarely=f"{found.rarely_to:g}"),
        word("legend_gap_interval", level=level),
        word("legend_homogeneity"),
    ]
    if found.weight:
        legend.append(word("legend_weights", weight=found.weight))
    if found.cluster:
        legend.append(word("legend_cluster", cluster=found.cluster))
    return Table(
        id="item-gap",
        title=word("gap_title"),
        columns=tuple(columns),
        rows=tuple(_pair_row(pair) for pair in found.pairs),
        spanners=(
            Spanner(word("gap_interval", level=level), 6, 8),
            Spanner(word("mean"), 8, 10),
        ),
        notes=found.notes,
        legend=tuple(legend),
        decimals=2,
        language=words.language(),
    )


def _pair_row(pair: PairGap) -> Row:
    cells: list[Cell] = [
        text(pair.name),
        integer(pair.nobs),
        integer(pair.willing),
        percent(pair.share_willing),
        integer(pair.in_gap),
        percent(pair.gap),
        percent(pair.conf_low),
        percent(pair.conf_high),
        number(pair.means[0], 2),
        number(pair.means[1], 2),
    ]
    test = pair.homogeneity
    if test is None:
        cells += [BLANK] * 4
    else:
        cells += [
            number(test.stuart_maxwell, 2),
            p_value(test.p_stuart_maxwell),
            number(test.bhapkar, 2),
            p_value(test.p_bhapkar),
        ]
    return Row(tuple(cells))


def cross_tables(found: ItemGap) -> tuple[Table, ...]:
    """Return willingness (rows) by behaviour (columns) for each pair."""
    return tuple(_cross_table(pair) for pair in found.pairs)


def who_tables(found: ItemGap) -> tuple[Table, ...]:
    """Return, for each pair compared, those in the gap beside the willing who take part."""
    return tuple(
        replace(
            differences.summary(),
            id=slug("who", name),
            title=word("gap_who_title", pair=name),
        )
        for name, differences in found.who.items()
    )


def _cross_table(pair: PairGap) -> Table:
    names = [code_text(code) for code in pair.codes]
    columns = [Column("willingness", word("gap_willingness"), "left")]
    columns += [Column(f"b_{name}", name) for name in names]
    columns.append(Column("total", word("total")))
    rows = [
        Row((text(name), *(integer(int(n)) for n in line), integer(int(line.sum()))))
        for name, line in zip(names, pair.cross, strict=True)
    ]
    foot = pair.cross.sum(axis=0)
    last = (text(word("total")), *(integer(int(n)) for n in foot), integer(pair.nobs))
    rows.append(Row(last, "total", rule_above=True))
    return Table(
        id=slug("gap", pair.name),
        title=word("gap_cross_title", pair=pair.name),
        columns=tuple(columns),
        rows=tuple(rows),
        spanners=(Spanner(word("gap_behaviour"), 1, 1 + len(names)),),
        language=words.language(),
    )
