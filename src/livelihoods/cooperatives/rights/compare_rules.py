"""By transaction or by investment? The same year divided by other rules, member by member.

Each rule is the cooperative's own charter with one choice changed, run through ``split_surplus``:
what a member gains or loses by a rule is computed, not argued.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import polars as pl

from livelihoods.cooperatives.cents import cents_text
from livelihoods.cooperatives.closing.plan import ClosingPlan
from livelihoods.cooperatives.surplus import split_surplus
from livelihoods.errors import DataError
from livelihoods.notes import Note

if TYPE_CHECKING:
    from livelihoods.tables import Table

# Name -> what is changed in the charter.
RULES: dict[str, dict[str, object]] = {
    "charter": {},
    "transaction": {"patronage_share": Fraction(1)},
    "floor": {"patronage_share": Fraction(3, 5)},
    "investment": {"patronage_share": Fraction(0)},
    "by_value": {"basis": "value"},
    "by_volume": {"basis": "volume"},
    "statement": {"base": "statement"},
}


@dataclass(frozen=True, slots=True)
class WhoGains:
    """A year's surplus under several rules.

    Attributes
    ----------
    cooperative, year
        Which.
    frame
        One row a member and rule: ``member, class, rule, total_cents, gain_cents`` (over the
        charter).
    between
        Member by member, the share by transaction at which the member gets the same whether it
        rises or falls: does not depend on it. ``member, class, trade_share, capital_share,
        prefers`` (``"transaction"``, ``"investment"`` or ``"same"``).
    notes
        What must be said, rules left out among it.
    """

    cooperative: str
    year: int
    frame: pl.DataFrame
    between: pl.DataFrame
    notes: tuple[Note, ...]

    def tidy(self) -> pl.DataFrame:
        """Return one row a member and rule."""
        return self.frame

    def by_class(self) -> pl.DataFrame:
        """Return by rule and class: cents, share of the whole, members who gain and who lose."""
        rows = []
        for (rule, group), part in self.frame.group_by("rule", "class", maintain_order=True):
            whole = self.frame.filter(pl.col("rule") == rule)["total_cents"].sum()
            own = int(part["total_cents"].sum())
            rows.append(
                {
                    "rule": rule,
                    "class": group,
                    "members": part.height,
                    "total_cents": own,
                    "share": own / whole if whole else None,
                    "gain": int((part["gain_cents"] > 0).sum()),
                    "lose": int((part["gain_cents"] < 0).sum()),
                }
            )
        return pl.DataFrame(rows, schema_overrides={"share": pl.Float64})

    def summary(self) -> Table:
        """Return the rules as a table for a person."""
        from livelihoods.cooperatives.rights.to_tables import gains_table

        return gains_table(self)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for a record."""
        return {
            "cooperative": self.cooperative,
            "year": self.year,
            "by_class": self.by_class().to_dicts(),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        return self.summary().to_text()


def who_gains(plan: ClosingPlan, classes: dict[str, str] | None = None) -> WhoGains:
    """Divide a year by each rule of ``RULES`` and compare with the charter.

    Parameters
    ----------
    plan
        A closed year or a preview.
    classes
        Member -> class; None takes those of the register.
    """
    group = classes or {name: p.group or "common" for name, p in plan.book.people.items()}
    base = {share.member: share.total for share in plan.split.shares}
    rows: list[dict[str, object]] = []
    left_out: list[str] = []
    for rule, changes in RULES.items():
        charter = plan.charter.model_copy(update=changes)
        if rule != "charter" and charter == plan.charter:
            continue
        try:
            split = split_surplus(plan.book.accounts, plan.book.members, charter)
        except DataError as error:
            left_out.append(f"{rule} ({error.message().splitlines()[0]})")
            continue
        rows += [
            {
                "member": share.member,
                "class": group[share.member],
                "rule": rule,
                "total_cents": share.total,
                "gain_cents": share.total - base[share.member],
            }
            for share in split.shares
        ]
    notes = [Note("rights.rules_left_out", "caution", {"rules": left_out})] if left_out else []
    if not plan.split.distributable:
        notes.append(Note("rights.nothing_divided", "caution", {}))
    else:
        moved = _moved(rows)
        values = {"amount": cents_text(moved), "year": plan.book.year}
        notes.append(Note("rights.at_stake", "info", values))
    return WhoGains(
        plan.book.cooperative,
        plan.book.year,
        pl.DataFrame(rows),
        _between(plan, group),
        tuple(notes),
    )


def _moved(rows: list[dict[str, object]]) -> int:
    """Return what changes hands between division by transaction only and by investment only."""
    amounts: dict[str, dict[str, int]] = {}
    for row in rows:
        amounts.setdefault(str(row["rule"]), {})[str(row["member"])] = int(str(row["total_cents"]))
    one = amounts.get("transaction", amounts["charter"])
    other = amounts.get("investment", amounts["charter"])
    return sum(max(one[name] - other[name], 0) for name in one)


def _between(plan: ClosingPlan, group: dict[str, str]) -> pl.DataFrame:
    """Return each member's share of trade and of the accounts: the larger is the rule preferred."""
    from livelihoods.cooperatives.surplus import patronage_claims

    claims = patronage_claims(plan.book.members, plan.charter)
    whole = sum(claims.values())
    weights = {share.member: share.residual_weight for share in plan.split.shares}
    capital = sum(weights.values())
    rows = []
    for name, claim in claims.items():
        trade = Fraction(claim, whole) if whole else Fraction(0)
        account = weights[name] / capital if capital else Fraction(0)
        prefers = "same"
        if trade != account:
            prefers = "transaction" if trade > account else "investment"
        rows.append(
            {
                "member": name,
                "class": group[name],
                "trade_share": float(trade),
                "capital_share": float(account),
                "prefers": prefers,
            }
        )
    return pl.DataFrame(rows)
