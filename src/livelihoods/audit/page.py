"""A declared table with its typed reading, and the paper as all of them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from livelihoods.audit.grid import Grid
from livelihoods.audit.intervals import Interval, exactly
from livelihoods.audit.paper import ClaimSpec, HypothesisSpec, TableSpec
from livelihoods.audit.printed import read_number
from livelihoods.audit.views.comparison import ComparisonView, comparison_view
from livelihoods.audit.views.frequency import FrequencyView, frequency_view
from livelihoods.audit.views.panel import PanelView, panel_view
from livelihoods.audit.views.regression import RegressionView, regression_view


@dataclass(frozen=True, slots=True)
class Page:
    """One table: the grid as read, what was declared, and at most one typed view."""

    grid: Grid
    spec: TableSpec
    regression: RegressionView | None = None
    frequency: FrequencyView | None = None
    panel: PanelView | None = None
    comparison: ComparisonView | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """Everything an audit looks at."""

    title: str
    pages: tuple[Page, ...]
    claims: tuple[ClaimSpec, ...] = ()
    hypotheses: tuple[HypothesisSpec, ...] = ()
    outcomes: tuple[str, ...] = ()

    def page(self, name: str) -> Page | None:
        """Return the table with this id."""
        return next((page for page in self.pages if page.spec.id == name), None)


def open_page(grid: Grid, spec: TableSpec) -> Page:
    """Read a grid in the way its kind asks for."""
    if spec.kind == "regression":
        return Page(grid, spec, regression=regression_view(grid, spec))
    if spec.kind == "frequency":
        return Page(grid, spec, frequency=frequency_view(grid, spec))
    if spec.kind in ("growth", "composition"):
        return Page(grid, spec, panel=panel_view(grid, spec))
    if spec.kind in ("group_difference", "matching", "descriptive"):
        return Page(grid, spec, comparison=comparison_view(grid, spec))
    return Page(grid, spec)


def overall_mean(paper: Paper, said: str) -> Interval | None:
    """Return the interval of a mean: a number as printed, or ``"table:row"`` elsewhere.

    From a frequency table with whole counts the mean is exact, whatever was printed as it.
    """
    number = read_number(said)
    if number is not None:
        return number.interval()
    name, _, row = said.partition(":")
    page = paper.page(name)
    if page is None:
        return None
    if page.frequency is not None:
        items = [item for item in page.frequency.items if not row or item.label == row]
        if not items:
            return None
        counts = items[0].counted()
        if counts and not items[0].average:
            return exactly(_mean(counts, page.frequency.codes))
        return items[0].mean.interval() if items[0].mean else None
    if page.comparison is not None:
        mean = page.comparison.get(row, "mean")
        return mean.interval() if mean else None
    return None


def overall_variance(paper: Paper, said: str) -> Interval | None:
    """Return the sample variance (divisor n − 1) behind ``"table:row"``, where it can be known."""
    name, _, row = said.partition(":")
    page = paper.page(name)
    if page is None:
        return None
    if page.frequency is not None:
        items = [item for item in page.frequency.items if not row or item.label == row]
        counts = items[0].counted() if items and not items[0].average else None
        if counts is None or sum(counts) < 2:
            return None
        return exactly(_variance(counts, page.frequency.codes))
    if page.comparison is not None:
        sd = page.comparison.get(row, "sd")
        return sd.interval().magnitude().square() if sd else None
    return None


def _mean(counts: list[int], codes: tuple[int, ...]) -> Fraction:
    total = sum(count * code for count, code in zip(counts, codes, strict=True))
    return Fraction(total, sum(counts))


def _variance(counts: list[int], codes: tuple[int, ...]) -> Fraction:
    mean = _mean(counts, codes)
    squares = [count * (code - mean) ** 2 for count, code in zip(counts, codes, strict=True)]
    return sum(squares, Fraction(0)) / (sum(counts) - 1)
