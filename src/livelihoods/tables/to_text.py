"""Tables as text in a fixed-width grid; East-Asian letters count as two columns."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Callable

from livelihoods.tables.format import (
    Printed,
    caption,
    clean_text,
    column_align,
    in_row,
    reading_lines,
    spans,
    under,
)
from livelihoods.tables.model import Align, Row, Spanner, Table

_GAP = 2
_THICK, _THIN = "━", "─"
_WIDTH_UNDER = 64


def to_text(table: Table, *, max_rows: int | None = None) -> str:
    """Return the table as text.

    Parameters
    ----------
    table
        Any table.
    max_rows
        Print at most this many rows and say how many are left out; None prints all.
    """
    rows = table.rows if max_rows is None else table.rows[:max_rows]
    columns = [_column(table, rows, place) for place in range(len(table.columns))]
    widths = [max((width(line) for line in lines), default=0) for lines in columns]
    _widen(table, rows, widths)
    total = sum(widths) + _GAP * max(len(widths) - 1, 0)
    lines = _headings(table, widths)
    body = [_THICK * total, *lines, _THIN * total]
    for place, row in enumerate(rows):
        if row.rule_above:
            body.append(_THIN * total)
        body.append(_line(table, row, place, columns, widths))
    body.append(_THICK * total)
    number, title = caption(table)
    above = [f"{number}  {title}".strip()] if number or title else []
    left_out = len(table.rows) - len(rows)
    return "\n".join([*above, *body, *_below(table, max(total, _WIDTH_UNDER), left_out)]) + "\n"


def width(line: str) -> int:
    """Return how many columns of a terminal a line takes."""
    if line.isascii():
        return len(line)
    return sum(_letter_width(letter) for letter in line)


def _letter_width(letter: str) -> int:
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def pad(line: str, room: int, align: Align) -> str:
    """Return the line filled with spaces to ``room`` terminal columns."""
    free = max(room - width(line), 0)
    if align == "right":
        return " " * free + line
    if align == "left":
        return line + " " * free
    return " " * (free // 2) + line + " " * (free - free // 2)


def _column(table: Table, rows: tuple[Row, ...], place: int) -> list[str]:
    """Return the printed cells of one column, decimal points under each other."""
    cells = [_indented(in_row(row, place, table), row, place) for row in rows]
    if column_align(table, place) != "decimal":
        return ["" if spans(row) else cell.whole + _mark(cell) for cell, row in _pairs(cells, rows)]
    numbers = [cell for cell in cells if cell.aligned]
    head = max((width(cell.head) for cell in numbers), default=0)
    tail = max((width(cell.tail + _mark(cell)) for cell in numbers), default=0)
    return [
        pad(cell.head, head, "right") + pad(cell.tail + _mark(cell), tail, "left")
        if cell.aligned
        else ("" if spans(row) and place == 0 else cell.whole + _mark(cell))
        for cell, row in _pairs(cells, rows)
    ]


def _pairs(cells: list[Printed], rows: tuple[Row, ...]) -> list[tuple[Printed, Row]]:
    return list(zip(cells, rows, strict=True))


def _mark(cell: Printed) -> str:
    return f"[{cell.mark}]" if cell.mark else ""


def _indented(cell: Printed, row: Row, place: int) -> Printed:
    if place or not row.indent:
        return cell
    return Printed("  " * row.indent + cell.head, cell.tail, cell.aligned, cell.mark)


def _widen(table: Table, rows: tuple[Row, ...], widths: list[int]) -> None:
    """Make room for headings, spanners and section lines."""
    for place, column in enumerate(table.columns):
        widths[place] = max(widths[place], width(clean_text(column.header)))
    wide = [(span.start, span.stop, span.label) for span in table.spanners]
    for row in rows:
        if spans(row):
            wide.append((0, len(widths), str(row.cells[0].value or "")))
    for start, stop, label in wide:
        room = sum(widths[start:stop]) + _GAP * (stop - start - 1)
        lacking = width(clean_text(label)) - room
        for extra in range(max(lacking, 0)):
            widths[start + extra % (stop - start)] += 1


def _headings(table: Table, widths: list[int]) -> list[str]:
    lines = []
    for level in sorted({span.level for span in table.spanners}, reverse=True):
        group = [span for span in table.spanners if span.level == level]
        lines.append(_spanner_line(group, widths, _label))
        if any(span.stop - span.start > 1 for span in group):
            lines.append(_spanner_line(group, widths, _rule))
    if any(column.header for column in table.columns):
        cells = []
        for place, column in enumerate(table.columns):
            align = column_align(table, place)
            shown = "center" if align == "decimal" else align
            cells.append(pad(clean_text(column.header), widths[place], shown))
        lines.append((" " * _GAP).join(cells).rstrip())
    return lines


def _label(span: Spanner, room: int) -> str:
    return pad(clean_text(span.label), room, "center")


def _rule(span: Spanner, room: int) -> str:
    return (_THIN if span.stop - span.start > 1 else " ") * room


def _spanner_line(
    group: list[Spanner], widths: list[int], draw: Callable[[Spanner, int], str]
) -> str:
    starts = [sum(widths[:place]) + _GAP * place for place in range(len(widths))]
    line, at = "", 0
    for span in sorted(group, key=lambda span: span.start):
        room = sum(widths[span.start : span.stop]) + _GAP * (span.stop - span.start - 1)
        line += " " * (starts[span.start] - at) + draw(span, room)
        at = starts[span.start] + room
    return line.rstrip()


def _line(table: Table, row: Row, at: int, columns: list[list[str]], widths: list[int]) -> str:
    if spans(row):
        return "  " * row.indent + clean_text(str(row.cells[0].value or ""))
    cells = []
    for place, room in enumerate(widths):
        align = column_align(table, place)
        cells.append(pad(columns[place][at], room, "center" if align == "decimal" else align))
    return (" " * _GAP).join(cells).rstrip()


def _below(table: Table, room: int, left_out: int) -> list[str]:
    from livelihoods import words

    lines = []
    if left_out:
        lines.append(words.text("tables.more_rows", table.language, n=left_out))
    for label, sentence in under(table):
        lines += wrap(f"{label}: {sentence}" if label else sentence, room)
    for part in reading_lines(table):
        lines += ["", *wrap(part, room)]
    return lines


def wrap(sentence: str, room: int) -> list[str]:
    """Return the sentence in lines of at most ``room`` terminal columns."""
    if width(sentence) == len(sentence):
        return textwrap.wrap(sentence, room) or [""]
    lines, line, at = [], "", 0
    for letter in sentence:
        step = _letter_width(letter)
        if at + step > room and letter not in "，。；：、！？）”":
            lines.append(line.rstrip())
            line, at = "", 0
        line, at = line + letter, at + step
    return [*lines, line]
