"""Reading numbers as papers print them: ``0.223*** (3.287)``, ``29/9.29``, ``64%``, ``<0.001``."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from livelihoods.audit.intervals import Interval, between, rounded

CellForm = Literal["number", "estimate", "pair", "list", "empty", "text", "unread"]

_MINUS = str.maketrans({"−": "-", "–": "-", "—": "-", "﹣": "-", "－": "-", "，": ",", "．": "."})
_NUMBER = re.compile(
    r"(?P<bound>[<>≤≥])?\s*(?P<sign>[+-]?)\s*"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?P<power>[eE][+-]?\d{1,3})?"
    r"\s*(?P<percent>%|％)?\s*(?P<stars>\*{0,4})"
)
_NOTHING = {"", "-", "--", "---", "n.a.", "n/a", "na", ".", "/", "\\"}
_LETTERS = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Printed:
    """One number as printed.

    Attributes
    ----------
    text
        As it stands on the page.
    value
        Its exact value.
    decimals
        Digits after the point; it fixes what the number may have been before rounding.
    stars
        Significance stars that follow it.
    bound
        ``"<"`` or ``">"`` where only a bound is printed.
    percent
        Whether a per cent sign follows; the value stays in per cent.
    """

    text: str
    value: Fraction
    decimals: int
    stars: int = 0
    bound: str = ""
    percent: bool = False

    def interval(self) -> Interval:
        """Return what the number may have been before it was printed."""
        if self.bound == "<":
            return between(0, self.value) if self.value >= 0 else between(self.value * 10**6, 0)
        if self.bound == ">":
            return between(self.value, self.value + 10**9)
        return rounded(self.value, self.decimals)


@dataclass(frozen=True, slots=True)
class PrintedCell:
    """A cell as read.

    Attributes
    ----------
    raw
        As it stands on the page.
    form
        ``"number"``; ``"estimate"``: a number and one in brackets; ``"pair"``: two numbers divided
        by a slash; ``"list"``: several numbers; ``"empty"``; ``"text"``; ``"unread"``: it has
        digits, and they are in no form known here.
    numbers
        The numbers in the order of the page.
    bracketed
        Whether the only number stands in brackets (the line below a coefficient).
    """

    raw: str
    form: CellForm
    numbers: tuple[Printed, ...] = ()
    bracketed: bool = False

    @property
    def first(self) -> Printed | None:
        """The first number, or None."""
        return self.numbers[0] if self.numbers else None

    @property
    def second(self) -> Printed | None:
        """The second number, or None."""
        return self.numbers[1] if len(self.numbers) > 1 else None


def clean(raw: str) -> str:
    """Return the text with width variants, exotic minus signs and spaces made plain."""
    return " ".join(unicodedata.normalize("NFKC", raw).translate(_MINUS).split())


def read_cell(raw: str) -> PrintedCell:
    """Read one cell; never fails: what is not understood is ``"unread"``."""
    text = clean(raw)
    if text.lower() in _NOTHING:
        return PrintedCell(raw, "empty")
    if not any(letter.isdigit() for letter in text):
        return PrintedCell(raw, "text")
    for form, pattern in _FORMS:
        match = pattern.fullmatch(text)
        if match:
            numbers = tuple(_number(part) for part in match.groups() if part)
            return PrintedCell(raw, form, numbers, bracketed=form == "number" and text[0] in "([")
    return PrintedCell(raw, "text" if _LETTERS.search(text) else "unread")


def read_number(text: str) -> Printed | None:
    """Read a text that is one number and nothing else; None if it is not."""
    cell = read_cell(text)
    return cell.first if cell.form == "number" else None


def numbers_in(text: str) -> list[Printed]:
    """Return every number in a sentence, in order; digits inside words are left alone."""
    plain = clean(text)
    found = []
    for match in _NUMBER.finditer(plain):
        text = match.group().strip()
        start = plain.index(text, match.start())
        before, after = plain[:start][-1:], plain[start + len(text) :][:1]
        if not (before.isalpha() or before == "." or (after.isalpha() and not match["percent"])):
            found.append(_number(match.group()))
    return found


def _number(text: str) -> Printed:
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"not a number: {text!r}")
    digits = match["digits"].replace(",", "")
    power = int((match["power"] or "e0")[1:])
    value = Fraction(digits) * Fraction(10) ** power
    decimals = len(digits.partition(".")[2]) - power
    bound = {"≤": "<", "≥": ">"}.get(match["bound"] or "", match["bound"] or "")
    sign = -1 if match["sign"] == "-" else 1
    return Printed(
        text.strip(), sign * value, decimals, len(match["stars"]), bound, bool(match["percent"])
    )


_DIGITS = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
_ONE = rf"([<>≤≥]?\s*[+-]?\s*{_DIGITS}(?:[eE][+-]?\d{{1,3}})?\s*[%]?\s*\*{{0,4}})"
_FORMS: tuple[tuple[CellForm, re.Pattern[str]], ...] = (
    ("number", re.compile(_ONE)),
    ("number", re.compile(rf"[(\[]\s*{_ONE}\s*[)\]]")),
    ("estimate", re.compile(rf"{_ONE}\s*[(\[]\s*{_ONE}\s*[)\]]")),
    ("pair", re.compile(rf"{_ONE}\s*/\s*{_ONE}")),
    ("pair", re.compile(rf"[(\[]\s*{_ONE}\s*[,;]\s*{_ONE}\s*[)\]]")),
    ("list", re.compile(rf"{_ONE}\s*/\s*{_ONE}\s+{_ONE}")),
)
