"""Cells of text become values, whole columns at a time and exactly; what cannot is a reason.

The usual cell takes the short way (one pattern, one cast); only those that do not fit it are
tidied first: full width, thousands separators, ``￥`` and ``元``, ``2024年5月1日``, Excel's day
numbers. Nothing is rounded.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache

import polars as pl

from livelihoods import words
from livelihoods.cooperatives.register.mapping import TableMap
from livelihoods.cooperatives.register.reasons import Reasons
from livelihoods.cooperatives.register.schema import Column, choices
from livelihoods.survey.restore import EMPTY_MARKS

_EMPTY = (*EMPTY_MARKS, "/", "—", "－", "——")
_PLAIN = r"^[+-]?[0-9]{1,15}(\.[0-9]+)?$"
_DIGITS = r"^[+-]?[0-9]+(\.[0-9]+)?$"
_GROUPED = r"^[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?$"
_GROUPED_COMMA = r"^[+-]?([0-9]{1,3}(\.[0-9]{3})+|[0-9]+)(,[0-9]+)?$"
_CURRENCY = r"¥|￥|元整?|圆整?|rmb|cny|yuan"
_BELOW_UNIT = r"\.[0-9]*[1-9]"
_BELOW_CENT = r"\.[0-9]{2}[0-9]*[1-9]"
_BELOW_MILLIONTH = r"\.[0-9]{6}[0-9]*[1-9]"
_TIME = r"[ T][0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?$"
_SHORTENED = r"^[0-9](\.[0-9]+)?[eE]\+?[0-9]{1,2}$"
_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
_EPOCH = date(1899, 12, 30)  # day 0 of Excel's count
_SERIALS = (10_000, 99_999)  # days 1927 to 2173: five digits
_FIRST_DAY, _LAST_DAY = date(1900, 1, 1), date(2200, 1, 1)
_LONGEST = {"id": 100, "text": 4_000}
_MOST = {"share": 1.0, "rate": 2.0}
_YES = ("yes", "y", "true", "1", "是", "有", "√", "对")
_NO = ("no", "n", "false", "0", "否", "无", "没有", "×", "x")


class _Cells:
    """One column on its way from text to values."""

    def __init__(
        self, text: pl.Series, lines: pl.Series, column: Column, reasons: Reasons, in_cents: bool
    ) -> None:
        self.in_cents = in_cents
        self.text = text
        self.lines = lines
        self.column = column
        self._reasons = reasons

    def refuse(self, code: str, wrong: pl.Series, detail: pl.Series | None = None) -> None:
        """Give the cells marked ``wrong`` a reason."""
        wrong = wrong.fill_null(False)
        if wrong.any():
            shown = self.text if detail is None else detail
            self._reasons.add(code, self.column.name, self.lines.filter(wrong), shown.filter(wrong))


def parse(
    text: pl.Series,
    lines: pl.Series,
    column: Column,
    how: TableMap,
    reasons: Reasons,
    *,
    in_cents: bool = False,
) -> pl.Series:
    """Return a column's values; null where a cell is empty or was refused.

    Parameters
    ----------
    text
        Cells as they stand in the file.
    lines
        Their lines in the file.
    column
        What the column holds.
    how
        Date format and decimal mark of the file.
    reasons
        Where refusals are written.
    in_cents
        Whether money stands in whole cents; else in yuan.
    """
    bare = text.cast(pl.String).str.strip_chars()
    empty = (bare == "").fill_null(True)
    if column.kind != "text":
        known = _codes(column.choices) if column.kind == "choice" else {}
        empty = empty | bare.is_in([mark for mark in _EMPTY if _folded(mark) not in known])
    bare = bare.set(empty, None)
    cells = _Cells(bare, lines, column, reasons, in_cents)
    values = _PARSERS[column.kind](cells, how)
    if column.required:
        cells.refuse("required", bare.is_null())
    return values.alias(column.name)


def _words(cells: _Cells, how: TableMap) -> pl.Series:
    text, longest = cells.text, _LONGEST[cells.column.kind]
    long = text.str.len_chars() > longest
    control = text.str.contains(_CONTROL)
    cells.refuse("too_long", long, pl.Series([str(longest)] * text.len(), dtype=pl.String))
    cells.refuse("control", control)
    wrong = long | control
    if cells.column.kind == "id":
        shortened = text.str.contains(_SHORTENED)
        cells.refuse("shortened", shortened)
        wrong = wrong | shortened
    return text.set(wrong.fill_null(False), None)


def _choice(cells: _Cells, how: TableMap) -> pl.Series:
    return _looked_up(cells, _codes(cells.column.choices), "unknown_choice", pl.String)


def _flag(cells: _Cells, how: TableMap) -> pl.Series:
    known = {**dict.fromkeys(_YES, True), **dict.fromkeys(_NO, False)}
    return _looked_up(cells, known, "not_yes_no", pl.Boolean)


def _looked_up(
    cells: _Cells, known: Mapping[str, str | bool], code: str, kind: type[pl.DataType]
) -> pl.Series:
    spelled = cells.text.unique().drop_nulls().to_list()
    meant = {word: known[_folded(word)] for word in spelled if _folded(word) in known}
    if not meant:
        values = pl.Series([None] * cells.text.len(), dtype=kind)
    else:
        values = cells.text.replace_strict(meant, default=None, return_dtype=kind)
    cells.refuse(code, cells.text.is_not_null() & values.is_null())
    return values


@cache
def _codes(name: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for language in words.LANGUAGES:
        for code, word in choices(name, language).items():
            found.setdefault(_folded(code), code)
            found.setdefault(_folded(word), code)
    return found


def _folded(word: str) -> str:
    plain = unicodedata.normalize("NFKC", word).casefold()
    return "".join(plain.replace("_", " ").split())


def _date(cells: _Cells, how: TableMap) -> pl.Series:
    text = cells.text
    values = text.str.to_date(how.date_format or "%Y-%m-%d", strict=False)
    left = text.is_not_null() & values.is_null()
    if left.any():
        values = values.zip_with(~left, _other_dates(text, bool(how.date_format)))
    cells.refuse("not_a_date", text.is_not_null() & values.is_null())
    far = (values < _FIRST_DAY) | (values >= _LAST_DAY)
    cells.refuse("date_range", far)
    return values.set(far.fill_null(False), None)


def _other_dates(text: pl.Series, only_iso: bool) -> pl.Series:
    """Return days from the other usual spellings; with a declared format only ISO is left."""
    bare = text.str.normalize("NFKC").str.replace(_TIME, "")
    found = bare.str.to_date("%Y-%m-%d", strict=False)
    if only_iso:
        return found
    joined = bare.str.replace_all(r"\s", "").str.replace_all(r"[年月/.]", "-")
    joined = joined.str.replace(r"[日号]$", "")
    found = found.fill_null(joined.str.to_date("%Y-%m-%d", strict=False))
    packed = bare.set(~bare.str.contains(r"^[0-9]{8}$").fill_null(False), None)
    found = found.fill_null(packed.str.to_date("%Y%m%d", strict=False))
    serial = bare.set(~bare.str.contains(r"^[0-9]{5}$").fill_null(False), None)
    days = serial.cast(pl.Int32)
    days = days.set(((days < _SERIALS[0]) | (days > _SERIALS[1])).fill_null(False), None)
    return found.fill_null((days + (_EPOCH - date(1970, 1, 1)).days).cast(pl.Date))


def _money(cells: _Cells, how: TableMap) -> pl.Series:
    plain = _plain(cells, how, currency=True)
    below = _BELOW_UNIT if cells.in_cents else _BELOW_CENT
    fraction = plain.str.contains(below).fill_null(False)
    cells.refuse("fraction_of_cent", fraction)
    exact = plain.set(fraction, None).cast(pl.Decimal(20, 2))
    return _not_negative(cells, (exact if cells.in_cents else exact * 100).cast(pl.Int64))


def _quantity(cells: _Cells, how: TableMap) -> pl.Series:
    return _not_negative(cells, _decimals(cells, _plain(cells, how), 18))


def _share(cells: _Cells, how: TableMap) -> pl.Series:
    """A share or a rate; ``60 %`` is 0.6."""
    percent = cells.text.str.contains(r"[%％]\s*$").fill_null(False)
    plain = _plain(cells, how, percent=True)
    if percent.any():
        hundredth = (plain.cast(pl.Decimal(24, 12), strict=False) / 100).cast(pl.String)
        plain = plain.zip_with(~percent, hundredth)
    values = _decimals(cells, plain, 18)
    most = _MOST[cells.column.kind]
    over = (values > most).fill_null(False)
    cells.refuse("above_most", over)
    kept = _not_negative(cells, values.set(over, None))
    return kept.cast(pl.Decimal(9, 6))


def _decimals(cells: _Cells, plain: pl.Series, precision: int) -> pl.Series:
    fine = plain.str.contains(_BELOW_MILLIONTH).fill_null(False)
    cells.refuse("too_fine", fine)
    kept = plain.set(fine, None)
    values = kept.cast(pl.Decimal(precision, 6), strict=False)
    cells.refuse("too_large", kept.is_not_null() & values.is_null())
    return values


def _count(cells: _Cells, how: TableMap) -> pl.Series:
    return _not_negative(cells, _whole(cells, _plain(cells, how)))


def _whole(cells: _Cells, plain: pl.Series) -> pl.Series:
    part = plain.str.contains(_BELOW_UNIT).fill_null(False)
    cells.refuse("not_whole", part)
    kept = plain.set(part, None)
    values = kept.str.replace(r"\.0*$", "").cast(pl.Int32, strict=False)
    cells.refuse("too_large", kept.is_not_null() & values.is_null())
    return values


def _year(cells: _Cells, how: TableMap) -> pl.Series:
    bare = cells.text.str.normalize("NFKC").str.replace(r"年度?$", "").str.replace(r"\.0$", "")
    values = bare.set(~bare.str.contains(r"^[0-9]{4}$").fill_null(False), None).cast(pl.Int16)
    values = values.set(((values < 1900) | (values > 2199)).fill_null(False), None)
    cells.refuse("not_a_year", cells.text.is_not_null() & values.is_null())
    return values


def _not_negative(cells: _Cells, values: pl.Series) -> pl.Series:
    if not cells.column.floor:
        return values
    below = (values < 0).fill_null(False)
    cells.refuse("negative", below)
    return values.set(below, None)


def _plain(
    cells: _Cells, how: TableMap, *, currency: bool = False, percent: bool = False
) -> pl.Series:
    """Return numbers as digits with a point; what is no number is refused and null."""
    text = cells.text
    usual = text.str.contains(_PLAIN).fill_null(True) if how.decimal == "." else text.is_null()
    if usual.all():
        return text
    tidy = text.str.normalize("NFKC").str.to_lowercase().str.replace_all(r"\s", "")
    tidy = tidy.str.replace_all("−", "-", literal=True).str.replace(r"^\((.+)\)$", "-$1")
    if currency:
        tidy = tidy.str.replace_all(_CURRENCY, "")
    if percent:
        tidy = tidy.str.replace(r"%$", "")
    grouped, thousands = (_GROUPED, ",") if how.decimal == "." else (_GROUPED_COMMA, ".")
    together = tidy.str.contains(grouped).fill_null(False)
    cut = tidy.str.replace_all(thousands, "", literal=True).str.replace(",", ".", literal=True)
    # Where the comma is decimal, a point stands before three digits or it is no number.
    number = together if how.decimal == "," else together | tidy.str.contains(_DIGITS)
    number = number.fill_null(True) | tidy.is_null()
    tidy = tidy.zip_with(~together, cut)
    cells.refuse("not_a_number", ~number)
    tidy = tidy.set(~number, None)
    large = ~tidy.str.contains(_PLAIN).fill_null(True)
    cells.refuse("too_large", large)
    return text.zip_with(usual, tidy.set(large, None))


_PARSERS: dict[str, Callable[[_Cells, TableMap], pl.Series]] = {
    "id": _words,
    "text": _words,
    "date": _date,
    "year": _year,
    "money": _money,
    "quantity": _quantity,
    "share": _share,
    "rate": _share,
    "count": _count,
    "flag": _flag,
    "choice": _choice,
}
