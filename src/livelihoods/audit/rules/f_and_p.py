"""The probability printed for F is the tail of the F distribution."""

from __future__ import annotations

from functools import partial

from livelihoods.audit.finding import Finding, Place, Verdict, verdict
from livelihoods.audit.intervals import falling
from livelihoods.audit.page import Page, Paper
from livelihoods.audit.rules import Rule
from livelihoods.numerics.special import f_tail

_NAME = "f_and_p"


def check(page: Page, paper: Paper) -> Verdict:
    """Compare p with ``P(F(k, n − k − 1) > F)``, which falls in F.

    With clustered errors the second degrees of freedom are the number of clusters less one, which
    the table does not say; the rule is silent there.
    """
    view = page.regression
    if view is None or page.spec.errors == "clustered":
        return verdict(_NAME, page.spec.id, [], 0, "df_unknown")
    found, checked = [], 0
    for column in view.columns:
        f = view.statistics.get("f", {}).get(column)
        p = view.statistics.get("p", {}).get(column)
        d, k = view.residual_df(column), view.slopes(column)
        if f is None or p is None or d is None or not k:
            continue
        checked += 1
        ends = falling(partial(_tail, k, d), f.interval())
        if not ends.meets(p.interval()):
            found.append(
                Finding(
                    _NAME,
                    "p_is_not_f",
                    "inconsistent",
                    Place(page.spec.id, view.labels["p"], column),
                    p.text,
                    ends,
                    p.decimals,
                    (Place(page.spec.id, view.labels["f"], column),),
                    {"f": f.text, "k": k, "d": d},
                )
            )
    return verdict(_NAME, page.spec.id, found, checked, "n_or_k_unknown")


def _tail(k: int, d: int, f: float) -> float:
    return f_tail(f, k, d)


RULE = Rule(_NAME, ("regression",), check)
