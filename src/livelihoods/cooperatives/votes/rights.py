"""Voting rights: one member one basic vote, and additional votes up to the legal share."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from livelihoods.cooperatives.cents import share_out
from livelihoods.cooperatives.rulebook import RuleSet, packaged
from livelihoods.errors import DataError
from livelihoods.notes import Note

if TYPE_CHECKING:
    from livelihoods.tables import Table

Votes = int | Fraction | Decimal | float | str
LAW = "prc-2017"


@dataclass(frozen=True, slots=True)
class VotingRights:
    """Who may cast how many votes in the assembly of all members.

    Attributes
    ----------
    members
        Identifiers; each has one basic vote (PRC 2017, art. 22).
    additional
        Additional votes of each, exact.
    allowed
        Most additional votes all together: the legal share of the basic votes.
    law
        The rule set that says so.
    notes
        What must be said.
    """

    members: tuple[str, ...]
    additional: tuple[Fraction, ...]
    allowed: Fraction
    law: RuleSet
    notes: tuple[Note, ...] = ()

    @property
    def votes(self) -> tuple[Fraction, ...]:
        """Basic and additional votes of each member."""
        return tuple(1 + extra for extra in self.additional)

    @property
    def total(self) -> Fraction:
        """All voting rights: what majorities are counted over, whoever is present."""
        return sum(self.votes, Fraction(0))

    @property
    def within(self) -> bool:
        """Whether the additional votes keep to the legal share."""
        return sum(self.additional, Fraction(0)) <= self.allowed

    def in_units(self) -> tuple[tuple[int, ...], int]:
        """Return votes as whole units and how many units make one vote."""
        unit = math.lcm(*(extra.denominator for extra in self.additional), 1)
        return tuple(int(v * unit) for v in self.votes), unit

    def needed(self, majority: str = "ordinary") -> Fraction:
        """Return the fewest votes that carry a decision.

        Parameters
        ----------
        majority
            ``"ordinary"``: more than half of all voting rights; ``"special"``: two thirds.
        """
        _, unit = self.in_units()
        return Fraction(least_units(self.law, majority, self.total * unit), unit)

    def scaled(self) -> VotingRights:
        """Return rights whose additional votes are scaled down to the legal share.

        Whole votes, by largest remainder; unchanged where they keep to it already.
        """
        if self.within:
            return self
        claims = dict(zip(self.members, self.additional, strict=True))
        shares = share_out(math.floor(self.allowed), claims)
        notes = tuple(note for note in self.notes if note.code != "votes.over_cap")
        extra = tuple(Fraction(shares[name]) for name in self.members)
        return replace(self, additional=extra, notes=notes)

    def summary(self) -> Table:
        """Basic and additional votes against what the law allows."""
        from livelihoods.cooperatives.votes.tables import rights_table

        return rights_table(self)

    def __repr__(self) -> str:
        """Print the table."""
        return repr(self.summary())


def voting_rights(
    members: Sequence[str],
    additional: Mapping[str, Votes] | None = None,
    *,
    charter_allows: bool = True,
    law: RuleSet | None = None,
) -> VotingRights:
    """Return the voting rights of members, checked against the law.

    Parameters
    ----------
    members
        Identifiers, each once.
    additional
        Member -> additional votes, 0 or more; decimals are taken as written.
    charter_allows
        Whether the charter provides for additional votes at all.
    law
        Rule set with the rule ``additional-votes``; None is the PRC law of 2017.

    Returns
    -------
    VotingRights
        With a serious note if the additional votes pass the legal share or the charter knows none.

    Raises
    ------
    DataError
        Nobody; a member twice; additional votes of somebody who is no member, or negative ones.
    """
    names = tuple(members)
    if not names:
        raise DataError("cooperatives.no_members")
    if len(set(names)) < len(names):
        twice = sorted(name for name in set(names) if names.count(name) > 1)
        raise DataError("cooperatives.member_twice", members=twice)
    given = {name: _exact(name, value) for name, value in (additional or {}).items()}
    strangers = sorted(set(given) - set(names))
    if strangers:
        raise DataError("votes.strangers", members=strangers)
    rules = law or packaged()[LAW]
    allowed = rules.get("additional-votes").bound * len(names)
    extra = tuple(given.get(name, Fraction(0)) for name in names)
    rights = VotingRights(names, extra, allowed, rules)
    return replace(rights, notes=_notes(rights, charter_allows))


def _exact(member: str, value: Votes) -> Fraction:
    try:
        votes = Fraction(str(value)) if isinstance(value, float) else Fraction(value)
    except (ValueError, OverflowError):
        raise DataError("votes.not_votes", member=member, text=str(value)) from None
    if votes < 0:
        raise DataError("votes.not_votes", member=member, text=str(value))
    return votes


def _notes(rights: VotingRights, charter_allows: bool) -> tuple[Note, ...]:
    notes = []
    total = sum(rights.additional, Fraction(0))
    article = rights.law.get("additional-votes").article
    if not rights.within:
        values = {"votes": float(total), "allowed": float(rights.allowed), "article": article}
        notes.append(Note("votes.over_cap", "serious", values))
    if total and not charter_allows:
        values = {"votes": float(total), "article": article}
        notes.append(Note("votes.not_in_charter", "serious", values))
    return tuple(notes)


def allocate_additional(
    weights: Mapping[str, int | Fraction], members: int, *, law: RuleSet | None = None
) -> dict[str, int]:
    """Divide the additional votes that the law allows, in whole votes, by largest remainder.

    Parameters
    ----------
    weights
        Member -> contribution or volume of trade, for those who are large by the charter.
    members
        All members of the cooperative.
    law
        As in ``voting_rights``.

    Raises
    ------
    DataError
        Nobody has a positive weight, or one is negative.
    """
    rules = law or packaged()[LAW]
    allowed = math.floor(rules.get("additional-votes").bound * members)
    return share_out(allowed, weights)


def least_units(law: RuleSet, majority: str, total: Fraction | int) -> int:
    """Return the fewest whole units that are enough of ``total`` units."""
    rule = law.get(f"{majority}-majority")
    exact = rule.bound * total
    least = math.ceil(exact)
    return least + 1 if rule.operator == ">" and least == exact else least
