"""The audit's own tables: findings, hypotheses, and which rules could speak."""

from __future__ import annotations

from livelihoods import words
from livelihoods.audit.finding import Finding
from livelihoods.audit.run import Audit
from livelihoods.tables import BLANK, Column, Row, Table, integer, text


def findings_table(audit: Audit, language: str | None = None) -> Table:
    """Return one line a finding; a clean audit says how many comparisons it rests on."""
    lang = language or words.language()
    counts = audit.counts()
    rows = tuple(_finding_row(finding, lang) for finding in audit.findings)
    if not rows:
        checked = sum(verdict.checked for verdict in audit.verdicts)
        sentence = words.text(
            "audit.no_findings", lang, tables=len(audit.paper.pages), checked=checked
        )
        rows = (Row((text(sentence), *(BLANK for _ in range(5)))),)
    headings = ("place", "printed", "recomputed", "severity_title", "rule", "sentence")
    return Table(
        id="audit-findings",
        title=words.text("audit.findings_title", lang),
        columns=tuple(Column(key, words.text(f"audit.{key}", lang), "left") for key in headings),
        rows=rows,
        legend=(words.text("audit.counts", lang, **counts), words.text("audit.reading", lang)),
        language=lang,
    )


def hypotheses_table(audit: Audit, language: str | None = None) -> Table:
    """Return what is left of each hypothesis."""
    lang = language or words.language()
    headings = ("hypothesis", "place", "coefficient", "verdict", "rule")
    rows = tuple(
        Row(
            (
                text(f"{row.spec.id} {row.spec.text}".strip()),
                text(_place(row.spec.table, row.spec.row, row.spec.column)),
                text(row.printed),
                text(words.text(f"audit.fate.{row.fate}", lang)),
                text(row.rule),
            )
        )
        for row in audit.hypotheses
    )
    return Table(
        id="audit-hypotheses",
        title=words.text("audit.hypotheses", lang),
        columns=tuple(Column(key, words.text(f"audit.{key}", lang), "left") for key in headings),
        rows=rows,
        language=lang,
    )


def rules_table(audit: Audit, language: str | None = None) -> Table:
    """Return, table by table, which rules compared how much, and why the others could not."""
    lang = language or words.language()
    headings = ("table", "rule", "comparisons", "why_not")
    rows = tuple(
        Row(
            (
                text(verdict.table),
                text(verdict.rule),
                integer(verdict.checked),
                text(words.text(f"audit.reasons.{verdict.reason}", lang))
                if verdict.reason
                else BLANK,
            )
        )
        for verdict in audit.verdicts
    )
    return Table(
        id="audit-rules",
        title=words.text("audit.rules_applied", lang),
        columns=tuple(
            Column(
                key, words.text(f"audit.{key}", lang), "left" if key != "comparisons" else "decimal"
            )
            for key in headings
        ),
        rows=rows,
        language=lang,
    )


def _finding_row(finding: Finding, language: str) -> Row:
    return Row(
        (
            text(_place(finding.where.table, finding.where.row, finding.where.column)),
            text(finding.printed),
            text(finding.recomputed_text()),
            text(words.text(f"audit.severity.{finding.severity}", language)),
            text(finding.rule),
            text(finding.sentence(language)),
        )
    )


def _place(*parts: str) -> str:
    return ", ".join(part for part in parts if part)
