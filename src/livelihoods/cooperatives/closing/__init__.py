"""Closing a year: from the register to what each member is owed, posted once."""

from livelihoods.cooperatives.closing.book import Person, Trade, YearBook, read_year
from livelihoods.cooperatives.closing.entries import Entry, entries
from livelihoods.cooperatives.closing.plan import ClosingPlan, closed_year, preview
from livelihoods.cooperatives.closing.post import close_year

__all__ = [
    "ClosingPlan",
    "Entry",
    "Person",
    "Trade",
    "YearBook",
    "close_year",
    "closed_year",
    "entries",
    "preview",
    "read_year",
]
