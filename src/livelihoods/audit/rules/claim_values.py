"""A number in the text is in the table it cites, or follows from it at once."""

from __future__ import annotations

import re
from fractions import Fraction

from livelihoods.audit.candidates import Candidate, candidates
from livelihoods.audit.finding import Finding, Place, Verdict, verdict
from livelihoods.audit.intervals import Interval
from livelihoods.audit.page import Page, Paper
from livelihoods.audit.paper import ClaimSpec
from livelihoods.audit.printed import Printed, numbers_in, read_number
from livelihoods.audit.rules import Rule

_NAME = "claim_values"
_NOT_VALUES = re.compile(r"^(19|20)\d\d$")


def check(page: Page, paper: Paper) -> Verdict:
    """Look for each claimed number among the cells, their sums, rests, changes and growth rates.

    A claim that cites a table of this paper is held against that table; where no number made from
    it meets the claim, the nearest one is named. Claims that cite nothing are not judged: their
    number may come from elsewhere. Two claims declared to be about the same quantity must agree.
    """
    found: list[Finding] = []
    checked = 0
    by_id = {claim.id: claim for claim in paper.claims}
    for claim in paper.claims:
        cited = paper.page(claim.table)
        if cited is not None and cited.grid.rows and claim.reads != "direction":
            new, made = _against(claim, cited)
            found += new
            checked += made
        if claim.same in by_id:
            checked += 1
            found += _against_claim(claim, by_id[claim.same])
    return verdict(_NAME, page.spec.id, found, checked, "no_claim_cites_a_table")


def value_of(claim: ClaimSpec) -> Printed | None:
    """Return the number claimed: as declared, else the only number of the sentence."""
    if claim.value:
        return read_number(claim.value)
    found = [number for number in numbers_in(claim.text) if not _NOT_VALUES.match(number.text)]
    return found[0] if len(found) == 1 else None


def _against(claim: ClaimSpec, cited: Page) -> tuple[list[Finding], int]:
    value = value_of(claim)
    if value is None:
        return [], 0
    options = list(candidates(cited, claim.row, claim.column))
    if claim.reads == "percent":
        options += [Candidate("units", _times(option.ends), option.where) for option in options]
    if any(_same(option.ends, value.interval()) for option in options):
        return [], 1
    nearest = min(options, key=lambda option: _distance(option.ends, value), default=None)
    return [
        Finding(
            _NAME,
            "claim_not_in_table" if nearest else "claim_without_table",
            "inconsistent",
            Place(claim.table, claim.row, claim.column),
            value.text,
            nearest.ends if nearest else None,
            max(value.decimals, 0),
            values={
                "claim": claim.text,
                "id": claim.id,
                "made": nearest.made if nearest else "",
                "near_row": nearest.where.row if nearest else "",
                "near_column": nearest.where.column if nearest else "",
            },
        )
    ], 1


def _times(ends: Interval) -> Interval:
    return Interval(ends.low * 100, ends.high * 100)


def _same(one: Interval, other: Interval) -> bool:
    return one.magnitude().meets(other.magnitude())


def _distance(ends: Interval, value: Printed) -> tuple[int, Fraction]:
    """Prefer numbers that differ in one digit, then those that lie near."""
    gap = abs(abs(ends.middle) - abs(value.value))
    unit = Fraction(1) / Fraction(10) ** value.decimals
    digits = f"{float(abs(ends.middle)):.{max(value.decimals, 0)}f}"
    said = f"{float(abs(value.value)):.{max(value.decimals, 0)}f}"
    one_digit = (
        len(digits) == len(said) and sum(a != b for a, b in zip(digits, said, strict=True)) == 1
    )
    return (0 if one_digit or gap <= unit else 1), gap


def _against_claim(claim: ClaimSpec, other: ClaimSpec) -> list[Finding]:
    value, there = value_of(claim), value_of(other)
    if value is None or there is None:
        return []
    ends = there.interval()
    scaled = {("percent", "level"): Fraction(1, 100), ("level", "percent"): Fraction(100)}
    factor = scaled.get((other.reads, claim.reads), Fraction(1))
    ends = Interval(ends.low * factor, ends.high * factor)
    if _same(ends, value.interval()):
        return []
    return [
        Finding(
            _NAME,
            "claims_differ",
            "inconsistent",
            Place(claim.table, claim.row, claim.column),
            value.text,
            ends,
            max(value.decimals, 0),
            values={"claim": claim.text, "id": claim.id, "other": other.text, "other_id": other.id},
        )
    ]


RULE = Rule(_NAME, ("claims",), check)
