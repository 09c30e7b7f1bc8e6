"""Notes: what a result must say about itself without failing.

A dropped row, a collinear column, a changed standard error: each is a ``Note`` on the result and
a line under its table. The sentence is not stored; it is looked up in ``words`` under
``room.notes.name`` when somebody reads it, in that reader's language.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["info", "caution", "warning", "serious"]
SEVERITIES: tuple[Severity, ...] = ("info", "caution", "warning", "serious")


@dataclass(frozen=True, slots=True)
class Where:
    """The place a note speaks of.

    Attributes
    ----------
    variables
        Names of the columns concerned, in the order of the data.
    rows
        Zero-based row numbers of the original data, ascending; empty if the note is not about rows.
    """

    variables: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """A non-fatal finding.

    Attributes
    ----------
    code
        ``"room.name"``, stable; the sentence is ``room.notes.name`` in ``words``.
    severity
        ``"info"`` (for the record), ``"caution"``, ``"warning"``, ``"serious"`` (do not rely on
        the number without reading this).
    values
        What the sentence mentions. Plain numbers, strings and lists, so that it can be recorded.
    where
        Variables and rows concerned.
    """

    code: str
    severity: Severity = "info"
    values: Mapping[str, Any] = field(default_factory=dict)
    where: Where = Where()

    def sentence(self, language: str | None = None) -> str:
        """Return the note as one sentence in the given (or current) language."""
        from livelihoods import words

        room, _, name = self.code.partition(".")
        return words.text(f"{room}.notes.{name}", language, **dict(self.values))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        return {
            "code": self.code,
            "severity": self.severity,
            "values": dict(self.values),
            "variables": list(self.where.variables),
            "rows": list(self.where.rows),
        }


def gather(*groups: Iterable[Note]) -> tuple[Note, ...]:
    """Join notes from several places, first occurrence kept, order kept."""
    kept: list[Note] = []
    for group in groups:
        for note in group:
            if note not in kept:
                kept.append(note)
    return tuple(kept)


def worst(notes: Iterable[Note]) -> Severity | None:
    """Return the highest severity among the notes, or None if there is none."""
    ranks = [SEVERITIES.index(note.severity) for note in notes]
    return SEVERITIES[max(ranks)] if ranks else None
