"""The common-method check as a table and a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livelihoods import words
from livelihoods.figures.scree import scree_plot
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
    from livelihoods.figures import Figure
    from livelihoods.measure.common_method import CommonMethod


def common_method_table(found: CommonMethod) -> Table:
    """Return the alike questions, and below them shares, fits and correlations."""
    columns = (
        Column("regressor", words.text("measure.alike_regressor"), "left"),
        Column("outcome", words.text("measure.alike_outcome"), "left"),
        Column("likeness", words.text("measure.alike_likeness")),
        Column("shared", words.text("measure.alike_shared"), "left"),
    )
    rows = [
        Row(
            (
                text(found.labels[line["regressor_item"]]),
                text(found.labels[line["outcome_item"]]),
                number(line["likeness"], 2),
                text(", ".join(line["shared"])),
            )
        )
        for line in found.pairs.to_dicts()
    ]
    if not rows:
        rows = [Row((text(words.text("measure.alike_none")), BLANK, BLANK, BLANK))]
    return Table(
        id="common-method",
        title=words.text("measure.alike_title"),
        columns=columns,
        rows=(*rows, *_foot(found)),
        notes=found.notes,
        legend=(words.text("measure.alike_legend", level=f"{100 * found.conf_level:g}"),),
        language=words.language(),
    )


def _foot(found: CommonMethod) -> list[Row]:
    lines: list[tuple[str, Cell, Cell]] = [
        (words.text("measure.harman"), percent(found.harman, 1), BLANK)
    ]
    for fit in found.fits.to_dicts():
        label = words.text("measure.fit_factors", k=fit["factors"])
        shown = f"RMSEA {fit['rmsea']:.3f}, CFI {fit['cfi']:.3f}, SRMR {fit['srmr']:.3f}"
        lines.append((f"{label}: χ²({fit['df']})", number(fit["chi2"], 2), text(shown)))
    r, low, high = found.correlation
    lines.append((words.text("measure.association"), number(r), interval(low, high, 3)))
    if found.correlation_without is not None:
        r, low, high = found.correlation_without
        label = words.text("measure.association_without")
        lines.append((label, number(r), interval(low, high, 3)))
    lines.append((words.text("measure.rows"), integer(found.nobs), BLANK))
    return [
        Row((text(label), BLANK, first, second), "statistic", rule_above=place == 0)
        for place, (label, first, second) in enumerate(lines)
    ]


def eigenvalue_figure(found: CommonMethod) -> Figure:
    """Return the eigenvalues of all items together."""
    return scree_plot(found.eigenvalues, title=words.text("measure.alike_scree"), id="eigenvalues")
