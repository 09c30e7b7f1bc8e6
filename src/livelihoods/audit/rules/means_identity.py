"""A least-squares fit with an intercept passes through the means: is there any feasible mean?"""

from __future__ import annotations

import numpy as np

from livelihoods.audit.finding import Finding, Place, Verdict, verdict
from livelihoods.audit.intervals import Interval, exactly
from livelihoods.audit.page import Page, Paper, overall_mean
from livelihoods.audit.rules import Rule
from livelihoods.audit.views.regression import RegressionView
from livelihoods.typing import Floats

_NAME = "means_identity"
# Slack on each equation, far below half a unit of any printed digit.
_SLACK = 1e-9


def check(page: Page, paper: Paper) -> Verdict:
    """Search means of the regressors that every equation can live with.

    For each equation ``ȳ = b₀ + Σ b_j x̄_j`` whatever the standard errors, and the x̄ are the same
    where the rows are. Printed coefficients are intervals; for x̄_j ≥ 0 the products are bounded by
    ``b_low x̄`` and ``b_high x̄``, so the question is a linear program in x̄ (a regressor that can be
    negative is split into two parts). If even the loosest program has no solution, the printed
    numbers are impossible together; the rule then names the equations whose removal helps.
    """
    view = page.regression
    if view is None or not page.spec.means:
        return verdict(_NAME, page.spec.id, [], 0, "means_not_declared")
    if not view.intercept or view.hidden or not _same_rows(view):
        return verdict(_NAME, page.spec.id, [], 0, "rows_differ")
    known = {
        column: mean
        for column, said in page.spec.means.items()
        if column in view.columns and (mean := overall_mean(paper, said)) is not None
    }
    equations = [column for column in view.columns if column in known]
    if not equations:
        return verdict(_NAME, page.spec.id, [], 0, "means_not_declared")
    if feasible(view, known, equations):
        return verdict(_NAME, page.spec.id, [], len(equations))
    found = [_finding(view, known, equations)]
    return verdict(_NAME, page.spec.id, found, len(equations))


def _same_rows(view: RegressionView) -> bool:
    if view.spec.same_rows is not None:
        return view.spec.same_rows
    rows = {view.rows(column) for column in view.columns}
    return len(rows) == 1 and None not in rows


def feasible(view: RegressionView, means: dict[str, Interval], equations: list[str]) -> bool:
    """Tell whether some vector of regressor means satisfies all the equations."""
    from scipy.optimize import linprog

    terms = [term for term in view.terms if term != view.intercept]
    A, b = _inequalities(view, terms, means, equations)
    bounds = [_range(view, term) for term in terms]
    split = [(max(low, 0.0), max(high, 0.0)) for low, high in bounds]
    negative = [(max(-high, 0.0), max(-low, 0.0)) for low, high in bounds]
    solved = linprog(np.zeros(A.shape[1]), A_ub=A, b_ub=b, bounds=[*split, *negative])
    return bool(solved.status == 0)


def _range(view: RegressionView, term: str) -> tuple[float, float]:
    if term in view.spec.ranges:
        return view.spec.ranges[term]
    return (0.0, 1.0) if term in view.spec.dummies else (-1e9, 1e9)


def _inequalities(
    view: RegressionView, terms: list[str], means: dict[str, Interval], equations: list[str]
) -> tuple[Floats, Floats]:
    """Two rows an equation: its least possible value ≤ ȳ_high, its greatest ≥ ȳ_low."""
    rows, right = [], []
    for column in equations:
        slopes = [
            view.coefficients[term, column].estimate.interval()
            if (term, column) in view.coefficients
            else exactly(0)
            for term in terms
        ]
        start = view.coefficients[view.intercept, column].estimate.interval()
        low = np.array([float(slope.low) for slope in slopes])
        high = np.array([float(slope.high) for slope in slopes])
        rows.append(np.concatenate([low, -high]))
        right.append(float(means[column].high - start.low) + _SLACK)
        rows.append(np.concatenate([-high, low]))
        right.append(float(start.high - means[column].low) + _SLACK)
    return np.array(rows), np.array(right)


def _finding(view: RegressionView, known: dict[str, Interval], equations: list[str]) -> Finding:
    alone = [column for column in equations if not feasible(view, known, [column])]
    helps = [
        column
        for column in equations
        if len(equations) > 1
        and feasible(view, known, [other for other in equations if other != column])
    ]
    named = alone or helps
    return Finding(
        _NAME,
        "no_feasible_mean_alone" if alone else "no_feasible_mean",
        "impossible",
        Place(view.spec.id, view.intercept, named[0] if len(named) == 1 else ""),
        "; ".join(view.coefficients[view.intercept, column].raw for column in named or equations),
        values={"equations": named or equations},
    )


RULE = Rule(_NAME, ("regression",), check)
