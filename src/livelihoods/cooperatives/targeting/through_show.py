"""Two-level targeting and matched support as tables and figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from livelihoods import words
from livelihoods.cooperatives.targeting.word import word
from livelihoods.figures import theme
from livelihoods.figures.stacked import stacked_bars
from livelihoods.tables import BLANK, Column, Row, Spanner, Table, integer, number, percent, text

if TYPE_CHECKING:
    from livelihoods.cooperatives.targeting.carried import SupportMatch
    from livelihoods.cooperatives.targeting.level_choice import TwoLevelSelection
    from livelihoods.cooperatives.targeting.through import TwoLevelTargeting
    from livelihoods.figures import Figure

_FEW = 20
# Reached is dark; the further from being reached, the paler.
_TONES = tuple(theme.SEQUENTIAL[place] for place in (4, 3, 2, 1))
_LOST = ("outside", "unchosen", "passed_over")
_STEPS = ("member", "supported", "reached")


def two_level_table(found: TwoLevelTargeting) -> Table:
    """Return the way to the poor, then where the targeting comes from."""
    path, split = found.funnel, found.split
    rows = [Row((text(word("way_poor")), number(path.poor, 0), BLANK))]
    counts = (path.member, path.supported, path.reached)
    for name, count, step in zip(_STEPS, counts, path.steps(), strict=True):
        rows.append(Row((text(word(f"way_{name}")), number(count, 0), percent(step, 1)), indent=1))
    whole = path.reached / path.poor
    rows.append(Row((text(word("way_whole")), BLANK, percent(whole, 1)), "statistic"))
    parts = [
        ("split_money", split.poor_share_of_money),
        ("split_poor", split.share_of_poor),
        ("split_between", float(split.between.sum())),
        ("split_within", float(split.within.sum())),
    ]
    for place, (key, value) in enumerate(parts):
        rows.append(Row((text(word(key)), BLANK, percent(value, 1)), rule_above=place == 0))
    amounts = [("split_gap", split.gap), ("split_gap_between", split.gap_between)]
    amounts.append(("split_gap_within", split.gap_within))
    for place, (key, value) in enumerate(amounts):
        rows.append(Row((text(word(key)), number(value, 2), BLANK), rule_above=place == 0))
    columns = (
        Column("step", word("way_step"), "left"),
        Column("count", word("way_count")),
        Column("share", word("share_sign")),
    )
    return Table(
        "two-level-targeting",
        word("way_title"),
        columns,
        tuple(rows),
        notes=found.notes,
        legend=(word("way_legend"), word("split_legend")),
        language=words.language(),
    )


def funnel_figure(found: TwoLevelTargeting) -> Figure:
    """Return the poor as one bar: reached, and where the others were lost."""
    path = found.funnel
    parts = {
        word("lost_none"): path.reached,
        word("lost_member"): path.supported - path.reached,
        word("lost_supported"): path.member - path.supported,
        word("lost_outside"): path.poor - path.member,
    }
    return stacked_bars(
        {word("way_poor"): parts},
        id="two-level-targeting",
        title=word("way_figure"),
        x_axis=word("way_axis"),
        tones=_TONES,
    )


def match_table(found: SupportMatch) -> Table:
    """Return one line a cooperative, largest support first; many that get nothing share a line."""
    frame = found.tidy()
    few = frame.filter(pl.col("support") <= 0).height <= _FEW
    shown = frame if few else frame.filter(pl.col("support") > 0)
    rest = frame.clear() if few else frame.filter(pl.col("support") <= 0)
    rows = [
        Row(
            (
                text(row["cooperative"]),
                integer(round(row["persons"])),
                integer(round(row["poor"])),
                percent(row["poor"] / row["persons"], 1),
                percent(row["poor_claim"], 1),
                number(row["support"], 2),
            )
        )
        for row in shown.iter_rows(named=True)
    ]
    if rest.height:
        people, poor = (round(float(rest[key].sum())) for key in ("persons", "poor"))
        label = text(word("match_others", n=rest.height))
        share = percent(poor / people if people else None, 1)
        rows.append(Row((label, integer(people), integer(poor), share, BLANK, number(0.0, 2))))
    total = Row(
        (
            text(word("total")),
            integer(round(float(found.members.sum()))),
            integer(round(float(found.poor.sum()))),
            percent(float(found.poor.sum() / found.members.sum()), 1),
            BLANK,
            number(float(found.support.sum()), 2),
        ),
        "total",
    )
    keys = ("cooperative", "persons", "poor", "poor_share", "poor_claim", "support")
    columns = tuple(
        Column(key, word(f"match_{key}"), "left" if key == "cooperative" else "decimal")
        for key in keys
    )
    legend = (word(f"plan_goal_{found.alpha}"), word("match_legend"))
    return Table("matched-support", word("match_title"), columns, (*rows, total),
                 notes=found.notes, legend=legend, language=words.language())  # fmt: skip


def comparison_table(found: SupportMatch) -> Table:
    """Return poverty of the members after this division and after simple ones."""
    rows = [
        Row(
            (
                text(word(f"plan_{row['plan']}")),
                number(row["spent"], 2),
                number(row["to_poor"], 2),
                *(percent(row[f"fgt{alpha}"], 2) for alpha in (0, 1, 2)),
            )
        )
        for row in found.comparison.iter_rows(named=True)
    ]
    columns = (
        Column("plan", word("plan"), "left"),
        Column("spent", word("plan_spent")),
        Column("to_poor", word("plan_to_poor")),
        Column("fgt0", word("plan_fgt0")),
        Column("fgt1", word("plan_fgt1")),
        Column("fgt2", word("plan_fgt2")),
    )
    legend = (word("plan_legend", line=found.need.line),)
    return Table("matched-support-plans", word("match_plans_title"), columns, tuple(rows),
                 legend=legend, language=words.language())  # fmt: skip


def selection_table(found: TwoLevelSelection) -> Table:
    """Return one line a share of cooperatives, then choosing households directly."""
    keys = ("selected", "exclusion", *_LOST, "leakage")
    rows = []
    for row in found.frame.iter_rows(named=True):
        direct = row["cooperatives"] is None
        label = word("level_direct") if direct else word("level", share=100 * row["cooperatives"])
        cells = [text(label), integer(row["chosen"])]
        cells += [percent(row[key], 1) for key in keys]
        rows.append(Row(tuple(cells), rule_above=direct))
    columns = (
        Column("level", word("level_who"), "left"),
        Column("chosen", word("level_chosen")),
        *(Column(key, word(f"level_{key}")) for key in keys),
    )
    legend = (
        word("level_legend", quota=100 * found.quota, poor=100 * found.poor_share),
        word(f"level_by_{found.rank_by}"),
    )
    return Table("two-level-selection", word("level_title"), columns, tuple(rows),
                 spanners=(Spanner(word("level_of_it"), 4, 7),), notes=found.notes, legend=legend,
                 language=words.language())  # fmt: skip


def selection_figure(found: TwoLevelSelection) -> Figure:
    """Return the poor as one bar for each share of cooperatives: selected, and where lost."""
    bars = {}
    for row in found.frame.iter_rows(named=True):
        direct = row["cooperatives"] is None
        label = word("level_direct") if direct else word("level", share=100 * row["cooperatives"])
        parts = {word("level_reached"): max(0.0, 1.0 - row["exclusion"])}
        lost = {word(f"level_short_{key}"): max(0.0, row[key]) for key in reversed(_LOST)}
        bars[label] = parts | lost
    return stacked_bars(bars, id="two-level-selection", title=word("level_figure"),
                        x_axis=word("way_axis"), tones=_TONES)  # fmt: skip
