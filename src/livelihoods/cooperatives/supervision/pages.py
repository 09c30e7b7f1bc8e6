"""Findings as a document for the file or the meeting: HTML and Word."""

from __future__ import annotations

from livelihoods import words
from livelihoods.cooperatives.supervision.findings import Findings
from livelihoods.cooperatives.supervision.trail import GrantTrail
from livelihoods.report.document import Block, Document, Heading, Prose


def findings_document(findings: Findings, trail: GrantTrail | None = None) -> Document:
    """Return the findings counted, then listed, then the way of the subsidies.

    Parameters
    ----------
    findings
        What an audit or a screening found.
    trail
        The grants followed; left out if None.
    """
    say = f"cooperatives.supervision_{findings.what}"
    blocks: list[Block] = [
        Prose(words.text(f"{say}_reading")),
        findings.summary(),
        Heading(1, words.text("cooperatives.supervision_list_heading")),
        findings.listing(),
    ]
    if trail is not None and trail.frame.height:
        blocks += [Heading(1, words.text("cooperatives.grant_trail_heading")), trail.summary()]
    seen = findings.glance().row(0, named=True)
    return Document(
        words.text(f"{say}_title", day=findings.as_of.isoformat()),
        words.language(),
        tuple(blocks),
        facts=(
            (words.text("cooperatives.supervision_cooperatives"), f"{seen['cooperatives']:,}"),
            (words.text("cooperatives.supervision_rules"), f"{seen['rules']}"),
            (words.text("cooperatives.supervision_status_broken"), f"{seen['broken']}"),
            (words.text("cooperatives.supervision_status_look"), f"{seen['look']}"),
            (words.text("cooperatives.supervision_status_not_judged"), f"{seen['not_judged']}"),
        ),
    )
