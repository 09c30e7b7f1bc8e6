"""Difference = mean − mean, t = difference / standard error, p = tail of t."""

from __future__ import annotations

import math

from livelihoods.audit.finding import Finding, Place, Verdict, verdict
from livelihoods.audit.intervals import Interval, at_least_zero, between, falling
from livelihoods.audit.page import Page, Paper
from livelihoods.audit.rules import Rule
from livelihoods.audit.rules.stars import earned
from livelihoods.audit.views.comparison import IS_P, ComparisonView
from livelihoods.numerics.special import t_two_sided

_NAME = "differences"


def check(page: Page, paper: Paper) -> Verdict:
    """Recompute the columns of a group comparison or matching table from one another.

    The difference may be first minus second or second minus first. p lies between Welch's fewest
    degrees of freedom (the smaller group less one) and the normal.
    """
    view = page.comparison
    if view is None:
        return verdict(_NAME, page.spec.id, [], 0)
    found: list[Finding] = []
    checked = 0
    for row in view.rows:
        for step in (_difference, _t_of_parts, _p_of_t, _stars_of_p):
            new, made = step(view, row)
            found += new
            checked += made
    return verdict(_NAME, page.spec.id, found, checked)


def _difference(view: ComparisonView, row: str) -> tuple[list[Finding], int]:
    printed = view.get(row, "difference")
    means = [view.numbers.get((row, name)) for name in view.groups]
    if printed is None or len(means) != 2 or means[0] is None or means[1] is None:
        return [], 0
    ends = means[1].interval() - means[0].interval()
    if ends.meets(printed.interval()) or (-ends).meets(printed.interval()):
        return [], 1
    ends = ends if ends.middle * printed.value >= 0 else -ends
    return [
        Finding(
            _NAME,
            "difference_of_means",
            "inconsistent",
            Place(view.spec.id, row, view.roles["difference"]),
            printed.text,
            ends,
            printed.decimals,
            values={"first": means[0].text, "second": means[1].text},
        )
    ], 1


def _t_of_parts(view: ComparisonView, row: str) -> tuple[list[Finding], int]:
    difference, error, t = (view.get(row, role) for role in ("difference", "se", "t"))
    if difference is None or error is None or t is None or error.interval().low <= 0:
        return [], 0
    ends = difference.interval() / error.interval()
    if ends.meets(t.interval()) or ends.magnitude().meets(t.interval()):
        return [], 1
    return [
        Finding(
            _NAME,
            "t_is_not_ratio",
            "inconsistent",
            Place(view.spec.id, row, view.roles["t"]),
            t.text,
            ends,
            t.decimals,
        )
    ], 1


def _p_interval(view: ComparisonView, row: str) -> Interval | None:
    t = view.get(row, "t")
    if t is None:
        return None
    sizes = list(view.sizes.values())
    few = float(min(sizes) - 1) if len(sizes) > 1 and min(sizes) > 1 else 5.0
    size = t.interval().magnitude()
    loose = falling(lambda value: float(t_two_sided(value, few)), size)
    tight = falling(lambda value: float(t_two_sided(value, math.inf)), size)
    return between(min(loose.low, tight.low), max(loose.high, tight.high))


def _p_of_t(view: ComparisonView, row: str) -> tuple[list[Finding], int]:
    printed, ends = view.get(row, "p"), _p_interval(view, row)
    if printed is None or ends is None:
        return [], 0
    if ends.meets(printed.interval()):
        return [], 1
    t = view.get(row, "t")
    return [
        Finding(
            _NAME,
            "p_is_not_t",
            "inconsistent",
            Place(view.spec.id, row, view.roles["p"]),
            printed.text,
            ends,
            printed.decimals,
            values={"t": t.text if t else ""},
        )
    ], 1


def _stars_of_p(view: ComparisonView, row: str) -> tuple[list[Finding], int]:
    printed = view.get(row, "p")
    if printed is None or not _starred(view):
        return [], 0
    p = at_least_zero(printed.interval())
    low, high = earned(p.high, view.spec.stars), earned(p.low, view.spec.stars)
    holders = [view.get(row, role) for role in ("p", "t", "difference")]
    stars = max((number.stars for number in holders if number), default=0)
    if low <= stars <= high or _adjusted(view, row, stars):
        return [], 1
    return [
        Finding(
            _NAME,
            "too_many_stars" if stars > high else "too_few_stars",
            "inconsistent",
            Place(view.spec.id, row, view.roles["p"]),
            printed.text,
            p,
            printed.decimals,
            values={"stars": stars, "earned": high},
        )
    ], 1


def _adjusted(view: ComparisonView, row: str, stars: int) -> bool:
    """Tell whether the stars are those of another p beside it, such as Holm's."""
    beside = (view.numbers.get((row, name)) for name in view.groups if IS_P.search(name))
    ends = [at_least_zero(number.interval()) for number in beside if number is not None]
    spec = view.spec.stars
    return any(earned(p.high, spec) <= stars <= earned(p.low, spec) for p in ends)


def _starred(view: ComparisonView) -> bool:
    """Tell whether p, t or difference carry stars; elsewhere an asterisk is some other flag."""
    columns = {view.roles[role] for role in ("p", "t", "difference") if role in view.roles}
    return any(number.stars for (_, column), number in view.numbers.items() if column in columns)


RULE = Rule(_NAME, ("group_difference", "matching"), check)
