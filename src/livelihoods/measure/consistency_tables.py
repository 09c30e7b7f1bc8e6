"""Reliability as tables and a figure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from livelihoods import words
from livelihoods.figures.heat import heat_map
from livelihoods.tables.model import (
    BLANK,
    Cell,
    Column,
    Row,
    Table,
    integer,
    interval,
    number,
    text,
)

if TYPE_CHECKING:
    from livelihoods.figures import Figure
    from livelihoods.measure.consistency import Reliability

_HEADS = ("mean", "std", "item_rest", "alpha_without", "loading")


def reliability_table(found: Reliability) -> Table:
    """Return one line an item and the coefficients at the foot; ``(R)`` marks reversed items."""
    columns = [Column("item", words.text("measure.item"), "left")]
    columns += [Column(name, words.text(f"measure.head_{name}")) for name in _HEADS]
    rows = []
    for line in found.item_rest.to_dicts():
        label = found.labels[line["item"]] + (" (R)" if line["key"] < 0 else "")
        rows.append(Row((text(label), *(number(line[name]) for name in _HEADS))))
    level = f"{100 * found.conf_level:g}"
    lines: list[tuple[str, Cell]] = [
        (words.text("measure.alpha"), number(found.alpha)),
        (
            words.text("measure.alpha_interval", level=level),
            BLANK
            if math.isnan(found.alpha_low)
            else interval(found.alpha_low, found.alpha_high, 3),
        ),
        (words.text("measure.alpha_raw"), number(found.alpha_raw)),
        (words.text("measure.alpha_standardised"), number(found.alpha_standardised)),
        (words.text("measure.omega"), number(found.omega)),
        (words.text("measure.omega_hierarchical"), number(found.omega_hierarchical)),
        (words.text("measure.omega_total"), number(found.omega_total)),
        (words.text("measure.mean_correlation"), number(found.mean_correlation)),
        (words.text("measure.rows"), integer(found.nobs)),
    ]
    empty = [BLANK] * (len(_HEADS) - 1)
    rows += [
        Row((text(label), cell, *empty), "statistic", rule_above=place == 0)
        for place, (label, cell) in enumerate(lines)
        if cell is not BLANK
    ]
    return Table(
        id="reliability",
        title=words.text("measure.reliability_title"),
        columns=tuple(columns),
        rows=tuple(rows),
        notes=found.notes,
        legend=(words.text("measure.reliability_legend"),),
        language=words.language(),
    )


def correlations_table(found: Reliability) -> Table:
    """Return the lower triangle of the correlations between items."""
    names = found.inter_item["item"].to_list()
    columns = [Column("item", words.text("measure.item"), "left")]
    columns += [Column(name, f"({place})") for place, name in enumerate(names, start=1)]
    rows = []
    for place, name in enumerate(names):
        values = found.inter_item.row(place)[1:]
        cells = [number(value) if k <= place else BLANK for k, value in enumerate(values)]
        rows.append(Row((text(f"({place + 1}) {found.labels[name]}"), *cells)))
    return Table(
        id="inter-item",
        title=words.text("measure.inter_item_title"),
        columns=tuple(columns),
        rows=tuple(rows),
        language=words.language(),
    )


def correlations_figure(found: Reliability) -> Figure:
    """Return the correlations as a heat map."""
    names = found.inter_item["item"].to_list()
    labels = [found.labels[name] for name in names]
    return heat_map(
        found.inter_item.select(names).to_numpy(),
        labels,
        labels,
        id="inter-item-map",
        title=words.text("measure.inter_item_title"),
        signed=True,
        limit=1.0,
    )
