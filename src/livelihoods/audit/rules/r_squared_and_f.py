"""R², adjusted R², F, n and k of a least-squares fit determine each other."""

from __future__ import annotations

from livelihoods.audit.finding import Finding, Place, Verdict, verdict
from livelihoods.audit.intervals import Interval, at_least_zero, between, exactly
from livelihoods.audit.page import Page, Paper
from livelihoods.audit.rules import Rule
from livelihoods.audit.views.regression import RegressionView

_NAME = "r_squared_and_f"
_ONE = exactly(1)


def check(page: Page, paper: Paper) -> Verdict:
    """Compare R² with F, and with adjusted R².

    With an intercept, k slopes and d = n − k − 1, classical errors:
    ``F = (R²/k) / ((1 − R²)/d)``, so ``R² = kF / (kF + d)``, and
    ``adjusted R² = 1 − (1 − R²)(n − 1)/d``. After robust errors F is a Wald test and the first does
    not hold; the second always does. Where the number printed as R² is the adjusted one, the rule
    says that.
    """
    view = page.regression
    if view is None:
        return verdict(_NAME, page.spec.id, [], 0)
    found: list[Finding] = []
    checked = 0
    reason = ""
    for column in view.columns:
        d, k = view.residual_df(column), view.slopes(column)
        if d is None or not k:
            reason = "n_or_k_unknown"
            continue
        for new, made in (_against_f(view, column, k, d), _against_adjusted(view, column, k, d)):
            found += new
            checked += made
    if not reason and not checked and page.spec.errors != "classical":
        reason = "errors_not_classical"
    return verdict(_NAME, page.spec.id, found, checked, reason)


def r_squared_of(f: Interval, k: int, d: int) -> Interval:
    """Return ``kF / (kF + d)``; it rises in F."""
    ends = at_least_zero(f)
    return between(*(k * end / (k * end + d) for end in (ends.low, ends.high)))


def adjusted(r2: Interval, k: int, d: int) -> Interval:
    """Return ``1 − (1 − R²)(n − 1)/d`` with n − 1 = k + d."""
    factor = exactly(k + d) / exactly(d)
    return _ONE - (_ONE - r2) * factor


def _against_f(view: RegressionView, column: str, k: int, d: int) -> tuple[list[Finding], int]:
    f = view.statistics.get("f", {}).get(column)
    if f is None or view.spec.errors != "classical":
        return [], 0
    implied = r_squared_of(f.interval(), k, d)
    found, checked = [], 0
    for name, ends in (("r2", implied), ("adj_r2", adjusted(implied, k, d))):
        printed = view.statistics.get(name, {}).get(column)
        if printed is None:
            continue
        checked += 1
        if ends.meets(printed.interval()):
            continue
        is_adjusted = name == "r2" and adjusted(implied, k, d).meets(printed.interval())
        found.append(
            Finding(
                _NAME,
                "adjusted_printed_as_r2" if is_adjusted else f"{name}_is_not_f",
                "inconsistent",
                Place(view.spec.id, view.labels[name], column),
                printed.text,
                ends,
                printed.decimals,
                (Place(view.spec.id, view.labels["f"], column),),
                {"f": f.text, "k": k, "n": k + d + 1},
            )
        )
    return found, checked


def _against_adjusted(
    view: RegressionView, column: str, k: int, d: int
) -> tuple[list[Finding], int]:
    plain = view.statistics.get("r2", {}).get(column)
    printed = view.statistics.get("adj_r2", {}).get(column)
    if plain is None or printed is None:
        return [], 0
    ends = adjusted(plain.interval(), k, d)
    if ends.meets(printed.interval()):
        return [], 1
    return [
        Finding(
            _NAME,
            "adjusted_is_not_r2",
            "impossible" if printed.interval().low > plain.interval().high else "inconsistent",
            Place(view.spec.id, view.labels["adj_r2"], column),
            printed.text,
            ends,
            printed.decimals,
            (Place(view.spec.id, view.labels["r2"], column),),
            {"r2": plain.text, "k": k, "n": k + d + 1},
        )
    ], 1


RULE = Rule(_NAME, ("regression",), check)
