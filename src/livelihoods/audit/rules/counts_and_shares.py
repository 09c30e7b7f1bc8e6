"""Counts, n and shares say the same: Σ counts = n, count / n = share, Σ shares = 100."""

from __future__ import annotations

from fractions import Fraction

from livelihoods.audit.finding import Finding, FindingSeverity, Place, Verdict, verdict
from livelihoods.audit.intervals import Interval, exactly, total
from livelihoods.audit.page import Page, Paper
from livelihoods.audit.rules import Rule
from livelihoods.audit.views.frequency import FrequencyView, Item

_NAME = "counts_and_shares"


def check(page: Page, paper: Paper) -> Verdict:
    """Compare each count with its share of n.

    With n known, a share printed with d decimals must hold ``100 · count / n`` in its rounding
    interval. Without n, the sum of the counts is n. A row that averages others is left to the rule
    ``average_rows``; only its own sums are checked, with half a unit of rounding a cell.
    """
    view = page.frequency
    if view is None:
        return verdict(_NAME, page.spec.id, [], 0)
    found: list[Finding] = []
    checked = 0
    for item in view.items:
        for step in (_sum_of_counts, _shares_of_n, _sum_of_shares):
            new, made = step(item, view)
            found += new
            checked += made
    return verdict(_NAME, page.spec.id, found, checked)


def _n(item: Item, view: FrequencyView) -> int | None:
    declared = view.spec.rows_of(item.label)
    counts = item.counted()
    return declared if declared is not None else sum(counts) if counts else None


def _sum_of_counts(item: Item, view: FrequencyView) -> tuple[list[Finding], int]:
    counts, declared = item.counted(), view.spec.rows_of(item.label)
    if counts is None or declared is None:
        return [], 0
    slack = Fraction(len(counts), 2) if item.average else Fraction(0)
    possible = exactly(sum(counts)).widened(slack)
    if declared in possible:
        return [], 1
    return [
        Finding(
            _NAME,
            "counts_do_not_sum",
            "rounding"
            if item.average and abs(sum(counts) - declared) <= len(counts)
            else "inconsistent",
            Place(view.spec.id, item.label),
            str(sum(counts)),
            exactly(declared),
            0,
        )
    ], 1


def _shares_of_n(item: Item, view: FrequencyView) -> tuple[list[Finding], int]:
    n, counts = _n(item, view), item.counted()
    if item.average or not n or counts is None:
        return [], 0
    found, checked = [], 0
    for answer, count, share in zip(view.answers, counts, item.shares, strict=True):
        if share is None:
            continue
        checked += 1
        exact = exactly(Fraction(100 * count, n))
        if not exact.meets(share.interval()):
            found.append(
                Finding(
                    _NAME,
                    "share_is_not_count",
                    _last_digit(exact, share.interval(), share.decimals),
                    Place(view.spec.id, item.label, answer),
                    share.text,
                    exact,
                    share.decimals,
                    values={"count": count, "n": n},
                )
            )
    return found, checked


def _last_digit(exact: Interval, printed: Interval, decimals: int) -> FindingSeverity:
    """One unit in the last digit is careless rounding (cutting off); more is a wrong number."""
    unit = Fraction(1) / Fraction(10) ** decimals
    return "rounding" if exact.meets(printed.widened(unit)) else "inconsistent"


def _sum_of_shares(item: Item, view: FrequencyView) -> tuple[list[Finding], int]:
    if any(share is None for share in item.shares):
        return [], 0
    shares = [share for share in item.shares if share is not None]
    possible = total(share.interval() for share in shares)
    if 100 in possible:
        return [], 1
    printed = sum((share.value for share in shares), Fraction(0))
    slack = Fraction(len(shares)) / Fraction(10) ** shares[0].decimals
    n = _n(item, view)
    if item.average and n:
        # Shares of average counts rounded to whole households: each moves by up to 50 / n.
        slack += Fraction(50 * len(shares), n)
    far = abs(printed - 100) > slack
    return [
        Finding(
            _NAME,
            "shares_do_not_sum",
            "inconsistent" if far else "rounding",
            Place(view.spec.id, item.label),
            f"{float(printed):.{shares[0].decimals}f}",
            exactly(100),
            shares[0].decimals,
        )
    ], 1


RULE = Rule(_NAME, ("frequency",), check)
