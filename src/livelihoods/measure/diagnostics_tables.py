"""Index diagnostics as one table and one figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from livelihoods import words
from livelihoods.figures.weights import WeightBar, weights_plot
from livelihoods.tables.model import (
    BLANK,
    Cell,
    Column,
    Row,
    Spanner,
    Table,
    interval,
    number,
    percent,
    text,
)

if TYPE_CHECKING:
    from livelihoods.figures import Figure
    from livelihoods.measure.diagnostics import IndexDiagnostics

_FIXED = (
    "weight",
    "interval",
    "skewness",
    "mean_z",
    "duplicated",
    "row_change",
    "spearman_without",
)


def diagnostics_table(found: IndexDiagnostics) -> Table:
    """Return one line an indicator; versions of the index as columns, compared at the foot."""
    versions = [line for line in found.versions.to_dicts() if line["kind"] != "headline"]
    columns = [Column("indicator", words.text("measure.indicator"), "left")]
    columns += [Column(name, words.text(f"measure.diag_{name}")) for name in _FIXED]
    columns += [Column(line["version"], _version_label(line)) for line in versions]
    weights = found.version_weights.to_dicts()
    rows = []
    for line, row in zip(found.indicators.to_dicts(), weights, strict=True):
        cells = [text(found.labels[line["indicator"]]), number(line["weight"]), _interval(line)]
        cells += [number(line["skewness"], 2), number(line["mean_z"])]
        cells += [number(line["duplicated"]), number(line["row_change"])]
        cells.append(number(line["spearman_without"]))
        cells += [number(row[each["version"]]) for each in versions]
        rows.append(Row(tuple(cells)))
    return Table(
        id="index-diagnostics",
        title=words.text("measure.diagnostics_title"),
        columns=tuple(columns),
        rows=(*rows, *_foot(found, versions)),
        spanners=_spanners(versions),
        notes=found.notes,
        legend=(_legend(found),),
        language=words.language(),
    )


def _version_label(line: dict[str, Any]) -> str:
    if line["kind"] == "shift":
        return f"c = {line['version']}"
    if line["kind"] == "reversed":
        return words.text("measure.diag_reversed")
    return words.text(f"measure.short_{line['version']}")


def _interval(line: dict[str, Any]) -> Cell:
    if line["conf_low"] is None:
        return BLANK
    return interval(line["conf_low"], line["conf_high"], 3)


def _foot(found: IndexDiagnostics, versions: list[dict[str, Any]]) -> list[Row]:
    head = found.versions.to_dicts()[0]
    lines: list[tuple[str, Cell, list[Cell]]] = [
        (
            "effective_number",
            number(head["effective_number"], 2),
            [number(line["effective_number"], 2) for line in versions],
        )
    ]
    lines.append(("rank_with_headline", BLANK, [number(line["spearman"]) for line in versions]))
    lines += [
        (name, BLANK, [percent(line[name], 1) for line in versions])
        for name in ("quintile_changed", "bottom_changed", "top_changed")
    ]
    blank = [BLANK] * (len(_FIXED) - 1)
    return [
        Row(
            (text(words.text(f"measure.diag_{key}")), first, *blank, *cells),
            "statistic",
            rule_above=place == 0,
        )
        for place, (key, first, cells) in enumerate(lines)
    ]


def _spanners(versions: list[dict[str, Any]]) -> tuple[Spanner, ...]:
    start = len(_FIXED) + 1
    spans = [
        Spanner(words.text("measure.diag_this_index"), 1, 3),
        Spanner(words.text("measure.diag_distribution"), 3, 5),
        Spanner(words.text("measure.diag_if"), 5, start),
    ]
    for kinds, key in ((("reversed", "shift"), "diag_variants"), (("scheme",), "diag_schemes")):
        places = [start + j for j, line in enumerate(versions) if line["kind"] in kinds]
        if places:
            spans.append(Spanner(words.text(f"measure.{key}"), places[0], places[-1] + 1))
    return tuple(spans)


def _legend(found: IndexDiagnostics) -> str:
    if not found.replicates:
        return words.text("measure.diag_legend_plain")
    return words.text(
        "measure.diag_legend", level=f"{100 * found.conf_level:g}", replicates=found.replicates
    )


def diagnostics_figure(found: IndexDiagnostics) -> Figure:
    """Return weights with intervals, and those of the other versions as points."""
    shown = [
        line
        for line in found.versions.to_dicts()
        if line["kind"] in ("scheme", "reversed") and line["version"] != "equal"
    ]
    weights = found.version_weights.to_dicts()
    bars = [
        WeightBar(
            label=found.labels[line["indicator"]],
            group=line["dimension"],
            weight=line["weight"],
            name=line["indicator"],
            low=line["conf_low"],
            high=line["conf_high"],
            others={
                _version_label(each): row[each["version"]]
                for each in shown
                if row[each["version"]] is not None
            },
        )
        for line, row in zip(found.indicators.to_dicts(), weights, strict=True)
    ]
    return weights_plot(bars, id="weights-compared", title=words.text("measure.diagnostics_figure"))
