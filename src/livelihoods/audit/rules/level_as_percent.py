"""A coefficient in units of the outcome is no percentage of it."""

from __future__ import annotations

from fractions import Fraction

from livelihoods.audit.finding import Finding, Place, Verdict, verdict
from livelihoods.audit.intervals import Interval
from livelihoods.audit.page import Page, Paper
from livelihoods.audit.paper import ClaimSpec
from livelihoods.audit.printed import Printed
from livelihoods.audit.rules import Rule
from livelihoods.audit.rules.claim_values import value_of

_NAME = "level_as_percent"


def check(page: Page, paper: Paper) -> Verdict:
    """Find percentages that are a level coefficient times a hundred.

    In ``y = a + δ d + …`` with y an index, δ = 0.157 means 0.157 index points. It is 15.7 % of
    something only if that something is 1. The right share is δ over the mean of the controls. The
    rule speaks where a claimed percentage is a hundred times a coefficient printed in a regression,
    matching or group table, or claimed elsewhere in units of the outcome.
    """
    found, checked = [], 0
    for claim in paper.claims:
        value = value_of(claim)
        if claim.reads != "percent" or value is None:
            continue
        checked += 1
        level = _level(claim, value, paper)
        if level is not None:
            text, where = level
            found.append(
                Finding(
                    _NAME,
                    "percent_of_what",
                    "inconsistent",
                    where,
                    value.text,
                    values={"claim": claim.text, "id": claim.id, "level": text},
                )
            )
    return verdict(_NAME, page.spec.id, found, checked, "no_percentage_claimed")


def _level(claim: ClaimSpec, value: Printed, paper: Paper) -> tuple[str, Place] | None:
    """Return the level coefficient of which the claim is a hundredfold, and where it stands."""
    ends = value.interval()
    hundredth = Interval(ends.low / 100, ends.high / 100)
    for other in paper.claims:
        there = value_of(other)
        if other.reads == "level" and there is not None and there.interval().meets(hundredth):
            return there.text, Place(other.table or claim.table, other.row, other.column)
    if any(
        other.reads == "level" and other.table and other.table == claim.table
        for other in paper.claims
    ):
        # Another number of the same table is printed in units of the outcome, so this one is too.
        return f"{float(value.value / Fraction(100)):g}", Place(claim.table, claim.row)
    cited = paper.page(claim.table)
    if cited is None:
        return None
    for row in cited.grid.rows:
        for column, cell in zip(cited.grid.columns, row.cells, strict=True):
            number = cell.first
            if number is not None and number.decimals > 2 and number.interval().meets(hundredth):
                return number.text, Place(claim.table, row.label, column)
    return None


RULE = Rule(_NAME, ("claims",), check)
