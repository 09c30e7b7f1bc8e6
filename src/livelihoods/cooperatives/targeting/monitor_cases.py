"""The life cycle of a monitored household: reviews, aid, risk eliminated or not; what is late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from livelihoods.cooperatives.targeting.monitor_rules import STEPS, MonitoringRules
from livelihoods.describe.setting import check_columns
from livelihoods.errors import DataError, SpecError
from livelihoods.notes import Note
from livelihoods.survey.door import as_survey

if TYPE_CHECKING:
    from livelihoods.tables import Table

OUTCOMES = ("eliminated", "not_eliminated", "rejected")
ALERTS = ("overdue", "late", "skipped", "out_of_order", "in_future", "no_outcome", "no_date")
_SCHEMA = {
    "case": pl.String,
    "alert": pl.String,
    "step": pl.String,
    "due": pl.Date,
    "done": pl.Date,
    "days": pl.Int64,
}


@dataclass(frozen=True, slots=True)
class MonitoringCases:
    """Cases, where each stands, and what is wrong or late.

    Attributes
    ----------
    cases
        One row a case: ``case, stage, since, days``; the stage is the last step reached, and
        ``"identified"`` before any.
    alerts
        One row a finding: ``case, alert, step, due, done, days``. ``"overdue"``: not done and past
        its deadline; ``"late"``: done after it; ``"skipped"``: a later step is done, this one is
        not; ``"out_of_order"``: done before the step before it; ``"in_future"``: dated after
        today; ``"no_outcome"``: closed without saying how; ``"no_date"``: not dated at all.
    today
        The day on which it was looked.
    notes
        What must be said.
    """

    cases: pl.DataFrame
    alerts: pl.DataFrame
    today: date
    notes: tuple[Note, ...]

    def tidy(self) -> pl.DataFrame:
        """Return one row a finding."""
        return self.alerts

    def glance(self) -> pl.DataFrame:
        """Return one row: cases, closed, overdue."""
        closed = self.cases["stage"].is_in(list(OUTCOMES)).sum()
        overdue = self.alerts.filter(pl.col("alert") == "overdue")["case"].n_unique()
        return pl.DataFrame(
            {
                "today": [self.today],
                "cases": [self.cases.height],
                "closed": [int(closed)],
                "overdue": [int(overdue)],
                "alerts": [self.alerts.height],
            }
        )

    def summary(self) -> Table:
        """Return cases by stage, and how many are late."""
        from livelihoods.cooperatives.targeting.monitor_show import stages_table

        return stages_table(self)

    def alerts_table(self) -> Table:
        """Return every finding, overdue ones first, longest first."""
        from livelihoods.cooperatives.targeting.monitor_show import alerts_table

        return alerts_table(self)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        rows = [
            {key: str(value) if isinstance(value, date) else value for key, value in row.items()}
            for row in self.alerts.to_dicts()
        ]
        return {
            "today": self.today.isoformat(),
            "stages": self.cases["stage"].value_counts(sort=True).sort("stage").to_dicts(),
            "alerts": rows,
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        """Print the table."""
        return repr(self.summary())


def monitoring_cases(
    data: Any,
    rules: MonitoringRules,
    today: date,
    *,
    case: str = "household",
    identified: str = "identified",
    village_review: str = "village_review",
    township_review: str = "township_review",
    aid: str = "aid",
    closed: str = "closed",
    outcome: str = "outcome",
) -> MonitoringCases:
    """Follow cases from identification to the elimination of risk, and list what is late.

    Parameters
    ----------
    data
        One row a case, with dates.
    rules
        Their ``days`` are the deadlines, counted from the last step that is dated; a step without
        one is never overdue, and of the steps not done only the next with a deadline can be.
    today
        The day on which it is looked.
    case, identified, village_review, township_review, aid, closed
        Columns: who, and the day of each step (null: not yet).
    outcome
        Column: ``"eliminated"``, ``"not_eliminated"`` or ``"rejected"`` (not taken in) once closed.

    Raises
    ------
    SpecError
        A column that does not exist; an outcome that is none.
    DataError
        A case that stands twice, or a column that holds no dates.
    """
    survey = as_survey(data)
    columns = {
        "identified": identified, "village_review": village_review,
        "township_review": township_review, "aid": aid, "closed": closed,
    }  # fmt: skip
    check_columns(survey, [case, outcome, *columns.values()])
    frame = survey.frame
    twice = frame.filter(frame[case].is_duplicated())[case].unique().sort().cast(pl.String)
    if twice.len():
        raise DataError("targeting.case_twice", cases=twice.to_list())
    dates = {step: _dates(frame[name], name) for step, name in columns.items()}
    said = frame[outcome].cast(pl.String)
    strange = sorted(set(said.drop_nulls().to_list()) - set(OUTCOMES))
    if strange:
        raise SpecError("targeting.unknown_outcome", values=strange, known=list(OUTCOMES))
    names = frame[case].cast(pl.String).to_list()
    cases, alerts = [], []
    for place, name in enumerate(names):
        mine = {step: column[place] for step, column in dates.items()}
        cases.append({"case": name, **_stage(mine, said[place], today)})
        alerts += [{"case": name, **each} for each in _alerts(mine, said[place], rules, today)]
    rank = {kind: place for place, kind in enumerate(ALERTS)}
    found = pl.DataFrame(alerts, schema=_SCHEMA)
    found = found.sort(
        pl.col("alert").replace_strict(rank, default=len(rank), return_dtype=pl.Int64),
        pl.col("days").fill_null(0),
        descending=[False, True],
        maintain_order=True,
    )
    return MonitoringCases(pl.DataFrame(cases), found, today, _notes(rules))


def _dates(series: pl.Series, name: str) -> list[date | None]:
    if series.dtype == pl.String:
        try:
            series = series.str.to_date("%Y-%m-%d", strict=True)
        except pl.exceptions.InvalidOperationError:
            raise DataError("targeting.not_dates", variable=name, dtype="text") from None
    if series.dtype == pl.Null:
        return [None] * series.len()
    if series.dtype not in (pl.Date, pl.Datetime):
        raise DataError("targeting.not_dates", variable=name, dtype=str(series.dtype))
    return series.cast(pl.Date).to_list()


def _stage(mine: dict[str, date | None], outcome: str | None, today: date) -> dict[str, Any]:
    done = [(step, day) for step, day in mine.items() if day is not None]
    if not done:
        return {"stage": "no_date", "since": None, "days": None}
    step, day = done[-1]
    if step == "closed":
        step = outcome or "closed"
    return {"stage": step, "since": day, "days": (today - day).days}


def _alerts(
    mine: dict[str, date | None], outcome: str | None, rules: MonitoringRules, today: date
) -> list[dict[str, Any]]:
    if all(day is None for day in mine.values()):
        return [_alert("no_date", "identified")]
    found = [
        _alert("in_future", step, done=day, days=(day - today).days)
        for step, day in mine.items()
        if day is not None and day > today
    ]
    reached = [place for place, day in enumerate(mine.values()) if day is not None]
    days = list(mine.values())
    if days[0] is None:
        found.append(_alert("skipped", "identified"))
    before = days[0]
    for place, step in enumerate(STEPS, start=1):
        day, allowed = days[place], rules.days.get(step)
        due = before + timedelta(days=allowed) if before is not None and allowed else None
        if day is None:
            if place < reached[-1]:
                found.append(_alert("skipped", step))
            elif due is not None:
                if due < today:
                    found.append(_alert("overdue", step, due, days=(today - due).days))
                break  # what comes after it cannot be late before it
            continue
        if before is not None and day < before:
            found.append(_alert("out_of_order", step, done=day, days=(before - day).days))
        elif due is not None and day > due:
            found.append(_alert("late", step, due, day, (day - due).days))
        before = day
    if days[-1] is not None and outcome is None:
        found.append(_alert("no_outcome", "closed", done=days[-1]))
    return found


def _alert(
    alert: str,
    step: str,
    due: date | None = None,
    done: date | None = None,
    days: int | None = None,
) -> dict[str, Any]:
    return {"alert": alert, "step": step, "due": due, "done": done, "days": days}


def _notes(rules: MonitoringRules) -> tuple[Note, ...]:
    notes = []
    open_steps = [step for step in STEPS if step not in rules.days]
    if open_steps:
        from livelihoods.cooperatives.targeting.word import word

        named = [word(f"step_{step}") for step in open_steps]
        notes.append(Note("targeting.no_deadline", "caution", {"steps": named}))
    if not rules.verified:
        notes.append(Note("targeting.unverified_deadlines", "warning", {"rules": rules.id}))
    return tuple(notes)
