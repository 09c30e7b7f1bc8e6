"""The plan of a closing: the year as read, the charter, and the division that follows from them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import polars as pl

from livelihoods.cooperatives.accounts import Base, MemberShare, SurplusSplit
from livelihoods.cooperatives.charter import Charter
from livelihoods.cooperatives.closing.book import YearBook, read_year
from livelihoods.cooperatives.closing.choices import charter_of, charter_read, law_notes
from livelihoods.cooperatives.surplus import split_surplus
from livelihoods.errors import DataError
from livelihoods.notes import Note, gather

if TYPE_CHECKING:
    from livelihoods.cooperatives.register import Register
    from livelihoods.tables import Table


@dataclass(frozen=True, slots=True)
class ClosingPlan:
    """A year, divided.

    Attributes
    ----------
    book
        The year as the register has it.
    charter
        The choices used.
    split
        Who gets what.
    notes
        What must be said, in the order found.
    closed_on
        Day of the closing; None for a preview.
    """

    book: YearBook
    charter: Charter
    split: SurplusSplit
    notes: tuple[Note, ...]
    closed_on: date | None = None

    def under(self, base: Base) -> SurplusSplit:
        """Return the division under one reading of art. 44."""
        charter = self.charter.model_copy(update={"base": base})
        return split_surplus(self.book.accounts, self.book.members, charter)

    @property
    def left_undistributed(self) -> int:
        """What stays on account 332 after the division, cents; negative for an uncovered loss."""
        own = self.book.accounts
        whole = own.surplus - own.losses + own.opening_undistributed + own.transfers_in
        return whole - self.split.reserve - self.split.distributable

    def tidy(self) -> pl.DataFrame:
        """Return one row a member: account, return, remainder, reserve, converted; cents."""
        trade = [sum(d.value for d in member.deliveries) for member in self.book.members]
        people = [self.book.people[member.member] for member in self.book.members]
        shares = self.split.shares
        return pl.DataFrame(
            {
                "member": [share.member for share in shares],
                "class": [person.group or None for person in people],
                "left_on": pl.Series([person.left_on for person in people], dtype=pl.Date),
                "trade_cents": trade,
                "contribution_cents": [member.contribution for member in self.book.members],
                "reserve_share_cents": [member.reserve_share for member in self.book.members],
                "patronage_cents": [share.patronage for share in shares],
                "residual_cents": [share.residual for share in shares],
                "total_cents": [share.total for share in shares],
                "converted_cents": [share.converted for share in shares],
                "cash_cents": [share.cash for share in shares],
                "reserve_credit_cents": [share.reserve_credit for share in shares],
            },
            schema_overrides={"class": pl.String},
        )

    def glance(self) -> pl.DataFrame:
        """Return one row: the totals, cents."""
        split, own = self.split, self.book.accounts
        return pl.DataFrame(
            {
                "cooperative": [self.book.cooperative],
                "year": [self.book.year],
                "members": [len(self.book.members)],
                "surplus_cents": [own.surplus],
                "losses_cents": [own.losses],
                "reserve_cents": [split.reserve],
                "base": [split.base],
                "distributable_cents": [split.distributable],
                "other_base_cents": [split.other_base],
                "patronage_cents": [split.patronage_total],
                "residual_cents": [split.residual_total],
                "converted_cents": [sum(share.converted for share in split.shares)],
                "left_cents": [self.left_undistributed],
            }
        )

    def summary(self) -> Table:
        """Return the plan as a table for a person, both readings of the law side by side."""
        from livelihoods.cooperatives.closing.to_tables import plan_table

        return plan_table(self)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for a record."""
        return {
            **self.glance().row(0, named=True),
            "charter": {
                name: _plain(getattr(self.charter, name))
                for name in type(self.charter).model_fields
            },
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        return self.summary().to_text()


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Fraction) else value


def preview(
    register: Register, cooperative: str, year: int, charter: Charter | None = None
) -> ClosingPlan:
    """Divide a year's surplus without posting anything.

    Parameters
    ----------
    register
        An open register; reading is enough.
    cooperative, year
        Which year of which cooperative.
    charter
        The choices; None takes the charter that the register has for the last day of the year.

    Raises
    ------
    DataError
        No such cooperative, accounts or members; what ``split_surplus`` refuses.
    """
    on = date(year, 12, 31)
    chosen, about = (charter, ()) if charter else charter_of(register, cooperative, on)
    book = read_year(register, cooperative, year, chosen)
    split = split_surplus(book.accounts, book.members, chosen)
    notes = gather(law_notes(book.kind, on, chosen), split.notes, about, book.notes)
    return ClosingPlan(book, chosen, split, notes)


def closed_year(register: Register, cooperative: str, year: int) -> ClosingPlan:
    """Return the plan of a year that was closed, worked out again and held against what stands.

    Raises
    ------
    DataError
        If the year is not closed, or the ledger now says something else than what was posted.
    """
    found = register.frame(
        "SELECT closed_on, charter FROM closings WHERE cooperative = ? AND year = ?",
        [cooperative, year],
    )
    if found.is_empty():
        raise DataError("cooperatives.closing_not_closed", cooperative=cooperative, year=year)
    closed_on, text = found.row(0)
    plan = preview(register, cooperative, year, charter_read(text))
    posted = register.frame(
        "SELECT member, patronage_cents, residual_cents, reserve_credit_cents, converted_cents "
        "FROM distributions WHERE cooperative = ? AND year = ? ORDER BY member",
        [cooperative, year],
    )
    held = {row[0]: row[1:] for row in posted.iter_rows()}
    now = {share.member: _posted(share) for share in plan.split.shares}
    changed = sorted(name for name in {**held, **now} if held.get(name) != now.get(name))
    if changed:
        raise DataError("cooperatives.closing_ledger_changed", year=year, members=changed)
    return replace(plan, closed_on=closed_on)


def _posted(share: MemberShare) -> tuple[int, int, int, int]:
    return share.patronage, share.residual, share.reserve_credit, share.converted
