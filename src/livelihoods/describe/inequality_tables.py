"""Inequality as tables and as Lorenz curves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from livelihoods import words
from livelihoods.describe.inequality_cells import AMOUNTS, KINDS, LORENZ_POINTS
from livelihoods.describe.layout import slug, word
from livelihoods.errors import SpecError
from livelihoods.figures.curve import curve_plot
from livelihoods.figures.sensitivity import sensitivity_curve
from livelihoods.tables.model import (
    BLANK,
    Cell,
    Column,
    Row,
    Table,
    integer,
    interval,
    number,
    percent,
    text,
)

if TYPE_CHECKING:
    from livelihoods.describe.inequality_cells import Estimate
    from livelihoods.describe.inequality_result import Inequality, Spread
    from livelihoods.figures import Figure

_CURVES = 5


def inequality_tables(found: Inequality) -> tuple[Table, ...]:
    """Return the tables that there is something to print in; never none."""
    amounts = [spread for spread in found.spreads if not spread.kinds]
    kinds = [spread for spread in found.spreads if spread.kinds]
    tables = []
    if amounts:
        tables.append(_amount_table(found, amounts))
    if any(spread.split for spread in amounts):
        tables.append(_split_table(found, amounts))
    if kinds:
        tables.append(_kind_table(found, kinds))
    return tuple(tables)


def _amount_table(found: Inequality, spreads: list[Spread]) -> Table:
    measures = [*AMOUNTS, "esteban_ray"] if found.groups else list(AMOUNTS)
    columns = [Column("variable", word("variable"), "left"), Column("n", "n")]
    columns += [Column(name, word(f"measure_{name}")) for name in measures]
    rows: list[Row] = []
    for spread in spreads:
        cells = [text(_stub(spread)), integer(spread.nobs)]
        rows.append(Row((*cells, *(_value(spread.get(name)) for name in measures))))
        ends = [_ends(spread.get(name)) for name in measures]
        if any(cell is not BLANK for cell in ends):
            rows.append(Row((text(""), BLANK, *ends)))
    legend = [word("legend_inequality"), *_legend(found)]
    if found.groups:
        legend.insert(1, word("legend_ray", alpha=found.alpha, groups=found.groups))
    return _table(found, "inequality", word("inequality_title"), columns, rows, legend)


def _split_table(found: Inequality, spreads: list[Spread]) -> Table:
    keys = ("people", "held", "inside", "between", "within")
    columns = [Column("variable", word("variable"), "left")]
    columns += [Column(key, word(f"split_{key}")) for key in keys]
    rows: list[Row] = []
    for spread in spreads:
        if not spread.split:
            continue
        rows.append(Row((text(_stub(spread)), *[BLANK] * 5), kind="section"))
        for part in spread.split:
            cells = [percent(part.people, 1), percent(part.held, 1), number(part.inside)]
            cells += [number(part.between), number(part.within)]
            rows.append(Row((text(part.group), *cells), indent=1))
        whole = [spread.get(name) for name in ("theil", "theil_between", "theil_within")]
        cells = [percent(1.0, 1), percent(1.0, 1), *(_value(one) for one in whole)]
        rows.append(Row((text(word("split_all")), *cells), kind="total", indent=1))
        share = spread.get("share_between")
        cells = [BLANK, BLANK, BLANK, percent(share.estimate, 1), BLANK]
        rows.append(Row((text(word("split_share")), *cells), indent=1))
    legend = [word("legend_split")]
    title = word("split_title", groups=found.groups)
    return _table(found, "inequality-split", title, columns, rows, legend)


def _kind_table(found: Inequality, spreads: list[Spread]) -> Table:
    columns = [Column("variable", word("variable"), "left"), Column("n", "n")]
    columns += [Column("kinds", word("kinds_count"))]
    columns += [Column(name, word(f"measure_{name}")) for name in KINDS]
    columns.append(Column("largest", word("kinds_largest"), "left"))
    rows: list[Row] = []
    for spread in spreads:
        name, share = spread.kinds[0]
        cells = [text(_stub(spread)), integer(spread.nobs), integer(len(spread.kinds))]
        cells += [_value(spread.get(measure)) for measure in KINDS]
        rows.append(Row((*cells, text(f"{name} ({share:.1%})"))))
        ends = [_ends(spread.get(measure)) for measure in KINDS]
        if any(cell is not BLANK for cell in ends):
            rows.append(Row((text(""), BLANK, BLANK, *ends, BLANK)))
    legend = [word("legend_kinds"), *_legend(found)]
    return _table(found, "diversity", word("diversity_title"), columns, rows, legend)


def _table(
    found: Inequality,
    name: str,
    title: str,
    columns: list[Column],
    rows: list[Row],
    legend: list[str],
) -> Table:
    return Table(
        id=slug(name, found.spreads[0].variable),
        title=title,
        columns=tuple(columns),
        rows=tuple(rows),
        notes=found.notes,
        legend=tuple(legend),
        decimals=3,
        language=words.language(),
    )


def _stub(spread: Spread) -> str:
    return f"{spread.label}: {spread.group}" if spread.group else spread.label


def _value(one: Estimate) -> Cell:
    return number(one.estimate, 1 if one.measure == "effective_number" else 3)


def _ends(one: Estimate) -> Cell:
    if np.isnan(one.low) or np.isnan(one.high):
        return BLANK
    return interval(one.low, one.high, 1 if one.measure == "effective_number" else 3)


def _legend(found: Inequality) -> list[str]:
    level = f"{100 * found.conf_level:g}"
    if found.interval == "bootstrap":
        lines = [word("legend_interval_bootstrap", level=level, draws=found.replicates)]
    else:
        lines = [word("legend_interval_analytic", level=level)]
    if found.cluster:
        lines.append(word("legend_cluster", cluster=found.cluster))
    if found.weight:
        lines.append(word("legend_inequality_weights", weight=found.weight))
    return lines


def inequality_figure(found: Inequality) -> Figure:
    """Return Lorenz curves, or the Gini of each cell in rising order when they are many.

    Raises
    ------
    SpecError
        If nothing but kinds was measured: they have no Lorenz curve.
    """
    drawn = [spread for spread in found.spreads if spread.lorenz is not None]
    if not drawn:
        raise SpecError("describe.no_curve")
    if len(drawn) > _CURVES:
        return _gini_figure(found, drawn)
    curves = {_stub(spread): spread.lorenz for spread in drawn}
    told = "; ".join(f"{_stub(spread)}: {spread.get('gini').estimate:.3f}" for spread in drawn)
    return sensitivity_curve(
        100 * LORENZ_POINTS,
        {word("lorenz_equal"): 100 * LORENZ_POINTS}
        | {name: 100 * np.asarray(curve) for name, curve in curves.items()},
        id=slug("lorenz", found.spreads[0].variable),
        title=word("lorenz_title"),
        x_axis=word("lorenz_x"),
        y_axis=word("lorenz_y"),
        zero=None,
        alt=word("lorenz_alt", listed=told),
    )


def _gini_figure(found: Inequality, drawn: list[Spread]) -> Figure:
    ginis = [spread.get("gini") for spread in drawn]
    order = np.argsort([one.estimate for one in ginis], kind="stable")
    y, low, high = (
        np.array([getattr(ginis[place], name) for place in order])
        for name in ("estimate", "low", "high")
    )
    return curve_plot(
        np.arange(1.0, y.size + 1.0),
        y,
        low,
        high,
        zero=None,
        id=slug("gini", found.spreads[0].variable),
        title=word("gini_title"),
        x_axis=word("gini_x", by=found.by or word("variable")),
        y_axis="Gini",
    )
