"""Who can carry or block alone, and how power differs from votes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from livelihoods.cooperatives.votes.power import power_indices
from livelihoods.cooperatives.votes.rights import VotingRights, least_units
from livelihoods.errors import DataError, SpecError
from livelihoods.notes import Note

if TYPE_CHECKING:
    from livelihoods.figures import Figure
    from livelihoods.tables import Table

Majority = Literal["ordinary", "special"]


@dataclass(frozen=True, slots=True)
class Voter:
    """Somebody who votes as one: a member, or a bloc of members.

    Attributes
    ----------
    name
        Member, or name of the bloc.
    heads, votes
        Members and votes it has.
    banzhaf, shapley
        Chance to decide when others toss coins; share in all random orders.
    carries, blocks
        Whether it can pass a decision alone; whether nothing passes without it.
    empties
        Whether there is no quorum if it stays away.
    """

    name: str
    heads: int
    votes: Fraction
    banzhaf: float
    shapley: float
    carries: bool
    blocks: bool
    empties: bool


@dataclass(frozen=True, slots=True)
class VotingPower:
    """Power in the assembly under one majority.

    Attributes
    ----------
    majority
        ``"ordinary"`` or ``"special"``.
    voters
        In the order of the members, blocs at the place of their first member.
    total, needed
        All voting rights, and the fewest votes that carry.
    article
        Of the rule.
    fewest_to_carry, fewest_to_block
        How many voters, the largest together, can pass or stop a decision.
    absent
        How many members, staying away, leave no quorum.
    effective
        Effective number of voters 1/Σw², w shares of the votes.
    exact
        Whether the indices are counted in whole numbers.
    notes
        What must be said.
    """

    majority: Majority
    voters: tuple[Voter, ...]
    total: Fraction
    needed: Fraction
    article: str
    fewest_to_carry: int
    fewest_to_block: int
    absent: int
    effective: float
    exact: bool
    notes: tuple[Note, ...]

    def voter(self, name: str) -> Voter:
        """Return one voter.

        Raises
        ------
        DataError
            If nobody votes under this name.
        """
        for voter in self.voters:
            if voter.name == name:
                return voter
        raise DataError("cooperatives.unknown_member", member=name, rows=[])

    def tidy(self) -> pl.DataFrame:
        """One row a voter."""
        whole = sum(voter.banzhaf for voter in self.voters)
        return pl.DataFrame(
            [
                {
                    "voter": v.name,
                    "heads": v.heads,
                    "votes": float(v.votes),
                    "share": float(v.votes / self.total),
                    "banzhaf": v.banzhaf,
                    "banzhaf_share": v.banzhaf / whole,
                    "shapley": v.shapley,
                    "carries": v.carries,
                    "blocks": v.blocks,
                    "empties": v.empties,
                }
                for v in self.voters
            ]
        )

    def glance(self) -> pl.DataFrame:
        """One row: votes, what carries, how many it takes."""
        row = {
            "majority": self.majority,
            "voters": len(self.voters),
            "total": float(self.total),
            "needed": float(self.needed),
            "fewest_to_carry": self.fewest_to_carry,
            "fewest_to_block": self.fewest_to_block,
            "effective_voters": self.effective,
        }
        return pl.DataFrame([row])

    def summary(self) -> Table:
        """Voters with more than the smallest number of votes by name, the others by kind."""
        from livelihoods.cooperatives.votes.tables import power_table

        return power_table(self)

    def plot(self) -> Figure:
        """Heads, votes and power side by side."""
        from livelihoods.cooperatives.votes.tables import power_figure

        return power_figure(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for a record."""
        return {
            **self.glance().to_dicts()[0],
            "by_voter": self.tidy().to_dicts(),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        """Print the table."""
        return repr(self.summary())


def voting_power(
    rights: VotingRights,
    majority: Majority = "ordinary",
    blocs: Mapping[str, Sequence[str]] | None = None,
) -> VotingPower:
    """Return who can carry or block alone, and everybody's power.

    Parameters
    ----------
    rights
        Votes of the members.
    majority
        ``"ordinary"``: more than half of all voting rights (art. 30); ``"special"``: two thirds,
        for charter, merger, split, dissolution and joining a union.
    blocs
        Name -> members who vote as one (a family, the core members).

    Raises
    ------
    SpecError
        No such majority.
    DataError
        A bloc with a stranger, or two blocs with one member.
    """
    if majority not in ("ordinary", "special"):
        raise SpecError("votes.unknown_majority", majority=majority)
    units, unit = rights.in_units()
    groups = _groups(rights.members, blocs or {})
    held = [sum(units[place] for place in places) for _, places in groups]
    total = sum(units)
    needed = least_units(rights.law, majority, total)
    power = power_indices(held, needed)
    rule = rights.law.get("quorum")
    n = len(rights.members)
    absent = next(k for k in range(n + 1) if not rule.holds(Fraction(n - k, n)))
    voters = tuple(
        Voter(
            name,
            len(places),
            Fraction(votes, unit),
            power.banzhaf[votes],
            power.shapley[votes],
            votes >= needed,
            total - votes < needed,
            len(places) >= absent,
        )
        for (name, places), votes in zip(groups, held, strict=True)
    )
    ranked = sorted(held, reverse=True)
    return VotingPower(
        majority,
        voters,
        rights.total,
        Fraction(needed, unit),
        rights.law.get(f"{majority}-majority").article,
        _fewest(ranked, needed),
        _fewest(ranked, total - needed + 1),
        absent,
        total * total / sum(votes * votes for votes in held),
        power.exact,
        (*rights.notes, *_notes(voters)),
    )


def _groups(
    members: Sequence[str], blocs: Mapping[str, Sequence[str]]
) -> list[tuple[str, list[int]]]:
    place = {name: i for i, name in enumerate(members)}
    inside: dict[str, str] = {}
    for bloc, names in blocs.items():
        for name in names:
            if name not in place:
                raise DataError("votes.bloc_stranger", bloc=bloc, member=name)
            if name in inside:
                raise DataError("votes.bloc_twice", member=name, blocs=[inside[name], bloc])
            inside[name] = bloc
    groups: dict[str, list[int]] = {}
    for name in members:
        groups.setdefault(f"bloc {inside[name]}" if name in inside else f"member {name}", [])
        groups[f"bloc {inside[name]}" if name in inside else f"member {name}"].append(place[name])
    return [(key.partition(" ")[2], places) for key, places in groups.items()]


def _fewest(ranked: Sequence[int], wanted: int) -> int:
    held = 0
    for count, votes in enumerate(ranked, start=1):
        held += votes
        if held >= wanted:
            return count
    return len(ranked)


def _notes(voters: Sequence[Voter]) -> list[Note]:
    notes = []
    for voter in voters:
        if voter.carries:
            notes.append(Note("votes.carries_alone", "serious", {"voter": voter.name}))
        elif voter.blocks:
            notes.append(Note("votes.blocks_alone", "warning", {"voter": voter.name}))
        if voter.empties:
            notes.append(Note("votes.empties_alone", "warning", {"voter": voter.name}))
    return notes
