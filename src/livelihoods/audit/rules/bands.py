"""Bands of answers neither overlap nor leave gaps."""

from __future__ import annotations

from itertools import pairwise

from livelihoods.audit.finding import Finding, Place, Verdict, verdict
from livelihoods.audit.page import Page, Paper
from livelihoods.audit.rules import Rule
from livelihoods.audit.views.frequency import bounds_of

_NAME = "bands"


def check(page: Page, paper: Paper) -> Verdict:
    """Compare the upper end of each band with the lower end of the next.

    Counted things (``1-3 times, 4-6 times``) step by one. Amounts are round numbers; their next
    band must begin where the last ended, or one unit above.
    """
    view = page.frequency
    if view is None:
        return verdict(_NAME, page.spec.id, [], 0)
    bands = [(answer, bounds_of(answer)) for answer in view.answers]
    known = [(answer, ends) for answer, ends in bands if ends is not None]
    found, checked = [], 0
    for (first, one), (second, other) in pairwise(known):
        checked += 1
        gap = other[0] - one[1]
        if gap in (0, 1):
            continue
        found.append(
            Finding(
                _NAME,
                "bands_overlap" if gap < 0 else "bands_leave_gap",
                "inconsistent",
                Place(page.spec.id, "", second),
                f"{one[0]}-{one[1]}, {other[0]}-{other[1]}",
                others=(Place(page.spec.id, "", first),),
                values={"upper": one[1], "lower": other[0]},
            )
        )
    return verdict(_NAME, page.spec.id, found, checked, "no_bands")


RULE = Rule(_NAME, ("frequency",), check)
