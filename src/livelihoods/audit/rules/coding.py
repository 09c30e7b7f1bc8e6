"""What the text reads from a coefficient has the sign that its coding gives it."""

from __future__ import annotations

from livelihoods.audit.finding import Finding, Place, Verdict, verdict
from livelihoods.audit.page import Page, Paper
from livelihoods.audit.rules import Rule

_NAME = "coding"


def check(page: Page, paper: Paper) -> Verdict:
    """Compare claimed directions with printed signs.

    A direction is declared as it is *coded*: where the text says "the more developed the region,
    the more capital" and the developed region is the reference (0), the claim is a negative sign.
    """
    found, checked = [], 0
    for claim in paper.claims:
        cited = paper.page(claim.table)
        if claim.reads != "direction" or not claim.sign or cited is None or not cited.regression:
            continue
        coefficient = cited.regression.coefficients.get((claim.row, claim.column))
        if coefficient is None:
            continue
        checked += 1
        ends = coefficient.estimate.interval()
        against = ends.low > 0 if claim.sign == "-" else ends.high < 0
        if against:
            found.append(
                Finding(
                    _NAME,
                    "coded_against_reading",
                    "inconsistent",
                    Place(claim.table, claim.row, claim.column),
                    coefficient.raw,
                    values={"claim": claim.text, "id": claim.id, "sign": claim.sign},
                )
            )
    return verdict(_NAME, page.spec.id, found, checked, "no_direction_claimed")


RULE = Rule(_NAME, ("claims",), check)
