"""Write a report of the register as a page or a Word file, whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from livelihoods import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from livelihoods.report.document import Block, Document


def written(document: Document, html: Path | None, docx: Path | None) -> None:
    """Write what was asked for and say where it is."""
    from livelihoods.cli import say
    from livelihoods.cli.put import put

    if html is not None:
        from livelihoods.report.to_html import to_html

        put(html, to_html(document))
        say(words.text("cli.audit_written", file=str(html)))
    if docx is not None:
        from livelihoods.report.to_docx import to_docx

        put(docx, to_docx(document))
        say(words.text("cli.audit_written", file=str(docx)))


def document_of(title: str, shown: Sequence[Any]) -> Document:
    """Return a report of tables and results: each result as its table, then its figure if any."""
    from livelihoods.report.document import Document
    from livelihoods.tables import Table

    blocks: list[Block] = []
    for each in shown:
        blocks.append(each if isinstance(each, Table) else each.summary())
        if hasattr(each, "plot"):
            blocks.append(each.plot())
    return Document(title, words.language(), tuple(blocks))
