"""Read delimited text: encoding, separator and decimal mark are found out and said."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from livelihoods.errors import DataError
from livelihoods.notes import Note, Where
from livelihoods.survey.door import refuse_repeated
from livelihoods.survey.finish import Raw
from livelihoods.survey.restore import EMPTY_MARKS, restore_types

if TYPE_CHECKING:
    from pathlib import Path

    from livelihoods.survey.read import Options

_SEPARATORS = (",", ";", "\t", "|")
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?")
_PROBE = 200  # records looked at to find the separator
_MARKS = ("utf-8-sig", b"\xef\xbb\xbf"), ("utf-16", b"\xff\xfe"), ("utf-16", b"\xfe\xff")
_COMMA_ONLY = r"^[+-]?([0-9]{1,3}(\.[0-9]{3})+|[0-9]+)?(,[0-9]+)?$"
_SHORT_LINES_BELOW = 200_000_000  # characters; beyond, a second reading costs too much


@dataclass(frozen=True, slots=True)
class Cells:
    """A csv file as text: its columns, the whole text, and what was found out about it."""

    frame: pl.DataFrame
    text: str
    encoding: str
    separator: str


def read_csv(file: Path, options: Options) -> Raw:
    """Read a csv file as text, then restore the type of each column."""
    cells = csv_cells(file, options)
    frame, encoding, separator = cells.frame, cells.encoding, cells.separator
    decimal = options.decimal or ("," if separator != "," and _has_comma_numbers(frame) else ".")
    frame, notes = restore_types(frame, decimal, options.as_text)
    if (encoding, separator, decimal) != ("utf-8", ",", "."):
        shown = "tab" if separator == "\t" else separator
        chosen = {"file": file.name, "encoding": encoding, "separator": shown, "decimal": decimal}
        notes.insert(0, Note("survey.csv_chosen", "info", chosen))
    notes += _short_lines(frame, cells.text, separator, frame.columns)
    if all(_PLAIN_NUMBER.fullmatch(name) for name in frame.columns):
        values = {"file": file.name, "names": frame.columns}
        notes.append(Note("survey.numeric_names", "warning", values))
    return Raw(frame, notes=tuple(notes))


def csv_cells(file: Path, options: Options) -> Cells:
    """Return a csv file as columns of text, under its own headings.

    Raises
    ------
    DataError
        If the text cannot be decoded, a line has more fields than headings, or two columns share
        a name.
    """
    content, encoding = decode(file.read_bytes(), file.name, options.encoding)
    text, declared = _prepared(content)
    separator = options.separator or declared or find_separator(text)
    header = _header(text, separator, file.name)
    frame = trimmed(_text_frame(text, separator, header, file.name))
    return Cells(frame, text, encoding, separator)


def decode(content: bytes, name: str, encoding: str | None = None) -> tuple[str, str]:
    """Return the text of a file and its encoding.

    A byte order mark decides; else UTF-8 if every byte fits; else GB18030 when what it gives is
    mostly everyday Chinese; else Western European (cp1252), which almost anything fits.

    Raises
    ------
    DataError
        If no encoding fits, or the file holds null characters.
    """
    for mark, start in _MARKS:
        if not encoding and content.startswith(start):
            encoding = mark
    tries = [encoding] if encoding else ["utf-8", "gb18030", "cp1252"]
    for attempt in tries:
        try:
            text = content.decode(attempt)
        except (UnicodeError, LookupError):
            continue
        if attempt != "gb18030" or encoding or is_everyday_chinese(text):
            if "\x00" in text:
                break
            return text, "utf-8" if attempt == "utf-8-sig" else attempt
    raise DataError("survey.undecodable", file=name, tried=tries)


def is_everyday_chinese(text: str) -> bool:
    """Tell Chinese from Western text misread as Chinese: nearly all characters are common ones."""
    letters = [letter for letter in text[:200_000] if ord(letter) > 0x7F]
    common = 0
    for letter in letters:
        try:
            common += len(letter.encode("gb2312")) == 2
        except UnicodeEncodeError:
            continue
    return common >= 0.8 * len(letters)


def _prepared(text: str) -> tuple[str, str | None]:
    """Return the text from its first line on, and the separator if a line ``sep=;`` declares it."""
    if "\r" in text and "\n" not in text:
        text = text.replace("\r", "\n")
    text = text.lstrip("\r\n")
    declared = re.match(r"sep=(.)\r?\n", text)
    return (text[declared.end() :], declared.group(1)) if declared else (text, None)


def find_separator(text: str) -> str:
    """Return the separator that cuts the first records into the most fields of equal number."""
    probe = text[:100_000]
    best, most = ",", 1
    for separator in _SEPARATORS:
        widths = [len(record) for record in _first_records(probe, separator) if record]
        if not widths:
            continue
        same = sum(width == widths[0] for width in widths) / len(widths)
        if widths[0] > most and same > 0.8:
            best, most = separator, widths[0]
    return best


def _first_records(text: str, separator: str) -> list[list[str]]:
    try:
        return [record for record, _ in zip(_records(text, separator), range(_PROBE), strict=False)]
    except csv.Error:
        return []


def _records(text: str, separator: str) -> Iterator[list[str]]:
    csv.field_size_limit(2**31 - 1)
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator)


def _header(text: str, separator: str, file: str) -> list[str]:
    try:
        names = next((record for record in _records(text, separator) if any(record)), [])
    except csv.Error as fault:
        raise DataError("survey.unreadable", file=file, kind="csv", reason=str(fault)) from None
    if not any(name.strip() for name in names):
        raise DataError("survey.empty_file", file=file)
    while not names[-1].strip():
        names.pop()  # separators at the end of the line; their columns must be empty
    return checked_names(names, file)


def checked_names(names: list[str], file: str) -> list[str]:
    """Return column names without blanks around them.

    Raises
    ------
    DataError
        If a column has no name or two share one.
    """
    cleaned = [name.strip() for name in names]
    unnamed = [place for place, name in enumerate(cleaned, 1) if not name]
    if unnamed:
        raise DataError("survey.unnamed_columns", file=file, places=unnamed)
    refuse_repeated(cleaned, file)
    return cleaned


def _text_frame(text: str, separator: str, header: list[str], file: str) -> pl.DataFrame:
    content = text.encode("utf-8", errors="replace")
    options: dict[str, Any] = {"separator": separator, "infer_schema": False}
    try:
        try:
            frame = pl.read_csv(content, **options)
        except pl.exceptions.ComputeError:
            line = _long_line(text, separator, len(header))
            if line is not None:
                raise DataError("survey.ragged", file=file, line=line, n=len(header)) from None
            frame = pl.read_csv(content, truncate_ragged_lines=True, **options)
    except pl.exceptions.PolarsError as fault:
        reason = (str(fault).splitlines() or [type(fault).__name__])[0]
        raise DataError("survey.unreadable", file=file, kind="csv", reason=reason) from None
    if frame.width < len(header):
        raise DataError("survey.ragged", file=file, line=1, n=len(header))
    for place, series in enumerate(frame.get_columns()[len(header) :], len(header) + 1):
        if series.null_count() < series.len():
            raise DataError("survey.unnamed_columns", file=file, places=[place])
    frame = frame.select(frame.columns[: len(header)])
    frame.columns = header
    return frame


def trimmed(frame: pl.DataFrame) -> pl.DataFrame:
    """Leave out rows without any answer at the end, which empty lines and formatting make."""
    if frame.width < 2:
        return frame
    filled = frame.select(pl.any_horizontal(pl.all().is_not_null())).to_series().arg_true()
    return frame.head(int(filled[-1]) + 1 if filled.len() else 0)


def _long_line(text: str, separator: str, width: int) -> int | None:
    """Return the first line with an answer beyond the last named column."""
    records = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for record in records:
            if any(field.strip() for field in record[width:]):
                return records.line_num
    except csv.Error:
        return records.line_num
    return None


def _short_lines(frame: pl.DataFrame, text: str, separator: str, header: list[str]) -> list[Note]:
    """Lines with fewer fields than names: their last columns were read as missing, and it is said.

    Only a null in the last column makes it worth looking.
    """
    last = frame.get_column(header[-1])
    if len(header) < 2 or not last.null_count() or len(text) > _SHORT_LINES_BELOW:
        return []
    rows = []
    place = -2  # the header is no row
    for record in _records(text, separator):
        place += 1
        if 0 <= place < frame.height and record and len(record) < len(header):
            rows.append(place)
    if not rows:
        return []
    where = Where((header[-1],), tuple(rows))
    return [Note("survey.short_lines", "warning", {"n": len(rows), "rows": rows}, where)]


def _has_comma_numbers(frame: pl.DataFrame) -> bool:
    """Tell whether a column holds numbers such as 1,5 and nothing but numbers."""
    for series in frame.get_columns():
        known = series.drop_nulls()
        known = known.filter(~known.is_in(list(EMPTY_MARKS)))
        commas = known.str.contains(",", literal=True)
        if commas.any() and known.str.strip_chars().str.contains(_COMMA_ONLY).all():
            return True
    return False
