"""Monitored households and their cases as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from livelihoods import words
from livelihoods.cooperatives.targeting.monitor_cases import ALERTS
from livelihoods.cooperatives.targeting.monitor_rules import STEPS
from livelihoods.cooperatives.targeting.word import word
from livelihoods.tables import BLANK, Cell, Column, Row, Table, integer, percent, text

if TYPE_CHECKING:
    from datetime import date

    from livelihoods.cooperatives.targeting.monitor_cases import MonitoringCases
    from livelihoods.cooperatives.targeting.monitor_types import MonitoredHouseholds

_STAGES = (
    "identified",
    *STEPS[:-1],
    "eliminated",
    "not_eliminated",
    "rejected",
    "closed",
    "no_date",
)


def types_table(found: MonitoredHouseholds) -> Table:
    """Return one line a type."""
    total = float(found.people["persons"].sum())
    rows = [
        Row(
            (
                text(word(f"type_{row['type']}")),
                integer(row["households"]),
                integer(round(row["persons"])),
                percent(row["persons"] / total if total else None, 2),
            )
        )
        for row in found.people.iter_rows(named=True)
    ]
    columns = (
        Column("type", word("monitor_type"), "left"),
        Column("households", word("monitor_households")),
        Column("persons", word("fair_persons")),
        Column("share", word("share_sign")),
    )
    line, language = found.line, words.language()
    defined = found.rules.per_head
    legend = (
        word("monitor_legend", amount=line.amount, start=str(line.from_), end=str(line.to),
             cut=str(line.cut_date), rules=found.rules.name.get(language, found.rules.id)),
        word("monitor_per_head", text=defined.get(language) or next(iter(defined.values()))),
    )  # fmt: skip
    return Table("monitored-households", word("monitor_title", day=found.day.isoformat()), columns,
                 tuple(rows), notes=found.notes, legend=legend, language=language)  # fmt: skip


def stages_table(found: MonitoringCases) -> Table:
    """Return one line a stage: cases, days since on average, overdue."""
    late = found.alerts.filter(pl.col("alert") == "overdue")["case"].unique().to_list()
    rows = []
    for stage in _STAGES:
        mine = found.cases.filter(pl.col("stage") == stage)
        if mine.height == 0 and stage in ("rejected", "closed", "no_date"):
            continue
        days = mine["days"].median()
        middle = integer(round(float(days))) if isinstance(days, int | float) else BLANK
        overdue = int(mine["case"].is_in(late).sum())
        cells = (text(word(f"step_{stage}")), integer(mine.height), middle, integer(overdue))
        rows.append(Row(cells))
    total = (text(word("total")), integer(found.cases.height), BLANK, integer(len(late)))
    rows.append(Row(total, "total"))
    counts = dict(found.alerts["alert"].value_counts().iter_rows())
    kinds = [kind for kind in ALERTS if kind in counts and kind != "overdue"]
    rows += [
        Row((text(word(f"alert_{kind}")), integer(counts[kind]), BLANK, BLANK), "statistic", not at)
        for at, kind in enumerate(kinds)
    ]
    columns = (
        Column("stage", word("monitor_stage"), "left"),
        Column("cases", word("monitor_cases")),
        Column("days", word("monitor_days")),
        Column("overdue", word("monitor_overdue")),
    )
    title = word("monitor_cases_title", day=found.today.isoformat())
    return Table("monitoring-cases", title, columns, tuple(rows), notes=found.notes,
                 language=words.language())  # fmt: skip


def alerts_table(found: MonitoringCases) -> Table:
    """Return one line a finding."""
    rows = [
        Row(
            (
                text(row["case"]),
                text(word(f"alert_{row['alert']}")),
                text(word(f"step_{row['step']}")),
                _day(row["due"]),
                _day(row["done"]),
                integer(row["days"]),
            )
        )
        for row in found.alerts.iter_rows(named=True)
    ]
    keys = ("case", "alert", "step", "due", "done", "alert_days")
    columns = tuple(Column(key, word(f"monitor_{key}"), "left") for key in keys)
    return Table("monitoring-alerts", word("monitor_alerts_title"), columns, tuple(rows),
                 language=words.language())  # fmt: skip


def _day(value: date | None) -> Cell:
    return BLANK if value is None else text(value.isoformat())
