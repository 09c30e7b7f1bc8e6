"""Growth, change and weight against the levels they are made from."""

from __future__ import annotations

from fractions import Fraction

from livelihoods.audit.finding import Finding, Place, Verdict, verdict
from livelihoods.audit.intervals import Interval, exactly
from livelihoods.audit.page import Page, Paper
from livelihoods.audit.printed import Printed
from livelihoods.audit.rules import Rule
from livelihoods.audit.views.panel import PanelView, year_of

_NAME = "growth"
_HUNDRED = exactly(100)


def check(page: Page, paper: Paper) -> Verdict:
    """Recompute growth rows, growth and change columns, and weights.

    Growth is ``100 (level / base − 1)`` on the level before. Where that fails, the rule looks for
    the base that does give the printed rate: another year of the row, or the total of the same
    year printed in another table, and names it. Levels are whole counts and enter exactly.
    """
    view = page.panel
    if view is None:
        return verdict(_NAME, page.spec.id, [], 0)
    found: list[Finding] = []
    checked = 0
    for step in (_growth_rows, _growth_column, _change_column, _weights):
        new, made = step(view, paper)
        found += new
        checked += made
    return verdict(_NAME, page.spec.id, found, checked)


def _level(printed: Printed) -> Interval:
    whole = printed.value.denominator == 1 and printed.decimals == 0
    return exactly(printed.value) if whole else printed.interval()


def _rate(level: Interval, base: Interval) -> Interval | None:
    return None if 0 in base else (level / base - exactly(1)) * _HUNDRED


def _growth_rows(view: PanelView, paper: Paper) -> tuple[list[Finding], int]:
    levels = {column: view.levels.get((_base_row(view), column)) for column in view.level_columns}
    found, checked = [], 0
    for (row, column), printed in view.growth_rows.items():
        place = view.level_columns.index(column)
        before = levels.get(view.level_columns[place - 1]) if place else None
        now = levels.get(column)
        if before is None or now is None:
            continue
        ends = _rate(_level(now), _level(before))
        if ends is None:
            continue
        checked += 1
        if not ends.meets(printed.interval()):
            base = _other_base(printed, _level(now), view, paper, column, place)
            found.append(
                Finding(
                    _NAME,
                    "growth_on_other_base" if base else "growth_is_not_levels",
                    "inconsistent",
                    Place(view.spec.id, row, column),
                    printed.text,
                    ends,
                    max(printed.decimals, 0),
                    values={"base": base, "level": before.text} if base else {"level": before.text},
                )
            )
    return found, checked


def _base_row(view: PanelView) -> str:
    if view.spec.base:
        return view.spec.base
    return view.total or (view.parts[0] if view.parts else "")


def _other_base(
    printed: Printed, now: Interval, view: PanelView, paper: Paper, column: str, place: int
) -> str:
    """Name the base that gives the printed rate, "" if none does."""
    row = _base_row(view)
    here = [
        (f"{view.spec.id}, {other}", view.levels[row, other])
        for other in view.level_columns
        if other != column and (row, other) in view.levels
    ]
    before = year_of(view.level_columns[place - 1])
    elsewhere = [
        (f"{page.spec.id}, {other}", page.panel.levels[page.panel.total, other])
        for page in paper.pages
        if page.panel is not None and page.spec.id != view.spec.id and page.panel.total
        for other in page.panel.level_columns
        if year_of(other) == before and (page.panel.total, other) in page.panel.levels
    ]
    for name, base in [*elsewhere, *here]:
        ends = _rate(now, _level(base))
        if ends is not None and ends.meets(printed.interval()):
            return f"{base.text} ({name})"
    return ""


def _pair(view: PanelView) -> tuple[str, str] | None:
    """Return the later and the earlier level column of a table with a change or growth column."""
    if len(view.level_columns) < 2:
        return None
    first, second = view.level_columns[:2]
    if (year_of(first) or 0) >= (year_of(second) or 0):
        return first, second
    return second, first


def _growth_column(view: PanelView, paper: Paper) -> tuple[list[Finding], int]:
    pair = _pair(view)
    if not view.growth_column or pair is None:
        return [], 0
    found, checked = [], 0
    for row in (view.total, *view.parts):
        printed = view.others.get((row, view.growth_column))
        now, before = (view.levels.get((row, column)) for column in pair)
        if printed is None or now is None or before is None:
            continue
        ends = _rate(_level(now), _level(before))
        if ends is None:
            continue
        checked += 1
        if not ends.meets(printed.interval()):
            back = _rate(_level(before), _level(now))
            swapped = back is not None and (-back).meets(printed.interval())
            found.append(
                Finding(
                    _NAME,
                    "growth_on_later_year" if swapped else "growth_is_not_levels",
                    "inconsistent",
                    Place(view.spec.id, row, view.growth_column),
                    printed.text,
                    ends,
                    max(printed.decimals, 0),
                    values={"level": before.text},
                )
            )
    return found, checked


def _change_column(view: PanelView, paper: Paper) -> tuple[list[Finding], int]:
    pair = _pair(view)
    if not view.change_column or pair is None:
        return [], 0
    found, checked = [], 0
    for row in (view.total, *view.parts):
        printed = view.others.get((row, view.change_column))
        now, before = (view.levels.get((row, column)) for column in pair)
        if printed is None or now is None or before is None:
            continue
        checked += 1
        ends = _level(now) - _level(before)
        if not ends.meets(_level(printed)):
            found.append(
                Finding(
                    _NAME,
                    "change_is_not_levels",
                    "inconsistent",
                    Place(view.spec.id, row, view.change_column),
                    printed.text,
                    ends,
                    max(printed.decimals, 0),
                )
            )
    return found, checked


def _weights(view: PanelView, paper: Paper) -> tuple[list[Finding], int]:
    found, checked = [], 0
    for column, level_column in view.weight_columns.items():
        whole = view.levels.get((view.total, level_column))
        for row in view.parts:
            printed, part = view.others.get((row, column)), view.levels.get((row, level_column))
            if printed is None or part is None or whole is None or 0 in _level(whole):
                continue
            checked += 1
            ends = _level(part) / _level(whole) * _HUNDRED
            if not ends.meets(printed.interval()):
                unit = Fraction(1) / Fraction(10) ** printed.decimals
                near = ends.meets(printed.interval().widened(unit))
                found.append(
                    Finding(
                        _NAME,
                        "weight_is_not_levels",
                        "rounding" if near else "inconsistent",
                        Place(view.spec.id, row, column),
                        printed.text,
                        ends,
                        max(printed.decimals, 0),
                    )
                )
    return found, checked


RULE = Rule(_NAME, ("growth", "composition"), check)
