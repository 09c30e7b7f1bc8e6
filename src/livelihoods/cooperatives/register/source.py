"""A file becomes parts: cells of text under the register's columns, with their lines."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from livelihoods import words
from livelihoods.cooperatives.register.mapping import TableMap
from livelihoods.cooperatives.register.recognise import (
    fold,
    importable,
    recognise_columns,
    recognise_table,
    table_of_headings,
)
from livelihoods.cooperatives.register.schema import TableShape, heading, shape, shapes
from livelihoods.cooperatives.register.wording import helpers, hint
from livelihoods.errors import DataError, SpecError
from livelihoods.notes import Note
from livelihoods.survey.read import Options
from livelihoods.survey.restore import blank_as_null

_TEXT_FILES = (".csv", ".tsv", ".txt")


@dataclass(frozen=True, slots=True)
class Part:
    """One table of a file.

    Attributes
    ----------
    how
        What the mapping file says of it; only the table where there is none.
    cells
        Cells as they stand in the file, under its own headings.
    lines
        Line of each row in the file or sheet, from 1.
    columns
        Heading -> column of the register.
    cents
        Columns of money that the file gives in cents, as its headings say (``value_cents``).
    notes
        What was left out or chosen.
    """

    how: TableMap
    cells: pl.DataFrame
    lines: pl.Series
    columns: dict[str, str]
    cents: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def shape(self) -> TableShape:
        """The table it is for."""
        return shape(self.how.table)

    def text(self, column: str) -> pl.Series:
        """Return a column of the register as text: from the file, translated, or constant."""
        for title, known in self.columns.items():
            if known == column:
                found = self.cells[title]
                meant = self.how.values.get(column)
                return found.str.strip_chars().replace(dict(meant)) if meant else found
        fixed = self.how.constants[column]
        return pl.Series([fixed] * self.cells.height, dtype=pl.String)

    @property
    def given(self) -> tuple[str, ...]:
        """Columns of the register that the file or its mapping gives."""
        here = {*self.columns.values(), *self.how.constants}
        return tuple(name for name in self.shape.names if name in here)


def digest_of(file: Path, maps: Sequence[TableMap], table: str | None) -> str:
    """Return a digest of a file and of how it is read."""
    state = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            state.update(block)
    state.update(repr((tuple(maps), table)).encode("utf-8"))
    return state.hexdigest()


def read_parts(
    file: Path, maps: Sequence[TableMap], table: str | None, correcting: bool = False
) -> tuple[list[Part], list[Note]]:
    """Return the tables of a file, those that others refer to first.

    Parameters
    ----------
    file
        A ``.csv``, ``.tsv``, ``.txt`` or ``.xlsx`` file.
    maps
        What the mapping file says; empty without one.
    table
        Table of the register, where the file does not say it.
    correcting
        Whether it is a file of corrections: only the key is required, and the program's own
        columns of corrections are kept.

    Raises
    ------
    DataError
        If the file is damaged, is for no table, or lacks a required column.
    """
    if file.suffix.lower() in _TEXT_FILES:
        parts, notes = _text_parts(file, maps, table), list[Note]()
    elif file.suffix.lower() == ".xlsx":
        parts, notes = _sheet_parts(file, maps, table)
    else:
        known = [*_TEXT_FILES, ".xlsx"]
        raise DataError("cooperatives.import_type", file=file.name, known=known)
    order = list(shapes())
    ready = [_completed(part, file.name, correcting) for part in parts]
    return sorted(ready, key=lambda part: order.index(part.how.table)), notes


def _text_parts(file: Path, maps: Sequence[TableMap], table: str | None) -> list[Part]:
    from livelihoods.survey.read_csv import csv_cells

    if file.stat().st_size == 0:
        raise DataError("survey.empty_file", file=file.name)
    if len(maps) > 1:
        raise SpecError("cooperatives.mapping_sheets", file=file.name)
    frame = csv_cells(file, Options()).frame
    frame = frame.select(blank_as_null(column) for column in frame.get_columns())
    how = maps[0] if maps else TableMap(_table(table, _names(file), frame.columns, file.name))
    return [_part(how, frame, 2)]


def _sheet_parts(
    file: Path, maps: Sequence[TableMap], table: str | None
) -> tuple[list[Part], list[Note]]:
    from livelihoods.survey.read_xlsx import sheet_cells, sheet_names, under_headings

    names = sheet_names(file)
    parts: list[Part] = []
    notes: list[Note] = []
    for sheet, how in _wanted(names, maps, table, file.name):
        if how is None and fold(sheet) in helpers():
            continue
        cells = sheet_cells(file, sheet)
        if not cells.height:
            continue
        if how is None:
            found = recognise_table(sheet) or _by_headings(cells)
            if found is None:
                values = {"sheet": sheet, "file": file.name}
                notes.append(Note("cooperatives.sheet_unread", "caution", values))
                continue
            how = TableMap(importable(found).name, sheet)
        frame, top = under_headings(cells, file.name)
        if how.decimal == ",":
            raise SpecError("cooperatives.decimal_in_workbook", file=file.name)
        parts.append(_part(how, frame, top + 2))
    if not parts and notes:
        raise DataError("cooperatives.import_no_table", file=file.name, known=_titles())
    return parts, notes


def _wanted(
    names: Sequence[str], maps: Sequence[TableMap], table: str | None, file: str
) -> Iterator[tuple[str, TableMap | None]]:
    """Yield sheets to read, with how where it is said."""
    for how in maps:
        sheet = how.sheet or names[0]
        if sheet not in names:
            raise DataError("survey.no_sheet", file=file, sheet=sheet, known=list(names))
        yield sheet, how
    if maps:
        return
    if table is not None:
        wanted = importable(table).name
        named = [sheet for sheet in names if recognise_table(sheet) == wanted]
        yield from ((sheet, TableMap(wanted, sheet)) for sheet in named or names[:1])
        return
    yield from ((sheet, None) for sheet in names)


def _table(table: str | None, names: Sequence[str], headings: Sequence[str], file: str) -> str:
    if table is not None:
        return importable(table).name
    for name in names:
        found = recognise_table(name)
        if found is not None:
            return importable(found).name
    fitting = table_of_headings(headings)
    if len(fitting) != 1:
        known = [shape(name).title[words.language()] for name in fitting] or _titles()
        raise DataError("cooperatives.import_no_table", file=file, known=known)
    return fitting[0]


def _names(file: Path) -> list[str]:
    """Names a file may carry: ``patronage`` of ``patronage.csv`` and ``patronage.rejects.csv``."""
    return [file.stem, *file.stem.split(".")]


def _by_headings(cells: pl.DataFrame) -> str | None:
    """Return the one table a sheet's headings fit; a sheet of notes has none, and may be ragged."""
    from livelihoods.survey.read_xlsx import under_headings

    try:
        fitting = table_of_headings(under_headings(cells, "")[0].columns)
    except DataError:
        return None
    return fitting[0] if len(fitting) == 1 else None


def _titles() -> list[str]:
    language = words.language()
    return [one.title[language] for one in shapes().values() if one.posted_by == "import"]


def _part(how: TableMap, frame: pl.DataFrame, first: int) -> Part:
    """Give rows their lines, and leave out empty ones and the template's line of hints."""
    lines = pl.Series("line", range(first, first + frame.height), dtype=pl.Int64)
    if frame.height:
        filled = frame.select(pl.any_horizontal(pl.all().is_not_null())).to_series()
        if _is_hints(how.table, frame.row(0)):
            filled = filled & (lines != first)
        if not filled.all():
            frame, lines = frame.filter(filled), lines.filter(filled)
    return Part(how, frame, lines, {})


def _is_hints(table: str, row: Sequence[str | None]) -> bool:
    given = [cell for cell in row if cell]
    for language in words.LANGUAGES:
        hints = {hint(column, language) for column in shape(table).columns}
        if given and all(cell in hints for cell in given):
            return True
    return False


def _completed(part: Part, file: str, correcting: bool) -> Part:
    """Recognise the headings, and say which were left out."""
    wanted, headings = part.shape, part.cells.columns
    declared = {title: column for column, title in part.how.columns.items()}
    for title in declared:
        if title not in headings:
            raise DataError(
                "cooperatives.mapping_heading", file=file, heading=title, known=headings
            )
    own = [title for title in headings if fold(title) in helpers()]
    ignored = {*declared, *part.how.ignore, *own}
    rest = [title for title in headings if title not in ignored]
    found = {**declared, **recognise_columns(wanted, rest, file)}
    taken = {*declared.values(), *part.how.constants}
    found = {t: column for t, column in found.items() if t in declared or column not in taken}
    if correcting:
        found |= {t: helpers()[fold(t)] for t in own if helpers()[fold(t)]}
    lacking = [
        heading(wanted.name, column.name)
        for column in wanted.columns
        if (column.name in wanted.key if correcting else column.required)
        and column.name not in {*found.values(), *part.how.constants}
    ]
    if lacking:
        title = wanted.title[words.language()]
        raise DataError("cooperatives.import_lacks", file=file, table=title, columns=lacking)
    cents = tuple(found[t] for t in rest if t in found and fold(t).endswith("cents"))
    unread = [title for title in rest if title not in found]
    notes = part.notes
    if unread:
        values = {"file": file, "columns": unread}
        notes = (*notes, Note("cooperatives.columns_unread", "caution", values))
    return replace(part, columns=found, cents=cents, notes=notes)
