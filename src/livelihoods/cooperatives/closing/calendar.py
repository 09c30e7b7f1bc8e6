"""The filing calendar: what a cooperative owes for a year, by when, and whether it is done.

Duties and their days are data (``rules/calendar/*.toml``); what is done stands in the register.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from livelihoods import words
from livelihoods.cooperatives.closing.to_tables import law, say
from livelihoods.cooperatives.rulebook import rules_for
from livelihoods.errors import DataError
from livelihoods.notes import Note
from livelihoods.tables import Column, Row, Table, text

if TYPE_CHECKING:
    from livelihoods.cooperatives.register import Register

State = Literal["done", "late", "open", "overdue", "no_date"]


@dataclass(frozen=True, slots=True)
class Duty:
    """One duty of a year.

    Attributes
    ----------
    id, article, verified
        Which, where it stands, and whether its day was read in the primary text.
    text
        Wording by language.
    due
        Last day; None where it hangs on an assembly that has no day yet.
    done_on
        Day it was done; None if the register does not show it.
    state
        ``"done"``, ``"late"`` (done after its day), ``"open"``, ``"overdue"``, ``"no_date"``.
    """

    id: str
    article: str
    verified: bool
    text: Mapping[str, str]
    due: date | None
    done_on: date | None
    state: State


@dataclass(frozen=True, slots=True)
class Calendar:
    """The duties of a cooperative for one year, as of a day."""

    cooperative: str
    year: int
    on: date
    duties: tuple[Duty, ...]
    notes: tuple[Note, ...]

    def tidy(self) -> pl.DataFrame:
        """Return one row a duty."""
        names = ("id", "article", "verified", "due", "done_on", "state")
        return pl.DataFrame(
            {name: [getattr(duty, name) for duty in self.duties] for name in names},
            schema_overrides={"due": pl.Date, "done_on": pl.Date},
        )

    def summary(self, language: str | None = None) -> Table:
        """Return the calendar as a table for a person."""
        lang = language or words.language()
        rows = tuple(
            Row(
                (
                    text(duty.text[lang], "" if duty.verified else "*"),
                    law(lang, duty.article),
                    text(duty.due.isoformat() if duty.due else "–"),
                    text(duty.done_on.isoformat() if duty.done_on else "–"),
                    text(say(f"state_{duty.state}", lang)),
                )
            )
            for duty in self.duties
        )
        names = ("duty", "source", "due", "done_on", "state")
        columns = tuple(Column(name, say(name, lang), "left") for name in names)
        title = say("calendar_title", lang, year=self.year, day=self.on.isoformat())
        doubtful = not all(duty.verified for duty in self.duties)
        legend = (say("calendar_legend", lang),) if doubtful else ()
        return Table("calendar", title, columns, rows, (), self.notes, legend, language=lang)

    def __repr__(self) -> str:
        return self.summary().to_text()


def filing_calendar(register: Register, cooperative: str, year: int, on: date) -> Calendar:
    """Return what a cooperative owes for a year and what of it is done.

    Parameters
    ----------
    register
        An open register.
    cooperative, year
        For which year of which cooperative.
    on
        Today: what is not done and due before is overdue.

    Raises
    ------
    DataError
        If there is no such cooperative.
    """
    kind = register.value("SELECT kind FROM cooperatives WHERE cooperative = ?", [cooperative])
    if kind is None:
        raise DataError("cooperatives.closing_unknown", cooperative=cooperative)
    ids = [rules.id for rules in rules_for(str(kind), date(year, 12, 31))]
    raw = [duty for name in ids for duty in _duties().get(name, ())]
    notes = () if raw else (Note("cooperatives.closing_no_calendar", "caution", {"kind": kind}),)
    meeting = _assembly(register, cooperative, year)
    duties = tuple(_duty(register, cooperative, year, on, duty, meeting) for duty in raw)
    later = date(9999, 1, 1)
    return Calendar(
        cooperative, year, on, tuple(sorted(duties, key=lambda duty: duty.due or later)), notes
    )


@cache
def _duties() -> Mapping[str, tuple[dict[str, Any], ...]]:
    folder = files("livelihoods.cooperatives") / "rules" / "calendar"
    found = {}
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".toml"):
            raw = tomllib.loads(entry.read_text("utf-8"))
            found[raw["id"]] = tuple(raw["duty"])
    return found


def _assembly(register: Register, cooperative: str, year: int) -> Mapping[str, date | None]:
    """Return the days of the assembly that decides on the year: the first held after it."""
    found = register.frame(
        "SELECT day, accounts_shown_on FROM assemblies WHERE cooperative = ? "
        "AND day BETWEEN ? AND ? AND kind <> 'extraordinary' ORDER BY day LIMIT 1",
        [cooperative, date(year + 1, 1, 1), date(year + 1, 12, 31)],
    )
    if found.is_empty():
        return {"day": None, "accounts_shown_on": None}
    return found.row(0, named=True)


def _duty(
    register: Register,
    cooperative: str,
    year: int,
    on: date,
    raw: Mapping[str, Any],
    meeting: Mapping[str, date | None],
) -> Duty:
    due = _due(raw["due"], year, meeting["day"])
    done = _done(register, cooperative, year, raw["done_by"], meeting)
    if done is not None and done > on:
        done = None
    return Duty(
        raw["id"],
        raw["article"],
        raw["verified"],
        raw["text"],
        due,
        done,
        _state(due, done, on),
    )


def _due(raw: Mapping[str, int], year: int, assembly: date | None) -> date | None:
    if "before_assembly" in raw:
        return None if assembly is None else assembly - timedelta(days=raw["before_assembly"])
    return date(year + 1, raw["month"], raw["day"])


def _done(
    register: Register,
    cooperative: str,
    year: int,
    where: str,
    meeting: Mapping[str, date | None],
) -> date | None:
    table, _, name = where.partition("/")
    if table == "assemblies":
        return meeting[name]
    given: list[object] = [cooperative, year]
    query = "SELECT min(closed_on) FROM closings WHERE cooperative = ? AND year = ?"
    if table == "filings":
        query = (
            "SELECT min(filed_on) FROM filings WHERE cooperative = ? AND year = ? AND filing = ?"
        )
        given.append(name)
    day = register.value(query, given)
    return day if isinstance(day, date) else None


def _state(due: date | None, done: date | None, on: date) -> State:
    if done is not None:
        return "late" if due is not None and done > due else "done"
    if due is None:
        return "no_date"
    return "overdue" if due < on else "open"
