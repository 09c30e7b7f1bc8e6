"""Read delimited text: encoding, separator and decimal mark found out and said; types restored."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl

from livelihoods.errors import DataError
from livelihoods.notes import Note, Where
from livelihoods.survey.door import refuse_repeated
from livelihoods.survey.finish import Raw

if TYPE_CHECKING:
    from pathlib import Path

    from livelihoods.survey.read import Options

_SEPARATORS = (",", ";", "\t", "|")
_PROBE = 200  # records looked at to find the separator
_MARKS = ("utf-8-sig", b"\xef\xbb\xbf"), ("utf-16", b"\xff\xfe"), ("utf-16", b"\xfe\xff")
# What programs write where nothing was answered; words only where the column is otherwise numeric.
EMPTY_MARKS = ("NA", "N/A", "#N/A", "NaN", "nan", "NULL", "null", "None", ".", "#NULL!", "-")
_TRUTHS = {"true": True, "TRUE": True, "True": True, "false": False, "FALSE": False, "False": False}
_COMMA_NUMBER = r"^[+-]?(\d{1,3}(\.\d{3})+|\d+)?(,\d+)?([eE][+-]?\d+)?$"
_LEADING_ZERO = r"^[+-]?0\d"


def read_csv(file: Path, options: Options) -> Raw:
    """Read a csv file as text, then restore the type of each column."""
    text, encoding = decode(file.read_bytes(), file.name, options.encoding)
    separator = options.separator or find_separator(text)
    header = _header(text, separator, file.name)
    frame = _text_frame(text, separator, header, file.name)
    decimal = options.decimal or ("," if separator != "," and _has_comma_numbers(frame) else ".")
    notes: list[Note] = []
    if (encoding, separator, decimal) != ("utf-8", ",", "."):
        chosen = {
            "file": file.name,
            "encoding": encoding,
            "separator": "tab" if separator == "\t" else separator,
            "decimal": decimal,
        }
        notes.append(Note("survey.csv_chosen", "info", chosen))
    columns = [
        series if series.name in options.as_text else restore_type(series, decimal, notes)
        for series in frame.get_columns()
    ]
    return Raw(pl.DataFrame(columns), notes=tuple(notes))


def decode(content: bytes, name: str, encoding: str | None = None) -> tuple[str, str]:
    """Return the text of a file and its encoding.

    A byte order mark decides; else UTF-8 if every byte fits; else GB18030 when what it gives is
    mostly everyday Chinese; else Western European (cp1252), which almost anything fits.
    """
    for mark, start in _MARKS:
        if not encoding and content.startswith(start):
            encoding = mark
    tries = [encoding] if encoding else ["utf-8", "gb18030", "cp1252"]
    for attempt in tries:
        try:
            text = content.decode(attempt)
        except (UnicodeDecodeError, LookupError):
            continue
        if attempt != "gb18030" or encoding or _is_everyday_chinese(text):
            if "\x00" in text:
                break
            return text, "utf-8" if attempt == "utf-8-sig" else attempt
    raise DataError("survey.undecodable", file=name, tried=tries)


def _is_everyday_chinese(text: str) -> bool:
    """Tell Chinese from Western text misread as Chinese: common characters, few rare ones."""
    letters = [letter for letter in text[:200_000] if ord(letter) > 0x7F]
    common = 0
    for letter in letters:
        try:
            common += len(letter.encode("gb2312")) == 2
        except UnicodeEncodeError:
            continue
    return common >= 0.8 * len(letters)


def find_separator(text: str) -> str:
    """Return the separator that cuts the first records into the most fields of equal number."""
    probe = text[:100_000]
    best, most = ",", 1
    for separator in _SEPARATORS:
        widths = [
            len(record)
            for record, _ in zip(_records(probe, separator), range(_PROBE), strict=False)
            if record
        ]
        if not widths:
            continue
        same = sum(width == widths[0] for width in widths) / len(widths)
        if widths[0] > most and same > 0.8:
            best, most = separator, widths[0]
    return best


def _records(text: str, separator: str) -> Iterator[list[str]]:
    csv.field_size_limit(2**31 - 1)
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator)


def _header(text: str, separator: str, file: str) -> list[str]:
    try:
        names = next((record for record in _records(text, separator) if any(record)), [])
    except csv.Error as fault:
        raise DataError("survey.unreadable", file=file, kind="csv", reason=str(fault)) from None
    if not names:
        raise DataError("survey.empty_file", file=file)
    cleaned = [name.strip() for name in names]
    unnamed = [place for place, name in enumerate(cleaned) if not name]
    if unnamed:
        raise DataError("survey.unnamed_columns", file=file, places=[p + 1 for p in unnamed])
    refuse_repeated(cleaned, file)
    return cleaned


def _text_frame(text: str, separator: str, header: list[str], file: str) -> pl.DataFrame:
    try:
        frame = pl.read_csv(
            io.BytesIO(text.encode("utf-8")),
            separator=separator,
            infer_schema=False,
        )
    except pl.exceptions.PolarsError as fault:
        reason = str(fault).splitlines()[0]
        raise DataError("survey.ragged", file=file, reason=reason) from None
    frame.columns = header
    return frame


def _has_comma_numbers(frame: pl.DataFrame) -> bool:
    """Tell whether a column holds numbers such as 1,5 and nothing but numbers."""
    for series in frame.get_columns():
        known = series.drop_nulls()
        known = known.filter(~known.is_in(list(EMPTY_MARKS)))
        commas = known.str.contains(",", literal=True)
        if commas.any() and known.str.strip_chars().str.contains(_COMMA_NUMBER).all():
            return True
    return False


def restore_type(series: pl.Series, decimal: str, notes: list[Note]) -> pl.Series:
    """Return a column of text as numbers or truth values where every answer is one."""
    name = series.name
    answers = series.str.strip_chars()
    answers = answers.set(answers == "", None)
    known = answers.drop_nulls()
    marks = known.is_in(list(EMPTY_MARKS))
    real = known.filter(~marks)
    if not real.len():
        return answers if not known.len() else series.set(answers.is_null(), None)
    if real.is_in(list(_TRUTHS)).all():
        return _truths(_without_marks(answers, marks, notes))
    plain = real if decimal == "." else _pointed(real)
    if decimal == "," and not real.str.contains(_COMMA_NUMBER).all():
        plain = real
    numbers = plain.cast(pl.Float64, strict=False)
    if numbers.null_count() or not numbers.is_finite().all() or _are_codes(plain, numbers):
        if not numbers.null_count():
            notes.append(Note("survey.kept_as_text", "info", {"variable": name}, Where((name,))))
        return series.set(answers.is_null(), None)
    answers = _without_marks(answers, marks, notes)
    pointed = answers if decimal == "." else _pointed(answers)
    whole = pointed.cast(pl.Int64, strict=False)
    if whole.null_count() == pointed.null_count():
        return whole
    return pointed.cast(pl.Float64)


def _pointed(series: pl.Series) -> pl.Series:
    return series.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)


def _are_codes(texts: pl.Series, numbers: pl.Series) -> bool:
    """Tell codes from numbers: 007, or 1.1 and 1.10 side by side, would lose their spelling."""
    if texts.str.contains(_LEADING_ZERO).any():
        return True
    dotted = texts.filter(texts.str.contains(".", literal=True))
    if not dotted.len() or not dotted.str.contains("0$").any():
        return False
    values = dotted.cast(pl.Float64)
    fractional = values != values.round(0)
    return dotted.filter(fractional).n_unique() != values.filter(fractional).n_unique()


def _without_marks(answers: pl.Series, marks: pl.Series, notes: list[Note]) -> pl.Series:
    if not marks.any():
        return answers
    found = answers.is_in(list(EMPTY_MARKS)).fill_null(False)
    kinds = answers.filter(found).unique(maintain_order=True).to_list()
    values = {"variable": answers.name, "n": int(found.sum()), "marks": kinds}
    rows = tuple(found.arg_true().to_list())
    notes.append(Note("survey.marks_empty", "info", values, Where((answers.name,), rows)))
    return answers.set(found, None)


def _truths(answers: pl.Series) -> pl.Series:
    return answers.replace_strict(_TRUTHS, default=None, return_dtype=pl.Boolean)
