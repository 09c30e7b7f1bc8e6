"""Does each hypothesis survive the paper's own numbers?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from livelihoods.audit.finding import Finding
from livelihoods.audit.page import Paper
from livelihoods.audit.paper import HypothesisSpec
from livelihoods.audit.rules.stars import p_value

Fate = Literal["survives", "loses_support", "doubtful", "unread"]


@dataclass(frozen=True, slots=True)
class HypothesisRow:
    """One hypothesis: the coefficient it rests on and what the audit leaves of it.

    Attributes
    ----------
    fate
        ``"survives"``: sign and significance follow from the printed numbers and nothing speaks
        against them; ``"loses_support"``: they do not; ``"doubtful"``: the coefficient takes part
        in a contradiction that does not settle it; ``"unread"``: the cell could not be read.
    rule
        Which rule decided, "" if none had to.
    """

    spec: HypothesisSpec
    printed: str
    fate: Fate
    rule: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "id": self.spec.id,
            "text": self.spec.text,
            "table": self.spec.table,
            "row": self.spec.row,
            "column": self.spec.column,
            "printed": self.printed,
            "fate": self.fate,
            "rule": self.rule,
        }


def judge(paper: Paper, findings: Sequence[Finding]) -> tuple[HypothesisRow, ...]:
    """Judge every hypothesis of the paper."""
    return tuple(_judge(spec, paper, findings) for spec in paper.hypotheses)


def _judge(spec: HypothesisSpec, paper: Paper, findings: Sequence[Finding]) -> HypothesisRow:
    page = paper.page(spec.table)
    view = page.regression if page is not None else None
    coefficient = view.coefficients.get((spec.row, spec.column)) if view is not None else None
    if view is None or coefficient is None:
        return HypothesisRow(spec, "", "unread")
    raw = coefficient.raw
    ends = coefficient.estimate.interval()
    if (ends.high <= 0) if spec.sign == "+" else (ends.low >= 0):
        return HypothesisRow(spec, raw, "loses_support", "sign")
    here = [
        finding
        for finding in findings
        if finding.severity != "rounding"
        and (finding.where.table, finding.where.row, finding.where.column)
        == (spec.table, spec.row, spec.column)
    ]
    for finding in here:
        if finding.rule == "proportional_errors" and "p_low" in finding.values:
            lost = finding.values["p_low"] >= spec.level
            sure = finding.values["p_high"] < spec.level
            fate: Fate = "loses_support" if lost else "survives" if sure else "doubtful"
            return HypothesisRow(spec, raw, fate, finding.rule)
    p = p_value(view, coefficient)
    if p is not None and p.low >= Fraction(str(spec.level)):
        return HypothesisRow(spec, raw, "loses_support", "stars")
    if here:
        return HypothesisRow(spec, raw, "doubtful", here[0].rule)
    unsure = p is not None and p.high >= Fraction(str(spec.level))
    return HypothesisRow(spec, raw, "doubtful" if unsure else "survives")
