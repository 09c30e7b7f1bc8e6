"""An index as a table for a person, and its weights as a figure."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from livelihoods import words
from livelihoods.figures.weights import WeightBar, weights_plot
from livelihoods.tables.model import (
    BLANK,
    Cell,
    Column,
    Row,
    Table,
    integer,
    number,
    text,
)

if TYPE_CHECKING:
    from livelihoods.figures import Figure
    from livelihoods.measure.folder_index import FolderIndex
    from livelihoods.measure.index import Index

    AnyIndex: TypeAlias = Index | FolderIndex


def system_table(index: AnyIndex) -> Table:
    """Return the index system: dimensions, indicators, directions, entropy, weights.

    One weight column a wave when weights are estimated by wave.
    """
    three = any(indicator.sub_dimension for indicator in index.spec.indicators())
    waves = _waves(index)
    columns = [Column("dimension", words.text("measure.dimension"), "left")]
    if three:
        columns.append(Column("sub_dimension", words.text("measure.sub_dimension"), "left"))
    columns.append(Column("indicator", words.text("measure.indicator"), "left"))
    columns.append(Column("direction", words.text("measure.direction"), "center"))
    for wave in waves:
        suffix = f" ({wave})" if wave else ""
        columns.append(Column(f"entropy{suffix}", words.text("measure.entropy") + suffix))
        columns.append(Column(f"weight{suffix}", words.text("measure.weight") + suffix))
        columns.append(
            Column(f"dimension_weight{suffix}", words.text("measure.dimension_weight") + suffix)
        )
    rows = [*_indicator_rows(index, waves, three), *_foot_rows(index, waves, len(columns))]
    return Table(
        id="index-system",
        title=words.text("measure.system_title"),
        columns=tuple(columns),
        rows=tuple(rows),
        notes=index.notes,
        legend=(_legend(index),),
        decimals=4,
        language=words.language(),
    )


def weights_figure(index: AnyIndex) -> Figure:
    """Return the weights as bars; the first wave's when they differ by wave."""
    wave = _waves(index)[0]
    bars = [
        WeightBar(
            index.labels[row["indicator"]],
            part_label(index, row["dimension"]),
            row["weight"],
            row["indicator"],
        )
        for row in _rows_of(index, wave)
    ]
    return weights_plot(bars, title=words.text("measure.weights_title"), notes=index.notes)


def _waves(index: AnyIndex) -> list[str]:
    by = index.spec.by
    if by is None or by not in index.weights.columns:
        return [""]
    return index.weights[by].unique(maintain_order=True).to_list()


def _rows_of(index: AnyIndex, wave: str) -> list[dict[str, Any]]:
    joined = index.weights.with_columns(index.entropy["entropy"])
    by = index.spec.by
    if wave and by is not None:
        joined = joined.filter(joined[by] == wave)
    return joined.to_dicts()


def _indicator_rows(index: AnyIndex, waves: list[str], three: bool) -> list[Row]:
    parts = [_rows_of(index, wave) for wave in waves]
    rows, dimension, sub = [], None, None
    for lines in zip(*parts, strict=True):
        first = lines[0]
        new = first["dimension"] != dimension
        cells = [text(part_label(index, first["dimension"])) if new else BLANK]
        if three:
            fresh = new or first["sub_dimension"] != sub
            cells.append(text(part_label(index, first["sub_dimension"])) if fresh else BLANK)
        cells += [text(index.labels[str(first["indicator"])]), text(_sign(str(first["direction"])))]
        for line in lines:
            cells += [_value(line["entropy"]), _value(line["weight"])]
            cells.append(_value(line["dimension_weight"]) if new else BLANK)
        rows.append(Row(tuple(cells), rule_above=new and dimension is not None))
        dimension, sub = first["dimension"], first["sub_dimension"]
    return rows


def part_label(index: AnyIndex, name: str) -> str:
    """Return the wording of a dimension or sub-dimension, or its name."""
    said = index.spec.labels.get(name, {}).get(words.language())
    return said or index.labels.get(name, name)


def _sign(direction: str) -> str:
    return "−" if direction == "-" else direction


def _value(found: object) -> Cell:
    return number(found if isinstance(found, float) else None)


def _foot_rows(index: AnyIndex, waves: list[str], width: int) -> list[Row]:
    """Return rows used, effective number of indicators, agreement with equal weights."""
    found = index.diagnostics.to_dicts()
    head = width - 3 * len(waves)
    kinds: list[tuple[str, Callable[[dict[str, Any]], Cell]]] = [
        ("measure.rows", lambda row: integer(row["rows"])),
        ("measure.effective_number", lambda row: number(row["effective_number"], 2)),
    ]
    if "mean" in index.diagnostics.columns:
        kinds.append(("measure.mean_score", lambda row: number(row["mean"], 4)))
    if index.spec.scheme() != "equal" and "spearman_equal" in index.diagnostics.columns:
        kinds += [
            ("measure.spearman_equal", lambda row: number(row["spearman_equal"], 3)),
            ("measure.bottom_changed", lambda row: number(100 * row["bottom_quintile_changed"], 1)),
        ]
    rows = []
    for place, (key, cell) in enumerate(kinds):
        cells = [text(words.text(key)), *[BLANK] * (head - 1)]
        for row in found:
            cells += [BLANK, cell(row), BLANK]
        rows.append(Row(tuple(cells), "statistic", rule_above=place == 0))
    return rows


def _legend(index: AnyIndex) -> str:
    spec = index.spec
    return words.text(
        "measure.system_legend",
        scheme=words.text(f"measure.scheme_{spec.scheme()}"),
        levels=words.text("measure.levels_flat" if spec.levels == "flat" else "measure.levels_two"),
    )
