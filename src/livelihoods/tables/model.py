"""The Table model: numbers with their meaning, not strings; renderers decide how they look.

A cell keeps the value at full precision together with how it is to be printed (decimals, stars,
parentheses). So the same table gives text, HTML, TeX, Word and Excel that cannot disagree, and the
audit can read it back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from livelihoods.notes import Note

CellKind = Literal["text", "number", "integer", "percent", "p_value", "interval", "blank"]
Wrap = Literal["none", "parentheses", "brackets"]
Align = Literal["left", "center", "right", "decimal"]
RowKind = Literal["body", "section", "statistic", "total"]
Preset = Literal["journal", "econ", "apa", "plain"]

# What a notebook or a prompt shows of a long table; renderers called by name print every row.
_SHOWN_ROWS = 200


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell.

    Attributes
    ----------
    value
        A number at full precision, a text, or None for an empty cell. A share is kept as a
        fraction: 0.4683 with kind ``"percent"`` prints as 46.83.
    kind
        How it is read. ``"p_value"`` prints ``<0.001`` below its last decimal; ``"interval"`` uses
        ``upper`` as well.
    decimals
        Digits after the point; None lets the renderer use the table's ``decimals``.
    stars
        How many significance stars follow, 0 to 3.
    wrap
        What encloses the printed number: t values in parentheses, intervals in brackets.
    upper
        Upper end of an interval.
    mark
        Letter of a table note that belongs to this cell.
    """

    value: float | int | str | None = None
    kind: CellKind = "text"
    decimals: int | None = None
    stars: int = 0
    wrap: Wrap = "none"
    upper: float | None = None
    mark: str = ""


BLANK = Cell(None, "blank")


def text(value: str, mark: str = "") -> Cell:
    """A cell of words."""
    return Cell(value, "text", mark=mark)


def number(
    value: float | None, decimals: int | None = None, *, stars: int = 0, wrap: Wrap = "none"
) -> Cell:
    """A real number; None or NaN gives an empty cell."""
    if value is None or value != value:
        return BLANK
    return Cell(float(value), "number", decimals, stars, wrap)


def integer(value: int | None) -> Cell:
    """A count; printed with thousands separators."""
    return BLANK if value is None else Cell(int(value), "integer", 0)


def percent(share: float | None, decimals: int = 2) -> Cell:
    """A share between 0 and 1, printed as a percentage without the sign."""
    if share is None or share != share:
        return BLANK
    return Cell(float(share), "percent", decimals)


def p_value(value: float | None, decimals: int = 3, *, stars: int = 0) -> Cell:
    """A probability; printed as ``<0.001`` when it is below the last decimal."""
    if value is None or value != value:
        return BLANK
    return Cell(float(value), "p_value", decimals, stars)


def interval(low: float, high: float, decimals: int | None = None) -> Cell:
    """An interval, printed ``[low, high]``."""
    return Cell(float(low), "interval", decimals, 0, "brackets", float(high))


@dataclass(frozen=True, slots=True)
class Column:
    """A column: ``key`` for files, ``header`` for people."""

    key: str
    header: str = ""
    align: Align = "decimal"


@dataclass(frozen=True, slots=True)
class Spanner:
    """A heading over the columns ``start`` to ``stop`` (exclusive), higher level further up."""

    label: str
    start: int
    stop: int
    level: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """One line. ``rule_above`` draws the thin inner rule; ``indent`` steps the first cell in."""

    cells: tuple[Cell, ...]
    kind: RowKind = "body"
    rule_above: bool = False
    indent: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """A table as a value: build it once, render it anywhere.

    Attributes
    ----------
    id
        Slug for file names and anchors: ``[a-z0-9-]``.
    title
        The caption, without its number.
    columns, rows, spanners
        The grid. The first column is the stub.
    notes
        Findings printed under the table, each as its sentence.
    legend
        Sentences printed before the notes: what stars, parentheses and marks mean.
    reading
        One paragraph in plain language: what the table says, how sure, what it does not say.
    number
        Number within the document; None outside one.
    preset
        Look and star convention.
    decimals
        Digits for cells that do not say.
    language
        Language of headings, legend and notes.
    synthetic
        Printed with the mark "synthetic data" wherever it goes.
    """

    id: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    spanners: tuple[Spanner, ...] = ()
    notes: tuple[Note, ...] = ()
    legend: tuple[str, ...] = ()
    reading: str = ""
    number: int | None = None
    preset: Preset = "journal"
    decimals: int = 3
    language: str = "en"
    synthetic: bool = False

    def __post_init__(self) -> None:
        for place, row in enumerate(self.rows):
            if len(row.cells) != len(self.columns):
                raise ValueError(
                    f"table {self.id!r}: row {place} has {len(row.cells)} cells,"
                    f" the table has {len(self.columns)} columns"
                )

    def __repr__(self) -> str:
        return self.to_text(max_rows=_SHOWN_ROWS)

    def _repr_html_(self) -> str:
        return self.to_html(max_rows=_SHOWN_ROWS)

    def to_text(self, *, max_rows: int | None = None) -> str:
        """Return the table as text in a fixed-width grid; see :mod:`livelihoods.tables.to_text`."""
        from livelihoods.tables.to_text import to_text

        return to_text(self, max_rows=max_rows)

    def to_html(self, *, style: bool = True, max_rows: int | None = None) -> str:
        """Return the table as an HTML fragment; see :mod:`livelihoods.tables.to_html`."""
        from livelihoods.tables.to_html import to_html

        return to_html(self, style=style, max_rows=max_rows)

    def to_csv(self, *, as_printed: bool = False) -> str:
        """Return the table as CSV; see :mod:`livelihoods.tables.to_csv`."""
        from livelihoods.tables.to_csv import to_csv

        return to_csv(self, as_printed=as_printed)

    def to_latex(self, *, standalone: bool = False) -> str:
        """Return the table as LaTeX; see :mod:`livelihoods.tables.to_latex`."""
        from livelihoods.tables.to_latex import to_latex

        return to_latex(self, standalone=standalone)

    def to_docx(self) -> bytes:
        """Return the table as a Word file; see :mod:`livelihoods.tables.to_docx`."""
        from livelihoods.tables.to_docx import to_docx

        return to_docx(self)

    def to_xlsx(self) -> bytes:
        """Return the table as an Excel workbook; see :mod:`livelihoods.tables.to_xlsx`."""
        from livelihoods.tables.to_xlsx import to_xlsx

        return to_xlsx(self)


def with_notes(table: Table, *notes: Note) -> Table:
    """Return the table with further notes."""
    return replace(table, notes=(*table.notes, *notes))


def with_legend(table: Table, *sentences: str) -> Table:
    """Return the table with further legend sentences."""
    return replace(table, legend=(*table.legend, *sentences))


def with_number(table: Table, number: int) -> Table:
    """Return the table numbered within a document."""
    return replace(table, number=number)


def with_reading(table: Table, reading: str) -> Table:
    """Return the table with its plain-language paragraph."""
    return replace(table, reading=reading)
