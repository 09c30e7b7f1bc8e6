"""A Document as one Word file: headings, prose, three-line tables, pictures, notes."""

from __future__ import annotations

import io
from typing import Any

from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from livelihoods import words
from livelihoods.figures import Figure
from livelihoods.figures.fonts import with_font_note
from livelihoods.notes import Note
from livelihoods.report.document import (
    Block,
    Document,
    Heading,
    LinkList,
    NoteList,
    Prose,
    paragraphs,
    settle,
)
from livelihoods.tables import Table
from livelihoods.tables.format import clean_text
from livelihoods.tables.to_docx import add_table, new_document, paragraph_xml, saved

MAX_ROWS = 200
_FIGURE_MM = 140
_PIXELS_A_MM = 96 / 25.4


def to_docx(document: Document, *, max_rows: int | None = MAX_ROWS) -> bytes:
    """Return the document as a Word file; the same document gives the same bytes.

    Parameters
    ----------
    document
        Any document; tables and figures without a number get one.
    max_rows
        Longer tables are capped and say how many rows are left out.
    """
    settled = settle(document)
    file = new_document(document.language)
    file.core_properties.title = clean_text(document.title)
    file.core_properties.language = document.language
    file.add_heading(clean_text(document.title), 0)
    if document.subtitle:
        file.add_paragraph(clean_text(document.subtitle), style="Subtitle")
    if document.facts:
        facts = "  ·  ".join(f"{label}: {value}" for label, value in document.facts)
        file.add_paragraph(clean_text(facts))
    for block in settled.blocks:
        _add(file, block, document.language, max_rows)
    return saved(file)


def _add(file: Any, block: Block, language: str, max_rows: int | None) -> None:
    if isinstance(block, Heading):
        file.add_heading(clean_text(block.text), min(max(block.level, 1), 3))
    elif isinstance(block, Prose):
        for paragraph in paragraphs(block.text):
            _justified(file.add_paragraph(clean_text(paragraph)))
    elif isinstance(block, Table):
        add_table(file, block, max_rows=max_rows)
    elif isinstance(block, Figure):
        _add_figure(file, with_font_note(block), language)
    elif isinstance(block, NoteList):
        if block.title:
            file.add_paragraph().add_run(clean_text(block.title)).bold = True
        _add_notes(file, block.notes, language)
    elif isinstance(block, LinkList):
        for label, address in block.links:
            file.add_paragraph(clean_text(f"{label}: {address}"))


def _justified(paragraph: Any) -> None:
    paragraph.paragraph_format.space_after = Pt(6)
    paragraph.paragraph_format.line_spacing = 1.15


def _add_figure(file: Any, figure: Figure, language: str) -> None:
    picture = io.BytesIO(figure.to_png())
    shape = file.add_picture(picture)
    natural = shape.width / 3 / 9525 / _PIXELS_A_MM  # drawn at three times its size
    share = min(_FIGURE_MM / natural, 1.0)
    shape.height, shape.width = (
        Mm(natural * share * shape.height / shape.width),
        Mm(natural * share),
    )
    described = shape._inline.docPr
    described.set("descr", clean_text(figure.alt))
    described.set("name", clean_text(figure.title) or figure.id)
    paragraph = file.paragraphs[-1]
    paragraph.paragraph_format.keep_with_next = True
    paragraph.paragraph_format.space_before = Pt(10)
    number = words.text("figures.numbered", figure.language, number=figure.number)
    title = clean_text(figure.title)
    if figure.synthetic:
        title = f"{title} [{words.text('tables.synthetic', figure.language)}]".strip()
    end = file.element.body.sectPr
    end.addprevious(parse_xml(paragraph_xml([(number, True), (f"  {title}", False)], "figure")))
    _add_notes(file, figure.notes, language)


def _add_notes(file: Any, notes: tuple[Note, ...], language: str) -> None:
    end = file.element.body.find(qn("w:sectPr"))
    for note in notes:
        label = words.text(f"tables.severity_{note.severity}", language)
        runs = [(f"{label}: ", True), (note.sentence(language), False)]
        end.addprevious(parse_xml(paragraph_xml(runs, "small")))
