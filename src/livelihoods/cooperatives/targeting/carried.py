"""Support matched to the cooperatives that carry poor members."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods.cooperatives.targeting import split as sp
from livelihoods.cooperatives.targeting.need import Need, read_need
from livelihoods.cooperatives.targeting.through import members, renumber, unknown
from livelihoods.describe.setting import Setting, check_columns
from livelihoods.errors import DataError, SpecError
from livelihoods.notes import Note
from livelihoods.survey.door import as_survey

if TYPE_CHECKING:
    from livelihoods.tables import Table
    from livelihoods.typing import Floats, Ints


@dataclass(frozen=True, slots=True)
class SupportMatch:
    """Support divided among cooperatives by the poor members it reaches.

    Attributes
    ----------
    names, members, poor
        Cooperatives, persons in them, and poor persons, shape ``(G,)``.
    poor_claim
        Share of the money through each that falls to poor members, shape ``(G,)``.
    support
        Money to each, shape ``(G,)``.
    per_head
        What each member household gets per head, shape ``(n,)``, rows as in ``need``.
    comparison
        Poverty of the members after this division and after simple ones.
    need, budget, alpha, notes
        Members, what was asked, and what must be said.
    """

    names: tuple[str, ...]
    members: Floats
    poor: Floats
    poor_claim: Floats
    support: Floats
    per_head: Floats
    comparison: pl.DataFrame
    need: Need
    budget: float
    alpha: int
    notes: tuple[Note, ...]

    def tidy(self) -> pl.DataFrame:
        """Return one row a cooperative, largest support first."""
        frame = pl.DataFrame(
            {
                "cooperative": self.names,
                "persons": self.members,
                "poor": self.poor,
                "poor_claim": self.poor_claim,
                "support": self.support,
            }
        )
        return frame.sort("support", descending=True, maintain_order=True)

    def glance(self) -> pl.DataFrame:
        """Return one row: cooperatives, those supported, money."""
        return pl.DataFrame(
            {
                "cooperatives": [len(self.names)],
                "supported": [int(np.sum(self.support > 0))],
                "budget": [self.budget],
                "spent": [float(self.support.sum())],
                "alpha": [self.alpha],
            }
        )

    def summary(self) -> Table:
        """Return cooperatives, what they carry and what they get."""
        from livelihoods.cooperatives.targeting.through_show import match_table

        return match_table(self)

    def comparison_table(self) -> Table:
        """Return poverty left by this division and by simple ones."""
        from livelihoods.cooperatives.targeting.through_show import comparison_table

        return comparison_table(self)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        return {
            "glance": self.glance().to_dicts()[0],
            "cooperatives": self.tidy().to_dicts(),
            "plans": self.comparison.to_dicts(),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        """Print the table."""
        return repr(self.summary())


def match_support(
    data: Any,
    budget: float,
    line: float,
    *,
    cooperative: str,
    consumption: str,
    claim: str | None = None,
    persons: str | None = None,
    alpha: int = 2,
) -> SupportMatch:
    r"""Divide support among cooperatives so that their poor members are helped most.

    Money given to a cooperative is divided among its members by their claims. Exact optimum of
    Σ p ((z − c − aM/p)₊/z)^α over the money M of each cooperative.

    Parameters
    ----------
    data
        Households, one row each; those in no cooperative are left out, and counted in a note.
    budget, line
        Money to be given; poverty line per head.
    cooperative, consumption
        Columns: the cooperative (null for none), consumption or income per head.
    claim
        What each member's share of the cooperative's money is proportional to (delivery,
        contribution); None divides equally among member households.
    persons
        Household sizes; None counts households.
    alpha
        1 the total gap, 2 the poorest first.

    Raises
    ------
    SpecError
        A budget, line or α that makes no sense.
    DataError
        No member, no poor member with a claim, a negative claim, a cooperative without claims.
    """
    _check(budget, line, alpha)
    survey = as_survey(data)
    check_columns(survey, [cooperative, *([claim] if claim else [])])
    whole = read_need(
        survey, line, consumption=consumption, predicted=None, spread=None, persons=persons
    )
    codes, names = members(survey, whole, cooperative)
    raw = Setting(survey).numbers(claim)[whole.places] if claim else np.ones(codes.size)
    usable = (codes >= 0) & ~np.isnan(raw)
    notes = [*whole.notes, *unknown(whole.rows[(codes >= 0) & np.isnan(raw)], claim or "")]
    if np.any(codes < 0):
        notes.append(Note("targeting.no_member", "info", {"n": int(np.sum(codes < 0))}))
    need = _part(whole, usable)
    used, kept = renumber(codes[usable], names)
    share = _claims(raw[usable], used, kept, need, claim or "")
    gap = np.maximum(0.0, line - need.consumption)
    way = sp.ways(gap, need.persons, share, used, line, alpha)
    if not way.length.size:
        raise DataError("targeting.no_poor_member", line=line)
    support = sp.spend(way, len(kept), budget)
    poor = gap > 0
    count = len(kept)
    notes += _said(need, support, budget, used, share, poor)
    return SupportMatch(
        names=kept,
        members=sp.sums(used, need.persons, count),
        poor=sp.sums(used, need.persons * poor, count),
        poor_claim=sp.sums(used, share * poor, count),
        support=support,
        per_head=share * support[used] / need.persons,
        comparison=_compare(need, used, share, support, poor),
        need=need,
        budget=float(budget),
        alpha=alpha,
        notes=tuple(notes),
    )


def _check(budget: float, line: float, alpha: int) -> None:
    if not (np.isfinite(budget) and budget > 0):
        raise SpecError("targeting.bad_budget", budget=budget)
    if not (np.isfinite(line) and line > 0):
        raise SpecError("targeting.bad_line", line=str(line))
    if alpha not in (1, 2):
        raise SpecError("targeting.bad_alpha_through", alpha=alpha)


def _part(need: Need, mask: Any) -> Need:
    return Need(
        need.line, need.consumption[mask], need.mean[mask], need.spread[mask],
        need.persons[mask], need.places[mask], need.rows[mask], need.notes,
    )  # fmt: skip


def _claims(raw: Floats, codes: Ints, names: tuple[str, ...], need: Need, claim: str) -> Floats:
    if np.any(raw < 0):
        rows = [int(row) for row in need.rows[raw < 0]]
        raise DataError("targeting.negative", variable=claim, rows=rows)
    total = np.bincount(codes, weights=raw)
    empty = [names[code] for code in np.flatnonzero(total <= 0)]
    if empty:
        raise DataError("targeting.no_claims", variable=claim, cooperatives=empty)
    return np.asarray(raw / total[codes])


def _compare(need: Need, codes: Ints, share: Floats, support: Floats, poor: Any) -> pl.DataFrame:
    spent = float(support.sum())
    people = np.bincount(codes, weights=need.persons)
    bad = np.bincount(codes, weights=need.persons * poor)
    plans = {
        "none": np.zeros(people.size),
        "chosen": support,
        "per_poor": spent * bad / bad.sum(),
        "per_member": spent * people / people.sum(),
        "per_cooperative": np.full(people.size, spent / people.size),
    }
    rows = []
    for name, money in plans.items():
        given = share * money[codes] / need.persons
        total = float(need.persons.sum())
        left = {f"fgt{a}": float(need.loss(given, a).sum()) / total for a in (0, 1, 2)}
        to_poor = float((given * need.persons)[poor].sum())
        rows.append({"plan": name, "spent": float(money.sum()), "to_poor": to_poor, **left})
    return pl.DataFrame(rows)


def _said(
    need: Need, support: Floats, budget: float, codes: Ints, share: Floats, poor: Any
) -> list[Note]:
    notes = []
    spent = float(support.sum())
    if spent * (1 + 1e-9) < budget:
        notes.append(Note("targeting.money_left", "info", {"left": budget - spent}))
    given = share * support[codes]
    leak = 1.0 - float(given[poor].sum()) / spent
    notes.append(Note("targeting.leak_through", "info", {"share": 100 * leak}))
    stuck = need.persons[poor & (share <= 0)]
    if stuck.size:
        notes.append(Note("targeting.no_claim", "warning", {"n": float(stuck.sum())}))
    return notes
