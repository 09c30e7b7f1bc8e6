"""Ownership, decision and income rights of members: three allocations side by side.

Ownership is the member's contribution and reserve share, decision the votes (law, art. 22) and the
seats held, income what the surplus gives; delivery stands beside them, since patronage is meant to
follow it (Liang, Hendrikse, Huang and Xu 2012 keep the three apart).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import polars as pl

from livelihoods.cooperatives.closing.plan import ClosingPlan, preview
from livelihoods.cooperatives.linkage.people import members_of
from livelihoods.cooperatives.rights.owner_types import (
    Holding,
    OwnerRule,
    measures_of,
    owner_rule,
)
from livelihoods.cooperatives.votes import voting_rights_from_register
from livelihoods.notes import Note, gather

if TYPE_CHECKING:
    from livelihoods.cooperatives.register import Register
    from livelihoods.tables import Table

RIGHTS = ("capital", "reserve", "votes", "seats", "patronage", "residual", "delivery")
_FARMERS = ("farmer", "cooperative")
_SEATS = (
    "SELECT coalesce(member, person), count(DISTINCT role) FROM officers WHERE cooperative = ? "
    "AND role IN ('chair', 'director', 'supervisor_head', 'supervisor') AND from_on <= ? "
    "AND (until_on IS NULL OR until_on >= ?) GROUP BY ALL ORDER BY ALL"
)


@dataclass(frozen=True, slots=True)
class Rights:
    """Who owns, decides and earns in a cooperative.

    Attributes
    ----------
    cooperative, year
        Which.
    frame
        One row a member: ``member, class, outside`` (no farmer), and for each of ``RIGHTS`` the
        amount (cents, votes, seats) as a number.
    owner_type
        By the declared rule; "" if none fits.
    measures
        What the rule looked at, exact.
    rule
        The declared rule.
    plan
        The year's division behind the income rights.
    notes
        What must be said.
    """

    cooperative: str
    year: int
    frame: pl.DataFrame
    owner_type: str
    measures: dict[str, Fraction]
    rule: OwnerRule
    plan: ClosingPlan
    notes: tuple[Note, ...]

    def tidy(self) -> pl.DataFrame:
        """Return one row a right and group: amount, share of it, and share over that of members.

        Groups: ``core``, ``common``, ``outside`` (members who are no farmers; they are core or
        common as well). ``ratio`` above 1: more of the right than of the heads.
        """
        rows = []
        heads = self.frame.height
        for group, part in self.groups().items():
            for right in RIGHTS:
                whole, own = float(self.frame[right].sum()), float(part[right].sum())
                share = own / whole if whole else None
                of_heads = part.height / heads
                ratio = share / of_heads if share is not None and of_heads else None
                rows.append(
                    {
                        "right": right,
                        "group": group,
                        "members": part.height,
                        "amount": own,
                        "share": share,
                        "ratio": ratio,
                    }
                )
        types = {"share": pl.Float64, "ratio": pl.Float64}
        return pl.DataFrame(rows, schema_overrides=types)

    def groups(self) -> dict[str, pl.DataFrame]:
        """Return the members by group."""
        return {
            "core": self.frame.filter(pl.col("class") == "core"),
            "common": self.frame.filter(pl.col("class") == "common"),
            "outside": self.frame.filter(pl.col("outside")),
        }

    def summary(self) -> Table:
        """Return the shares and ratios as a table for a person."""
        from livelihoods.cooperatives.rights.to_tables import rights_table

        return rights_table(self)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for a record."""
        return {
            "cooperative": self.cooperative,
            "year": self.year,
            "owner_type": self.owner_type,
            "measures": {name: float(value) for name, value in self.measures.items()},
            "rights": self.tidy().to_dicts(),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        return self.summary().to_text()


def rights_from_register(
    register: Register, cooperative: str, year: int, rule: OwnerRule | None = None
) -> Rights:
    """Return who owned, decided and earned at the end of a year.

    Income rights are those of the year's division: the closing's charter if the register has one,
    worked out again (``closing.preview``). Seats count chair, directors and supervisors.

    Parameters
    ----------
    register
        An open register.
    cooperative, year
        Which year of which cooperative.
    rule
        Declared rule for the owner type; None takes the packaged one.

    Raises
    ------
    DataError
        No such cooperative, accounts or members; what the division refuses.
    """
    chosen = rule or owner_rule()
    on = date(year, 12, 31)
    people, about = members_of(register, cooperative, year)
    plan = preview(register, cooperative, year)
    votes = voting_rights_from_register(register, cooperative, on)
    cast = dict(zip(votes.members, votes.votes, strict=True))
    seats = dict(register.frame(_SEATS, [cooperative, on, on]).iter_rows())
    account = {m.member: m for m in plan.book.members}
    share = {s.member: s for s in plan.split.shares}
    present = people.filter(pl.col("left_on").is_null() | (pl.col("left_on") >= on))
    rows = [
        {
            "member": name,
            "class": group,
            "outside": kind not in _FARMERS,
            "capital": account[name].contribution,
            "reserve": account[name].reserve_share,
            "votes": float(cast.get(name, Fraction(0))),
            "seats": seats.get(name, 0),
            "patronage": share[name].patronage,
            "residual": share[name].residual,
            "delivery": sum(d.value for d in account[name].deliveries),
        }
        for name, group, kind in present.select("member", "class", "kind").iter_rows()
    ]
    holdings = tuple(
        Holding(int(str(row["capital"])), row["class"] == "core", not row["outside"])
        for row in rows
    )
    measures = measures_of(holdings)
    return Rights(
        cooperative,
        year,
        pl.DataFrame(rows),
        chosen.classify(measures),
        measures,
        chosen,
        plan,
        gather(about, plan.notes, votes.notes, _control(rows)),
    )


def _control(rows: list[dict[str, Any]]) -> tuple[Note, ...]:
    """Say it where outside capital holds more of the votes or seats than of the heads."""
    outside = [row for row in rows if row["outside"]]
    if not outside:
        return ()
    seats = sum(row["seats"] for row in rows)
    values = {
        "n": len(outside),
        "capital": _percent(sum(r["capital"] for r in outside), sum(r["capital"] for r in rows)),
        "votes": _percent(sum(r["votes"] for r in outside), sum(r["votes"] for r in rows)),
        "seats": _percent(sum(r["seats"] for r in outside), seats),
    }
    return (Note("rights.outside_control", "caution", values),)


def _percent(part: float, whole: float) -> str:
    return f"{part / whole:.0%}" if whole else "–"
