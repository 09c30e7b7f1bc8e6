"""A t value has the sign of its coefficient."""

from __future__ import annotations

from livelihoods.audit.finding import Finding, Place, Verdict, verdict
from livelihoods.audit.page import Page, Paper
from livelihoods.audit.rules import Rule

_NAME = "t_sign"


def check(page: Page, paper: Paper) -> Verdict:
    """Compare signs: t = b / se and se > 0.

    A paper that prints |t| throughout has no negative t at all; the rule is silent then, as there
    is nothing that contradicts itself.
    """
    view = page.regression
    if view is None or view.brackets() not in ("t", "z"):
        return verdict(_NAME, page.spec.id, [], 0, "no_t_values")
    pairs = [(c, c.bracket) for c in view.coefficients.values() if c.bracket is not None]
    signed = any(bracket.value < 0 for _, bracket in pairs)
    if not signed and any(c.estimate.value < 0 for c, _ in pairs):
        return verdict(_NAME, page.spec.id, [], 0, "absolute_t")
    found = [
        Finding(
            _NAME,
            "sign_of_t",
            "impossible",
            Place(page.spec.id, c.term, c.column),
            c.raw,
            values={"estimate": c.estimate.text, "t": bracket.text},
        )
        for c, bracket in pairs
        if c.estimate.value * bracket.value < 0
        and 0 not in c.estimate.interval()
        and 0 not in bracket.interval()
    ]
    return verdict(_NAME, page.spec.id, found, len(pairs))


RULE = Rule(_NAME, ("regression",), check)
