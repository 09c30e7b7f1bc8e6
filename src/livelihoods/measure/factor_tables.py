"""Components as tables and figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livelihoods import words
from livelihoods.figures.heat import heat_map
from livelihoods.figures.scree import scree_plot
from livelihoods.measure.probability import p_text
from livelihoods.tables.model import (
    BLANK,
    Cell,
    Column,
    Row,
    Table,
    integer,
    number,
    percent,
    text,
)

if TYPE_CHECKING:
    from livelihoods.figures import Figure
    from livelihoods.measure.factors import FactorScores


def loadings_table(found: FactorScores) -> Table:
    """Return loadings with communalities and item adequacy; shares and tests at the foot."""
    components = found.components
    columns = (
        Column("item", words.text("measure.item"), "left"),
        *(Column(name, name) for name in components),
        Column("communality", words.text("measure.communality")),
        Column("kmo", "KMO"),
    )
    rows = [
        Row(
            (
                text(found.labels[line["item"]]),
                *(number(line[name]) for name in components),
                number(line["communality"]),
                number(kmo),
            )
        )
        for line, kmo in zip(
            found.loadings.to_dicts(), found.kmo_items["kmo"].to_list(), strict=True
        )
    ]
    return Table(
        id="factor-loadings",
        title=words.text("measure.loadings_title"),
        columns=columns,
        rows=(*rows, *_foot(found, len(columns))),
        notes=found.notes,
        legend=(words.text("measure.loadings_legend"),),
        language=words.language(),
    )


def _foot(found: FactorScores, width: int) -> list[Row]:
    explained = found.explained.to_dicts()
    lines: list[tuple[str, list[Cell]]] = [
        ("measure.sum_of_squares", [number(row["sum_of_squares"]) for row in explained]),
        ("measure.share", [percent(row["share"]) for row in explained]),
        ("measure.cumulative", [percent(row["cumulative"]) for row in explained]),
        ("measure.composite_weight", [number(row["weight"], 4) for row in explained]),
        ("measure.kmo", [number(found.kmo)]),
        ("measure.bartlett", [number(found.bartlett.chi2, 2)]),
        ("measure.bartlett_df", [integer(found.bartlett.df)]),
        ("measure.bartlett_p", [text(p_text(found.bartlett.log_p))]),
        ("measure.rows", [integer(found.nobs)]),
    ]
    return [
        Row(
            (text(words.text(key)), *cells, *[BLANK] * (width - 1 - len(cells))),
            "statistic",
            rule_above=key in ("measure.sum_of_squares", "measure.kmo"),
        )
        for key, cells in lines
    ]


def variance_table(found: FactorScores) -> Table:
    """Return all eigenvalues with shares, beside random ones."""
    heads = ("eigenvalue", "share", "cumulative", "random_mean", "random_95")
    columns = [Column("component", words.text("measure.component"), "left")]
    columns += [Column(name, words.text(f"measure.{name}")) for name in heads]
    rows = []
    for line in found.eigenvalues.to_dicts():
        cells = (
            text(str(line["component"])),
            number(line["eigenvalue"]),
            percent(line["share"]),
            percent(line["cumulative"]),
            number(line["random_mean"]),
            number(line["random_95"]),
        )
        rows.append(Row(cells))
    return Table(
        id="variance-explained",
        title=words.text("measure.variance_title"),
        columns=tuple(columns),
        rows=tuple(rows),
        legend=(words.text("measure.variance_legend"),),
        language=words.language(),
    )


def scree_figure(found: FactorScores) -> Figure:
    """Return the eigenvalues beside the 95th percentile of random ones."""
    return scree_plot(
        found.eigenvalues["eigenvalue"].to_numpy(),
        reference=found.eigenvalues["random_95"].to_numpy(),
        retained=len(found.components),
        title=words.text("measure.scree_title"),
    )


def loadings_figure(found: FactorScores) -> Figure:
    """Return the loadings as a heat map."""
    return heat_map(
        found.loadings.select(found.components).to_numpy(),
        [found.labels[item] for item in found.loadings["item"]],
        found.components,
        id="loadings",
        title=words.text("measure.loadings_title"),
        signed=True,
        limit=1.0,
    )
