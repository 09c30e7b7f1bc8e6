"""Votes from the register: rights on a day, and every recorded assembly held against the law."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from livelihoods.cooperatives.votes.assembly import (
    AssemblyCheck,
    Meeting,
    Resolution,
    check_assembly,
)
from livelihoods.cooperatives.votes.rights import VotingRights, voting_rights
from livelihoods.errors import DataError

if TYPE_CHECKING:
    from livelihoods.cooperatives.register import Register
    from livelihoods.cooperatives.rulebook import RuleSet

_MEMBERS = """
SELECT m.member FROM members m
WHERE m.cooperative = $1 AND m.joined_on <= $2 AND NOT EXISTS (
  SELECT 1 FROM exits e
  WHERE e.cooperative = m.cooperative AND e.member = m.member AND e.left_on < $2)
ORDER BY m.member
"""
_ADDITIONAL = """
SELECT member, sum(votes) AS votes FROM additional_votes
WHERE cooperative = $1 AND from_on <= $2 AND (until_on IS NULL OR until_on >= $2)
GROUP BY member ORDER BY member
"""
_CHARTER = """
SELECT additional_votes FROM charters WHERE cooperative = $1 AND valid_from <= $2
ORDER BY valid_from DESC LIMIT 1
"""


def voting_rights_from_register(
    register: Register, cooperative: str, on: date, *, law: RuleSet | None = None
) -> VotingRights:
    """Return the voting rights of a cooperative's members on a day.

    Parameters
    ----------
    register
        An open register.
    cooperative
        Identifier.
    on
        The day: members vote from the day of entry to the day of exit, both included.
    law
        As in ``voting_rights``.

    Raises
    ------
    DataError
        No such cooperative, or no members on that day.
    """
    _must_exist(register, cooperative)
    given = (cooperative, on)
    members = register.frame(_MEMBERS, given)["member"].to_list()
    if not members:
        raise DataError("votes.no_members_on", cooperative=cooperative, day=on)
    extra = dict(register.frame(_ADDITIONAL, given).rows())
    # Votes of somebody who has left fall away with the membership.
    present = {name: votes for name, votes in extra.items() if name in set(members)}
    allowed = register.value(_CHARTER, given)
    return voting_rights(members, present, charter_allows=bool(allowed), law=law)


def assemblies_from_register(
    register: Register,
    cooperative: str,
    assembly: str | None = None,
    *,
    law: RuleSet | None = None,
) -> list[AssemblyCheck]:
    """Hold recorded assemblies and their decisions against the law, in order of their days.

    Presence is what the assembly's record says, else the attendance list.

    Parameters
    ----------
    register, cooperative
        As in ``voting_rights_from_register``.
    assembly
        Only this one; None for all.

    Raises
    ------
    DataError
        No such cooperative or assembly; impossible records.
    """
    _must_exist(register, cooperative)
    meetings = register.table("assemblies", cooperative).sort("day", "assembly").to_dicts()
    if assembly is not None:
        known = [row["assembly"] for row in meetings]
        if assembly not in known:
            raise DataError("votes.unknown_assembly", assembly=assembly, known=known)
        meetings = [row for row in meetings if row["assembly"] == assembly]
    attended = dict(
        register.frame(
            "SELECT assembly, count(*) AS n FROM attendance WHERE cooperative = ? "
            "GROUP BY assembly ORDER BY assembly",
            (cooperative,),
        ).rows()
    )
    decisions = register.table("resolutions", cooperative).sort("day", "resolution").to_dicts()
    found = []
    for row in meetings:
        rights = voting_rights_from_register(register, cooperative, row["day"], law=law)
        own = [_resolution(one) for one in decisions if one["assembly"] == row["assembly"]]
        meeting = _meeting(row, len(rights.members), attended.get(row["assembly"]))
        found.append(check_assembly(meeting, own, rights, name=row["assembly"], law=law))
    return found


def _must_exist(register: Register, cooperative: str) -> None:
    query = "SELECT count(*) FROM cooperatives WHERE cooperative = ?"
    if not register.value(query, (cooperative,)):
        raise DataError("votes.unknown_cooperative", cooperative=cooperative)


def _meeting(row: dict[str, Any], members: int, attended: int | None) -> Meeting:
    return Meeting(
        row["kind"],
        row["day"],
        members,
        row["entitled"],
        attended if row["present"] is None else row["present"],
        row["asked_on"],
        None,
        row["minutes"],
        row["minutes_signed"],
        row["votes_disclosed"],
        row["accounts_shown_on"],
    )


def _resolution(row: dict[str, Any]) -> Resolution:
    def exact(column: str) -> Fraction | None:
        return None if row[column] is None else Fraction(row[column])

    return Resolution(
        row["resolution"],
        row["matter"],
        row["body"],
        exact("votes_for"),
        exact("votes_against"),
        exact("abstained"),
        exact("total_votes"),
        row["passed"],
    )
