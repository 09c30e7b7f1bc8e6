"""Entries of the accounting system that a closing makes (财会〔2021〕37号): debit, credit, amount.

Accounts: 331 year surplus, 332 surplus distribution, 322 surplus reserve, 221 surplus return
payable, 222 residual surplus payable, 301 share capital.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from livelihoods.cooperatives.closing.plan import ClosingPlan


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry.

    Attributes
    ----------
    what
        ``"surplus"``, ``"loss"``, ``"reserve"``, ``"patronage"``, ``"residual"``,
        ``"patronage_converted"`` or ``"residual_converted"``.
    debit, credit
        Numbers of the accounts.
    amount
        Cents, more than 0.
    """

    what: str
    debit: int
    credit: int
    amount: int


def closing_entries(plan: ClosingPlan) -> tuple[Entry, ...]:
    """Return the entries of a closing in the order of booking; none with nothing to book."""
    surplus, split = plan.book.accounts.surplus, plan.split
    returned = sum(
        _of_patronage(share.patronage, share.converted, plan.charter.conversion)
        for share in split.shares
    )
    converted = sum(share.converted for share in split.shares)
    found = (
        Entry("surplus", 331, 332, max(surplus, 0)),
        Entry("loss", 332, 331, max(-surplus, 0)),
        Entry("reserve", 332, 322, split.reserve),
        Entry("patronage", 332, 221, split.patronage_total),
        Entry("residual", 332, 222, split.residual_total),
        Entry("patronage_converted", 221, 301, returned),
        Entry("residual_converted", 222, 301, converted - returned),
    )
    return tuple(entry for entry in found if entry.amount)


def _of_patronage(patronage: int, converted: int, conversion: Fraction) -> int:
    """Return the part of what a member converted that comes from the return by transaction."""
    exact = conversion * patronage
    return min(exact.numerator // exact.denominator, converted)
