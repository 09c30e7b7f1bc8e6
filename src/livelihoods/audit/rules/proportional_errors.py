"""Standard errors of the same regressors on the same rows are proportional across equations."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from livelihoods.audit.finding import Finding, FindingSeverity, Place, Verdict, verdict
from livelihoods.audit.intervals import Interval, between
from livelihoods.audit.page import Page, Paper
from livelihoods.audit.printed import Printed
from livelihoods.audit.rules import Rule
from livelihoods.audit.rules.stars import earned
from livelihoods.audit.views.regression import Coefficient, RegressionView
from livelihoods.numerics.special import t_two_sided
from livelihoods.typing import Floats

_NAME = "proportional_errors"
# Slack of a logarithm in double precision, far below any printed digit.
_SLACK = 1e-9
Cell = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Bounds:
    """Logarithms of what each standard error can have been; −inf and inf where not printed."""

    terms: tuple[str, ...]
    columns: tuple[str, ...]
    low: Floats
    high: Floats

    def without(self, cell: Cell) -> _Bounds:
        low, high = self.low.copy(), self.high.copy()
        at = self.terms.index(cell[0]), self.columns.index(cell[1])
        low[at], high[at] = -np.inf, np.inf
        return _Bounds(self.terms, self.columns, low, high)


def check(page: Page, paper: Paper) -> Verdict:
    """Look for a common pattern of standard errors.

    With classical errors ``se_ij = s_i · c_j``: the residual scale of equation i times the root of
    the j-th diagonal of ``(X'X)⁻¹``, which all equations on the same rows share. In logarithms each
    printed cell bounds a difference, ``log L ≤ log s_i + log c_j ≤ log U``; such a system has a
    solution exactly if its graph has no negative cycle. If it has none, the rule names the cell
    without which it has one, and what that cell would be given the others.
    """
    view = page.regression
    if view is None:
        return verdict(_NAME, page.spec.id, [], 0)
    reason = _silent(view)
    if reason:
        return verdict(_NAME, page.spec.id, [], 0, reason)
    bounds = _bounds(view)
    checked = int(np.isfinite(bounds.low).sum())
    culprits: list[Cell] = []
    # A table wrong in more than a third of its cells has no pattern left to hold the others to.
    while _closure(bounds) is None:
        if len(culprits) >= max(checked // 3, 1):
            return verdict(_NAME, page.spec.id, [_no_pattern(view)], checked)
        cell = min(_cells(bounds), key=lambda cell: (_excess(bounds.without(cell)), cell))
        culprits.append(cell)
        bounds = bounds.without(cell)
    return verdict(
        _NAME, page.spec.id, [_finding(view, cell, bounds) for cell in culprits], checked
    )


def _silent(view: RegressionView) -> str:
    if view.spec.errors != "classical":
        return "errors_not_classical"
    if len(view.columns) < 2:
        return "one_equation"
    rows = {view.rows(column) for column in view.columns}
    if view.spec.same_rows is False or (
        view.spec.same_rows is None and (None in rows or len(rows) > 1)
    ):
        return "rows_differ"
    sets = {
        frozenset(term for term in view.terms if (term, column) in view.coefficients)
        for column in view.columns
    }
    if len(sets) > 1 or view.hidden:
        return "regressors_differ"
    if view.brackets() not in ("t", "se"):
        return "brackets_unknown"
    return ""


def _bounds(view: RegressionView) -> _Bounds:
    low = np.full((len(view.terms), len(view.columns)), -np.inf)
    high = np.full_like(low, np.inf)
    for (term, column), coefficient in view.coefficients.items():
        ends = view.standard_error(coefficient)
        if ends is None or ends.low <= 0:
            continue
        at = view.terms.index(term), view.columns.index(column)
        low[at], high[at] = math.log(ends.low) - _SLACK, math.log(ends.high) + _SLACK
    return _Bounds(view.terms, view.columns, low, high)


def _closure(bounds: _Bounds) -> Floats | None:
    """Return shortest distances between all nodes, or None if there is a negative cycle.

    Nodes are terms (log c_j) and columns (−log s_i): ``log c_j − (−log s_i) ≤ log U`` is an edge
    from the column to the term of length log U, and the lower bound one back of length −log L.
    """
    terms, columns = len(bounds.terms), len(bounds.columns)
    size = terms + columns
    distance = np.full((size, size), np.inf)
    np.fill_diagonal(distance, 0.0)
    distance[terms:, :terms] = bounds.high.T
    distance[:terms, terms:] = -bounds.low
    for middle in range(size):
        through = distance[:, middle, None] + distance[None, middle, :]
        np.minimum(distance, through, out=distance)
        if (np.diagonal(distance) < 0).any():
            return None
    return distance


def _cells(bounds: _Bounds) -> list[Cell]:
    return [
        (bounds.terms[i], bounds.columns[j])
        for i, j in np.argwhere(np.isfinite(bounds.low)).tolist()
    ]


def _excess(bounds: _Bounds) -> float:
    """Return how far all bounds must be widened (in logarithms) for a solution to exist."""
    if _closure(bounds) is not None:
        return 0.0
    low, high = 0.0, 16.0
    for _ in range(24):
        middle = (low + high) / 2
        wide = _Bounds(bounds.terms, bounds.columns, bounds.low - middle, bounds.high + middle)
        low, high = (low, middle) if _closure(wide) is not None else (middle, high)
    return high


def _finding(view: RegressionView, cell: Cell, rest: _Bounds) -> Finding:
    """Say what the cell's standard error, t and stars would be, given the other cells."""
    term, column = cell
    coefficient = view.coefficients[cell]
    would = _would_be(cell, rest)
    values: dict[str, Any] = {"stars_then": "", "t_then": ""}
    if would is not None:
        t = coefficient.estimate.interval().magnitude() / would
        df = view.residual_df(column) or math.inf
        p = between(*sorted(_p(end, df) for end in (t.low, t.high)))
        fewest, most = earned(p.high, view.spec.stars), earned(p.low, view.spec.stars)
        values = {
            "t_then": f"{float(t.low):.2f} to {float(t.high):.2f}",
            "stars_then": str(fewest) if fewest == most else f"{fewest} to {most}",
            "p_low": float(p.low),
            "p_high": float(p.high),
        }
    return Finding(
        _NAME,
        "error_out_of_proportion" if would is not None else "error_out_of_proportion_unknown",
        _severity(coefficient, view, would),
        Place(view.spec.id, term, column),
        coefficient.raw,
        would,
        4,
        values=values,
    )


def _severity(
    coefficient: Coefficient, view: RegressionView, would: Interval | None
) -> FindingSeverity:
    """One more unit in the last digits of both numbers is careless rounding, not another error."""
    bracket = coefficient.bracket
    if would is None or bracket is None:
        return "inconsistent"
    size = _unit_wider(coefficient.estimate).magnitude()
    other = _unit_wider(bracket).magnitude()
    if other.low <= 0:
        return "inconsistent"
    printed = other if view.brackets() == "se" else size / other
    return "rounding" if printed.meets(would) else "inconsistent"


def _unit_wider(number: Printed) -> Interval:
    return number.interval().widened(Fraction(1) / Fraction(10) ** number.decimals)


def _p(t: Fraction, df: float) -> Fraction:
    return Fraction(float(t_two_sided(float(t), df)))


def _would_be(cell: Cell, rest: _Bounds) -> Interval | None:
    """Return the standard errors that fit the others: the shortest paths between its two nodes."""
    distance = _closure(rest)
    if distance is None:
        return None
    term, column = rest.terms.index(cell[0]), len(rest.terms) + rest.columns.index(cell[1])
    high, low = distance[column, term], -distance[term, column]
    if not (np.isfinite(high) and np.isfinite(low)):
        return None
    return between(Fraction(math.exp(low)), Fraction(math.exp(max(low, high))))


def _no_pattern(view: RegressionView) -> Finding:
    return Finding(_NAME, "no_common_pattern", "inconsistent", Place(view.spec.id))


RULE = Rule(_NAME, ("regression",), check)
