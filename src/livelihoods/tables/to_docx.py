"""Tables as Word: three lines, caption above, notes below, decimal points on tab stops."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from typing import TYPE_CHECKING, Any

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

from livelihoods.tables.format import caption, reading_lines, under
from livelihoods.tables.word_grid import escape_xml, grid_xml

if TYPE_CHECKING:
    from livelihoods.tables.model import Table

LATIN = "Times New Roman"
EAST_ASIAN = "SimSun"
# Files carry this date instead of the clock's, so that the same table gives the same bytes.
_STAMP = (2000, 1, 1, 0, 0, 0)
_PAGE_MM, _MARGIN_MM = (210, 297), 25
TEXT_WIDTH = round((_PAGE_MM[0] - 2 * _MARGIN_MM) / 25.4 * 1440)


def to_docx(table: Table) -> bytes:
    """Return a Word file with one table: caption above, legend, notes and reading below."""
    document = new_document(table.language)
    add_table(document, table)
    return saved(document)


def new_document(language: str) -> Any:
    """Return an empty A4 document with the house's fonts, Latin and East-Asian."""
    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(_PAGE_MM[0]), Mm(_PAGE_MM[1])
    section.left_margin = section.right_margin = Mm(_MARGIN_MM)
    section.top_margin = section.bottom_margin = Mm(_MARGIN_MM)
    for name in ("Normal", "Title", "Subtitle", "Heading 1", "Heading 2", "Heading 3", "Caption"):
        _fonts(document.styles[name])
    title = document.styles["Title"]
    title.font.size = Pt(20)
    for rule in list(title.element.iter(qn("w:pBdr"))):
        rule.getparent().remove(rule)
    document.styles["Subtitle"].font.size = Pt(12)
    document.styles["Normal"].font.size = Pt(10.5)
    document.styles["Normal"].paragraph_format.space_after = Pt(4)
    spoken = {"zh": "zh-CN"}.get(language, "en-GB")
    defaults = document.styles.element.find(qn("w:docDefaults"))
    for tag in defaults.iter(qn("w:lang")):
        tag.set(qn("w:val"), "en-GB")
        tag.set(qn("w:eastAsia"), spoken if language == "zh" else "zh-CN")
    core = document.core_properties
    core.author = core.last_modified_by = core.comments = ""
    core.created = core.modified = datetime.datetime(*_STAMP)
    return document


def _fonts(style: Any) -> None:
    style.font.name = LATIN
    style.font.color.rgb = RGBColor(0, 0, 0)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    fonts.set(qn("w:eastAsia"), EAST_ASIAN)
    fonts.set(qn("w:cs"), LATIN)


def add_table(document: Any, table: Table, *, max_rows: int | None = None) -> None:
    """Append caption, grid and what stands below it to an open Word document."""
    from livelihoods import words

    body = document.element.body
    end = body.sectPr
    number, title = caption(table)
    blocks = []
    if number or title:
        runs = [(number, True)] if number else []
        blocks.append(paragraph_xml([*runs, (f"  {title}" if number else title, False)], "caption"))
    blocks.append(grid_xml(table, TEXT_WIDTH, max_rows))
    left_out = len(table.rows) - min(len(table.rows), max_rows or len(table.rows))
    if left_out:
        more = words.text("tables.more_rows", table.language, n=left_out)
        blocks.append(paragraph_xml([(more, False)], "small"))
    for label, sentence in under(table):
        runs = [(f"{label}: ", True)] if label else []
        blocks.append(paragraph_xml([*runs, (sentence, False)], "small"))
    for place, part in enumerate(reading_lines(table)):
        head = words.text("tables.reading", table.language)
        runs = [(f"{head}: ", True)] if place == 0 else []
        blocks.append(paragraph_xml([*runs, (part, False)], "reading"))
    blocks.append(paragraph_xml([], "gap"))
    for block in blocks:
        end.addprevious(parse_xml(block))


_LOOKS = {
    "caption": ('<w:keepNext/><w:spacing w:before="240" w:after="80"/><w:jc w:val="center"/>', 21),
    "small": ('<w:spacing w:before="20" w:after="0"/>', 17),
    "reading": ('<w:spacing w:before="100" w:after="0"/>', 20),
    "figure": ('<w:spacing w:before="60" w:after="120"/>', 21),
    "gap": ('<w:spacing w:before="0" w:after="120"/>', 12),
}


def paragraph_xml(runs: list[tuple[str, bool]], look: str) -> str:
    """Return a paragraph; each run is its text and whether it is bold."""
    properties, size = _LOOKS[look]
    inner = "".join(
        f'<w:r><w:rPr>{"<w:b/>" if bold else ""}<w:sz w:val="{size}"/></w:rPr>'
        f'<w:t xml:space="preserve">{escape_xml(text)}</w:t></w:r>'
        for text, bold in runs
    )
    return f"<w:p {nsdecls('w')}><w:pPr>{properties}</w:pPr>{inner}</w:p>"


def saved(document: Any) -> bytes:
    """Return the file with fixed dates and order, so that its bytes repeat."""
    raw = io.BytesIO()
    document.save(raw)
    out = io.BytesIO()
    with zipfile.ZipFile(raw) as read, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as write:
        for name in read.namelist():
            if name == "docProps/thumbnail.jpeg":
                continue
            content = read.read(name)
            if name == "_rels/.rels":
                content = _without_thumbnail(content)
            info = zipfile.ZipInfo(name, _STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            write.writestr(info, content)
    return out.getvalue()


def _without_thumbnail(relations: bytes) -> bytes:
    """Drop the template's preview picture: it shows another document."""
    return re.sub(rb"<Relationship\b[^>]*thumbnail\.jpeg[^>]*/>", b"", relations)
