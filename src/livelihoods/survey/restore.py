"""Types restored: answers written as text become numbers, truth values or dates, or stay text."""

from __future__ import annotations

import polars as pl

from livelihoods.notes import Note, Where

# What programs write where nothing was answered. A word in a column of words is only taken for
# one if it cannot be an answer: a full stop or a dash may well be.
EMPTY_MARKS = ("NA", "N/A", "#N/A", "NaN", "nan", "NULL", "null", "None", ".", "#NULL!", "-")
_EMPTY_WORDS = ("NA", "N/A", "#N/A", "NULL", "#NULL!", "NaN")
_TRUTHS = {"true": True, "TRUE": True, "True": True, "false": False, "FALSE": False, "False": False}
# [0-9], as \\d would take digits of other scripts, which no cast understands.
_COMMA_NUMBER = r"^[+-]?([0-9]{1,3}(\.[0-9]{3})+|[0-9]+)?(,[0-9]+)?([eE][+-]?[0-9]+)?$"
_THOUSANDS = r"^[+-]?([0-9]{1,3}(,[0-9]{3})+|[0-9]{1,3})(\.[0-9]+)?$"
_LEADING_ZERO = r"^[+-]?0[0-9]"
_LONG = r"^[+-]?[0-9]{16,}$"
_WIDE = dict(zip("０１２３４５６７８９．，－＋", "0123456789.,-+", strict=True))
_DATE = r"^([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})$"
_TIME = (
    r"^([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})[T ]"
    r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?$"
)
_ROWS_NAMED = 1_000  # an export that writes NA everywhere would else name every row
_LAST_INTEGER = float(2**53)


def restore_types(
    frame: pl.DataFrame, decimal: str, as_text: tuple[str, ...]
) -> tuple[pl.DataFrame, list[Note]]:
    """Return a frame of text with the type of each column restored, and what was noticed.

    Parameters
    ----------
    frame
        Columns of text.
    decimal
        ``"."`` or ``","``.
    as_text
        Columns kept as they are spelled.
    """
    notes: list[Note] = []
    columns = [
        blank_as_null(series)
        if series.name in as_text
        else restore_type(blank_as_null(series), decimal, notes)
        for series in frame.get_columns()
    ]
    return pl.DataFrame(columns), notes


def blank_as_null(series: pl.Series) -> pl.Series:
    """Return a column of text with answers of nothing but blanks as null."""
    return series.set((series.str.strip_chars() == "").fill_null(False), None)


def restore_type(series: pl.Series, decimal: str, notes: list[Note]) -> pl.Series:
    """Return a column of text as numbers, truth values or dates if every answer is one."""
    answers = _narrow(series.str.strip_chars(), notes)
    real = answers.drop_nulls()
    real = real.filter(~real.is_in(list(EMPTY_MARKS)))
    if not real.len():
        return _words(series, real, notes)
    if real.is_in(list(_TRUTHS)).all():
        return without_marks(answers, EMPTY_MARKS, notes).replace_strict(
            _TRUTHS, default=None, return_dtype=pl.Boolean
        )
    form = _number_form(real, decimal)
    if form is not None:
        return _numbers(answers, real, form, series, notes)
    dates = _dates(answers, real, notes)
    return dates if dates is not None else _words(series, real, notes)


def _narrow(answers: pl.Series, notes: list[Note]) -> pl.Series:
    """Return full-width digits (１２) as plain ones, where that makes every answer a number."""
    if not answers.str.contains("[０-９]").any():
        return answers
    plain = answers.str.replace_many(list(_WIDE), list(_WIDE.values()))
    known = plain.drop_nulls()
    known = known.filter(~known.is_in(list(EMPTY_MARKS)))
    if _number_form(known, ".") is None:
        return answers
    place = Where((answers.name,))
    notes.append(Note("survey.full_width", "info", {"variable": answers.name}, place))
    return plain


def _number_form(real: pl.Series, decimal: str) -> str | None:
    """Return how numbers are written: ``"."``, ``","`` or ``"thousands"``; None if they are not."""
    if decimal == "," and real.str.contains(_COMMA_NUMBER).all():
        return ","
    plain = real.cast(pl.Float64, strict=False)
    if not plain.null_count():
        return "." if plain.is_finite().all() else None
    return "thousands" if real.str.contains(_THOUSANDS).all() else None


def _pointed(series: pl.Series, form: str) -> pl.Series:
    if form == ",":
        bare = series.str.replace_all(".", "", literal=True)
        return bare.str.replace(",", ".", literal=True)
    return series.str.replace_all(",", "", literal=True) if form == "thousands" else series


def _numbers(
    answers: pl.Series, real: pl.Series, form: str, series: pl.Series, notes: list[Note]
) -> pl.Series:
    name = series.name
    if _are_codes(real if form == "." else _pointed(real, form)):
        notes.append(Note("survey.kept_as_text", "info", {"variable": name}, Where((name,))))
        return _words(series, real, notes)
    if form == "thousands":
        notes.append(Note("survey.thousands", "info", {"variable": name}, Where((name,))))
    pointed = _pointed(without_marks(answers, EMPTY_MARKS, notes), form)
    whole = pointed.cast(pl.Int64, strict=False)
    if whole.null_count() == pointed.null_count():
        return whole
    return whole_numbers(pointed.cast(pl.Float64))


def whole_numbers(series: pl.Series) -> pl.Series:
    """Return a float column as integers if every number in it is whole; NaN becomes null."""
    clean = series.fill_nan(None)
    whole = ((clean == clean.round(0)) & (clean.abs() < _LAST_INTEGER)).all()
    return clean.cast(pl.Int64) if whole and clean.null_count() < clean.len() else clean


def _are_codes(texts: pl.Series) -> bool:
    """Tell codes from numbers: 007, or 1.1 beside 1.10, would lose their spelling as numbers."""
    if texts.str.contains(_LEADING_ZERO).any() or texts.str.contains(_LONG).any():
        return True
    dotted = texts.filter(texts.str.contains(r"^[+-]?[0-9]+\.[0-9]*[1-9][0-9]*$"))
    if not dotted.str.ends_with("0").any():
        return False
    return dotted.n_unique() != dotted.cast(pl.Float64).n_unique()


def _dates(answers: pl.Series, real: pl.Series, notes: list[Note]) -> pl.Series | None:
    """Return dates written year first; other orders are ambiguous and stay text."""
    if real.str.contains(_DATE).all():
        clean = without_marks(answers, EMPTY_MARKS, []).str.replace_all("/", "-", literal=True)
        days = clean.str.to_date("%Y-%m-%d", strict=False)
        if days.null_count() == clean.null_count():
            without_marks(answers, EMPTY_MARKS, notes)
            return days
    if real.str.contains(_TIME).all():
        clean = without_marks(answers, EMPTY_MARKS, [])
        plain = clean.str.replace(_TIME, "$1-$2-$3 $4:$5:0$6")
        plain = plain.str.replace(r":0([0-9]{2})$", ":$1")
        times = plain.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us")
        if times.null_count() == clean.null_count():
            without_marks(answers, EMPTY_MARKS, notes)
            midnight = (times.dt.truncate("1d") == times).all()
            return times.cast(pl.Date) if midnight and times.len() else times
    return None


def _words(series: pl.Series, real: pl.Series, notes: list[Note]) -> pl.Series:
    """Return words; ``NA`` is an empty answer unless it stands among codes of two letters."""
    if real.len() and real.str.contains(r"^[A-Z]{2}$").all():
        if series.is_in(["NA"]).any():
            values = {"variable": series.name}
            notes.append(Note("survey.na_is_code", "info", values, Where((series.name,))))
        return series
    return without_marks(series, EMPTY_MARKS if not real.len() else _EMPTY_WORDS, notes)


def without_marks(answers: pl.Series, marks: tuple[str, ...], notes: list[Note]) -> pl.Series:
    """Return answers with ``marks`` as null; a note names them and their rows."""
    found = answers.is_in(list(marks)).fill_null(False)
    if not found.any():
        return answers
    kinds = answers.filter(found).unique(maintain_order=True).to_list()
    rows = tuple(found.arg_true().head(_ROWS_NAMED).to_list())
    values = {"variable": answers.name, "n": int(found.sum()), "marks": kinds}
    notes.append(Note("survey.marks_empty", "info", values, Where((answers.name,), rows)))
    return answers.set(found, None)
