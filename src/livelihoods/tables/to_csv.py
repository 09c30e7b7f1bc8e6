"""Tables as comma-separated values: numbers at full precision, text that no spreadsheet runs."""

from __future__ import annotations

import csv
import io

from livelihoods.tables.format import HYPHEN, clean_text, printed, unique
from livelihoods.tables.model import Cell, Table

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def to_csv(table: Table, *, as_printed: bool = False) -> str:
    """Return the table as CSV, one line a row under the column keys.

    Numbers have 12 significant digits and no thousands separators; shares stay fractions; an
    interval is ``[low, high]``. A leading ``= + - @`` (tab, return) of a *text* is neutralised by
    an apostrophe; numbers are never touched. Write the file with encoding ``"utf-8-sig"`` so that
    every spreadsheet reads Chinese rightly.

    Parameters
    ----------
    table
        Any table.
    as_printed
        Write cells as the table prints them, with stars and parentheses, instead.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([neutral(name) for name in unique([_key(table, j) for j in _places(table)])])
    for row in table.rows:
        writer.writerow([_written(cell, table, as_printed) for cell in row.cells])
    return out.getvalue()


def neutral(value: str) -> str:
    """Return text that a spreadsheet does not take for a formula."""
    clean = clean_text(value)
    starts = value.startswith(_FORMULA_STARTS) or clean.lstrip().startswith(_FORMULA_STARTS)
    return f"'{clean}" if starts else clean


def _places(table: Table) -> range:
    return range(len(table.columns))


def _key(table: Table, place: int) -> str:
    column = table.columns[place]
    return column.key or column.header or f"column_{place + 1}"


def _written(cell: Cell, table: Table, as_printed: bool) -> str:
    if cell.value is None or cell.value != cell.value:
        return ""
    if isinstance(cell.value, str):
        return neutral(cell.value)
    if as_printed:
        return printed(cell, table, HYPHEN).whole
    if cell.kind == "interval":
        return f"[{_digits(cell.value)}, {_digits(cell.upper)}]"
    return _digits(cell.value)


def _digits(value: float | int | None) -> str:
    if value is None:
        return ""
    return str(value) if isinstance(value, int) else f"{value:.12g}"
