"""Tables of several treatments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livelihoods import words
from livelihoods.estimate import coefficients as co
from livelihoods.estimate.test_result import Inapplicable
from livelihoods.estimate.treatments.categories import say
from livelihoods.tables import (
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
    from livelihoods.estimate.treatments.result import TreatmentsResult


def effects_table(found: TreatmentsResult) -> Table:
    """Return a row a category: n, mean, effect with error and p; separate effect and error."""
    sizes = dict(found.overlap.select("category", "nobs").iter_rows())
    means = {row["term"]: row for row in found.means.tidy().iter_rows(named=True)}
    effects = {row["term"]: row for row in found.effects.tidy().iter_rows(named=True)}
    separate = {row["term"]: row for row in found.separate.iter_rows(named=True)}
    rows = []
    for name, wording in found.wording.items():
        own, alone = effects.get(name), separate.get(name)
        cells: list[Cell] = [text(wording), integer(sizes[name])]
        cells += [
            number(means[name]["estimate"]),
            number(means[name]["std_error"], wrap="parentheses"),
        ]
        cells += _effect(own) if own else [text("–"), BLANK, BLANK]
        cells += _effect(alone)[:2] if alone else [text("–") if own is None else BLANK, BLANK]
        rows.append(Row(tuple(cells)))
    rows += _below(found)
    shared = (
        Column("category", say("category"), "left"),
        Column("nobs", co.label("nobs")),
        Column("mean", say("mean")),
        Column("mean_error", co.label("std_error")),
        Column("effect", say("effect")),
        Column("effect_error", co.label("std_error")),
        Column("p_value", co.label("p_value")),
        Column("separate", say("effect")),
        Column("separate_error", co.label("std_error")),
    )
    spans = (Spanner(say(f"method_{found.method}"), 2, 7), Spanner(say("separate"), 7, 9))
    population = say(
        "population_focal" if found.focal else f"population_{found.estimand}",
        reference=found.wording[found.reference],
        focal=found.wording.get(found.focal or "", ""),
    )
    legend = [co.label("stars"), co.label("errors_are", vcov=found.vcov.words()), population]
    legend += [say("together_legend")] if found.together is not None else []
    return Table(
        "treatments",
        found.title(),
        shared,
        tuple(rows),
        spans,
        notes=found.notes,
        legend=tuple(legend),
        language=words.language(),
    )


def difference_table(found: TreatmentsResult) -> Table:
    """Return every pair: difference, error, p, Holm's p."""
    rows = tuple(
        Row(
            (
                text(found.wording[row["against"]]),
                text(found.wording[row["group"]]),
                number(None if row["estimate"] is None else -row["estimate"],
                       stars=co.stars(row["p_holm"])),
                number(row["std_error"]),
                p_value(row["p_value"]),
                p_value(row["p_holm"]),
            )
        )
        for row in found.differences.iter_rows(named=True)
    )  # fmt: skip
    columns = (
        Column("group", say("category"), "left"),
        Column("against", words.text("estimate.heterogeneity.against"), "left"),
        Column("estimate", words.text("estimate.heterogeneity.difference")),
        Column("std_error", co.label("std_error")),
        Column("p_value", "p"),
        Column("p_holm", words.text("estimate.heterogeneity.p_holm")),
    )
    return Table(
        "treatments-differences",
        say("differences", outcome=co.shown(found.outcome)),
        columns,
        rows,
        legend=(
            words.text("estimate.heterogeneity.stars_holm"),
            co.label("errors_are", vcov=found.vcov.words()),
        ),
        language=words.language(),
    )


def overlap_table(found: TreatmentsResult) -> Table:
    """Return the overlap of each category."""
    weighted = found.method != "regression"
    rows = tuple(
        Row(
            (
                text(found.wording[row["category"]]),
                integer(row["nobs"]),
                number(row["p_smallest"], 4),
                number(row["p_1"], 4),
                number(row["p_median"], 4),
                percent(row["p_below_1"], 1),
                *((number(row["effective"], 0), percent(row["largest"], 1)) if weighted else ()),
            )
        )
        for row in found.overlap.iter_rows(named=True)
    )
    columns = (
        Column("category", say("category"), "left"),
        Column("nobs", co.label("nobs")),
        Column("p_smallest", say("p_smallest")),
        Column("p_1", say("p_1")),
        Column("p_median", say("p_median")),
        Column("p_below_1", say("p_below_1")),
        *(
            (Column("effective", say("effective")), Column("largest", say("largest")))
            if weighted
            else ()
        ),
    )
    return Table(
        "treatments-overlap",
        say("overlap"),
        columns,
        rows,
        legend=(say("overlap_legend"),),
        language=words.language(),
    )


def _effect(row: dict[str, float]) -> list[Cell]:
    return [
        number(row["estimate"], stars=co.stars(row["p_value"])),
        number(row["std_error"], wrap="parentheses"),
        p_value(row["p_value"]),
    ]


def _below(found: TreatmentsResult) -> list[Row]:
    """The test of equal means, and complementarity."""
    rows: list[Row] = []
    if found.together is not None:
        for row in found.together.tidy().iter_rows(named=True):
            first, second = (co.shown(name) for name in row["term"].split("+", 1))
            name = text(say("together", first=first, second=second))
            cells = (name, BLANK, BLANK, BLANK, *_effect(row), BLANK, BLANK)
            rows.append(Row(cells, "statistic", not rows))
    if isinstance(found.test, Inapplicable):
        line = text(f"{found.test.label}: {found.test.reason}")
        rows.append(Row((line, *[BLANK] * 8), "statistic", not rows))
    else:
        middle = (number(found.test.statistic, 2), BLANK, p_value(found.test.p_value))
        cells = (text(say("equal")), BLANK, BLANK, BLANK, *middle, BLANK, BLANK)
        rows.append(Row(cells, "statistic", not rows))
    return rows
