"""Stars, t and p say the same about a coefficient."""

from __future__ import annotations

import math
from fractions import Fraction

from livelihoods.audit.finding import Finding, Place, Verdict, verdict
from livelihoods.audit.intervals import Interval, at_least_zero, between, falling
from livelihoods.audit.page import Page, Paper
from livelihoods.audit.rules import Rule
from livelihoods.audit.views.regression import Coefficient, RegressionView
from livelihoods.numerics.special import t_two_sided

_NAME = "stars"
# Where degrees of freedom are not known (clusters), t tables from 5 to the normal are all allowed.
_FEWEST_DF = 5.0


def check(page: Page, paper: Paper) -> Verdict:
    """Compare the printed stars with the p value that |t| = |coefficient / standard error| has.

    p falls in |t| and lies between the t distribution with n − k − 1 degrees of freedom and the
    normal (programs differ), for clustered or unknown errors between 5 degrees of freedom and the
    normal. Stars are wrong where no p of that interval earns them.
    """
    view = page.regression
    if view is None:
        return verdict(_NAME, page.spec.id, [], 0)
    if not any(coefficient.stars for coefficient in view.coefficients.values()):
        return verdict(_NAME, page.spec.id, [], 0, "no_stars")
    found, checked = [], 0
    for (term, column), coefficient in view.coefficients.items():
        p = p_value(view, coefficient)
        if p is None:
            continue
        checked += 1
        low, high = earned(p.high, page.spec.stars), earned(p.low, page.spec.stars)
        if not low <= coefficient.stars <= high:
            found.append(
                Finding(
                    _NAME,
                    "too_many_stars" if coefficient.stars > high else "too_few_stars",
                    "inconsistent",
                    Place(page.spec.id, term, column),
                    coefficient.raw,
                    p,
                    3,
                    values={"stars": coefficient.stars, "earned": high},
                )
            )
    return verdict(_NAME, page.spec.id, found, checked, "brackets_unknown")


def p_value(view: RegressionView, coefficient: Coefficient) -> Interval | None:
    """Return what the two-sided p value can have been."""
    if view.brackets() == "p" and coefficient.bracket is not None:
        return at_least_zero(coefficient.bracket.interval())
    t = view.t_value(coefficient)
    if t is None:
        return None
    few = _df(view, coefficient.column)
    loose = falling(lambda value: float(t_two_sided(value, few)), t)
    tight = falling(lambda value: float(t_two_sided(value, math.inf)), t)
    return between(min(loose.low, tight.low), max(loose.high, tight.high))


def earned(p: Fraction, levels: tuple[float, float, float]) -> int:
    """Return how many stars a p value earns at the given levels of one, two, three stars."""
    return sum(1 for level in levels if p < Fraction(str(level)))


def _df(view: RegressionView, column: str) -> float:
    known = view.residual_df(column)
    if view.spec.errors in ("classical", "robust") and known is not None:
        return float(known)
    return _FEWEST_DF


RULE = Rule(_NAME, ("regression",), check)
