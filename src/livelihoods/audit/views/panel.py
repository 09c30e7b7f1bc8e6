"""Levels by year or by group as printed: totals, parts, growth, change and weight columns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from livelihoods.audit.grid import Grid
from livelihoods.audit.paper import TableSpec
from livelihoods.audit.printed import Printed

_YEAR = re.compile(r"^(?:19|20)\d\d")
_TOTAL = re.compile(r"^(total|sum|all|合计|总计)\b|^(合计|总计|总数)", re.I)
_GROWTH = re.compile(r"growth|增长率|环比|同比", re.I)
_CHANGE = re.compile(r"^(increase|change|difference|增加|增量)", re.I)
_WEIGHT = re.compile(r"weight|share|proportion|percent|比重|占比", re.I)


@dataclass(frozen=True, slots=True)
class PanelView:
    """A table of levels.

    Attributes
    ----------
    levels
        (row, column) -> printed level, for columns that are years (or neither growth, change nor
        weight) and rows that are not growth.
    level_columns
        Headers of those columns, in order.
    total
        Row label of the total, "" if none.
    parts
        Row labels of the parts.
    growth_rows
        (row, column) -> printed growth rate in per cent.
    change_column, growth_column
        Headers, "" if absent.
    weight_columns
        Header of a weight column -> the level column it goes with.
    others
        (row, column) -> printed number of the change, growth and weight columns.
    """

    spec: TableSpec
    levels: Mapping[tuple[str, str], Printed]
    level_columns: tuple[str, ...]
    total: str
    parts: tuple[str, ...]
    growth_rows: Mapping[tuple[str, str], Printed]
    change_column: str
    growth_column: str
    weight_columns: Mapping[str, str]
    others: Mapping[tuple[str, str], Printed]


def panel_view(grid: Grid, spec: TableSpec) -> PanelView:
    """Read a grid as levels with totals, growth, change and weights."""
    change = next((name for name in grid.columns if _CHANGE.search(name)), "")
    growth = next((name for name in grid.columns if _GROWTH.search(name)), "")
    weights, level_columns = _weights(grid, {change, growth})
    levels: dict[tuple[str, str], Printed] = {}
    rates: dict[tuple[str, str], Printed] = {}
    others: dict[tuple[str, str], Printed] = {}
    rows = []
    for row in grid.rows:
        is_rate = bool(_GROWTH.search(row.label))
        if not is_rate:
            rows.append(row.label)
        for column, cell in zip(grid.columns, row.cells, strict=True):
            if cell.first is None or cell.form != "number":
                continue
            into = rates if is_rate else levels if column in level_columns else others
            into[row.label, column] = cell.first
    total = spec.total or next((label for label in rows if _TOTAL.search(label)), "")
    return PanelView(
        spec,
        levels,
        tuple(level_columns),
        total,
        tuple(label for label in rows if label != total),
        rates,
        change,
        growth,
        weights,
        others,
    )


def year_of(column: str) -> int | None:
    """Return the year a header names."""
    match = _YEAR.match(column)
    return int(match.group()) if match else None


def _weights(grid: Grid, taken: set[str]) -> tuple[dict[str, str], list[str]]:
    """Pair each weight column with the level column on its left."""
    weights: dict[str, str] = {}
    levels: list[str] = []
    for name in grid.columns:
        if name in taken:
            continue
        if _WEIGHT.search(name) and levels:
            weights[name] = levels[-1]
        else:
            levels.append(name)
    return weights, levels
