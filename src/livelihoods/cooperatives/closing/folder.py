"""Write statements and the disclosure file into a folder, each file whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from livelihoods import words
from livelihoods.cooperatives.closing.disclosure import disclosure_file, disclosure_tables
from livelihoods.cooperatives.closing.statement import member_statement, member_statements
from livelihoods.cooperatives.register.rejects import put_bytes
from livelihoods.errors import OutputError
from livelihoods.report.document import Document
from livelihoods.tables.to_html import slug

if TYPE_CHECKING:
    from livelihoods.cooperatives.closing.plan import ClosingPlan

Format = Literal["docx", "html", "xlsx"]


def write_statements(
    plan: ClosingPlan,
    folder: str | Path,
    members: Sequence[str] | None = None,
    formats: Iterable[Format] = ("docx", "html"),
    language: str | None = None,
) -> list[Path]:
    """Write one file a member and format.

    Parameters
    ----------
    plan
        A closed year or a preview.
    folder
        Where to; made if it is not there.
    members
        Whose; None for all.
    formats
        ``"docx"`` and ``"html"``; a Word file is what to make a PDF from.
    language
        ``"en"`` or ``"zh"``; None takes the current one.

    Raises
    ------
    DataError
        If nobody of that number was a member in the year.
    OutputError
        If the folder cannot be written to.
    """
    chosen = (
        member_statements(plan, language)
        if members is None
        else ((name, member_statement(plan, name, language)) for name in members)
    )
    place = _made(folder)
    written = []
    taken: dict[str, int] = {}
    for name, document in chosen:
        # Two numbers that differ in letters a file name cannot hold must not share a file.
        stem = f"statement-{plan.book.year}-{slug(name)}"
        taken[stem] = taken.get(stem, 0) + 1
        stem += f"-{taken[stem]}" if taken[stem] > 1 else ""
        for format in formats:
            path = place / f"{stem}.{format}"
            put_bytes(path, _rendered(document, format))
            written.append(path)
    return written


def write_disclosure(
    plan: ClosingPlan,
    folder: str | Path,
    assembly: date | None = None,
    language: str | None = None,
) -> list[Path]:
    """Write the 15-day file (art. 40) as Word, Excel and page.

    Raises
    ------
    OutputError
        If the folder cannot be written to.
    """
    from livelihoods.tables.to_xlsx import to_xlsx

    lang = language or words.language()
    document = disclosure_file(plan, assembly, lang)
    stem = _made(folder) / f"disclosure-{plan.book.year}"
    files = {
        stem.with_suffix(".docx"): _rendered(document, "docx"),
        stem.with_suffix(".html"): _rendered(document, "html"),
        stem.with_suffix(".xlsx"): to_xlsx(disclosure_tables(plan, lang)),
    }
    for path, content in files.items():
        put_bytes(path, content)
    return list(files)


def _made(folder: str | Path) -> Path:
    """Return the folder, made if it was not there."""
    place = Path(folder)
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OutputError("cooperatives.not_written", file=str(place), problem=reason) from error
    return place


def _rendered(document: Document, format: Format) -> bytes:
    # Every member stands in the file: nothing is capped.
    if format == "docx":
        from livelihoods.report.to_docx import to_docx

        return to_docx(document, max_rows=None)
    from livelihoods.report.to_html import to_html

    return to_html(document, max_rows=None).encode("utf-8")
