"""Effects on the parts of an index add up to the effect on the index, on one matched sample."""

from __future__ import annotations

from livelihoods.audit.finding import Finding, Place, Verdict, verdict
from livelihoods.audit.intervals import total
from livelihoods.audit.page import Page, Paper
from livelihoods.audit.printed import Printed
from livelihoods.audit.rules import Rule

_NAME = "parts_of_effect"


def check(page: Page, paper: Paper) -> Verdict:
    """Compare an outcome's estimate with the sum of the estimates on its declared parts.

    Where the parts are contributions (they add up to the index for each household) and the sample
    and weights are the same, every linear estimator's effects add up as well.
    """
    found, checked = [], 0
    for whole, parts in page.spec.parts.items():
        for column, numbers in _estimates(page, (whole, *parts)):
            sum_of_parts = total(number.interval() for number in numbers[1:])
            checked += 1
            if not sum_of_parts.meets(numbers[0].interval()):
                found.append(
                    Finding(
                        _NAME,
                        "effects_do_not_add",
                        "inconsistent",
                        Place(page.spec.id, whole, column),
                        numbers[0].text,
                        sum_of_parts,
                        numbers[0].decimals,
                        tuple(Place(page.spec.id, part, column) for part in parts),
                        {"parts": list(parts)},
                    )
                )
    return verdict(_NAME, page.spec.id, found, checked, "parts_not_declared")


def _estimates(page: Page, outcomes: tuple[str, ...]) -> list[tuple[str, list[Printed]]]:
    """Collect the numbers of these outcomes: rows of a comparison, or columns of a regression."""
    if page.comparison is not None:
        column = page.comparison.roles.get("difference", "")
        rows = [page.comparison.numbers.get((outcome, column)) for outcome in outcomes]
        known = [number for number in rows if number is not None]
        return [(column, known)] if len(known) == len(outcomes) else []
    if page.regression is None:
        return []
    result = []
    for term in page.regression.terms:
        cells = [page.regression.coefficients.get((term, outcome)) for outcome in outcomes]
        numbers = [cell.estimate for cell in cells if cell is not None]
        if len(numbers) == len(outcomes):
            result.append((term, numbers))
    return result


RULE = Rule(_NAME, ("matching", "group_difference", "regression"), check)
