"""Which table a sheet is, and which column a heading: by name, or by heading in either language."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache

from livelihoods import words
from livelihoods.cooperatives.register.schema import TableShape, heading, shape, shapes
from livelihoods.errors import DataError, SpecError

_UNIT = re.compile(r"\([^()]*\)\s*$")
_BETWEEN = re.compile(r"[\s_\-*·:'’]+")
_CLOSE = 0.8


def fold(text: str) -> str:
    """Return a heading without case, width, unit, blanks and the star of required columns."""
    plain = unicodedata.normalize("NFKC", text).casefold().strip().strip("*")
    without_unit = _UNIT.sub("", plain) or plain
    return _BETWEEN.sub("", without_unit.partition(",")[0])


def recognise_table(name: str) -> str | None:
    """Return the table that a sheet's or file's name means, or None."""
    return _tables().get(fold(name))


def importable(table: str) -> TableShape:
    """Return the shape of a table that people fill.

    Raises
    ------
    SpecError
        If there is no such table, or only the close of a year posts it.
    """
    found = shape(recognise_table(table) or table)
    if found.posted_by != "import":
        raise SpecError("cooperatives.import_closed_table", table=found.title[words.language()])
    return found


def recognise_columns(wanted: TableShape, headings: Sequence[str], file: str) -> dict[str, str]:
    """Return heading -> column for the headings that are known.

    Raises
    ------
    DataError
        If two headings mean the same column, or an unknown one is nearly a known one.
    """
    known = _columns(wanted.name)
    found = {title: known[fold(title)] for title in headings if fold(title) in known}
    taken: dict[str, str] = {}
    for title, column in found.items():
        if column in taken:
            first, second = taken[column], title
            raise DataError("cooperatives.heading_twice", file=file, first=first, second=second)
        taken[column] = title
    for title in headings:
        if title not in found:
            _refuse_misspelt(title, wanted, known, taken, file)
    return found


def table_of_headings(headings: Sequence[str]) -> list[str]:
    """Return the tables whose required columns are all among the headings, with no stranger."""
    folded = {fold(title) for title in headings}
    fitting = []
    for name, candidate in shapes().items():
        known = _columns(name)
        here = {known[title] for title in folded if title in known}
        required = {column.name for column in candidate.columns if column.required}
        if candidate.posted_by == "import" and required <= here and folded <= set(known):
            fitting.append(name)
    return fitting


def nearest(name: str, known: Sequence[str]) -> str:
    """Return the known name most like this one, or the first known."""
    return (difflib.get_close_matches(name, known, 1, 0.4) or list(known)[:1])[0]


def _refuse_misspelt(
    title: str, wanted: TableShape, known: Mapping[str, str], taken: Mapping[str, str], file: str
) -> None:
    """A stranger is left out with a note; what looks like a slip of the pen is not."""
    free = [spelled for spelled, column in known.items() if column not in taken]
    near = difflib.get_close_matches(fold(title), free, 1, _CLOSE)
    if near:
        meant = heading(wanted.name, known[near[0]])
        raise DataError("cooperatives.heading_near", file=file, heading=title, nearest=meant)


@cache
def _tables() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name, table in shapes().items():
        for title in (name, *table.title.values()):
            found[fold(title)] = name
    return found


@cache
def _columns(table: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name in shape(table).names:
        titles = [heading(table, name, language) for language in words.LANGUAGES]
        for title in (name, name.removesuffix("_cents"), *titles):
            found.setdefault(fold(title), name)
    return found
