"""One cooperative's year as the register has it at the closing date: values, no queries left.

Law: PRC Farmers' Professional Cooperatives Law (2017). Articles stand beside what they decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from livelihoods.cooperatives.accounts import MemberYear, YearAccounts
from livelihoods.cooperatives.charter import Charter
from livelihoods.errors import DataError
from livelihoods.notes import Note

if TYPE_CHECKING:
    from livelihoods.cooperatives.register import Register


@dataclass(frozen=True, slots=True)
class Person:
    """Who a member is: never printed on anybody else's paper."""

    member: str
    name: str
    kind: str
    group: str
    household: str
    joined_on: date
    left_on: date | None


@dataclass(frozen=True, slots=True)
class Trade:
    """Deliveries of the year by whom they came from, cents; booked apart by art. 41.

    ``outside`` is trade marked as a member's on a day when nobody of that number was a member:
    it is returned to nobody.
    """

    member: int
    non_member: int
    related: int
    outside: int


@dataclass(frozen=True, slots=True)
class YearBook:
    """What a closing needs to know.

    Attributes
    ----------
    cooperative, name, kind
        Which cooperative.
    year, on
        The year, and its last day: members, contributions and property are taken as of that day.
    figures
        The year's accounts by line, cents, as the accounting system (财会〔2021〕37号, art. 52) has
        them; lines left empty count 0 and are noted.
    accounts
        What the division needs of them.
    members
        Accounts of those who were members in the year, by identifier (art. 43).
    people
        Member -> person.
    trade
        Deliveries of the year.
    other_reserve
        Reserve in the books that no member's account has, cents.
    notes
        What must be said.
    """

    cooperative: str
    name: str
    kind: str
    year: int
    on: date
    figures: Mapping[str, int]
    accounts: YearAccounts
    members: tuple[MemberYear, ...]
    people: Mapping[str, Person]
    trade: Trade
    other_reserve: int
    notes: tuple[Note, ...]

    def member(self, name: str) -> MemberYear:
        """Return one member's account.

        Raises
        ------
        DataError
            If nobody of that number was a member in the year.
        """
        if name not in self.people:
            raise DataError("cooperatives.unknown_member", member=name, rows=[])
        return next(member for member in self.members if member.member == name)


def read_year(register: Register, cooperative: str, year: int, charter: Charter) -> YearBook:
    """Read a cooperative's year from the register.

    Parameters
    ----------
    register
        An open register.
    cooperative, year
        Which year of which cooperative.
    charter
        Decides what counts as trade (``counted``).

    Raises
    ------
    DataError
        An unknown cooperative; no accounts for the year; nobody was a member.
    """
    from livelihoods.cooperatives.closing.figures import read_accounts
    from livelihoods.cooperatives.closing.ledger import read_members

    found = register.frame(
        "SELECT name, kind FROM cooperatives WHERE cooperative = ? ORDER BY entry", [cooperative]
    )
    if found.is_empty():
        raise DataError("cooperatives.closing_unknown", cooperative=cooperative)
    name, kind = found.row(0)
    money = read_accounts(register, cooperative, year)
    ledger = read_members(register, cooperative, year, charter.counted)
    if not ledger.members:
        raise DataError("cooperatives.no_members")
    return YearBook(
        cooperative,
        name,
        kind,
        year,
        date(year, 12, 31),
        money.figures,
        money.accounts,
        ledger.members,
        ledger.people,
        ledger.trade,
        ledger.other_reserve,
        (*money.notes, *ledger.notes),
    )
