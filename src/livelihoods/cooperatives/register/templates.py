"""Sheets to fill: one workbook, or a folder of csv files, in English or Chinese.

The same call gives the same bytes. What a sheet lets people enter is what an import takes; the
import stays the judge.
"""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from livelihoods import words
from livelihoods.cooperatives.register.recognise import importable
from livelihoods.cooperatives.register.rejects import put_bytes
from livelihoods.cooperatives.register.schema import Column, TableShape, choices, heading, shapes
from livelihoods.cooperatives.register.wording import hint
from livelihoods.errors import OutputError
from livelihoods.tables.to_text import width

# Files carry this date instead of the clock's, so that the same template gives the same bytes.
_DATE = datetime.datetime(2000, 1, 1)
_FONTS = {"en": "Calibri", "zh": "SimSun"}
_ROWS = 20_000  # how far down the lists and checks of a sheet reach
_FIRST = 2  # row under headings and hints, from 0
_FORMATS: Mapping[str, str] = {
    "id": "@",
    "text": "@",
    "date": "yyyy-mm-dd",
    "year": "0",
    "money": "#,##0.00",
    "quantity": "#,##0.######",
    "share": "0.####",
    "rate": "0.####",
    "count": "0",
    "flag": "@",
    "choice": "@",
}
_INK, _SOFT, _LINE = "#1F3A2E", "#6B6B6B", "#C9D6CE"


def write_templates(
    path: str | Path, language: str | None = None, tables: Sequence[str] | None = None
) -> tuple[str, ...]:
    """Write the sheets in which people enter what the register takes.

    Parameters
    ----------
    path
        A workbook (``.xlsx``), or a folder for one csv file a table.
    language
        ``"en"`` or ``"zh"``; the current one by itself.
    tables
        Tables to write; all that are imported by itself.

    Returns
    -------
    tuple of str
        The files written.

    Raises
    ------
    SpecError
        An unknown table or language.
    OutputError
        If a file exists already or cannot be written.
    """
    with words.use_language(language or words.language()):
        names = tables if tables is not None else _imported()
        chosen = [importable(name) for name in names]
        place = Path(path)
        if place.suffix.lower() == ".xlsx":
            files = {place: _workbook(chosen)}
        else:
            files = {
                place / f"{_title(table)}.csv": _csv(table).encode("utf-8-sig") for table in chosen
            }
        for file in files:
            if file.exists():
                raise OutputError("cooperatives.template_exists", file=str(file))
        if place.suffix.lower() != ".xlsx":
            _make(place)
        for file, content in files.items():
            put_bytes(file, content)
        return tuple(str(file) for file in files)


def _imported() -> list[str]:
    return [name for name, table in shapes().items() if table.posted_by == "import"]


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OutputError("cooperatives.not_written", file=str(folder), problem=reason) from error


def _title(table: TableShape) -> str:
    return table.title[words.language()]


def _starred(table: TableShape, column: Column) -> str:
    return heading(table.name, column.name) + ("*" if column.required else "")


def _csv(table: TableShape) -> str:
    out = io.StringIO()
    row = [_starred(table, column) for column in table.columns]
    csv.writer(out, lineterminator="\r\n").writerow(row)
    return out.getvalue()


def _workbook(tables: Sequence[TableShape]) -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(out, options)
    book.set_properties({"created": _DATE, "author": "", "company": ""})
    looks = _Looks(book, _FONTS[words.language()])
    cover = book.add_worksheet(words.text("cooperatives.template_cover"))
    sheets = {table.name: book.add_worksheet(_title(table)) for table in tables}
    lists = _choices_sheet(book, looks, tables)
    _cover(cover, looks, tables)
    for table in tables:
        _sheet(sheets[table.name], looks, table, lists)
    book.close()
    return out.getvalue()


class _Looks:
    """The formats of the workbook, each made once."""

    def __init__(self, book: Any, font: str) -> None:
        self._book, self._font = book, font
        self._made: dict[tuple[tuple[str, Any], ...], Any] = {}

    def get(self, **look: Any) -> Any:
        key = tuple(sorted(look.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format({"font_name": self._font, **look})
        return self._made[key]

    @property
    def head(self) -> Any:
        return self.get(
            bold=True, font_color="#FFFFFF", bg_color=_INK, border=1, border_color=_LINE,
            text_wrap=True, valign="vcenter",
        )  # fmt: skip

    @property
    def plain(self) -> Any:
        return self.get(valign="top", text_wrap=True, bottom=1, bottom_color=_LINE)


def _cover(sheet: Any, looks: _Looks, tables: Sequence[TableShape]) -> None:
    sheet.hide_gridlines(2)
    for place, size in enumerate((7, 38, 46, 64)):
        sheet.set_column(place, place, size)
    title = looks.get(bold=True, font_size=16, font_color=_INK)
    sheet.write_string(0, 0, words.text("cooperatives.template_title"), title)
    sheet.merge_range(
        1, 0, 1, 3, words.text("cooperatives.template_how"), looks.get(text_wrap=True, valign="top")
    )
    sheet.set_row(1, 52)
    keys = ("order", "sheet", "one_row", "columns_needed")
    for place, key in enumerate(keys):
        sheet.write_string(3, place, words.text(f"cooperatives.template_{key}"), looks.head)
    link = looks.get(font_color="#1155CC", underline=1, valign="top", bottom=1, bottom_color=_LINE)
    between = {"en": ", ", "zh": "、"}[words.language()]
    for number, table in enumerate(tables, 1):
        row = 3 + number
        needed = [heading(table.name, one.name) for one in table.columns if one.required]
        named = [heading(table.name, name) for name in table.key]
        sheet.write_number(row, 0, number, looks.get(valign="top", bottom=1, bottom_color=_LINE))
        sheet.write_url(row, 1, f"internal:'{_title(table)}'!A1", link, _title(table))
        sheet.write_string(row, 2, between.join(named), looks.plain)
        sheet.write_string(row, 3, between.join(needed), looks.plain)
    sheet.freeze_panes(4, 0)
    _paper(sheet)


def _choices_sheet(book: Any, looks: _Looks, tables: Sequence[TableShape]) -> dict[str, str]:
    """Write the lists and return where the words of each stand, as a reference."""
    name = words.text("cooperatives.template_choices")
    sheet = book.add_worksheet(name)
    wanted: dict[str, str] = {}
    for table in tables:
        for column in table.columns:
            if column.kind == "choice":
                wanted.setdefault(column.choices, heading(table.name, column.name))
    lists: dict[str, dict[str, str]] = {"": _flags()}
    titles = {"": words.text("cooperatives.kind_flag")}
    lists |= {key: choices(key) for key in wanted}
    titles |= wanted
    references = {}
    for place, (key, listed) in enumerate(lists.items()):
        left = 2 * place
        sheet.set_column(left, left, 30)
        sheet.set_column(left + 1, left + 1, 18)
        sheet.merge_range(0, left, 0, left + 1, titles[key], looks.head)
        for row, (code, word) in enumerate(listed.items(), 1):
            sheet.write_string(row, left, word, looks.get())
            sheet.write_string(row, left + 1, code, looks.get(font_color=_SOFT))
        letter = _letters(left)
        references[key] = f"='{name}'!${letter}$2:${letter}${len(listed) + 1}"
    sheet.freeze_panes(1, 0)
    return references


def _flags() -> dict[str, str]:
    return {
        "yes": words.text("cooperatives.trail_yes"),
        "no": words.text("cooperatives.trail_no"),
    }


def _letters(place: int) -> str:
    found = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        found = chr(65 + rest) + found
    return found


def _sheet(sheet: Any, looks: _Looks, table: TableShape, lists: Mapping[str, str]) -> None:
    soft = looks.get(
        italic=True, font_color=_SOFT, font_size=9, text_wrap=True, valign="top", bottom=1,
        bottom_color=_LINE,
    )  # fmt: skip
    for place, column in enumerate(table.columns):
        title = _starred(table, column)
        sheet.write_string(0, place, title, looks.head)
        sheet.write_string(1, place, hint(column, words.language()), soft)
        cells = looks.get(num_format=_FORMATS[column.kind])
        sheet.set_column(place, place, max(13, min(30, width(title) + 3)), cells)
        rule = _rule(column, lists)
        if rule:
            sheet.data_validation(_FIRST, place, _FIRST + _ROWS - 1, place, rule)
    sheet.set_row(0, 30)
    sheet.set_row(1, 40)
    # What names a row stays in sight; the first of several columns is the cooperative's.
    sheet.freeze_panes(_FIRST, min(2, len(table.key)))
    _paper(sheet)


def _rule(column: Column, lists: Mapping[str, str]) -> dict[str, Any]:
    """Return what a spreadsheet is to check while people type."""
    say = words.text
    title = say("cooperatives.template_wrong_title")
    if column.kind in ("choice", "flag"):
        shown = say("cooperatives.template_pick", sheet=say("cooperatives.template_choices"))
        return {
            "validate": "list", "source": lists[column.choices], "error_title": title,
            "error_message": shown,
        }  # fmt: skip
    if column.kind == "date":
        low, high = datetime.date(1900, 1, 1), datetime.date(2199, 12, 31)
        return _between("date", low, high, title, say("cooperatives.template_date_wrong"))
    if column.kind == "year":
        return _between("integer", 1900, 2199, title, say("cooperatives.template_year_wrong"))
    if column.kind == "share":
        return _between("decimal", 0, 1, title, say("cooperatives.template_share_wrong"))
    if column.kind == "count":
        top = 2**31 - 1
        return _between("integer", 0, top, title, say("cooperatives.template_whole_wrong"))
    if column.floor:
        top = 10**12
        return _between("decimal", 0, top, title, say("cooperatives.template_number_wrong"))
    return {}


def _between(kind: str, low: Any, high: Any, title: str, message: str) -> dict[str, Any]:
    return {
        "validate": kind, "criteria": "between", "minimum": low, "maximum": high,
        "error_title": title, "error_message": message,
    }  # fmt: skip


def _paper(sheet: Any) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
