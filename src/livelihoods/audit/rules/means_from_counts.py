"""A mean beside its counts: Σ code · count / n; without counts, n · mean must be a whole number."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

from livelihoods.audit.finding import Finding, Place, Verdict, verdict
from livelihoods.audit.intervals import Interval, exactly, total
from livelihoods.audit.page import Page, Paper
from livelihoods.audit.printed import Printed
from livelihoods.audit.rules import Rule
from livelihoods.audit.views.frequency import FrequencyView, Item

_NAME = "means_from_counts"


def check(page: Page, paper: Paper) -> Verdict:
    """Recompute printed means.

    Frequency tables: the mean of the codes, from whole counts exactly, from shares as an interval.

    Descriptive tables of whole-number answers (GRIM; Brown and Heathers 2017, Social Psychological
    and Personality Science 8): a mean printed with d decimals of n answers must hold a multiple of
    1/n. With n > 10^d every interval holds one, and the rule has no power: it says so.
    """
    if page.frequency is not None:
        return _frequency(page.frequency)
    return _grim(page)


def _frequency(view: FrequencyView) -> Verdict:
    found, checked = [], 0
    for item in view.single:
        if item.mean is None:
            continue
        ends = _mean(item, view)
        if ends is None:
            continue
        checked += 1
        if not ends.meets(item.mean.interval()):
            unit = Fraction(1) / Fraction(10) ** item.mean.decimals
            near = ends.meets(item.mean.interval().widened(unit / 2))
            found.append(
                Finding(
                    _NAME,
                    "mean_is_not_counts",
                    "rounding" if near else "inconsistent",
                    Place(view.spec.id, item.label, view.mean_column),
                    item.mean.text,
                    ends,
                    item.mean.decimals,
                )
            )
    return verdict(_NAME, view.spec.id, found, checked)


def _mean(item: Item, view: FrequencyView) -> Interval | None:
    counts = item.counted()
    if counts and sum(counts):
        weighted = sum(c * code for c, code in zip(counts, view.codes, strict=True))
        return exactly(Fraction(weighted, sum(counts)))
    if all(share is not None for share in item.shares):
        parts = [
            share.interval() * exactly(Fraction(code, 100))
            for share, code in zip(item.shares, view.codes, strict=True)
            if share is not None
        ]
        return total(parts)
    return None


def _grim(page: Page) -> Verdict:
    view = page.comparison
    if view is None:
        return verdict(_NAME, page.spec.id, [], 0)
    found, checked, powerless = [], 0, 0
    for row in view.rows:
        mean, printed_n = view.get(row, "mean"), view.get(row, "n")
        n = int(printed_n.value) if printed_n else page.spec.rows_of(row)
        if mean is None or n is None or row not in page.spec.ranges:
            continue
        if n > 10**mean.decimals:
            powerless += 1
            continue
        checked += 1
        if not holds_a_multiple(mean, n):
            nearest = Fraction(round(mean.value * n), n)
            found.append(
                Finding(
                    _NAME,
                    "mean_of_no_answers",
                    "impossible",
                    Place(page.spec.id, row, view.roles["mean"]),
                    mean.text,
                    exactly(nearest),
                    mean.decimals + 2,
                    values={"n": n},
                )
            )
    return verdict(_NAME, page.spec.id, found, checked, "no_power" if powerless else "")


def holds_a_multiple(mean: Printed, n: int) -> bool:
    """Tell whether some whole total of n answers gives this printed mean."""
    ends = mean.interval()
    return ceil(ends.low * n) <= floor(ends.high * n)


RULE = Rule(_NAME, ("frequency", "descriptive"), check)
