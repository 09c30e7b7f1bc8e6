"""Read a workbook sheet: the first row that fills the columns is the header."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from livelihoods.errors import DataError
from livelihoods.notes import Note
from livelihoods.survey.finish import Raw
from livelihoods.survey.foreign import foreign
from livelihoods.survey.read_csv import checked_names, trimmed
from livelihoods.survey.restore import blank_as_null, restore_types

if TYPE_CHECKING:
    from pathlib import Path

    from livelihoods.survey.read import Options

_TITLE_ROWS = 10  # how far down a header may stand


def read_xlsx(file: Path, options: Options) -> Raw:
    """Read one sheet of a workbook."""
    names = sheet_names(file)
    if not names:
        raise DataError("survey.empty_file", file=file.name)
    chosen = options.sheet or names[0]
    if chosen not in names:
        raise DataError("survey.no_sheet", file=file.name, sheet=chosen, known=names)
    body, top = under_headings(sheet_cells(file, chosen), file.name)
    frame, notes = restore_types(trimmed(body), ".", options.as_text)
    if len(names) > 1 and not options.sheet:
        values = {"file": file.name, "sheet": chosen, "others": names[1:]}
        notes.insert(0, Note("survey.sheet_chosen", "info", values))
    if top:
        notes.insert(0, Note("survey.header_row", "caution", {"file": file.name, "row": top + 1}))
    return Raw(frame, notes=tuple(notes))


def under_headings(cells: pl.DataFrame, file: str) -> tuple[pl.DataFrame, int]:
    """Return the cells of a sheet under its own headings, and the row the headings are in.

    Raises
    ------
    DataError
        If the sheet is empty, a column has no heading, or two share one.
    """
    top = _header_row(cells)
    if top is None:
        raise DataError("survey.empty_file", file=file)
    filled = [name or "" for name in cells.row(top)]
    width = max(place for place, name in enumerate(filled, 1) if name)
    body = cells.slice(top + 1).select(cells.columns[:width])
    spare = cells.slice(top + 1).select(cells.columns[width:])
    if any(series.null_count() < series.len() for series in spare.get_columns()):
        raise DataError("survey.unnamed_columns", file=file, places=[width + 1])
    body.columns = checked_names(filled[:width], file)
    return body, top


def _open(file: Path) -> Any:
    import fastexcel

    with foreign(file, "xlsx"):
        return fastexcel.read_excel(str(file))


def sheet_names(file: Path) -> list[str]:
    """Return the names of a workbook's sheets in order."""
    return list(_open(file).sheet_names)


def sheet_cells(file: Path, sheet: str) -> pl.DataFrame:
    """Return all cells of a sheet as text, header included; blanks are null."""
    book = _open(file)
    with foreign(file, "xlsx"):
        frame: pl.DataFrame = book.load_sheet(sheet, header_row=None, dtypes="string").to_polars()
    return frame.select(blank_as_null(series.cast(pl.String)) for series in frame.get_columns())


def _header_row(cells: pl.DataFrame) -> int | None:
    """Return the first row that fills at least half of what the fullest near the top fills."""
    if not cells.height:
        return None
    top = cells.head(_TITLE_ROWS)
    counts = top.select(pl.sum_horizontal(pl.all().is_not_null())).to_series().to_list()
    if not max(counts):
        return None
    return next(place for place, count in enumerate(counts) if 2 * count >= max(counts))
