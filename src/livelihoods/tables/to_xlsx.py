"""Tables as an Excel workbook: numbers as numbers, text as text, nothing that runs or links."""

from __future__ import annotations

import datetime
import io
import math
import re
from collections.abc import Sequence
from typing import Any

import xlsxwriter

from livelihoods.tables.format import (
    caption,
    clean_text,
    column_align,
    printed,
    reading_lines,
    under,
)
from livelihoods.tables.model import Cell, Row, Table
from livelihoods.tables.to_text import width

# Files carry this date instead of the clock's, so that the same table gives the same bytes.
_DATE = datetime.datetime(2000, 1, 1)
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_LONGEST_TEXT = 32_767
_FONTS = {"en": "Times New Roman", "zh": "SimSun"}


def to_xlsx(tables: Table | Sequence[Table]) -> bytes:
    """Return one workbook with a sheet a table.

    Cells hold the number at full precision; decimals, stars and parentheses are number formats.
    Percentages are written as printed (46.83), intervals as text.
    """
    group = [tables] if isinstance(tables, Table) else list(tables)
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, _OPTIONS)
    book.set_properties({"created": _DATE, "author": "", "company": ""})
    formats = _Formats(book)
    names = sheet_names([table.id for table in group])
    for table, name in zip(group, names, strict=True):
        _sheet(book.add_worksheet(name), table, formats)
    book.close()
    return out.getvalue()


def sheet_names(ids: Sequence[str]) -> list[str]:
    """Return names Excel accepts: at most 31 letters, no ``[]:*?/\\``, distinct without case."""
    taken: set[str] = set()
    names = []
    for raw in ids:
        base = re.sub(r"[\[\]:*?/\\]", "-", clean_text(raw)).strip("' ") or "table"
        if base.lower() == "history":
            base = "history-"
        candidate, count = base[:31], 1
        while candidate.lower() in taken:
            count += 1
            candidate = f"{base[: 30 - len(str(count))]}-{count}"
        taken.add(candidate.lower())
        names.append(candidate)
    return names


class _Formats:
    """Formats of a workbook, each made once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[tuple[str, Any], ...], Any] = {}

    def get(self, **look: Any) -> Any:
        key = tuple(sorted(look.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(look)
        return self._made[key]


def _sheet(sheet: Any, table: Table, formats: _Formats) -> None:
    font = _FONTS.get(table.language, _FONTS["en"])
    sheet.hide_gridlines(2)
    _widths(sheet, table)
    number, title = caption(table)
    heading = formats.get(font_name=font, bold=True)
    sheet.write_string(0, 0, _text(f"{number}  {title}".strip()), heading)
    line = _headings(sheet, table, formats, font, 1)
    last = len(table.rows) - 1
    for place, row in enumerate(table.rows):
        _row(sheet, table, row, formats, font, line, place == last)
        line += 1
    small = formats.get(font_name=font, font_size=9)
    sentences = [f"{label}: {sentence}" if label else sentence for label, sentence in under(table)]
    for sentence in [*sentences, *reading_lines(table)]:
        sheet.write_string(line, 0, _text(sentence), small)
        line += 1


def _text(value: str) -> str:
    return clean_text(value)[:_LONGEST_TEXT]


def _widths(sheet: Any, table: Table) -> None:
    for place, column in enumerate(table.columns):
        cells = [printed(row.cells[place], table).whole for row in table.rows[:500]]
        longest = max([width(clean_text(column.header)), *(width(cell) for cell in cells)])
        sheet.set_column(place, place, min(max(longest + 2, 9), 48))


def _headings(sheet: Any, table: Table, formats: _Formats, font: str, line: int) -> int:
    levels = sorted({span.level for span in table.spanners}, reverse=True)
    has_header = any(column.header for column in table.columns)
    rows = len(levels) + (1 if has_header else 0)
    for depth, level in enumerate(levels):
        look = {"font_name": font, "align": "center"} | ({"top": 5} if depth == 0 else {})
        if depth == rows - 1:
            look["bottom"] = 1
        for place in range(len(table.columns)):
            sheet.write_blank(line, place, None, formats.get(**look))
        for span in (span for span in table.spanners if span.level == level):
            shown = formats.get(**(look | {"bottom": 1 if span.stop - span.start > 1 else 0}))
            if span.stop - span.start > 1:
                sheet.merge_range(line, span.start, line, span.stop - 1, "", shown)
            sheet.write_string(line, span.start, _text(span.label), shown)
        line += 1
    if has_header:
        under_head: dict[str, Any] = {"font_name": font, "bottom": 1}
        under_head |= {} if levels else {"top": 5}
        for place, column in enumerate(table.columns):
            align = column_align(table, place)
            centred = {"align": "center" if align == "decimal" else align}
            sheet.write_string(
                line, place, _text(column.header), formats.get(**under_head, **centred)
            )
        line += 1
    sheet.freeze_panes(line, 1)
    return line


def _row(
    sheet: Any, table: Table, row: Row, formats: _Formats, font: str, line: int, last: bool
) -> None:
    base: dict[str, Any] = {"font_name": font}
    if row.rule_above:
        base["top"] = 1
    if last:
        base["bottom"] = 5
    if row.kind == "section":
        base["italic"] = True
    if row.kind == "total":
        base["bold"] = True
    for place, cell in enumerate(row.cells):
        look = dict(base)
        align = column_align(table, place)
        look["align"] = "right" if align == "decimal" else align
        if place == 0 and row.indent:
            look["indent"] = row.indent
        _write(sheet, line, place, cell, table, look, formats)


def _write(
    sheet: Any,
    line: int,
    place: int,
    cell: Cell,
    table: Table,
    look: dict[str, Any],
    made: _Formats,
) -> None:
    value = cell.value
    if value is None or value != value:
        sheet.write_blank(line, place, None, made.get(**look))
        return
    if isinstance(value, str) or cell.kind == "interval" or math.isinf(value):
        shown = printed(cell, table)
        mark = f" [{shown.mark}]" if shown.mark else ""
        if not isinstance(value, str):
            look["align"] = "center"
        sheet.write_string(line, place, _text(shown.whole + mark), made.get(**look))
        return
    scaled = 100 * value if cell.kind == "percent" else value
    look["num_format"] = number_format(cell, table)
    sheet.write_number(line, place, scaled, made.get(**look))


def number_format(cell: Cell, table: Table) -> str:
    """Return Excel's format for one cell: decimals, thousands, parentheses, stars, note mark."""
    decimals = table.decimals if cell.decimals is None else cell.decimals
    opening, closing = {"parentheses": ("(", ")"), "brackets": ("[", "]")}.get(cell.wrap, ("", ""))
    digits = "#,##0" if cell.kind == "integer" or decimals == 0 else f"#,##0.{'0' * decimals}"
    tail = closing + "*" * cell.stars + (f" [{clean_text(cell.mark)}]" if cell.mark else "")
    before = f'"{opening}"' if opening else ""
    after = '"{}"'.format(tail.replace('"', "")) if tail else ""
    if cell.kind == "p_value":
        smallest = f"{10.0**-decimals:.{decimals}f}"
        small = f'"{opening}<{smallest}{tail}"'.replace('""', "")
        return f"[<{smallest}]{small};{before}{digits}{after}"
    minus = f'"{opening}\u2212"'
    return f"{before}{digits}{after};{minus}{digits}{after}"
