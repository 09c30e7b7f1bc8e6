"""Closing a year: from the register to what each member is owed, posted once."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from livelihoods.cooperatives.closing.book import Person, Trade, YearBook, read_year
    from livelihoods.cooperatives.closing.calendar import Calendar, Duty, filing_calendar
    from livelihoods.cooperatives.closing.disclosure import disclosure_file, disclosure_tables
    from livelihoods.cooperatives.closing.entries import Entry, closing_entries
    from livelihoods.cooperatives.closing.folder import write_disclosure, write_statements
    from livelihoods.cooperatives.closing.plan import ClosingPlan, closed_year, preview
    from livelihoods.cooperatives.closing.post import close_year
    from livelihoods.cooperatives.closing.statement import member_statement, member_statements

# Public name -> module of this folder that has it; nothing is imported until somebody asks.
_PUBLIC: dict[str, str] = {
    "Calendar": "calendar",
    "ClosingPlan": "plan",
    "Duty": "calendar",
    "Entry": "entries",
    "Person": "book",
    "Trade": "book",
    "YearBook": "book",
    "close_year": "post",
    "closed_year": "plan",
    "closing_entries": "entries",
    "disclosure_file": "disclosure",
    "disclosure_tables": "disclosure",
    "filing_calendar": "calendar",
    "member_statement": "statement",
    "member_statements": "statement",
    "preview": "plan",
    "read_year": "book",
    "write_disclosure": "folder",
    "write_statements": "folder",
}

__all__ = [
    "Calendar",
    "ClosingPlan",
    "Duty",
    "Entry",
    "Person",
    "Trade",
    "YearBook",
    "close_year",
    "closed_year",
    "closing_entries",
    "disclosure_file",
    "disclosure_tables",
    "filing_calendar",
    "member_statement",
    "member_statements",
    "preview",
    "read_year",
    "write_disclosure",
    "write_statements",
]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(f"{__name__}.{_PUBLIC[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
