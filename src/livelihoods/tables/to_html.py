"""Tables as an HTML fragment: everything from data escaped, decimal points aligned, no scripts."""

from __future__ import annotations

from functools import cache
from html import escape
from importlib.resources import files
from itertools import pairwise

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
from livelihoods.tables.model import Row, Table
from livelihoods.tables.to_text import width

# Width of printed letters in half digits; a digit is 1 ch with tabular figures.
_HALVES = {".": 1, ",": 1, "(": 1, ")": 1, "[": 1, "]": 1, "*": 1, " ": 1}
_STEPS = 48
_SHORT = 14
_BREAK = '</p>\n<p class="lv-reading">'


def to_html(
    table: Table, *, style: bool = True, max_rows: int | None = None, csv: str | None = None
) -> str:
    """Return the table as one ``<figure>``.

    Parameters
    ----------
    table
        Any table.
    style
        Put the style sheet in front; a page that holds many tables has it once.
    max_rows
        Print at most this many rows and say how many are left out.
    csv
        Relative address of the whole table, named when rows are left out.
    """
    rows = table.rows if max_rows is None else table.rows[:max_rows]
    parts = [
        f"<style>{style_sheet()}</style>" if style else "",
        f'<figure class="lv-table" id="table_{slug(table.id)}" lang="{escape(table.language)}">',
        '<div class="lv-scroll"><table>',
        _caption(table),
        _head(table),
        _body(table, rows),
        "</table></div>",
        _under(table, len(table.rows) - len(rows), csv),
        "</figure>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


@cache
def style_sheet() -> str:
    """Return the rules for tables, with one width class for every half digit."""
    rules = (files("livelihoods.tables") / "table.css").read_text(encoding="utf-8")
    steps = "".join(
        f".lv-table .h{n},.lv-table .t{n}{{min-width:{n / 2:g}ch}}\n" for n in range(1, _STEPS + 1)
    )
    return rules + steps


def slug(value: str) -> str:
    """Return the letters, digits and hyphens of ``value``; never empty."""
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in value.lower())
    return "-".join(part for part in kept.split("-") if part) or "x"


def html_text(value: str) -> str:
    """Return text escaped for HTML, in element content and in quoted attributes alike."""
    return escape(clean_text(value), quote=True)


def _caption(table: Table) -> str:
    number, title = caption(table)
    if not number and not title:
        return ""
    label = f'<span class="lv-number">{html_text(number)}</span> ' if number else ""
    return f'<caption>{label}<span class="lv-title">{html_text(title)}</span></caption>'


def _head(table: Table) -> str:
    lines = []
    for level in sorted({span.level for span in table.spanners}, reverse=True):
        lines.append(_spanner_row(table, level))
    if any(column.header for column in table.columns):
        cells = []
        for place, column in enumerate(table.columns):
            align = column_align(table, place)
            css = ("center" if align == "decimal" else align) + _short(column.header)
            cells.append(f'<th scope="col" class="{css}">{html_text(column.header)}</th>')
        lines.append(f"<tr>{''.join(cells)}</tr>")
    return f"<thead>{''.join(lines)}</thead>" if lines else ""


def _spanner_row(table: Table, level: int) -> str:
    group = sorted((s for s in table.spanners if s.level == level), key=lambda span: span.start)
    cells, at = [], 0
    for span in group:
        cells += ["<td></td>"] * (span.start - at)
        across = span.stop - span.start
        ruled = ' class="ruled"' if across > 1 else ""
        cells.append(
            f'<th scope="colgroup" colspan="{across}"{ruled}>'
            f"<span>{html_text(span.label)}</span></th>"
        )
        at = span.stop
    cells += ["<td></td>"] * (len(table.columns) - at)
    return f'<tr class="spanners">{"".join(cells)}</tr>'


def _body(table: Table, rows: tuple[Row, ...]) -> str:
    grid = [[in_row(row, place, table) for place in range(len(row.cells))] for row in rows]
    widths = [_sides(table, grid, place) for place in range(len(table.columns))]
    pairs = _pairs(table, rows)
    lines = [
        _row(table, row, cells, widths, place in pairs, place - 1 in pairs)
        for place, (row, cells) in enumerate(zip(rows, grid, strict=True))
    ]
    return f"<tbody>\n{''.join(lines)}</tbody>"


def _pairs(table: Table, rows: tuple[Row, ...]) -> set[int]:
    """Return the places of rows whose stub reaches into the next: what stands below belongs."""
    if column_align(table, 0) != "left":
        return set()
    return {
        place
        for place, (row, below) in enumerate(pairwise(rows))
        if row.kind == below.kind == "body"
        and isinstance(row.cells[0].value, str)
        and below.cells[0].value is None
        and not below.cells[0].mark
        and not below.rule_above
    }


def _sides(table: Table, grid: list[list[Printed]], place: int) -> tuple[int, int] | None:
    """Return the widest head and tail of a column in half digits, None where nothing aligns."""
    numbers = [cells[place] for cells in grid if cells[place].aligned]
    if column_align(table, place) != "decimal" or not numbers:
        return None
    head = max(_halves(cell.head) for cell in numbers)
    tail = max(_halves(cell.tail) for cell in numbers)
    return min(head, _STEPS), min(tail, _STEPS)


def _halves(piece: str) -> int:
    return sum(_HALVES.get(letter, 2) for letter in piece)


def _row(
    table: Table,
    row: Row,
    cells: list[Printed],
    widths: list[tuple[int, int] | None],
    paired: bool,
    pair: bool,
) -> str:
    marks = {"ruled": row.rule_above, "paired": paired, "pair": pair}
    classes = [row.kind, *(name for name, true in marks.items() if true)]
    opening = f'<tr class="{" ".join(classes)}">'
    if spans(row):
        label = html_text(cells[0].whole)
        across = len(cells)
        return f'{opening}<th scope="rowgroup" colspan="{across}">{label}</th></tr>\n'
    shown = [] if pair else [_stub(table, row, cells[0], widths[0], paired)]
    for place in range(1, len(cells)):
        align = column_align(table, place)
        css = ("center" if align == "decimal" else align) + _short(cells[place].whole)
        shown.append(f'<td class="{css}">{_content(cells[place], widths[place])}</td>')
    return f"{opening}{''.join(shown)}</tr>\n"


def _stub(
    table: Table, row: Row, cell: Printed, sides: tuple[int, int] | None, paired: bool
) -> str:
    align = column_align(table, 0)
    css = "center" if align == "decimal" else align
    step = f" in{min(row.indent, 3)}" if row.indent else ""
    if isinstance(row.cells[0].value, str):
        down = ' rowspan="2"' if paired else ""
        return f'<th scope="row"{down} class="{css}{step}">{_content(cell, sides)}</th>'
    return f'<td class="{css}{step}">{_content(cell, sides)}</td>'


def _short(text: str) -> str:
    """Return the class of texts so short that breaking them would set letters in a column."""
    return " short" if 0 < width(text) <= _SHORT else ""


def _content(cell: Printed, sides: tuple[int, int] | None) -> str:
    mark = f"<sup>{html_text(cell.mark)}</sup>" if cell.mark else ""
    if sides is None or not cell.aligned:
        if not cell.whole:
            return mark
        if cell.whole.isascii():
            return escape(cell.whole) + mark
        return f"<bdi>{escape(cell.whole)}</bdi>{mark}"
    head, tail = sides
    left = f'<span class="h{head}">{escape(cell.head)}</span>' if head else ""
    right = f'<span class="t{tail}">{escape(cell.tail)}{mark}</span>' if tail else mark
    return left + right


def _under(table: Table, left_out: int, csv: str | None) -> str:
    from livelihoods import words

    lines = []
    if left_out:
        more = words.text("tables.more_rows", table.language, n=left_out)
        link = ""
        if csv:
            address = f'<a href="{html_text(csv)}">{html_text(csv)}</a>'
            link = " " + words.text("tables.all_rows", table.language, link=address)
        lines.append(f'<p class="lv-legend">{html_text(more)}{link}</p>')
    pairs = under(table)
    legend = " ".join(html_text(sentence) for label, sentence in pairs if not label)
    if legend:
        lines.append(f'<p class="lv-legend">{legend}</p>')
    lines.append(notes_html(table))
    if table.reading:
        head = html_text(words.text("tables.reading", table.language))
        parts = [html_text(part) for part in reading_lines(table)]
        lines.append(f'<p class="lv-reading"><b>{head}</b> {_BREAK.join(parts)}</p>')
    inner = "\n".join(line for line in lines if line)
    return f'<figcaption class="lv-under">\n{inner}\n</figcaption>' if inner else ""


def notes_html(table: Table) -> str:
    """Return the notes as a list; severity is a word, a weight and a rule, never colour alone."""
    severities = [note.severity for note in table.notes]
    pairs = [pair for pair in under(table) if pair[0]]
    items = [
        f'<li class="{severity}"><b>{html_text(label)}</b> {html_text(sentence)}</li>'
        for severity, (label, sentence) in zip(severities, pairs, strict=True)
    ]
    return f'<ul class="lv-notes">{"".join(items)}</ul>' if items else ""
