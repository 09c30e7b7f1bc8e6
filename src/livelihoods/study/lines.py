"""Where in a TOML file each key stands: ``tomllib`` gives values without their lines.

A small scanner, not a parser: it runs only on text that ``tomllib`` has already accepted, so it
may assume that quotes and brackets match.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

Path = tuple[str | int, ...]

_PART = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*""")
_TOKEN = re.compile(
    r'''"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|\#[^\n]*|[\[\]{}\n]''',
    re.DOTALL,
)


def key_lines(text: str) -> Mapping[Path, int]:
    """Return the line, counted from 1, of every table header and key.

    Elements of arrays of tables carry their number: ``("analysis", 0, "kind")``. Keys inside
    inline tables stand under the line of the key that holds them and are not listed.
    """
    lines: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    for start, statement in _statements(text):
        stripped = statement.strip()
        if stripped.startswith("["):
            table = _header(stripped, counts)
            lines.setdefault(table, start)
        else:
            names = _dotted(stripped)
            for depth in range(1, len(names) + 1):
                lines.setdefault((*table, *names[:depth]), start)
    return lines


def line_of(lines: Mapping[Path, int], path: Sequence[str | int]) -> int | None:
    """Return the line of a key, or of the nearest table around it, or None."""
    for stop in range(len(path), 0, -1):
        if tuple(path[:stop]) in lines:
            return lines[tuple(path[:stop])]
    return None


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield (line, text) of every header or key = value, however many lines it takes."""
    line, depth, begin, begin_line = 1, 0, 0, 1
    for token in _TOKEN.finditer(text.replace("\r\n", "\n") + "\n"):
        piece = token.group()
        if piece in "[{":
            depth += 1
        elif piece in "]}":
            depth -= 1
        elif piece == "\n" and depth <= 0:
            statement = token.string[begin : token.start()]
            if (bare := statement.strip()) and not bare.startswith("#"):
                yield begin_line, statement
            begin, begin_line, depth = token.end(), line + 1, 0
        line += piece.count("\n")


def _header(statement: str, counts: dict[Path, int]) -> Path:
    array = statement.startswith("[[")
    names = _dotted(statement[2 if array else 1 :])
    path: Path = ()
    for place, name in enumerate(names):
        path = (*path, name)
        if array and place == len(names) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _dotted(text: str) -> tuple[str, ...]:
    """Read the dotted key at the start of ``text``."""
    names: list[str] = []
    place = 0
    while match := _PART.match(text, place):
        double, single, bare = match.groups()
        names.append(next(part for part in (double, single, bare) if part is not None))
        place = match.end()
        if text[place : place + 1] != ".":
            break
        place += 1
    return tuple(names)
