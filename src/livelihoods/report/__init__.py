"""Documents and their renderers: one HTML page, one Word file."""

from livelihoods.report.document import (
    Block,
    Document,
    Heading,
    LinkList,
    NoteList,
    Prose,
    settle,
    without_readings,
)

__all__ = [
    "Block",
    "Document",
    "Heading",
    "LinkList",
    "NoteList",
    "Prose",
    "settle",
    "without_readings",
]
