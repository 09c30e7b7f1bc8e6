"""A plan of support as tables and a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from livelihoods import words
from livelihoods.cooperatives.targeting.word import word
from livelihoods.describe.layout import slug
from livelihoods.figures.sensitivity import sensitivity_curve
from livelihoods.tables import Column, Row, Table, integer, number, percent, text

if TYPE_CHECKING:
    from livelihoods.cooperatives.targeting.allocation_result import SupportPlan
    from livelihoods.figures import Figure

_POINTS = 200


def plans_table(plan: SupportPlan) -> Table:
    """Return one line a plan: spent, recipients, poverty left."""
    rows = []
    for row in plan.comparison.iter_rows(named=True):
        cells = [text(word(f"plan_{row['plan']}")), number(row["spent"], 2)]
        cells += [integer(round(row["recipients"]))]
        cells += [percent(row[f"fgt{alpha}"], 2) for alpha in (0, 1, 2)]
        rows.append(Row(tuple(cells)))
    columns = (
        Column("plan", word("plan"), "left"),
        Column("spent", word("plan_spent")),
        Column("recipients", word("plan_recipients")),
        Column("fgt0", word("plan_fgt0")),
        Column("fgt1", word("plan_fgt1")),
        Column("fgt2", word("plan_fgt2")),
    )
    legend = [word(f"plan_goal_{plan.alpha}"), word("plan_legend", line=plan.need.line)]
    if plan.grants:
        legend.append(word("plan_legend_grants", sizes=[f"{size:,.2f}" for size in plan.grants]))
    if plan.need.uncertain:
        legend.append(word("plan_legend_expected"))
    return Table(
        "support-plan",
        word("plan_title"),
        columns,
        tuple(rows),
        notes=plan.notes,
        legend=tuple(legend),
        reading=_reading(plan),
        language=words.language(),
    )


def _reading(plan: SupportPlan) -> str:
    by_name = {row["plan"]: row for row in plan.comparison.iter_rows(named=True)}
    key = f"fgt{plan.alpha}"
    measure = word(f"plan_measure_{plan.alpha}")
    return word(
        "plan_reading",
        budget=plan.budget,
        measure=measure,
        before=100 * by_name["none"][key],
        after=100 * by_name["chosen"][key],
        equal=100 * by_name["equal_all"][key],
    )


def fairness_table(plan: SupportPlan, by: str) -> Table:
    """Return one line a group: shares of the poor, the gap and the money."""
    rows = [
        Row(
            (
                text(word("unknown_group") if row["group"] is None else row["group"]),
                number(row["persons"], 0),
                number(row["poor"], 1),
                percent(row["share_of_poor"], 1),
                percent(row["share_of_gap"], 1),
                percent(row["share_of_money"], 1),
                number(row["money_per_poor"], 2),
                percent(row["reached"], 1),
                percent(row["gap_before"], 2),
                percent(row["gap_after"], 2),
            )
        )
        for row in plan.fairness[by].iter_rows(named=True)
    ]
    keys = (
        "persons", "poor", "share_of_poor", "share_of_gap", "share_of_money", "money_per_poor",
        "reached", "gap_before", "gap_after",
    )  # fmt: skip
    head = Column("group", plan.labels[by], "left")
    columns = (head, *(Column(key, word(f"fair_{key}")) for key in keys))
    return Table(
        slug("fairness", by),
        word("fair_title", by=plan.labels[by]),
        columns,
        tuple(rows),
        legend=(word("fair_legend"),),
        language=words.language(),
    )


def plan_figure(plan: SupportPlan) -> Figure:
    """Return consumption before and after over the share of persons, from the poorest up."""
    need = plan.need
    order = np.argsort(need.central, kind="stable")
    share = np.cumsum(need.persons[order]) / need.persons.sum()
    last = min(int(np.searchsorted(need.central[order], 1.2 * need.line)), order.size - 1)
    kept = np.unique(np.linspace(0, last, _POINTS).astype(int))
    before = need.central[order][kept]
    after = before + plan.per_head[order][kept]
    return sensitivity_curve(
        share[kept],
        {word("plan_before"): before, word("plan_after"): after},
        id="support-plan",
        title=word("plan_figure"),
        x_axis=word("plan_share_axis"),
        y_axis=word("plan_money_axis"),
        zero=need.line,
    )
