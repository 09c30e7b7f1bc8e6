"""How a cell is printed: shared by every renderer, so that no two media can disagree.

A printed number falls into a *head* (up to the decimal point) and a *tail* (from the point on, with
closing parenthesis and stars). Renderers align heads to the right and tails to the left.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass, replace
from functools import cache

from livelihoods.tables.model import Align, Cell, Row, Table

MINUS = "\u2212"
HYPHEN = "-"
_FIXED_LIMIT = 1e12
_WRAPS = {"none": ("", ""), "parentheses": ("(", ")"), "brackets": ("[", "]")}


@dataclass(frozen=True, slots=True)
class Printed:
    """A cell as printed.

    Attributes
    ----------
    head, tail
        The two sides of the decimal point; a cell that is not a number has an empty tail.
    aligned
        Whether the cell takes part in decimal alignment.
    mark
        Letter of a table note, to be set raised.
    """

    head: str
    tail: str = ""
    aligned: bool = False
    mark: str = ""

    @property
    def whole(self) -> str:
        """The printed text without the mark."""
        return self.head + self.tail


def fixed(value: float, decimals: int, minus: str = MINUS) -> str:
    """Return a real number with thousands separators; exponents only beyond 10¹²."""
    if math.isnan(value):
        return ""
    if math.isinf(value):
        return ("" if value > 0 else minus) + "∞"
    if abs(value) >= _FIXED_LIMIT:
        return f"{value:.{max(decimals, 2)}e}".replace("-", minus).replace("e+", "e")
    if value == 0:
        value = 0.0
    return f"{value:,.{decimals}f}".replace("-", minus)


def probability(value: float, decimals: int = 3, *, leading_zero: bool = True) -> str:
    """Return a p value; below its last decimal it prints as ``<0.001``."""
    if math.isnan(value):
        return ""
    smallest = 10.0**-decimals
    printed = f"<{smallest:.{decimals}f}" if value < smallest else f"{value:.{decimals}f}"
    return printed if leading_zero else printed.replace("0.", ".", 1)


def printed(cell: Cell, table: Table, minus: str = MINUS) -> Printed:
    """Return one cell as the table prints it."""
    if cell.value is None or cell.kind == "blank":
        return Printed("", mark=cell.mark)
    if isinstance(cell.value, str):
        return Printed(clean_text(cell.value) + "*" * cell.stars, mark=cell.mark)
    if cell.kind == "interval":
        return Printed(_interval(cell, table, minus), mark=cell.mark)
    opening, closing = _WRAPS[cell.wrap]
    whole, point, fraction = _bare(cell, table, minus).partition(".")
    return Printed(
        opening + whole, point + fraction + closing + "*" * cell.stars, True, mark=cell.mark
    )


def in_row(row: Row, place: int, table: Table, minus: str = MINUS) -> Printed:
    """Return one cell as it prints in its row: counts among fit statistics stand centred."""
    cell = row.cells[place]
    shown = printed(cell, table, minus)
    if row.kind == "statistic" and cell.kind == "integer":
        return replace(shown, aligned=False)
    return shown


def spans(row: Row) -> bool:
    """Tell whether the first cell of a section runs over the whole line."""
    return row.kind == "section" and all(cell.value is None for cell in row.cells[1:])


def _bare(cell: Cell, table: Table, minus: str) -> str:
    assert isinstance(cell.value, int | float)
    decimals = table.decimals if cell.decimals is None else cell.decimals
    if cell.kind == "integer":
        return f"{int(cell.value):,}".replace("-", minus)
    if cell.kind == "p_value":
        return probability(float(cell.value), decimals, leading_zero=table.preset != "apa")
    share = 100.0 if cell.kind == "percent" else 1.0
    return fixed(share * float(cell.value), decimals, minus)


def _interval(cell: Cell, table: Table, minus: str) -> str:
    assert isinstance(cell.value, int | float)
    decimals = table.decimals if cell.decimals is None else cell.decimals
    upper = math.nan if cell.upper is None else cell.upper
    opening, closing = _WRAPS["brackets" if cell.wrap == "none" else cell.wrap]
    low, high = fixed(float(cell.value), decimals, minus), fixed(upper, decimals, minus)
    return f"{opening}{low}, {high}{closing}" + "*" * cell.stars


def column_align(table: Table, place: int) -> Align:
    """Return how a column is set; a stub of words is never centred."""
    align = table.columns[place].align
    if place == 0 and align == "decimal":
        words_in_stub = any(isinstance(row.cells[0].value, str) for row in table.rows)
        return "left" if words_in_stub or not table.rows else "decimal"
    return align


def caption(table: Table) -> tuple[str, str]:
    """Return the number part ("Table 3") and the title of a caption; either may be empty."""
    from livelihoods import words

    title = clean_text(table.title)
    if table.synthetic:
        title = f"{title} [{words.text('tables.synthetic', table.language)}]".strip()
    if table.number is None:
        return "", title
    return words.text("tables.numbered", table.language, number=table.number), title


def under(table: Table) -> list[tuple[str, str]]:
    """Return what stands under the table as ``(label, sentence)``: legend, notes, marks.

    The label of a legend sentence is empty; that of a note is its severity in words, so that
    nothing depends on colour.
    """
    from livelihoods import words

    lines = [("", clean_text(sentence)) for sentence in table.legend]
    for note in table.notes:
        label = words.text(f"tables.severity_{note.severity}", table.language)
        lines.append((label, clean_text(note.sentence(table.language))))
    return lines


def reading_lines(table: Table) -> list[str]:
    """Return the paragraphs of the plain-language reading; an empty line parts them."""
    return [clean_text(part.strip()) for part in table.reading.split("\n\n") if part.strip()]


def unique(names: list[str], joiner: str = "_") -> list[str]:
    """Return names made distinct by a counter, order kept: ``a, a`` gives ``a, a_2``."""
    taken: set[str] = set()
    kept = []
    for name in names:
        candidate, count = name, 1
        while candidate in taken:
            count += 1
            candidate = f"{name}{joiner}{count}"
        taken.add(candidate)
        kept.append(candidate)
    return kept


# Explicit embeddings and isolates could turn the order of a whole line; letters need none of them.
_DROPPED = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_SPACES = frozenset("\t\n\r\v\f\x85\u2028\u2029")


def clean_text(value: str) -> str:
    """Return one line of text without control characters; right-to-left letters stay.

    Line breaks and tabs become spaces, other control characters and directional overrides vanish,
    lone surrogates and non-characters become U+FFFD: what remains is valid in every medium.
    """
    return value if value.isascii() and value.isprintable() else "".join(map(_clean, value))


@cache
def _clean(letter: str) -> str:
    if letter in _SPACES:
        return " "
    code = ord(letter)
    if letter in _DROPPED or unicodedata.category(letter) == "Cc":
        return ""
    if 0xD800 <= code <= 0xDFFF or code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF:
        return "\ufffd"
    return letter
