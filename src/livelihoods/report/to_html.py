"""A Document as one self-contained HTML page: inline figures, no scripts, a strict policy."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from livelihoods import words
from livelihoods.figures import Figure
from livelihoods.notes import Note
from livelihoods.report.document import (
    Block,
    Document,
    Heading,
    LinkList,
    NoteList,
    Prose,
    check_address,
    outline,
    paragraphs,
    settle,
)
from livelihoods.tables import Table
from livelihoods.tables.format import clean_text
from livelihoods.tables.to_html import style_sheet
from livelihoods.tables.to_html import to_html as table_html

MAX_ROWS = 200
Links = Mapping[str, Mapping[str, str]]


def to_html(
    document: Document, *, links: Links | None = None, max_rows: int | None = MAX_ROWS
) -> str:
    """Return the document as one page that needs nothing else and runs nothing.

    Parameters
    ----------
    document
        Any document; tables and figures without a number get one.
    links
        Table or figure id -> format -> relative address of its files, such as
        ``{"baseline": {"csv": "tables/baseline.csv"}}``; shown under it.
    max_rows
        Longer tables are capped and point to their ``csv``.
    """
    settled = settle(document)
    original = [b.id for b in document.blocks if isinstance(b, Table | Figure)]
    ids = iter(original)
    shown = []
    for block in settled.blocks:
        key = next(ids) if isinstance(block, Table | Figure) else ""
        own = {name: check_address(to) for name, to in (links or {}).get(key, {}).items()}
        shown.append(_shown(block, own, max_rows, document.language))
    style = style_sheet() + _asset("page.css")
    page = _environment().get_template("page.html.jinja")
    return page.render(
        document=settled,
        lang={"zh": "zh-CN"}.get(document.language, document.language),
        outline=outline(settled),
        blocks=shown,
        style=Markup(style),
        style_hash=_sha256(style),
        say=lambda key, **values: words.text(key, document.language, **values),
    )


def _shown(
    block: Block, links: Mapping[str, str], max_rows: int | None, language: str
) -> dict[str, object]:
    """Return what the template needs of one block."""
    if isinstance(block, Heading):
        return {"kind": "heading", "block": block, "tag": f"h{min(max(block.level, 1), 3) + 1}"}
    if isinstance(block, Prose):
        return {"kind": "prose", "paragraphs": paragraphs(block.text)}
    if isinstance(block, Table):
        page = table_html(block, style=False, max_rows=max_rows, csv=links.get("csv"))
        return {"kind": "table", "html": Markup(page), "links": links}
    if isinstance(block, Figure):
        return {
            "kind": "figure",
            "block": block,
            "html": Markup(block.to_svg()),
            "caption": _caption(block),
            "notes": _notes(block.notes, language),
            "links": links,
        }
    if isinstance(block, NoteList):
        return {"kind": "notes", "title": block.title, "notes": _notes(block.notes, language)}
    return {"kind": "links", "links": dict(block.links) if isinstance(block, LinkList) else {}}


def _caption(figure: Figure) -> tuple[str, str]:
    title = clean_text(figure.title)
    if figure.synthetic:
        title = f"{title} [{words.text('tables.synthetic', figure.language)}]".strip()
    return words.text("figures.numbered", figure.language, number=figure.number), title


def _notes(notes: tuple[Note, ...], language: str) -> list[tuple[str, str, str]]:
    return [
        (
            note.severity,
            words.text(f"tables.severity_{note.severity}", language),
            note.sentence(language),
        )
        for note in notes
    ]


def _asset(name: str) -> str:
    return (files("livelihoods.report") / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_asset),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["clean"] = clean_text
    environment.filters["slugless"] = lambda value: re.sub(r"[^a-z]", "", str(value))
    return environment


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
