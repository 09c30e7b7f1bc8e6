"""A weak-instrument threshold that the text cites must exist for its design."""

from __future__ import annotations

import re

from livelihoods.audit.finding import Finding, Place, Verdict, verdict
from livelihoods.audit.page import Page, Paper
from livelihoods.audit.paper import ClaimSpec
from livelihoods.audit.rules import Rule

_NAME = "weak_thresholds"
_BIAS = re.compile(r"\bbias\b|偏误|偏差", re.I)
_WEAK = re.compile(r"weak|critical value|stock|yogo|弱工具", re.I)
# Stock and Yogo (2005), Table 5.1: with one endogenous regressor the bias values begin at three
# excluded instruments, as the bias of 2SLS has no mean with fewer than two over-identifying ones.
_FEWEST_FOR_BIAS = 3


def check(page: Page, paper: Paper) -> Verdict:
    """Find claims that compare F with a "bias" critical value where none is tabulated."""
    found, checked = [], 0
    for claim in paper.claims:
        if not (_WEAK.search(claim.text) and _BIAS.search(claim.text)):
            continue
        instruments = _instruments(claim, paper)
        if instruments is None:
            continue
        checked += 1
        if instruments < _FEWEST_FOR_BIAS:
            found.append(
                Finding(
                    _NAME,
                    "no_bias_threshold",
                    "impossible",
                    Place(claim.table),
                    claim.value or claim.text,
                    values={"claim": claim.text, "id": claim.id, "instruments": instruments},
                )
            )
    return verdict(_NAME, page.spec.id, found, checked, "no_threshold_claimed")


def _instruments(claim: ClaimSpec, paper: Paper) -> int | None:
    if claim.instruments is not None:
        return claim.instruments
    cited = paper.page(claim.table)
    return cited.spec.instruments if cited is not None else None


RULE = Rule(_NAME, ("claims",), check)
