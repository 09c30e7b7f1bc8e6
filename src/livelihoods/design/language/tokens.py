"""From text to tokens. Everything the language does not know is refused here, with its place."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal

from livelihoods.design.language.faults import at
from livelihoods.errors import FormulaError

MAX_LENGTH = 4_000

Kind = Literal["name", "quoted", "number", "string", "operator", "end"]

_PATTERNS: tuple[tuple[Kind | Literal["space"], re.Pattern[str]], ...] = (
    ("space", re.compile(r"\s+")),
    ("number", re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")),
    ("name", re.compile(r"[^\W\d]\w*(?:\.\w+)*")),
    ("quoted", re.compile(r"`[^`]+`")),
    ("string", re.compile(r"\"[^\"\\]*\"|'[^'\\]*'")),
    ("operator", re.compile(r"->|==|!=|<=|>=|[-+*/^:()\[\],~|<>=]")),
)
# What people write out of habit -> what the language has.
_HABITS = {"**": "^", "&&": "and", "&": "and", "||": "or", "!": "not", "<>": "!=", "{": "["}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of text: its kind, its meaning as text, and where it starts."""

    kind: Kind
    text: str
    at: int


def tokenise(text: str) -> tuple[Token, ...]:
    """Split a formula or expression into tokens, the last of kind ``"end"``.

    Raises
    ------
    FormulaError
        If the text is too long, a quote is left open, or a character is unknown.
    """
    if len(text) > MAX_LENGTH:
        raise FormulaError("design.text_too_long", length=len(text), limit=MAX_LENGTH)
    found: list[Token] = []
    place = 0
    while place < len(text):
        kind, piece = _next(text, place)
        if kind == "number":
            _check_number(text, place, piece)
        if kind != "space":
            bare = piece[1:-1] if kind in ("quoted", "string") else piece
            found.append(Token("name" if kind == "name" else kind, bare, place))
        place += len(piece)
    found.append(Token("end", "", len(text)))
    return tuple(found)


def _next(text: str, place: int) -> tuple[Kind | Literal["space"], str]:
    for habit, ours in _HABITS.items():
        if text.startswith(habit, place) and not text.startswith("!=", place):
            raise FormulaError("design.habit", found=habit, ours=ours, **at(text, place))
    for kind, pattern in _PATTERNS:
        match = pattern.match(text, place)
        if match:
            return kind, match.group()
    if text[place] in "\"'`":
        raise FormulaError("design.open_quote", found=text[place], **at(text, place))
    raise FormulaError("design.unknown_character", found=text[place], **at(text, place))


def _check_number(text: str, place: int, piece: str) -> None:
    after = text[place + len(piece) : place + len(piece) + 1]
    if after.isalnum() or after in ("_", ".") or not math.isfinite(float(piece)):
        raise FormulaError("design.bad_number", found=piece + after, **at(text, place))
