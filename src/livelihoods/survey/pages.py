"""The codebook and the data check as documents for one page each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livelihoods import words
from livelihoods.notes import SEVERITIES
from livelihoods.report import Block, Document, Heading, NoteList, Prose
from livelihoods.tables import Cell, Column, Row, Table, integer, number, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from livelihoods.notes import Note
    from livelihoods.survey.check import DataCheck
    from livelihoods.survey.model import Survey, Variable

_LABELS_SHOWN = 60


def check_document(check: DataCheck, title: str, language: str) -> Document:
    """Return the page of a data check: counts, the table, and what was looked at."""
    blocks: list[Block] = [_counts(check.notes, language), check.summary(language)]
    if check.batteries:
        blocks.append(_battery_table(check, language))
    if check.read_notes:
        heading = words.text("survey.check_reading", language)
        blocks += [Heading(1, heading, "reading"), NoteList(check.read_notes)]
    name = words.text("survey.check_title", language)
    facts = (
        (words.text("survey.fact_rows", language), f"{check.nobs:,}"),
        (words.text("survey.fact_columns", language), f"{check.nvars:,}"),
    )
    return Document(title or name, language, tuple(blocks), name if title else "", facts)


def _counts(notes: Sequence[Note], language: str) -> Prose:
    if not notes:
        return Prose(words.text("survey.check_clean", language))
    mark = "：" if language == "zh" else ": "
    counts = [
        words.text(f"survey.severity_{level}", language)
        + mark
        + str(sum(note.severity == level for note in notes))
        for level in reversed(SEVERITIES)
    ]
    return Prose(" · ".join(counts))


def _battery_table(check: DataCheck, language: str) -> Table:
    rows = tuple(
        Row((text(name), integer(len(items)), text(", ".join(items))))
        for name, items in check.batteries.items()
    )
    columns = (
        Column("battery", words.text("survey.check_battery", language), "left"),
        Column("items", words.text("survey.check_items", language)),
        Column("names", words.text("survey.check_variable", language), "left"),
    )
    title = words.text("survey.check_batteries", language)
    return Table("batteries", title, columns, rows, language=language)


def codebook_table(survey: Survey, language: str | None = None) -> Table:
    """Return one row a column: label, scale, values, unit, range, answers, missing, source.

    What no column has is left out; a source is shown where it is not the column itself.
    """
    chosen = language or words.language()
    rows = tuple(_entry_row(survey, name, chosen) for name in survey.frame.columns)
    keys = ("variable", "label", "scale", "values", "unit", "low", "high", "answers", "missing",
            "codes", "question")  # fmt: skip
    numeric = ("low", "high", "answers", "missing")
    columns = tuple(
        Column(key, words.text(f"survey.book_{key}", chosen), "decimal" if key in numeric else
               "left")
        for key in keys
    )  # fmt: skip
    filled = [
        place
        for place in range(len(columns))
        if any(row.cells[place].value not in (None, "") for row in rows)
    ]
    title = words.text("survey.book_title", chosen)
    return Table(
        "codebook",
        title,
        tuple(columns[place] for place in filled),
        tuple(Row(tuple(row.cells[place] for place in filled)) for row in rows),
        language=chosen,
    )


def _entry_row(survey: Survey, name: str, language: str) -> Row:
    from livelihoods.survey.model import Variable

    entry = survey.codebook.variables.get(name, Variable(name))
    empty = survey.frame[name].null_count()
    scale = words.text(f"survey.scale_{entry.scale}", language) if entry.scale else ""
    label = survey.codebook.label(name, language)
    low, high = (number(end, _decimals(end)) for end in (entry.low, entry.high))
    cells: tuple[Cell, ...] = (
        text(name),
        text(label if label != name else ""),
        text(scale),
        text(_values(entry, language)),
        text(entry.unit),
        low,
        high,
        integer(survey.frame.height - empty),
        integer(empty),
        text(_missing_codes(survey, name)),
        text(", ".join(source for source in survey.sources(name) if source != name)),
    )
    return Row(cells)


def _decimals(value: float | None) -> int:
    return 0 if value is None or float(value).is_integer() else 2


def _values(entry: Variable, language: str) -> str:
    labels = entry.values.get(language) or next(iter(entry.values.values()), {})
    pairs = [code if code == label else f"{code} = {label}" for code, label in labels.items()]
    more = ["…"] if len(pairs) > _LABELS_SHOWN else []
    return "; ".join(pairs[:_LABELS_SHOWN] + more)


def _missing_codes(survey: Survey, name: str) -> str:
    """Return the codes set apart with how often each was given."""
    import polars as pl

    own = survey.missing.filter(pl.col("variable") == name)
    counts = own.group_by("code", "label", maintain_order=True).len().rows()
    return "; ".join(
        f"{code} ({label}): {n}" if label else f"{code}: {n}" for code, label, n in counts
    )


def codebook_document(survey: Survey, title: str = "", language: str | None = None) -> Document:
    """Return the codebook as a document for a page."""
    chosen = language or words.language()
    blocks: list[Block] = [
        Prose(words.text("survey.book_intro", chosen)),
        codebook_table(survey, chosen),
    ]
    if survey.notes:
        heading = words.text("survey.check_reading", chosen)
        blocks += [Heading(1, heading, "reading"), NoteList(survey.notes)]
    name = words.text("survey.book_title", chosen)
    facts = (
        (words.text("survey.fact_rows", chosen), f"{survey.frame.height:,}"),
        (words.text("survey.fact_columns", chosen), f"{survey.frame.width:,}"),
    )
    return Document(title or name, chosen, tuple(blocks), name if title else "", facts)
