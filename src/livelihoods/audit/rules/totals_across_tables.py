"""The total of one year is the same in every table that prints it."""

from __future__ import annotations

from livelihoods.audit.finding import Finding, Place, Verdict, verdict
from livelihoods.audit.page import Page, Paper
from livelihoods.audit.rules import Rule
from livelihoods.audit.views.panel import PanelView, year_of

_NAME = "totals_across_tables"


def check(page: Page, paper: Paper) -> Verdict:
    """Compare this table's total of each year with the totals of the tables before it."""
    view = page.panel
    if view is None:
        return verdict(_NAME, page.spec.id, [], 0)
    found, checked = [], 0
    own = _totals(view)
    for other in paper.pages:
        if other.spec.id == page.spec.id:
            break
        if other.panel is None:
            continue
        theirs = _totals(other.panel)
        for year in sorted(own.keys() & theirs.keys()):
            row, column = own[year]
            other_row, other_column = theirs[year]
            here, there = view.levels[row, column], other.panel.levels[other_row, other_column]
            checked += 1
            if not here.interval().meets(there.interval()):
                found.append(
                    Finding(
                        _NAME,
                        "totals_differ",
                        "inconsistent",
                        Place(page.spec.id, row, column),
                        here.text,
                        there.interval(),
                        max(there.decimals, 0),
                        (Place(other.spec.id, other_row, other_column),),
                        {"year": year, "other": other.spec.id, "there": there.text},
                    )
                )
    return verdict(_NAME, page.spec.id, found, checked)


def _totals(view: PanelView) -> dict[int, tuple[str, str]]:
    return {
        year: (view.total, column)
        for column in view.level_columns
        if (year := year_of(column)) is not None and (view.total, column) in view.levels
    }


RULE = Rule(_NAME, ("growth", "composition"), check)
