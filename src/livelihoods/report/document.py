"""The Document: headings, prose, tables, figures and notes in order; it knows no study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from livelihoods import figures, tables
from livelihoods.errors import SpecError
from livelihoods.figures import Figure
from livelihoods.notes import Note
from livelihoods.tables import Table
from livelihoods.tables.format import unique
from livelihoods.tables.to_html import slug


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 (section) to 3; ``anchor`` is made from the text if it is empty."""

    level: int
    text: str
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Prose:
    """Plain text; an empty line starts a new paragraph. Never markup."""

    text: str


@dataclass(frozen=True, slots=True)
class NoteList:
    """Findings, each as its sentence with its severity."""

    notes: tuple[Note, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class LinkList:
    """Files that belong to the report: label and relative address."""

    links: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        for _, address in self.links:
            check_address(address)


Block: TypeAlias = Heading | Prose | Table | Figure | NoteList | LinkList


@dataclass(frozen=True, slots=True)
class Document:
    """A report as a value.

    Attributes
    ----------
    title
        What stands at the top.
    language
        ``"en"`` or ``"zh"``.
    blocks
        Headings, prose, tables, figures, notes and links, in reading order.
    subtitle
        One line under the title.
    facts
        Label and value pairs of the masthead: rows, villages, seed, version.
    """

    title: str
    language: str
    blocks: tuple[Block, ...]
    subtitle: str = ""
    facts: tuple[tuple[str, str], ...] = ()


def settle(document: Document) -> Document:
    """Return the document with tables and figures numbered and all anchors made distinct.

    Numbers that are already there stay; the others count on in reading order.
    """
    headings = [slug(b.anchor or b.text) for b in document.blocks if isinstance(b, Heading)]
    anchors = iter(unique([name if name != "x" else "section" for name in headings], "-"))
    table_ids = iter(unique([slug(b.id) for b in document.blocks if isinstance(b, Table)], "-"))
    figure_ids = iter(unique([slug(b.id) for b in document.blocks if isinstance(b, Figure)], "-"))
    blocks: list[Block] = []
    table_count = figure_count = 0
    for block in document.blocks:
        if isinstance(block, Heading):
            block = replace(block, anchor=next(anchors))
        elif isinstance(block, Table):
            table_count = block.number or table_count + 1
            block = tables.with_number(replace(block, id=next(table_ids)), table_count)
        elif isinstance(block, Figure):
            figure_count = block.number or figure_count + 1
            block = figures.with_number(replace(block, id=next(figure_ids)), figure_count)
        blocks.append(block)
    return replace(document, blocks=tuple(blocks))


def without_readings(document: Document) -> Document:
    """Return the document without the plain-language paragraphs under its tables."""
    blocks = (replace(b, reading="") if isinstance(b, Table) else b for b in document.blocks)
    return replace(document, blocks=tuple(blocks))


def outline(document: Document, deepest: int = 2) -> list[Heading]:
    """Return the headings down to a level, for the list of contents."""
    return [b for b in document.blocks if isinstance(b, Heading) and b.level <= deepest]


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of plain text, their line breaks taken as spaces."""
    pieces: Sequence[str] = text.replace("\r\n", "\n").split("\n\n")
    return [" ".join(piece.split()) for piece in pieces if piece.strip()]


def check_address(address: str) -> str:
    """Return a relative address; anything that could leave the report's folder is refused."""
    first = address.split("/", 1)[0]
    outside = ":" in first or address.startswith(("/", "\\")) or ".." in address.split("/")
    if outside or not address.isprintable():
        raise SpecError("report.outside_address", address=address)
    return address
