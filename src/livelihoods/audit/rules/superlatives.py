"""A unit that a sentence calls the first is the first, by the measure the sentence names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from livelihoods.audit.finding import Finding, Place, Verdict, verdict
from livelihoods.audit.intervals import exactly
from livelihoods.audit.page import Page, Paper
from livelihoods.audit.paper import ClaimSpec
from livelihoods.audit.rules import Rule
from livelihoods.audit.views.panel import PanelView, year_of

_NAME = "superlatives"
Measure = Literal["level", "units", "rate"]

_FASTEST = re.compile(
    r"fastest|largest (?:growth )?(?:rate|magnitude|range)|增速最快|增长最快|增幅最大",
    re.I,
)
_MOST = re.compile(
    r"(?:highest|largest|greatest) (?:number|increase)|grew most|"
    r"增(?:加|长)(?:数)?最多|增量最大",
    re.I,
)
_HIGHEST = re.compile(
    r"(?:highest|largest) total|total number.*(?:highest|largest)|总数最多",
    re.I,
)
_YEARS = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, slots=True)
class _Said:
    """What a sentence claims: which unit of which table is first, by what, over which years."""

    view: PanelView
    unit: str
    measure: Measure
    columns: tuple[str, ...]


def check(page: Page, paper: Paper) -> Verdict:
    """Rank the units of a printed table as the sentence says and look who is first.

    A sentence is read where it names one unit of one table of counts by year, one or two of the
    table's years, and a superlative. "Fastest" is a rate: a unit that is first only by the number
    it gained is not the fastest.
    """
    found, checked = [], 0
    for claim in paper.claims:
        said = _read(claim, paper)
        if said is None:
            continue
        order = _ranked(said, said.measure)
        if said.unit not in order:
            continue
        checked += 1
        first = max(order, key=lambda unit: order[unit])
        if order[first] > order[said.unit]:
            found.append(_finding(claim, said, first, order[first]))
    return verdict(_NAME, page.spec.id, found, checked, "no_superlative_read")


def _read(claim: ClaimSpec, paper: Paper) -> _Said | None:
    measure = _measure(claim.text)
    if measure is None:
        return None
    years = sorted({int(year) for year in _YEARS.findall(claim.text)})
    for page in paper.pages:
        view = page.panel
        if view is None or not view.total or (claim.table and page.spec.id != claim.table):
            continue
        units = [part for part in view.parts if part.casefold() in claim.text.casefold()]
        columns = [c for year in years for c in view.level_columns if year_of(c) == year]
        if len(units) == 1 and len(columns) == (1 if measure == "level" else 2):
            return _Said(view, units[0], measure, tuple(columns))
    return None


def _measure(text: str) -> Measure | None:
    if _HIGHEST.search(text):
        return "level"
    if _FASTEST.search(text):
        return "rate"
    return "units" if _MOST.search(text) else None


def _ranked(said: _Said, measure: Measure) -> dict[str, Fraction]:
    """Return the value of every unit by a measure, exact, units without numbers left out."""
    values: dict[str, Fraction] = {}
    for unit in said.view.parts:
        cells = [said.view.levels.get((unit, column)) for column in said.columns]
        known = [cell.value for cell in cells if cell is not None]
        if len(known) != len(said.columns):
            continue
        if measure == "level":
            values[unit] = known[-1]
        elif measure == "units":
            values[unit] = known[1] - known[0]
        elif known[0]:
            values[unit] = (known[1] / known[0] - 1) * 100
    return values


def _finding(claim: ClaimSpec, said: _Said, first: str, value: Fraction) -> Finding:
    own = _ranked(said, said.measure)[said.unit]
    by_units = _ranked(said, "units") if said.measure == "rate" else {}
    only_by_units = bool(by_units) and max(by_units, key=lambda u: by_units[u]) == said.unit
    decimals = 1 if said.measure == "rate" else 0
    return Finding(
        _NAME,
        "first_only_by_units" if only_by_units else "not_the_first",
        "inconsistent",
        Place(said.view.spec.id, said.unit, " … ".join(said.columns)),
        claim.value,
        exactly(value),
        decimals,
        (Place(said.view.spec.id, first, " … ".join(said.columns)),),
        {
            "claim": claim.text,
            "id": claim.id,
            "unit": said.unit,
            "first": first,
            "own": f"{float(own):,.{decimals}f}",
            "units": f"{float(by_units.get(said.unit, 0)):,.0f}",
        },
    )


RULE = Rule(_NAME, ("claims",), check)
