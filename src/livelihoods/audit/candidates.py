"""Every number that a printed table supports: its cells, and what readers make of them at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from livelihoods.audit.finding import Place
from livelihoods.audit.intervals import Interval, exactly, total
from livelihoods.audit.page import Page
from livelihoods.audit.printed import Printed
from livelihoods.audit.views.frequency import FrequencyView
from livelihoods.audit.views.panel import PanelView

_HUNDRED = exactly(100)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A number that a table supports, and how it is made: ``cell``, ``sum``, ``rest``, ``change``,
    ``growth``, ``units``."""

    made: str
    ends: Interval
    where: Place


def candidates(page: Page, row: str = "", column: str = "") -> Iterator[Candidate]:
    """Yield what the table supports, restricted to a row and column where they are given."""
    for made in (_cells(page), _sums(page.frequency, page), _changes(page.panel, page)):
        for candidate in made:
            if row in ("", candidate.where.row) and column in ("", candidate.where.column):
                yield candidate


def _cells(page: Page) -> Iterator[Candidate]:
    for row in page.grid.rows:
        for column, cell in zip(page.grid.columns, row.cells, strict=True):
            for number in cell.numbers:
                yield Candidate("cell", number.interval(), Place(page.spec.id, row.label, column))


def _sums(view: FrequencyView | None, page: Page) -> Iterator[Candidate]:
    """Neighbouring answers taken together, and everybody but one answer."""
    if view is None:
        return
    for item in view.items:
        for numbers in (item.shares, item.counts):
            known = [number for number in numbers if number is not None]
            if len(known) != len(numbers):
                continue
            whole = exactly(100) if numbers is item.shares else None
            for start in range(len(known)):
                for stop in range(start + 2, len(known) + 1):
                    place = Place(page.spec.id, item.label, _span(view, start, stop))
                    yield Candidate("sum", _total(known[start:stop]), place)
                if whole is not None:
                    place = Place(page.spec.id, item.label, view.answers[start])
                    yield Candidate("rest", whole - known[start].interval(), place)


def _span(view: FrequencyView, start: int, stop: int) -> str:
    return f"{view.answers[start]} … {view.answers[stop - 1]}"


def _total(numbers: list[Printed]) -> Interval:
    """Add without widening: a reader adds the printed shares, so each keeps half a unit in all."""
    if all(number.decimals == 0 for number in numbers):
        return exactly(sum((number.value for number in numbers), Fraction(0)))
    return total(number.interval() for number in numbers)


def _changes(view: PanelView | None, page: Page) -> Iterator[Candidate]:
    if view is None:
        return
    for row in (view.total, *view.parts):
        known = [(c, view.levels[row, c]) for c in view.level_columns if (row, c) in view.levels]
        for i, (first, one) in enumerate(known):
            for second, other in known[i + 1 :]:
                place = Place(page.spec.id, row, f"{first} … {second}")
                yield Candidate("change", exactly(abs(other.value - one.value)), place)
                for base, later in ((one, other), (other, one)):
                    if base.value:
                        rate = abs((later.value / base.value - 1) * 100)
                        yield Candidate("growth", exactly(rate), place)
