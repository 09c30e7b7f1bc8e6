"""Accounts of a year as values: trade and capital by member, the cooperative's figures, shares."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from livelihoods.errors import DataError
from livelihoods.notes import Note

Base = Literal["year", "statement"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a member traded with the cooperative in one product over the year.

    Attributes
    ----------
    product
        Name of the product.
    volume
        Quantity, in ``unit``.
    unit
        Unit of the quantity.
    value
        Cents.
    """

    product: str
    volume: Decimal
    unit: str
    value: int


@dataclass(frozen=True, slots=True)
class MemberYear:
    """A member's account at the closing date.

    Attributes
    ----------
    member
        Identifier.
    deliveries
        The year's trade; non-member trade never enters here.
    contribution
        Contribution on the account, cents.
    reserve_share
        Reserve quantified to the member in earlier years, cents.
    counts_per_head
        Whether the member takes part in the equal-per-head share of subsidies and donations; those
        who left during the year do not.
    """

    member: str
    deliveries: tuple[Delivery, ...] = ()
    contribution: int = 0
    reserve_share: int = 0
    counts_per_head: bool = True


@dataclass(frozen=True, slots=True)
class YearAccounts:
    """The cooperative's figures of the year, cents.

    Attributes
    ----------
    surplus
        Surplus of the year (account 331); negative in a loss year.
    losses
        Losses of earlier years to be covered first, 0 or more.
    opening_undistributed
        Undistributed surplus at the beginning of the year (account 332).
    transfers_in
        Other transfers into the surplus to be distributed.
    subsidy_property
        Property formed by state subsidies, F.
    donated_property
        Property formed by donations, G.
    """

    surplus: int
    losses: int = 0
    opening_undistributed: int = 0
    transfers_in: int = 0
    subsidy_property: int = 0
    donated_property: int = 0


@dataclass(frozen=True, slots=True)
class MemberShare:
    """What one member is owed, and why; cents.

    ``residual`` is the whole remainder; ``residual_weight`` what it was proportional to.
    ``reserve_credit`` is the year's reserve quantified to the member: it stays in the cooperative.
    """

    member: str
    patronage: int
    residual: int
    reserve_credit: int
    converted: int
    residual_weight: Fraction

    @property
    def total(self) -> int:
        """Patronage return and remainder."""
        return self.patronage + self.residual

    @property
    def cash(self) -> int:
        """What is paid out: the total less what became contribution."""
        return self.total - self.converted


@dataclass(frozen=True, slots=True)
class SurplusSplit:
    """A year's surplus, divided.

    Attributes
    ----------
    base
        Which reading of the law made ``distributable``.
    reserve
        Reserve of the year, cents.
    distributable
        D, cents; 0 where there was nothing to distribute.
    patronage_total, residual_total
        Add up to D exactly.
    shares
        By member, in the order given.
    other_base
        D under the other reading, cents.
    notes
        What must be said.
    """

    base: Base
    reserve: int
    distributable: int
    patronage_total: int
    residual_total: int
    shares: tuple[MemberShare, ...]
    other_base: int
    notes: tuple[Note, ...] = field(default=())

    def share(self, member: str) -> MemberShare:
        """Return one member's share.

        Raises
        ------
        DataError
            If nobody has this identifier.
        """
        for share in self.shares:
            if share.member == member:
                return share
        raise DataError("cooperatives.unknown_member", member=member, rows=[])
