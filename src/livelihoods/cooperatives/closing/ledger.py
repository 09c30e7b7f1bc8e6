"""Members' accounts of a year, summed in the database as whole cents and decimals (art. 43)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from livelihoods.cooperatives.accounts import Delivery, MemberYear
from livelihoods.cooperatives.cents import cents_text, share_out
from livelihoods.cooperatives.closing.book import Person, Trade
from livelihoods.notes import Note

if TYPE_CHECKING:
    from livelihoods.cooperatives.register import Register

# Members of the year: joined by its last day, not gone before its first. A member is one from the
# day of entry to the day of exit, both included.
_MEMBERS = (
    "SELECT m.member, coalesce(m.name, ''), m.kind, coalesce(m.class, ''), "
    "coalesce(m.household, ''), m.joined_on, x.left_on, x.paid_out_on "
    "FROM members AS m LEFT JOIN exits AS x USING (cooperative, member) "
    "WHERE m.cooperative = ? AND m.joined_on <= ? AND (x.left_on IS NULL OR x.left_on >= ?) "
    "ORDER BY m.member"
)
_WITHIN = (
    "JOIN members AS m ON m.cooperative = t.cooperative AND m.member = t.member "
    "LEFT JOIN exits AS x ON x.cooperative = t.cooperative AND x.member = t.member "
    "WHERE t.cooperative = ? AND t.trade = 'member' AND t.day BETWEEN ? AND ? "
    "AND t.day >= m.joined_on AND (x.left_on IS NULL OR t.day <= x.left_on) "
)
_DELIVERIES = (
    "SELECT t.member, t.product, t.unit, sum(t.volume), CAST(sum(t.value_cents) AS BIGINT) "
    f"FROM patronage AS t {_WITHIN} GROUP BY ALL ORDER BY ALL"
)
_INPUTS = (
    "SELECT t.member, t.item, t.unit, sum(t.quantity), CAST(sum(t.value_cents) AS BIGINT) "
    f"FROM inputs AS t {_WITHIN} GROUP BY ALL ORDER BY ALL"
)
_TRADE = (
    "SELECT trade, CAST(sum(value_cents) AS BIGINT) FROM patronage "
    "WHERE cooperative = ? AND day BETWEEN ? AND ? GROUP BY trade ORDER BY trade"
)
# What the year's own closing turned into contribution is not there before it.
_CONTRIBUTIONS = (
    "SELECT member, CAST(sum(CASE movement WHEN 'returned' THEN -amount_cents "
    "ELSE amount_cents END) AS BIGINT) FROM contributions "
    "WHERE cooperative = ? AND day <= ? AND NOT starts_with(receipt, ?) "
    "GROUP BY member ORDER BY member"
)
_CREDITS = (
    "SELECT member, CAST(sum(amount) AS BIGINT) FROM ("
    "SELECT member, reserve_credit_cents AS amount FROM distributions "
    "WHERE cooperative = ? AND year < ? UNION ALL "
    "SELECT member, amount_cents FROM opening_reserve_shares WHERE cooperative = ? AND day <= ?"
    ") GROUP BY member ORDER BY member"
)
# Expansion uses the reserve's money, not the reserve itself: account 322 stands.
_RESERVE = (
    "SELECT CAST(coalesce(sum(CASE movement WHEN 'extracted' THEN amount_cents "
    "WHEN 'expansion' THEN 0 ELSE -amount_cents END), 0) AS BIGINT) FROM reserve_movements "
    "WHERE cooperative = ? AND day <= ? AND NOT starts_with(receipt, ?)"
)


@dataclass(frozen=True, slots=True)
class Ledger:
    """Members' accounts as read."""

    members: tuple[MemberYear, ...]
    people: Mapping[str, Person]
    trade: Trade
    other_reserve: int
    notes: tuple[Note, ...]


def receipt_of(year: int) -> str:
    """Return how receipts of a year's own closing begin."""
    return f"closing-{year}"


def read_members(register: Register, cooperative: str, year: int, counted: str) -> Ledger:
    """Read the accounts of all who were members in the year."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    notes: list[Note] = []
    people: dict[str, Person] = {}
    settled: set[str] = set()
    for row in register.frame(_MEMBERS, [cooperative, last, first]).iter_rows():
        person, paid_out_on = Person(*row[:7]), row[7]
        left_on = person.left_on
        people[person.member] = person
        if left_on is not None and left_on < last and paid_out_on and paid_out_on <= last:
            settled.add(person.member)
    trade, deliveries = _trade(register, cooperative, first, last, counted, notes)
    own = receipt_of(year)
    paid = _amounts(register, _CONTRIBUTIONS, [cooperative, last, own])
    credits = _amounts(register, _CREDITS, [cooperative, year, cooperative, last])
    kept = {m: cents for m, cents in credits.items() if m in people and m not in settled}
    balance = int(register.value(_RESERVE, [cooperative, last, own]))
    shares, other = _reserve_shares(kept, balance, notes)
    members = tuple(
        MemberYear(
            name,
            tuple(deliveries.get(name, ())),
            paid.get(name, 0),
            shares.get(name, 0),
            person.left_on is None or person.left_on >= last,
        )
        for name, person in people.items()
    )
    _say_leavers(members, notes)
    return Ledger(members, people, trade, other, tuple(notes))


def _trade(
    register: Register,
    cooperative: str,
    first: date,
    last: date,
    counted: str,
    notes: list[Note],
) -> tuple[Trade, dict[str, list[Delivery]]]:
    """Return the year's trade by kind, and each member's own by product."""
    deliveries: dict[str, list[Delivery]] = {}
    within = 0
    for member, product, unit, volume, cents in register.frame(
        _DELIVERIES, [cooperative, first, last]
    ).iter_rows():
        deliveries.setdefault(member, []).append(Delivery(product, volume, unit, cents))
        within += cents
    totals = _amounts(register, _TRADE, [cooperative, first, last])
    outside = totals.get("member", 0) - within
    if outside:
        values = {"amount": cents_text(outside)}
        notes.append(Note("cooperatives.closing_outside_membership", "warning", values))
    if counted == "deliveries_inputs":
        for member, item, unit, quantity, cents in register.frame(
            _INPUTS, [cooperative, first, last]
        ).iter_rows():
            deliveries.setdefault(member, []).append(Delivery(item, quantity, unit, cents))
    trade = Trade(within, totals.get("non_member", 0), totals.get("related", 0), outside)
    return trade, deliveries


def _amounts(register: Register, query: str, parameters: list[object]) -> dict[str, int]:
    return dict(register.frame(query, parameters).iter_rows())


def _reserve_shares(
    credits: dict[str, int], balance: int, notes: list[Note]
) -> tuple[dict[str, int], int]:
    """Return members' reserve shares (art. 42) and what no account has.

    Where losses or conversions have made the reserve smaller than what was quantified, each share
    shrinks in proportion.
    """
    whole = sum(credits.values())
    if whole > balance:
        values = {"quantified": cents_text(whole), "balance": cents_text(balance)}
        notes.append(Note("cooperatives.closing_reserve_smaller", "caution", values))
        return share_out(max(balance, 0), credits), 0
    if balance > whole:
        values = {"amount": cents_text(balance - whole)}
        notes.append(Note("cooperatives.closing_reserve_unquantified", "caution", values))
    return credits, balance - whole


def _say_leavers(members: tuple[MemberYear, ...], notes: list[Note]) -> None:
    left = [m for m in members if not m.counts_per_head]
    if left:
        notes.append(Note("cooperatives.closing_leavers", "info", {"n": len(left)}))
    unpaid = [m.member for m in left if m.contribution > 0]
    if unpaid:
        notes.append(Note("cooperatives.closing_leavers_unpaid", "caution", {"members": unpaid}))
