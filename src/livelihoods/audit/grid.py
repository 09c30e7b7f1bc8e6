"""Printed tables as they arrive: csv, xlsx, docx, or this program's own; into one grid of texts."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from livelihoods.audit.printed import PrintedCell, clean, read_cell
from livelihoods.errors import DataError

_MOST_CELLS = 200_000


@dataclass(frozen=True, slots=True)
class GridRow:
    """One line: its label and its cells."""

    label: str
    cells: tuple[PrintedCell, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A printed table: a header and labelled lines of cells, all of one width.

    ``ragged`` names lines (from 1, the header being 1) that were shorter or longer than the header
    and were filled up or cut.
    """

    name: str
    stub: str
    columns: tuple[str, ...]
    rows: tuple[GridRow, ...]
    ragged: tuple[int, ...] = ()

    def row(self, label: str) -> GridRow | None:
        """Return the first line with this label."""
        return next((row for row in self.rows if row.label == label), None)

    def unread(self) -> list[tuple[str, str, str]]:
        """Return row, column and text of the cells that could not be read."""
        return [
            (row.label, column, cell.raw)
            for row in self.rows
            for column, cell in zip(self.columns, row.cells, strict=True)
            if cell.form == "unread"
        ]


def read_grids(path: Path) -> list[Grid]:
    """Read every table of a file, in order.

    Raises
    ------
    DataError
        If the file is absent, of an unknown type, unreadable, or without a table.
    """
    if not path.is_file():
        raise DataError("audit.file_not_found", file=str(path))
    readers = {".csv": _csv, ".tsv": _csv, ".xlsx": _xlsx, ".docx": _docx}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise DataError("audit.unknown_file", file=path.name, known=sorted(readers))
    try:
        sheets = reader(path)
    except DataError:
        raise
    except Exception as problem:
        # The libraries' own exceptions are many and say little to the reader of a paper.
        raise DataError("audit.unreadable_file", file=path.name, problem=str(problem)) from problem
    grids = [grid_of(name, lines) for name, lines in sheets if len(lines) > 1]
    if not grids:
        raise DataError("audit.no_table", file=path.name)
    return grids


def grid_of(name: str, lines: Sequence[Sequence[str]]) -> Grid:
    """Build a grid from lines of texts; the first line is the header."""
    kept = [list(line) for line in lines if any(cell.strip() for cell in line)]
    if sum(len(line) for line in kept) > _MOST_CELLS:
        raise DataError("audit.table_too_large", file=name, most=_MOST_CELLS)
    header = [clean(cell) for cell in kept[0]]
    width = max(len(header), 2)
    header += [""] * (width - len(header))
    ragged = tuple(place + 1 for place, line in enumerate(kept) if place and len(line) != width)
    rows = []
    for line in kept[1:]:
        filled = (line + [""] * width)[:width]
        rows.append(GridRow(clean(filled[0]), tuple(read_cell(cell) for cell in filled[1:])))
    return Grid(name, header[0], _distinct(header[1:]), tuple(rows), ragged)


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    """Make repeated headers distinct: ``Weight(%)``, ``Weight(%) [2]``."""
    seen: dict[str, int] = {}
    result = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name} [{seen[name]}]")
    return tuple(result)


def _csv(path: Path) -> list[tuple[str, list[list[str]]]]:
    raw = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise DataError("audit.unreadable_file", file=path.name, problem="encoding")
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
    first = text.partition("\n")[0]
    if delimiter == "," and first.count(";") > first.count(","):
        delimiter = ";"
    return [
        (path.stem, [list(line) for line in csv.reader(io.StringIO(text), delimiter=delimiter)])
    ]


def _xlsx(path: Path) -> list[tuple[str, list[list[str]]]]:
    import fastexcel

    book = fastexcel.read_excel(path)
    sheets = []
    for name in book.sheet_names:
        frame = book.load_sheet(name, header_row=None, dtypes="string").to_polars()
        lines = [["" if cell is None else str(cell) for cell in row] for row in frame.iter_rows()]
        sheets.append((name if len(book.sheet_names) > 1 else path.stem, lines))
    return sheets


def _docx(path: Path) -> list[tuple[str, list[list[str]]]]:
    """Read the tables of a Word file; a merged cell counts once, where it begins."""
    import docx

    document = docx.Document(str(path))
    sheets = []
    for number, table in enumerate(document.tables, 1):
        lines = []
        for row in table.rows:
            line: list[str] = []
            before = None
            for cell in row.cells:
                line.append("" if cell._tc is before else cell.text)
                before = cell._tc
            lines.append(line)
        sheets.append((f"{path.stem}-{number}", lines))
    return sheets
