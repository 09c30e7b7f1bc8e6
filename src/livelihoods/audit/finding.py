"""What an audit says: findings, which rules could speak, and the whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from livelihoods.audit.intervals import Interval

FindingSeverity = Literal["rounding", "inconsistent", "impossible"]
SEVERITIES: tuple[FindingSeverity, ...] = ("rounding", "inconsistent", "impossible")


@dataclass(frozen=True, slots=True)
class Place:
    """Where on the page: table, row label, column label; empty where it is not one cell."""

    table: str
    row: str = ""
    column: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One disagreement of a table with itself or with another.

    Attributes
    ----------
    rule
        Name of the rule, which is the name of its file.
    code
        Which of the rule's sentences: ``audit.findings.<code>`` in ``words``.
    severity
        ``"rounding"``: within what careless rounding does; ``"inconsistent"``: the printed
        numbers cannot all be right; ``"impossible"``: the number can be right in no data.
    where
        The cell; further cells concerned in ``others``.
    printed
        As it stands on the page.
    recomputed
        What it may be, from the other printed numbers; None where there is no single number.
    decimals
        Digits with which ``recomputed`` is to be read.
    values
        What the sentence mentions beside.
    """

    rule: str
    code: str
    severity: FindingSeverity
    where: Place
    printed: str = ""
    recomputed: Interval | None = None
    decimals: int = 3
    others: tuple[Place, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)

    def recomputed_text(self) -> str:
        """Return the recomputed interval as people read it."""
        return "" if self.recomputed is None else interval_text(self.recomputed, self.decimals)

    def sentence(self, language: str | None = None) -> str:
        """Return the finding as one plain sentence."""
        from livelihoods import words

        values = {"row": self.where.row, "column": self.where.column, **self.values}
        if values.get("made"):
            values["made"] = words.text(f"audit.made.{values['made']}", language)
        return words.text(
            f"audit.findings.{self.code}",
            language,
            printed=self.printed,
            recomputed=self.recomputed_text(),
            **values,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data: ends of the interval as floats."""
        ends = self.recomputed
        return {
            "rule": self.rule,
            "code": self.code,
            "severity": self.severity,
            "table": self.where.table,
            "row": self.where.row,
            "column": self.where.column,
            "others": [[place.table, place.row, place.column] for place in self.others],
            "printed": self.printed,
            "recomputed_low": None if ends is None else float(ends.low),
            "recomputed_high": None if ends is None else float(ends.high),
            "values": dict(self.values),
            "text": self.sentence("en"),
        }


def interval_text(ends: Interval, decimals: int) -> str:
    """Return ``"0.024"`` or ``"0.023 to 0.026"``: the shortest text with the given decimals."""
    low, high = (f"{float(end):,.{max(decimals, 0)}f}" for end in (ends.low, ends.high))
    if low == high:
        return low
    middle = f"{float(ends.middle):,.{max(decimals, 0)}f}"
    step = float(10.0**-decimals)
    return middle if float(ends.width) <= step * 1.000001 else f"{low} to {high}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule could do with one table.

    Attributes
    ----------
    rule, table
        Which rule, which table.
    findings
        What it found.
    checked
        How many comparisons it made.
    reason
        Why it made none: a key under ``audit.reasons`` in ``words``.
    """

    rule: str
    table: str
    findings: tuple[Finding, ...] = ()
    checked: int = 0
    reason: str = ""


def verdict(rule: str, table: str, found: list[Finding], checked: int, reason: str = "") -> Verdict:
    """Build a verdict; a rule that compared nothing must say why."""
    if not checked and not reason:
        reason = "nothing_to_compare"
    return Verdict(rule, table, tuple(found), checked, "" if checked else reason)
