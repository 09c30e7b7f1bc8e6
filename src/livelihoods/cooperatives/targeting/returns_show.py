"""Return to poverty as tables and a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livelihoods import words
from livelihoods.cooperatives.targeting.word import word
from livelihoods.figures.sensitivity import sensitivity_curve
from livelihoods.tables import (
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
    from livelihoods.cooperatives.targeting.returns import ReturnToPoverty
    from livelihoods.figures import Figure

_SCORES = (
    "brier", "reference", "skill", "reliability", "resolution", "uncertainty", "within",
    "intercept", "slope",
)  # fmt: skip


def scores_table(found: ReturnToPoverty) -> Table:
    """Return the scores of held-out chances, and of vulnerability from the first wave."""
    rows = []
    for name in _SCORES:
        cells: list[Cell] = [text(word(f"score_{name}"))]
        cells.append(number(getattr(found.calibration, name), 4))
        one = found.one_wave
        cells.append(BLANK if one is None else number(getattr(one, name), 4))
        rows.append(Row(tuple(cells)))
    rows.append(Row((text(word("pmt_auc_falls")), number(found.auc, 4), BLANK)))
    glance = found.glance().to_dicts()[0]
    statistics = (
        ("return_at_risk", integer(glance["at_risk"])),
        ("return_fell", integer(glance["returned"])),
        ("return_rate", percent(glance["rate"], 1)),
    )
    for place, (key, cell) in enumerate(statistics):
        rows.append(Row((text(word(key)), cell, BLANK), "statistic", rule_above=place == 0))
    columns = (
        Column("score", word("score"), "left"),
        Column("held_out", word("score_two_waves")),
        Column("one_wave", word("score_one_wave")),
    )
    first, second = found.waves
    legend = (
        word("score_legend", folds=found.folds, first=first, second=second),
        word("score_parts"),
        *_judged(found),
    )
    return Table("return-to-poverty", word("return_title"), columns, tuple(rows),
                 notes=found.notes, legend=legend, language=words.language())  # fmt: skip


def _judged(found: ReturnToPoverty) -> tuple[str, ...]:
    """Say on how many households the first wave alone is scored, if not on all."""
    if found.one_wave is None:
        return (word("score_no_one_wave"),)
    n = int(found.one_wave.counts.sum())
    return () if n == found.came.size else (word("score_one_wave_n", n=n, of=found.came.size),)


def bins_table(found: ReturnToPoverty) -> Table:
    """Return one line a bin."""
    rows = []
    for row in found.tidy().iter_rows(named=True):
        known = row["conf_low"] is not None and row["conf_low"] == row["conf_low"]
        ends = interval(100 * row["conf_low"], 100 * row["conf_high"], 1) if known else BLANK
        cells = (integer(row["bin"]), integer(row["n"]), percent(row["said"], 1),
                 percent(row["came"], 1), ends)  # fmt: skip
        rows.append(Row(cells))
    level = f"{100 * found.conf_level:g}"
    columns = (
        Column("bin", word("bin")),
        Column("n", "n"),
        Column("said", word("bin_said")),
        Column("came", word("bin_came")),
        Column("interval", word("interval", level=level)),
    )
    return Table("return-calibration", word("return_bins_title"), columns, tuple(rows),
                 language=words.language())  # fmt: skip


def reliability_figure(found: ReturnToPoverty) -> Figure:
    """Return what came over what was said, beside the line on which both agree."""
    bins = found.calibration
    came, same = word("bin_came_line"), word("bin_same_line")
    return sensitivity_curve(
        bins.said,
        {came: bins.came, same: bins.said},
        low={came: bins.low, same: bins.said},
        high={came: bins.high, same: bins.said},
        id="return-reliability",
        title=word("return_figure"),
        x_axis=word("bin_said_axis"),
        y_axis=word("bin_came_axis"),
        zero=None,
    )
