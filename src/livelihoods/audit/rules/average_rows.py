"""An average row is the average of the rows above it, and its share is that of its count."""

from __future__ import annotations

from fractions import Fraction

from livelihoods.audit.finding import Finding, Place, Verdict, verdict
from livelihoods.audit.intervals import Interval, exactly, total
from livelihoods.audit.page import Page, Paper
from livelihoods.audit.printed import Printed
from livelihoods.audit.rules import Rule
from livelihoods.audit.views.frequency import FrequencyView, Item

_NAME = "average_rows"


def check(page: Page, paper: Paper) -> Verdict:
    """Compare average rows with the rows they average.

    The average of counts is rounded to whole households, and its share can be the average of the
    shares or the share of the rounded count; the two differ by up to 50 / n. A printed share that
    meets neither is wrong. The mean of the average row must be the mean of the means.
    """
    view = page.frequency
    if view is None:
        return verdict(_NAME, page.spec.id, [], 0)
    found: list[Finding] = []
    checked = 0
    for place, item in enumerate(view.items):
        above = [other for other in view.items[:place] if not other.average]
        if not item.average or not above:
            continue
        for new, made in (_cells(item, above, view), _means(item, above, view)):
            found += new
            checked += made
    return verdict(_NAME, page.spec.id, found, checked, "no_average_row")


def _average(parts: list[Printed | None]) -> Interval | None:
    known = [part.interval() for part in parts if part is not None]
    return total(known) * exactly(Fraction(1, len(known))) if len(known) == len(parts) else None


def _cells(item: Item, above: list[Item], view: FrequencyView) -> tuple[list[Finding], int]:
    found, checked = [], 0
    for j, answer in enumerate(view.answers):
        count, share = item.counts[j], item.shares[j]
        counted = [other.counts[j] for other in above]
        exact = (
            exactly(sum((c.value for c in counted if c), Fraction(0)) / len(above))
            if all(counted)
            else None
        )
        place = Place(view.spec.id, item.label, answer)
        if count is not None and exact is not None:
            checked += 1
            if not exact.meets(count.interval()):
                near = exact.meets(count.interval().widened(Fraction(1, 2)))
                found.append(
                    Finding(
                        _NAME,
                        "average_of_counts",
                        "rounding" if near else "inconsistent",
                        place,
                        count.text,
                        exact,
                        2,
                    )
                )
        if share is not None:
            new = _share(share, (count, exact), [other.shares[j] for other in above], place, view)
            checked += 1
            found += new
    return found, checked


def _share(
    share: Printed,
    counts: tuple[Printed | None, Interval | None],
    shares: list[Printed | None],
    place: Place,
    view: FrequencyView,
) -> list[Finding]:
    """Accept the average of shares, the share of the average count, or of the printed count."""
    n = view.spec.rows_of("")
    n = n if n is not None else _rows(view)
    options: list[Interval] = []
    average = _average(shares)
    if average is not None:
        options.append(average)
    printed, exact = counts
    if exact is not None and n:
        options.append(exact * exactly(Fraction(100, n)))
    if printed is not None and n:
        options.append(exactly(printed.value * 100 / n))
    if not options or any(option.meets(share.interval()) for option in options):
        return []
    unit = Fraction(1) / Fraction(10) ** share.decimals
    near = any(option.meets(share.interval().widened(unit)) for option in options)
    return [
        Finding(
            _NAME,
            "average_of_shares",
            "rounding" if near else "inconsistent",
            place,
            share.text,
            options[0],
            share.decimals,
        )
    ]


def _rows(view: FrequencyView) -> int | None:
    counts = view.single[0].counted() if view.single else None
    return sum(counts) if counts else None


def _means(item: Item, above: list[Item], view: FrequencyView) -> tuple[list[Finding], int]:
    average = _average([other.mean for other in above])
    if item.mean is None or average is None:
        return [], 0
    if average.meets(item.mean.interval()):
        return [], 1
    unit = Fraction(1) / Fraction(10) ** item.mean.decimals
    near = average.meets(item.mean.interval().widened(unit / 2))
    return [
        Finding(
            _NAME,
            "average_of_means",
            "rounding" if near else "inconsistent",
            Place(view.spec.id, item.label, view.mean_column),
            item.mean.text,
            average,
            item.mean.decimals,
        )
    ], 1


RULE = Rule(_NAME, ("frequency",), check)
