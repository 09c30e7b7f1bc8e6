"""Short ways to audit lines of text in tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from livelihoods.audit.finding import Finding
from livelihoods.audit.grid import grid_of
from livelihoods.audit.page import Page, Paper, open_page
from livelihoods.audit.paper import ClaimSpec, HypothesisSpec, TableSpec
from livelihoods.audit.run import Audit, examine


def page(lines: Sequence[Sequence[str]], name: str = "t", **spec: Any) -> Page:
    return open_page(grid_of(name, lines), TableSpec(id=name, **spec))


def examine_pages(
    *pages: Page,
    claims: Sequence[dict[str, Any]] = (),
    hypotheses: Sequence[dict[str, Any]] = (),
    outcomes: Sequence[str] = (),
) -> Audit:
    return examine(
        Paper(
            "",
            pages,
            tuple(ClaimSpec(**claim) for claim in claims),
            tuple(HypothesisSpec(**item) for item in hypotheses),
            tuple(outcomes),
        )
    )


def found(audit: Audit, rule: str = "") -> list[Finding]:
    return [finding for finding in audit.findings if rule in ("", finding.rule)]


def codes(audit: Audit, rule: str = "") -> list[str]:
    return [finding.code for finding in found(audit, rule)]
