"""A finding is claimed about an outcome that some table models."""

from __future__ import annotations

from livelihoods.audit.finding import Finding, Place, Verdict, verdict
from livelihoods.audit.page import Page, Paper
from livelihoods.audit.rules import Rule

_NAME = "unmodelled_outcomes"


def check(page: Page, paper: Paper) -> Verdict:
    """Compare each claim's declared outcome with the outcomes that tables print or the paper lists.

    "A significantly reduced probability of falling back into poverty" needs a table in which
    poverty is an outcome.
    """
    modelled = _modelled(paper)
    claims = [claim for claim in paper.claims if claim.outcome]
    if not modelled:
        return verdict(_NAME, page.spec.id, [], 0, "no_outcomes_listed")
    found = [
        Finding(
            _NAME,
            "outcome_not_modelled",
            "inconsistent",
            Place(claim.table),
            claim.outcome,
            values={"claim": claim.text, "id": claim.id, "modelled": modelled},
        )
        for claim in claims
        if claim.outcome not in modelled
    ]
    return verdict(_NAME, page.spec.id, found, len(claims), "no_outcome_claimed")


def _modelled(paper: Paper) -> list[str]:
    names: list[str] = list(paper.outcomes)
    for page in paper.pages:
        if page.regression is not None:
            names += page.regression.columns
        elif page.spec.kind in ("matching", "group_difference") and page.comparison is not None:
            names += page.comparison.rows
    return sorted(set(names))


RULE = Rule(_NAME, ("claims",), check)
