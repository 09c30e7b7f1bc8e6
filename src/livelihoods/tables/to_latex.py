"""Tables as LaTeX with booktabs rules; booktabs, array and, for long ones, longtable are needed.

Every number of a column is a box as wide as the widest head and tail around the decimal point, so
that points align and columns stay centred under their headings without a further package. Text is
escaped letter by letter: nothing from data is a command.
"""

from __future__ import annotations

import unicodedata

from livelihoods.tables.format import (
    HYPHEN,
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
from livelihoods.tables.to_html import slug
from livelihoods.tables.to_text import width

LONG_FROM = 45

_ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "`": r"\textasciigrave{}",
    "-": "{-}",
    "\u2212": "$-$",
    "×": r"$\times$",
    "²": "$^2$",
    "³": "$^3$",
    "±": r"$\pm$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "≠": r"$\neq$",
    "≈": r"$\approx$",
    "∞": r"$\infty$",
    "→": r"$\to$",
    "·": r"$\cdot$",
    "…": r"\ldots{}",
    "\u00a0": "~",
    "\u2009": r"\,",
    "\u202f": r"\,",
}
_GREEK = {
    "α": "alpha",
    "β": "beta",
    "γ": "gamma",
    "δ": "delta",
    "ε": "epsilon",
    "η": "eta",
    "θ": "theta",
    "κ": "kappa",
    "λ": "lambda",
    "μ": "mu",
    "ν": "nu",
    "π": "pi",
    "ρ": "rho",
    "σ": "sigma",
    "τ": "tau",
    "φ": "phi",
    "χ": "chi",
    "ψ": "psi",
    "ω": "omega",
    "Γ": "Gamma",
    "Δ": "Delta",
    "Σ": "Sigma",
    "Φ": "Phi",
    "Ω": "Omega",
}
_ESCAPES |= {letter: f"$\\{name}$" for letter, name in _GREEK.items()}

# Letters that fit on a line of 166 mm at 11 points, and how much smaller sizes need.
_LINE = 74
_SIZES = (("", 1.0), (r"\small", 0.91), (r"\footnotesize", 0.82), (r"\scriptsize", 0.73))
_STUB = 34


def to_latex(table: Table, *, standalone: bool = False) -> str:
    """Return the table as a LaTeX float, or as a document that compiles by itself.

    Parameters
    ----------
    table
        Any table; more than 45 rows become a ``longtable``.
    standalone
        Put a preamble around it. Chinese wants XeLaTeX or LuaLaTeX; under pdfTeX a letter that
        the fonts lack prints as a raised question mark instead of stopping the run.
    """
    body = _long(table) if len(table.rows) > LONG_FROM else _float(table)
    return f"{_PREAMBLE}{body}\\end{{document}}\n" if standalone else body


def escape(value: str) -> str:
    """Return text with every character that means something to TeX made a letter."""
    composed = unicodedata.normalize("NFC", clean_text(value))
    return "".join(_ESCAPES.get(letter, letter) for letter in composed).replace("?`", "?{}`")


def _float(table: Table) -> str:
    head = _captioned(table)
    size = _size(table)
    skips = r"\setlength{\abovecaptionskip}{0pt}\setlength{\belowcaptionskip}{6pt}"
    lines = [_CELL, r"\begin{table}[!htbp]", r"\centering" + skips, *([head] if head else [])]
    lines += [size] if size else []
    lines += [f"\\begin{{tabular}}{{{_columns(table)}}}", r"\toprule", *_headings(table)]
    lines += [r"\midrule", *_lines(table), r"\bottomrule", r"\end{tabular}"]
    return "\n".join([*lines, *_below(table), r"\end{table}", ""])


def _long(table: Table) -> str:
    head = _captioned(table)
    lines = [_CELL, "{" + _size(table), f"\\begin{{longtable}}{{{_columns(table)}}}"]
    lines += [f"{head}\\\\"] if head else []
    heads = [r"\toprule", *_headings(table), r"\midrule"]
    lines += [*heads, r"\endfirsthead", *heads, r"\endhead", r"\bottomrule", r"\endfoot"]
    return "\n".join([*lines, *_lines(table), r"\end{longtable}}", *_below(table), ""])


def _captioned(table: Table) -> str:
    """Return the caption; TeX numbers it itself."""
    _, title = caption(table)
    return f"\\caption{{{escape(title)}}}\\label{{tab:{slug(table.id)}}}" if title else ""


def _letters(table: Table, place: int) -> int:
    cells = [_shown(table, row, place) for row in table.rows if not spans(row)]
    numbers = [cell for cell in cells if cell.aligned]
    head = max((width(cell.head) for cell in numbers), default=0)
    tail = max((width(cell.tail) for cell in numbers), default=0)
    others = [width(cell.head) for cell in cells if not cell.aligned]
    return max([head + tail, width(clean_text(table.columns[place].header)), *others])


def _size(table: Table) -> str:
    letters = [_letters(table, place) for place in range(len(table.columns))]
    letters[0] = min(letters[0], _STUB)
    total = sum(letters) + 2.4 * (len(letters) - 1)
    return next((size for size, share in _SIZES if total * share <= _LINE), _SIZES[-1][0])


def _columns(table: Table) -> str:
    kinds = {"left": "l", "center": "c", "right": "r", "decimal": "c"}
    parts = [kinds[column_align(table, place)] for place in range(len(table.columns))]
    if parts[0] == "l" and _letters(table, 0) > _STUB:
        parts[0] = r">{\raggedright\arraybackslash}p{0.32\linewidth}"
    return "@{}" + "".join(parts) + "@{}"


def _headings(table: Table) -> list[str]:
    lines = []
    for level in sorted({span.level for span in table.spanners}, reverse=True):
        cells: list[str] = []
        rules: list[str] = []
        group = [span for span in table.spanners if span.level == level]
        at = 0
        for span in sorted(group, key=lambda span: span.start):
            across = span.stop - span.start
            cells += [""] * (span.start - at)
            cells.append(f"\\multicolumn{{{across}}}{{c}}{{{escape(span.label)}}}")
            rules += [f"\\cmidrule(lr){{{span.start + 1}-{span.stop}}}"] if across > 1 else []
            at = span.stop
        cells += [""] * (len(table.columns) - at)
        lines.append(_joined(cells))
        lines += ["".join(rules)] if rules else []
    if any(column.header for column in table.columns):
        lines.append(_joined([escape(column.header) for column in table.columns]))
    return lines


def _shown(table: Table, row: Row, place: int) -> Printed:
    return in_row(row, place, table, HYPHEN)


def _lines(table: Table) -> list[str]:
    sides = [_sides(table, place) for place in range(len(table.columns))]
    lines: list[str] = []
    for row in table.rows:
        if row.rule_above and lines:
            lines.append(r"\midrule")
        lines.append(_line(table, row, sides))
    return lines


def _sides(table: Table, place: int) -> tuple[str, str] | None:
    """Return the widest head and tail of a column as TeX, None where nothing aligns."""
    cells = [_shown(table, row, place) for row in table.rows]
    numbers = [cell for cell in cells if cell.aligned]
    if column_align(table, place) != "decimal" or not numbers:
        return None
    head = max(numbers, key=lambda cell: _plain_width(cell.head))
    tail = max(numbers, key=lambda cell: _plain_width(cell.tail))
    return _number(head)[0], _number(tail)[1]


def _plain_width(piece: str) -> float:
    narrow = {".": 0.5, ",": 0.5, "(": 0.7, ")": 0.7, "[": 0.5, "]": 0.5, "*": 0.65}
    return sum(narrow.get(letter, 1.0) for letter in piece)


def _line(table: Table, row: Row, sides: list[tuple[str, str] | None]) -> str:
    step = r"\quad " * row.indent
    if spans(row):
        label = escape(str(row.cells[0].value or ""))
        return f"\\multicolumn{{{len(row.cells)}}}{{@{{}}l}}{{{step}\\textit{{{label}}}}} \\\\"
    cells = []
    for place, widest in enumerate(sides):
        shown = _shown(table, row, place)
        mark = f"\\textsuperscript{{{escape(shown.mark)}}}" if shown.mark else ""
        if isinstance(row.cells[place].value, str):
            text = escape(shown.head) + mark
        elif widest is None or not shown.aligned:
            text = "".join(_number(shown)) + mark
        else:
            head, tail = _number(shown)
            text = f"\\lvcell{{{widest[0]}}}{{{head}}}{{{tail}{mark}}}{{{widest[1]}}}"
        cells.append((step if place == 0 else "") + text)
    return _joined(cells)


def _number(shown: Printed) -> tuple[str, str]:
    """Return head and tail of a number, minus and comparison signs in math, stars raised."""
    head, tail = shown.head.rstrip("*"), shown.tail.rstrip("*")
    stars = len(shown.whole) - len(shown.whole.rstrip("*"))
    for sign, tex in ((HYPHEN, "$-$"), ("<", "$<$"), ("∞", r"$\infty$")):
        head, tail = head.replace(sign, tex), tail.replace(sign, tex)
    return head, tail + (f"\\textsuperscript{{{'*' * stars}}}" if stars else "")


def _joined(cells: list[str]) -> str:
    line = " & ".join(cells) + r" \\"
    # After a line end, "[" would be read as a length and "*" as a command's star.
    return f"{{}}{line}" if line.startswith(("[", "*")) else line


def _below(table: Table) -> list[str]:
    from livelihoods import words

    sentences = [
        f"\\textit{{{escape(label)}:}} {escape(sentence)}" if label else escape(sentence)
        for label, sentence in under(table)
    ]
    if table.reading:
        head = escape(words.text("tables.reading", table.language))
        first, *more = reading_lines(table) or [""]
        sentences += [f"\\textit{{{head}:}} {escape(first)}", *map(escape, more)]
    if not sentences:
        return []
    opening = r"\par\smallskip\begin{minipage}{\linewidth}\footnotesize\raggedright"
    return [opening, "\\par\n".join(sentences), r"\end{minipage}"]


# Widest head, head, tail, widest tail: the decimal point stands between the second and the third.
_CELL = r"\providecommand{\lvcell}[4]{\hphantom{#1}\llap{#2}\rlap{#3}\hphantom{#4}}"

_PREAMBLE = r"""\documentclass[11pt]{article}
\usepackage[a4paper,margin=22mm]{geometry}
\usepackage{iftex}
\ifPDFTeX
  \usepackage[T1]{fontenc}
  \usepackage{textcomp}
  \IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
  \makeatletter
  \renewcommand\UTFviii@undefined@err[1]{\textsuperscript{?}}
  \makeatother
\else
  \usepackage{fontspec}
  \IfFileExists{ctex.sty}{\usepackage[scheme=plain]{ctex}}{}
\fi
\usepackage{booktabs}
\usepackage{array}
\usepackage{longtable}
\begin{document}
"""
