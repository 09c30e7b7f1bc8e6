"""Write a report of the register as a page or a Word file, whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from livelihoods import words

if TYPE_CHECKING:
    from livelihoods.report.document import Document


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
