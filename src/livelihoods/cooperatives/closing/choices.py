"""The charter that held in a year, from the register: what it leaves open is said, not hidden."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING

from livelihoods.cooperatives.charter import Charter, charter_from
from livelihoods.cooperatives.rulebook import rules_for
from livelihoods.notes import Note

if TYPE_CHECKING:
    from livelihoods.cooperatives.register import Register

FLOOR = "patronage-floor"


def charter_of(register: Register, cooperative: str, on: date) -> tuple[Charter, tuple[Note, ...]]:
    """Return the charter's choices valid on a day, and what was assumed where it is silent."""
    names = tuple(Charter.model_fields)
    columns = ", ".join((*names, "chair_bonus"))
    found = register.frame(
        f"SELECT {columns} FROM charters WHERE cooperative = ? AND valid_from <= ? "
        "ORDER BY valid_from DESC, entry DESC LIMIT 1",
        [cooperative, on],
    )
    if found.is_empty():
        return Charter(), (Note("cooperatives.closing_no_charter", "warning", {}),)
    *values, bonus = found.row(0)
    given = {
        name: str(value) for name, value in zip(names, values, strict=True) if value is not None
    }
    notes = []
    from livelihoods.cooperatives.register import heading

    open_points = [heading("charters", name) for name in names if name not in given]
    if open_points:
        notes.append(
            Note("cooperatives.closing_charter_silent", "caution", {"points": open_points})
        )
    if bonus:
        share = {"share": f"{float(bonus):.2%}"}
        notes.append(Note("cooperatives.closing_chair_bonus", "info", share))
    return charter_from(given), tuple(notes)


def charter_text(charter: Charter) -> str:
    """Return the choices as they are kept with a closing."""
    raw = {name: str(getattr(charter, name)) for name in sorted(Charter.model_fields)}
    return json.dumps(raw, ensure_ascii=False, sort_keys=True)


def charter_read(text: str) -> Charter:
    """Return the choices that were kept with a closing."""
    return charter_from(json.loads(text))


def floor_broken(kind: str, on: date, charter: Charter) -> tuple[str, str, bool] | None:
    """Return article, floor and whether it refuses, if the charter returns too little by trade.

    A rule that was not read in the primary text (``verified = false``) is told, never enforced.
    """
    for rules in rules_for(kind, on):
        for rule in rules.rule:
            if rule.id == FLOOR and not rule.holds(charter.patronage_share):
                refuses = rule.verified and rule.severity == "violation"
                return rule.article, f"{float(rule.bound):.0%}", refuses
    return None


def law_notes(kind: str, on: date, charter: Charter) -> tuple[Note, ...]:
    """Return what must be said about the law: none known for this kind, or its floor broken."""
    if not any(rule.id == FLOOR for rules in rules_for(kind, on) for rule in rules.rule):
        return (Note("cooperatives.closing_no_law", "caution", {"kind": kind}),)
    return ()
