"""The grid of a Word table as WordprocessingML, written as text for speed on long tables."""

from __future__ import annotations

from dataclasses import dataclass
from xml.sax.saxutils import escape

from docx.oxml.ns import nsdecls

from livelihoods.tables.format import Printed, clean_text, column_align, in_row, spans
from livelihoods.tables.model import Row, Table
from livelihoods.tables.to_text import width

# Eighths of a point: thick, thin (and inner) rules of the three-line table.
THICK, THIN, INNER = 12, 6, 4
_SIZES = (21, 19, 17, 15, 13)  # half points: from 10.5 down to 6.5
_MARGIN = 70  # twentieths of a point on each side of a cell
_STUB = 34
_ONE_PAGE = 34  # tables of so many rows are not broken across pages


@dataclass(frozen=True, slots=True)
class _Grid:
    """Measures of one table in twentieths of a point; ``points`` are the decimal tab stops."""

    widths: tuple[int, ...]
    points: tuple[int | None, ...]
    size: int


def escape_xml(text: str) -> str:
    """Return text as XML character data, without control characters."""
    return escape(clean_text(text))


def grid_xml(table: Table, room: int, max_rows: int | None = None) -> str:
    """Return the ``w:tbl`` of a table at most ``room`` wide (twentieths of a point)."""
    rows = table.rows if max_rows is None else table.rows[:max_rows]
    shown = [[in_row(row, place, table) for place in range(len(row.cells))] for row in rows]
    grid = _measure(table, rows, shown, room)
    columns = "".join(f'<w:gridCol w:w="{w}"/>' for w in grid.widths)
    lines = [_kept(line) for line in _headings(table, grid)]
    for place, (row, cells) in enumerate(zip(rows, shown, strict=True)):
        line = _line(table, row, cells, grid)
        below = rows[place + 1] if place + 1 < len(rows) else None
        pair = below is not None and below.cells[0].value is None
        short = below is not None and len(rows) <= _ONE_PAGE
        lines.append(_kept(line) if pair or short or row.kind == "section" else line)
    return (
        f"<w:tbl {nsdecls('w')}><w:tblPr>"
        f'<w:tblW w:w="{sum(grid.widths)}" w:type="dxa"/><w:jc w:val="center"/>'
        f"<w:tblBorders>{_rule('top', THICK)}{_rule('bottom', THICK)}</w:tblBorders>"
        '<w:tblLayout w:type="fixed"/>'
        f'<w:tblCellMar><w:left w:w="{_MARGIN}" w:type="dxa"/>'
        f'<w:right w:w="{_MARGIN}" w:type="dxa"/></w:tblCellMar>'
        f"</w:tblPr><w:tblGrid>{columns}</w:tblGrid>{''.join(lines)}</w:tbl>"
    )


def _kept(line: str) -> str:
    """Return a row that stays on the page of the next one."""
    return line.replace("<w:pPr>", "<w:pPr><w:keepNext/>")


def _rule(side: str, weight: int) -> str:
    return f'<w:{side} w:val="single" w:sz="{weight}" w:space="0" w:color="000000"/>'


def _measure(table: Table, rows: tuple[Row, ...], shown: list[list[Printed]], room: int) -> _Grid:
    """Choose the largest letters at which all columns fit, and where decimal points stand."""
    letters = [_letters(table, rows, shown, place) for place in range(len(table.columns))]
    _widen_for_spanners(table, letters)
    for size in _SIZES:
        unit = size * 10 * 0.5  # half points -> twentieths; a digit is about half an em
        widths = [round(max(h + t, w) * unit) + 2 * _MARGIN + 40 for h, t, w in letters]
        if sum(widths) <= room or size == _SIZES[-1]:
            break
    wanted = [round(_natural(rows, shown, j) * unit) + 2 * _MARGIN + 40 for j in range(len(widths))]
    widths = _grown(widths, wanted, room)
    total = sum(widths)
    if total > room:
        widths = [max(round(w * room / total), 300) for w in widths]
    points = tuple(
        None if head + tail == 0 else round((w - 2 * _MARGIN + (head - tail) * unit) / 2)
        for w, (head, tail, _) in zip(widths, letters, strict=True)
    )
    return _Grid(tuple(widths), points, size)


def _natural(rows: tuple[Row, ...], shown: list[list[Printed]], place: int) -> int:
    """Return the letters of the longest text of a column, however long."""
    kept = (cells[place] for row, cells in zip(rows, shown, strict=True) if not spans(row))
    return max((width(cell.whole) for cell in kept), default=0)


def _grown(widths: list[int], wanted: list[int], room: int) -> list[int]:
    """Give what is left of the line to the columns whose texts had to wrap."""
    lacking = [max(want - have, 0) for want, have in zip(wanted, widths, strict=True)]
    left = room - sum(widths)
    if left <= 0 or not any(lacking):
        return widths
    share = min(left / sum(lacking), 1.0)
    return [have + int(more * share) for have, more in zip(widths, lacking, strict=True)]


def _letters(
    table: Table, rows: tuple[Row, ...], shown: list[list[Printed]], place: int
) -> tuple[float, float, float]:
    """Return widths in digits of the widest head, tail, and of anything that is not aligned."""
    numbers = [cells[place] for cells in shown if cells[place].aligned]
    others = [
        width(cells[place].whole) + 2 * row.indent * (place == 0)
        for row, cells in zip(rows, shown, strict=True)
        if not cells[place].aligned and not spans(row)
    ]
    header = width(clean_text(table.columns[place].header))
    cap = _STUB if place == 0 else 26
    widest = float(min(max([header, *others]), cap))
    if column_align(table, place) != "decimal":
        plain = [width(cell.whole) for cell in numbers]
        return 0.0, 0.0, float(max([widest, *plain]))
    head = max((_digits(cell.head) for cell in numbers), default=0.0)
    tail = max((_digits(cell.tail) for cell in numbers), default=0.0)
    return head, tail, widest


def _digits(piece: str) -> float:
    narrow = {".": 0.5, ",": 0.5, "(": 0.7, ")": 0.7, "[": 0.7, "]": 0.7}
    return sum(narrow.get(letter, 1.0) for letter in piece)


def _widen_for_spanners(table: Table, letters: list[tuple[float, float, float]]) -> None:
    for span in table.spanners:
        inside = range(span.start, span.stop)
        have = sum(max(letters[j][0] + letters[j][1], letters[j][2]) for j in inside)
        lacking = min(width(clean_text(span.label)), 26 * len(inside)) - have
        if lacking > 0:
            for j in inside:
                head, tail, other = letters[j]
                wider = max(head + tail, other) + lacking / len(inside)
                letters[j] = (head, tail, wider)


def _headings(table: Table, grid: _Grid) -> list[str]:
    levels = sorted({span.level for span in table.spanners}, reverse=True)
    has_header = any(column.header for column in table.columns)
    lines = []
    for depth, level in enumerate(levels):
        last = depth == len(levels) - 1 and not has_header
        lines.append(_spanner_line(table, grid, level, last))
    if has_header:
        cells = []
        for place, column in enumerate(table.columns):
            align = column_align(table, place)
            jc = "center" if align == "decimal" else align
            inner = _paragraph(
                _run(column.header, grid.size, "<w:b/>"), f'<w:jc w:val="{jc}"/>', grid.size
            )
            cells.append(_cell(grid.widths[place], inner, borders=_rule("bottom", THIN)))
        lines.append(_table_row(cells, header=True))
    return lines


def _spanner_line(table: Table, grid: _Grid, level: int, last: bool) -> str:
    cells, at = [], 0
    under = _rule("bottom", THIN) if last else ""
    blank = _paragraph("", "", grid.size)
    group = sorted((s for s in table.spanners if s.level == level), key=lambda span: span.start)
    for span in group:
        cells += [_cell(grid.widths[j], blank, borders=under) for j in range(at, span.start)]
        across = span.stop - span.start
        inner = _paragraph(
            _run(span.label, grid.size, "<w:b/>"), '<w:jc w:val="center"/>', grid.size
        )
        wide = sum(grid.widths[span.start : span.stop])
        border = under or (_rule("bottom", INNER) if across > 1 else "")
        cells.append(_cell(wide, inner, across=across, borders=border))
        at = span.stop
    cells += [_cell(grid.widths[j], blank, borders=under) for j in range(at, len(grid.widths))]
    return _table_row(cells, header=True)


def _line(table: Table, row: Row, shown: list[Printed], grid: _Grid) -> str:
    border = _rule("top", INNER) if row.rule_above else ""
    look = {"section": "<w:i/>", "total": "<w:b/>"}.get(row.kind, "")
    if spans(row):
        inner = _paragraph(_run(shown[0].whole, grid.size, look), "", grid.size)
        cell = _cell(sum(grid.widths), inner, across=len(shown), borders=border)
        return _table_row([cell])
    cells = []
    for place, piece in enumerate(shown):
        mark = (
            _run(piece.mark, grid.size, '<w:vertAlign w:val="superscript"/>') if piece.mark else ""
        )
        runs = _run(piece.whole, grid.size, look) + mark if piece.whole else mark
        cells.append(
            _cell(grid.widths[place], _set(table, row, piece, place, runs, grid), borders=border)
        )
    return _table_row(cells)


def _set(table: Table, row: Row, piece: Printed, place: int, runs: str, grid: _Grid) -> str:
    """Return the paragraph of one cell: on a decimal tab stop, or set left, right or centred."""
    align = column_align(table, place)
    point = grid.points[place]
    if align == "decimal" and piece.aligned and point is not None:
        tab = f'<w:tabs><w:tab w:val="decimal" w:pos="{point}"/></w:tabs>'
        return _paragraph(runs, tab, grid.size)
    jc = {"decimal": "center"}.get(align, align)
    step = f'<w:ind w:left="{240 * row.indent}"/>' if place == 0 and row.indent else ""
    return _paragraph(runs, f'{step}<w:jc w:val="{jc}"/>', grid.size)


def _run(text: str, size: int, look: str) -> str:
    # Order of properties is the schema's: bold and italic, size, raised.
    before, after = ("", look) if look.startswith("<w:vertAlign") else (look, "")
    return (
        f'<w:r><w:rPr>{before}<w:sz w:val="{size}"/>{after}</w:rPr>'
        f'<w:t xml:space="preserve">{escape_xml(text)}</w:t></w:r>'
    )


def _heading(text: str, jc: str, size: int) -> str:
    return _paragraph(_run(text, size, "<w:b/>"), f'<w:jc w:val="{jc}"/>', size)


def _paragraph(runs: str, properties: str, size: int) -> str:
    mark = f'<w:rPr><w:sz w:val="{size}"/></w:rPr>'
    spacing = '<w:spacing w:before="20" w:after="20" w:line="240" w:lineRule="auto"/>'
    if properties.startswith("<w:tabs"):
        properties = f"{properties}{spacing}"
    else:
        properties = f"{spacing}{properties}"
    return f"<w:p><w:pPr>{properties}{mark}</w:pPr>{runs}</w:p>"


def _cell(wide: int, inner: str, *, across: int = 1, borders: str = "") -> str:
    span = f'<w:gridSpan w:val="{across}"/>' if across > 1 else ""
    edges = f"<w:tcBorders>{borders}</w:tcBorders>" if borders else ""
    return f'<w:tc><w:tcPr><w:tcW w:w="{wide}" w:type="dxa"/>{span}{edges}</w:tcPr>{inner}</w:tc>'


def _table_row(cells: list[str], *, header: bool = False) -> str:
    repeat = "<w:tblHeader/>" if header else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{repeat}</w:trPr>{''.join(cells)}</w:tr>"
