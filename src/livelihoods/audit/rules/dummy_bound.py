"""The standard error of a 0/1 regressor cannot be smaller than its variance of at most ¼ allows."""

from __future__ import annotations

from fractions import Fraction

from livelihoods.audit.finding import Finding, Place, Verdict, verdict
from livelihoods.audit.intervals import Interval, exactly
from livelihoods.audit.page import Page, Paper, overall_variance
from livelihoods.audit.rules import Rule
from livelihoods.audit.rules.r_squared_and_f import adjusted, r_squared_of
from livelihoods.audit.views.regression import RegressionView

_NAME = "dummy_bound"


def check(page: Page, paper: Paper) -> Verdict:
    """Bound classical standard errors of dummies from below.

    ``se_j² = s² / (n v_j (1 − R_j²))`` with v_j = p(1 − p) ≤ ¼ and R_j² ≥ 0, so
    ``se_j² ≥ 4 s² / n``; and ``s² = (1 − adjusted R²) · var(y)`` with var(y) from the table of the
    outcome that ``means`` cites.
    """
    view = page.regression
    if view is None or page.spec.errors != "classical":
        return verdict(_NAME, page.spec.id, [], 0, "errors_not_classical")
    if not page.spec.dummies:
        return verdict(_NAME, page.spec.id, [], 0, "no_dummies_declared")
    found, checked = [], 0
    for column in view.columns:
        spread = _residual_variance(view, column, paper)
        n = view.rows(column)
        if spread is None or n is None:
            continue
        least = (exactly(4) * spread / exactly(n)).root()
        for term in page.spec.dummies:
            coefficient = view.coefficients.get((term, column))
            ends = view.standard_error(coefficient) if coefficient else None
            if coefficient is None or ends is None:
                continue
            checked += 1
            if ends.high < least.low:
                found.append(
                    Finding(
                        _NAME,
                        "dummy_error_too_small",
                        "impossible",
                        Place(page.spec.id, term, column),
                        coefficient.raw,
                        least,
                        4,
                        values={"error": float(ends.middle)},
                    )
                )
    return verdict(_NAME, page.spec.id, found, checked, "variance_unknown")


def _residual_variance(view: RegressionView, column: str, paper: Paper) -> Interval | None:
    said = view.spec.means.get(column, "")
    variance = overall_variance(paper, said) if ":" in said or paper.page(said) else None
    d, k = view.residual_df(column), view.slopes(column)
    if variance is None or d is None or not k:
        return None
    share = _adjusted_r2(view, column, k, d)
    return None if share is None else (exactly(1) - share) * variance


def _adjusted_r2(view: RegressionView, column: str, k: int, d: int) -> Interval | None:
    """Prefer F, which cannot be mistaken for anything else, to a number called R²."""
    f = view.statistics.get("f", {}).get(column)
    if f is not None:
        return adjusted(r_squared_of(f.interval(), k, d), k, d)
    printed = view.statistics.get("adj_r2", {}).get(column)
    if printed is not None:
        return printed.interval()
    plain = view.statistics.get("r2", {}).get(column)
    if plain is None:
        return None
    ends = plain.interval()
    both = adjusted(ends, k, d)
    return Interval(min(ends.low, both.low, Fraction(0)), max(ends.high, both.high))


RULE = Rule(_NAME, ("regression",), check)
