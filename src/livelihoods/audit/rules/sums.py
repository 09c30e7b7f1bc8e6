"""Parts add up to their total, year by year."""

from __future__ import annotations

from fractions import Fraction

from livelihoods.audit.finding import Finding, Place, Verdict, verdict
from livelihoods.audit.intervals import Interval, exactly, total
from livelihoods.audit.page import Page, Paper
from livelihoods.audit.printed import Printed
from livelihoods.audit.rules import Rule

_NAME = "sums"


def check(page: Page, paper: Paper) -> Verdict:
    """Compare the total row with the sum of the parts in each column of levels.

    The sum of intervals holds every sum that the unrounded parts can have had. A column in which a
    part is not printed is left out.
    """
    view = page.panel
    if view is None or not view.total:
        return verdict(_NAME, page.spec.id, [], 0, "no_total")
    found, checked = [], 0
    columns = (*view.level_columns, *((view.change_column,) if view.change_column else ()))
    for column in columns:
        numbers = view.levels if column in view.level_columns else view.others
        parts = [numbers.get((part, column)) for part in view.parts]
        whole = numbers.get((view.total, column))
        if whole is None or not parts or any(part is None for part in parts):
            continue
        checked += 1
        ends = _sum([part for part in parts if part is not None])
        possible = whole.interval() if ends.width else exactly(whole.value)
        if not ends.meets(possible):
            found.append(
                Finding(
                    _NAME,
                    "parts_do_not_sum",
                    "inconsistent",
                    Place(page.spec.id, view.total, column),
                    whole.text,
                    ends,
                    max(whole.decimals, 0),
                    values={"parts": len(parts), "gap": float(whole.value - ends.middle)},
                )
            )
    return verdict(_NAME, page.spec.id, found, checked, "no_total")


def _sum(parts: list[Printed]) -> Interval:
    """Whole numbers are counts and add up exactly; others are rounded, each by itself."""
    if all(part.value.denominator == 1 and part.decimals == 0 for part in parts):
        return exactly(sum((part.value for part in parts), Fraction(0)))
    return total(part.interval() for part in parts)


RULE = Rule(_NAME, ("composition",), check)
