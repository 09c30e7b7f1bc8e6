"""Small counts are protected before any table is written, by the rule under ``[output]``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from livelihoods.notes import Note
from livelihoods.tables import Cell, Table, with_notes
from livelihoods.tables.disclosure import DisclosureRule, protect

if TYPE_CHECKING:
    from livelihoods.study.analysis import Outcome
    from livelihoods.study.run import Ran
    from livelihoods.study.sections import Disclosure

# Columns that show the answer of a single respondent.
_EXTREMES = ("min", "max")


def protected_run(ran: Ran, rule: Disclosure) -> Ran:
    """Return the run as it may leave; what it found stays whole in memory.

    Results are recorded only of analyses whose tables needed no protection: their plain numbers
    would give the hidden ones away.
    """
    done = tuple(replace(item, outcome=_protected(item.outcome, rule)) for item in ran.done)
    return replace(ran, done=done)


def protected_table(table: Table, rule: Disclosure) -> Table:
    """Return a table with small counts protected and the answers of single respondents hidden.

    A column of nothing but counts is protected as a whole; the columns to its right, up to the
    next such column, go where their count goes.
    """
    counts = [column.key for j, column in enumerate(table.columns) if _all_counts(table, j)]
    if not counts:
        return table
    follows: dict[str, str] = {}
    source = ""
    for column in table.columns[1:]:
        if column.key in counts:
            source = column.key
        elif source:
            follows[column.key] = source
    asked = DisclosureRule(rule.smallest, rule.action, max(rule.base, rule.smallest))
    return _without_extremes(protect(table, asked, counts=counts, follows=follows))


def _protected(outcome: Outcome, rule: Disclosure) -> Outcome:
    tables = tuple(protected_table(table, rule) for table in outcome.tables)
    if tables == outcome.tables:
        return outcome
    withheld = {name: {"withheld": "disclosure"} for name in outcome.results}
    return replace(outcome, tables=tables, results=withheld)


def _all_counts(table: Table, place: int) -> bool:
    cells = [row.cells[place] for row in table.rows if row.kind in ("body", "total")]
    filled = [cell for cell in cells if cell.kind != "blank" and cell.value is not None]
    return bool(filled) and all(cell.kind == "integer" for cell in filled)


def _without_extremes(table: Table) -> Table:
    places = [j for j, column in enumerate(table.columns) if column.key in _EXTREMES]
    if not places:
        return table
    blank = Cell(None, "blank")
    rows = tuple(
        replace(
            row, cells=tuple(blank if j in places else cell for j, cell in enumerate(row.cells))
        )
        for row in table.rows
    )
    return with_notes(replace(table, rows=rows), Note("study.extremes_hidden", "info"))
