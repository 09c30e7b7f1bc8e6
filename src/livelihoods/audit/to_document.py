"""The audit as a report: findings first, then the printed tables, doubtful cells marked."""

from __future__ import annotations

from string import ascii_lowercase

from livelihoods import words
from livelihoods.audit.finding import Finding
from livelihoods.audit.page import Page
from livelihoods.audit.run import Audit
from livelihoods.audit.to_tables import findings_table, hypotheses_table, rules_table
from livelihoods.report.document import Block, Document, Heading, Prose
from livelihoods.tables import Column, Row, Table, text


def to_document(audit: Audit, language: str | None = None) -> Document:
    """Return the audit as a Document for the HTML and Word renderers."""
    lang = language or words.language()
    blocks: list[Block] = [Heading(1, words.text("audit.findings_title", lang))]
    blocks.append(findings_table(audit, lang))
    if audit.hypotheses:
        blocks += [Heading(1, words.text("audit.hypotheses", lang)), hypotheses_table(audit, lang)]
    blocks.append(Heading(1, words.text("audit.marked", lang)))
    for page in audit.paper.pages:
        blocks.append(marked_table(page, audit, lang))
        blocks += [Prose(sentence) for sentence in _unread(page, lang)]
    blocks += [Heading(1, words.text("audit.rules_applied", lang)), rules_table(audit, lang)]
    counts = audit.counts()
    return Document(
        title=audit.paper.title or words.text("audit.title", lang),
        language=lang,
        blocks=tuple(blocks),
        subtitle=words.text("audit.counts", lang, **counts),
    )


def marked_table(page: Page, audit: Audit, language: str) -> Table:
    """Return a printed table as it stands, each doubtful cell with the letter of its finding."""
    own = [finding for finding in audit.findings if finding.where.table == page.spec.id]
    letters = {place: _letter(place) for place in range(len(own))}
    rows = []
    for row in page.grid.rows:
        cells = [text(row.label, _marks(own, letters, row.label, ""))]
        for column, cell in zip(page.grid.columns, row.cells, strict=True):
            cells.append(text(cell.raw, _marks(own, letters, row.label, column)))
        rows.append(Row(tuple(cells)))
    legend = [
        f"{letters[place]}  {finding.sentence(language)}" for place, finding in enumerate(own)
    ]
    return Table(
        id=f"printed-{page.spec.id}",
        title=page.spec.title or page.spec.id,
        columns=(
            Column("stub", page.grid.stub, "left"),
            *(Column(name, name, "center") for name in page.grid.columns),
        ),
        rows=tuple(rows),
        legend=tuple(legend),
        language=language,
    )


def _marks(findings: list[Finding], letters: dict[int, str], row: str, column: str) -> str:
    """Join the letters of a cell's findings; those about a whole row stand at its label."""
    return ",".join(
        letters[place]
        for place, finding in enumerate(findings)
        if (finding.where.row, finding.where.column) == (row, column)
    )


def _letter(place: int) -> str:
    """Return a, b … z, aa, ab …"""
    first, second = divmod(place, 26)
    return (ascii_lowercase[first - 1] if first else "") + ascii_lowercase[second]


def _unread(page: Page, language: str) -> list[str]:
    sentences = []
    if page.grid.ragged:
        sentences.append(words.text("audit.ragged", language, lines=list(page.grid.ragged)))
    cells = [f"{row}, {column}: {raw}" for row, column, raw in page.grid.unread()]
    if cells:
        sentences.append(f"{words.text('audit.unread', language)}: {'; '.join(cells)}")
    return sentences
