"""Monitored households (防返贫监测对象): which type, by which line, and what cannot be judged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods.cooperatives.targeting.monitor_rules import MonitoringLine, MonitoringRules
from livelihoods.describe.setting import Setting, check_columns
from livelihoods.errors import SpecError
from livelihoods.notes import Note, Where
from livelihoods.survey.door import as_survey

if TYPE_CHECKING:
    from livelihoods.survey.model import Survey
    from livelihoods.tables import Table
    from livelihoods.typing import Bools, Floats

TYPES = ("unstable", "marginal", "sudden", "to_review", "none", "not_judged")


@dataclass(frozen=True, slots=True)
class MonitoredHouseholds:
    """Households by type of monitoring.

    Attributes
    ----------
    frame
        One row a household: ``row, income, type, reason``. Types: ``"unstable"`` (formerly poor),
        ``"marginal"`` (other households), both below the line or with income named unstable;
        ``"sudden"`` (above the line, severe event); ``"to_review"`` (an event, and no rule or
        number by which it can be judged); ``"none"``; ``"not_judged"``.
    line, rules, day
        The line in force on the day, and the rules it comes from.
    people
        Persons by type.
    notes
        What must be said.
    """

    frame: pl.DataFrame
    line: MonitoringLine
    rules: MonitoringRules
    day: date
    people: pl.DataFrame
    notes: tuple[Note, ...]

    def tidy(self) -> pl.DataFrame:
        """Return one row a type: households and persons."""
        return self.people

    def glance(self) -> pl.DataFrame:
        """Return one row: day, line, households, monitored."""
        monitored = self.frame["type"].is_in(["unstable", "marginal", "sudden"]).sum()
        return pl.DataFrame(
            {
                "day": [self.day],
                "line": [self.line.amount],
                "cut_date": [self.line.cut_date],
                "verified": [self.line.verified and self.rules.verified],
                "households": [self.frame.height],
                "monitored": [int(monitored)],
            }
        )

    def summary(self) -> Table:
        """Return households and persons by type."""
        from livelihoods.cooperatives.targeting.monitor_show import types_table

        return types_table(self)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        row = self.glance().to_dicts()[0]
        plain = {
            key: str(value) if isinstance(value, date) else value for key, value in row.items()
        }
        notes = [note.to_dict() for note in self.notes]
        return {"glance": plain, "types": self.people.to_dicts(), "notes": notes}

    def __repr__(self) -> str:
        """Print the table."""
        return repr(self.summary())


def monitored_households(
    data: Any,
    rules: MonitoringRules,
    on: date,
    *,
    income: str,
    ex_poor: str,
    unstable: str | None = None,
    event: str | None = None,
    rigid_spending: str | None = None,
    income_before: str | None = None,
    persons: str | None = None,
) -> MonitoredHouseholds:
    """Find the households to be monitored, and of which type.

    Parameters
    ----------
    data
        A survey, register extract or frame, one row a household.
    rules
        From :func:`monitoring_rules`; the line in force ``on`` the day is used.
    on
        The day of judgement.
    income
        Income per head as the rules define it (``rules.per_head``).
    ex_poor
        0/1: formerly registered poor.
    unstable
        0/1: income named unstable by the village although not below the line.
    event
        What happened: one of ``rules.sudden.events``; null for nothing.
    rigid_spending
        Spending per head that cannot be put off, in the year of ``income``.
    income_before
        Income per head a year earlier.
    persons
        Household sizes; None counts households.

    Raises
    ------
    SpecError
        No line on the day, a column that does not exist, events the rules do not know.
    """
    line = rules.line_on(on)
    survey = as_survey(data)
    optional = (unstable, event, rigid_spending, income_before, persons)
    check_columns(survey, [income, ex_poor, *(name for name in optional if name)])
    where = Setting(survey)

    def column(name: str | None) -> Floats:
        return np.full(survey.frame.height, np.nan) if name is None else where.numbers(name)

    money, former = column(income), column(ex_poor)
    happened = _events(survey, event, rules)
    severe, measured = _severe(money, column(rigid_spending), column(income_before), rules)
    low = (money < line.amount) | (column(unstable) == 1)
    judged = ~np.isnan(money) & ~np.isnan(former)
    kinds = np.select(
        [~judged, low & (former == 1), low, happened & severe, happened & ~measured],
        ["not_judged", "unstable", "marginal", "sudden", "to_review"],
        "none",
    )
    reasons = np.select(
        [~judged, money < line.amount, low, happened & severe, happened & ~measured],
        ["unknown", "below_line", "unstable", "severe", "no_measure"],
        "",
    )
    frame = pl.DataFrame(
        {"row": survey.rows, "income": money, "type": kinds, "reason": reasons}, nan_to_null=True
    )
    heads = np.nan_to_num(column(persons), nan=0.0) if persons else np.ones(money.size)
    return MonitoredHouseholds(
        frame, line, rules, on, _people(kinds, heads), _notes(frame, line, rules)
    )


def _events(survey: Survey, event: str | None, rules: MonitoringRules) -> Bools:
    if event is None:
        return np.zeros(survey.frame.height, dtype=np.bool_)
    series = survey.frame[event].cast(pl.String)
    strange = series.drop_nulls().unique().sort().to_list()
    strange = [name for name in strange if name not in rules.sudden.events]
    if strange:
        raise SpecError(
            "targeting.unknown_event", column=event, events=strange, known=list(rules.sudden.events)
        )
    return series.is_not_null().to_numpy()


def _severe(
    money: Floats, rigid: Floats, before: Floats, rules: MonitoringRules
) -> tuple[Bools, Bools]:
    """Return who passes a threshold, and for whom a threshold and its number exist."""
    none = np.zeros(money.size, dtype=np.bool_)
    severe, measured = none.copy(), none.copy()
    with np.errstate(divide="ignore", invalid="ignore"):
        if rules.sudden.rigid_share is not None:
            share = np.where(money > 0, rigid / money, np.where(rigid > 0, np.inf, np.nan))
            measured |= ~np.isnan(share)
            severe |= share >= rules.sudden.rigid_share
        if rules.sudden.income_fall is not None:
            fall = np.where(before > 0, 1 - money / before, np.nan)
            measured |= ~np.isnan(fall)
            severe |= fall >= rules.sudden.income_fall
    return severe, measured


def _people(kinds: Any, heads: Floats) -> pl.DataFrame:
    rows = []
    for name in TYPES:
        mine = kinds == name
        rows.append(
            {"type": name, "households": int(mine.sum()), "persons": float(heads[mine].sum())}
        )
    return pl.DataFrame(rows)


def _notes(frame: pl.DataFrame, line: MonitoringLine, rules: MonitoringRules) -> tuple[Note, ...]:
    notes = []
    if not (line.verified and rules.verified):
        values = {"amount": line.amount, "source": line.source}
        notes.append(Note("targeting.unverified_line", "serious", values))
    for kind, code in (("not_judged", "monitor_unknown"), ("to_review", "monitor_review")):
        rows = tuple(frame.filter(pl.col("type") == kind)["row"].to_list())
        if rows:
            values = {"n": len(rows), "rows": list(rows)}
            notes.append(Note(f"targeting.{code}", "warning", values, Where((), rows)))
    return tuple(notes)
