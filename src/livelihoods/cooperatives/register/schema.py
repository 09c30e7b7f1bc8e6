"""The register's tables as data: ``tables/*.toml``, ``choices.toml``, ``headings.toml``.

A column is written ``"type, and what is asked of it"``. Types:

========== =========================================== ======================
``id``     short text that names something             VARCHAR
``text``   text                                        VARCHAR
``date``   a day                                       DATE
``year``   a calendar year                             SMALLINT
``money``  yuan in files, whole cents here (``_cents``) BIGINT
``quantity`` amount with a unit, six decimals          DECIMAL(18,6)
``share``  0 to 1                                      DECIMAL(9,6)
``rate``   a yearly rate, 0.05 for 5 %                 DECIMAL(9,6)
``count``  whole number, 0 or more                     INTEGER
``flag``   yes or no                                   BOOLEAN
``choice NAME`` one of ``choices.toml``'s NAME         VARCHAR
========== =========================================== ======================

Asked: ``required``; ``signed`` (may be negative); ``in TABLE`` (must stand there under the same
column name, within the cooperative where that table has one); ``member`` (must be a member on the
row's ``when`` day, where there is one).

Beside its columns a table may have: ``order``, pairs of columns of which the first is at most the
second where both are given; ``after_leaving``, a column and the values with which a row may be
dated after the member has left; ``sealed``, whether the close of a year shuts it for that year.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, cast, get_args

from livelihoods import words
from livelihoods.errors import SpecError

Kind = Literal[
    "id", "text", "date", "year", "money", "quantity", "share", "rate", "count", "flag", "choice"
]
_SQL: dict[Kind, str] = {
    "id": "VARCHAR",
    "text": "VARCHAR",
    "date": "DATE",
    "year": "SMALLINT",
    "money": "BIGINT",
    "quantity": "DECIMAL(18,6)",
    "share": "DECIMAL(9,6)",
    "rate": "DECIMAL(9,6)",
    "count": "INTEGER",
    "flag": "BOOLEAN",
    "choice": "VARCHAR",
}
_NUMBERS: tuple[Kind, ...] = ("money", "quantity", "share", "rate", "count")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the register.

    Attributes
    ----------
    name, kind
        What it is called and what it holds.
    choices
        Name of the list in ``choices.toml``; "" for other kinds.
    required, signed
        Whether a row needs it; whether a number may be negative.
    refers
        Table in which the value must stand; "" for none.
    member
        Whether it names a member of the row's cooperative.
    """

    name: str
    kind: Kind
    choices: str = ""
    required: bool = False
    signed: bool = False
    refers: str = ""
    member: bool = False

    @property
    def sql_type(self) -> str:
        """Type in the register's file."""
        return _SQL[self.kind]

    @property
    def floor(self) -> bool:
        """Whether the column refuses numbers below 0."""
        return self.kind in _NUMBERS and not self.signed


@dataclass(frozen=True, slots=True)
class TableShape:
    """A table of the register.

    Attributes
    ----------
    name, title
        As in the file, and as people call it (by language).
    key
        Columns that together name a row once.
    when
        Column with the day of what happened; "" for tables of things.
    posted_by
        "import", or "close" for what the program itself posts at the end of a year.
    columns
        In the order of the templates.
    order
        Pairs of columns: the first is at most the second, where both are given.
    after_leaving
        A column and those of its values with which a row may be dated after a member has left.
    sealed
        Whether nothing more is posted into a year that is closed.
    """

    name: str
    title: Mapping[str, str]
    key: tuple[str, ...]
    when: str
    posted_by: str
    columns: tuple[Column, ...]
    order: tuple[tuple[str, str], ...] = ()
    after_leaving: tuple[str, tuple[str, ...]] = ("", ())
    sealed: bool = False

    def column(self, name: str) -> Column:
        """Return a column by name.

        Raises
        ------
        SpecError
            If the table has no such column.
        """
        for column in self.columns:
            if column.name == name:
                return column
        known = [column.name for column in self.columns]
        raise SpecError("cooperatives.unknown_column", table=self.name, column=name, known=known)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(column.name for column in self.columns)


@cache
def shapes() -> Mapping[str, TableShape]:
    """Return the tables by name, those that others refer to first."""
    folder = files(__package__) / "tables"
    order = ("members.toml", "trade.toml", "money.toml", "governance.toml")
    found: dict[str, TableShape] = {}
    for file in order:
        for name, raw in tomllib.loads((folder / file).read_text("utf-8")).items():
            found[name] = _shape(name, raw)
    return found


def shape(table: str) -> TableShape:
    """Return the shape of a table.

    Raises
    ------
    SpecError
        If the register has no such table.
    """
    if table not in shapes():
        raise SpecError("cooperatives.unknown_table", table=table, known=list(shapes()))
    return shapes()[table]


def heading(table: str, column: str, language: str | None = None) -> str:
    """Return what stands above a column, in the current language unless another is named."""
    pair = _headings().get(f"{table}.{column}") or _headings()[column]
    return pair[_place(language)]


def choices(name: str, language: str | None = None) -> dict[str, str]:
    """Return the codes of a list of choices and their words."""
    place = _place(language)
    return {code: pair[place] for code, pair in _choices()[name].items()}


def _place(language: str | None) -> int:
    return words.LANGUAGES.index(cast(words.Language, language or words.language()))


@cache
def _headings() -> Mapping[str, tuple[str, str]]:
    return tomllib.loads((files(__package__) / "headings.toml").read_text("utf-8"))


@cache
def _choices() -> Mapping[str, Mapping[str, tuple[str, str]]]:
    return tomllib.loads((files(__package__) / "choices.toml").read_text("utf-8"))


def _shape(name: str, raw: Mapping[str, Any]) -> TableShape:
    return TableShape(
        name,
        raw["title"],
        tuple(raw["key"]),
        raw.get("when", ""),
        raw.get("posted_by", "import"),
        tuple(_column(column, text) for column, text in raw["columns"].items()),
        tuple((low, high) for low, high in raw.get("order", [])),
        (raw["after_leaving"][0], tuple(raw["after_leaving"][1]))
        if "after_leaving" in raw
        else ("", ()),
        raw.get("sealed", False),
    )


def _column(name: str, text: str) -> Column:
    first, *asked = (part.strip() for part in text.split(","))
    kind, _, listed = first.partition(" ")
    if kind not in get_args(Kind):
        raise LookupError(f"{name}: {kind} is no type of column")
    refers = next((part.removeprefix("in ") for part in asked if part.startswith("in ")), "")
    return Column(
        name,
        cast(Kind, kind),
        listed,
        "required" in asked,
        "signed" in asked,
        refers,
        "member" in asked,
    )
