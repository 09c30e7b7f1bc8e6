"""Read Stata (dta) and SPSS (sav) files with their labels and user-missing codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import polars as pl
import pyreadstat

from livelihoods import words
from livelihoods.errors import DataError
from livelihoods.notes import Note, Where
from livelihoods.survey.door import code_text, refuse_repeated
from livelihoods.survey.finish import Raw
from livelihoods.survey.foreign import unreadable
from livelihoods.survey.model import MISSING_SCHEMA, Scale, Variable
from livelihoods.survey.read_csv import is_everyday_chinese
from livelihoods.survey.restore import blank_as_null, whole_numbers

if TYPE_CHECKING:
    from pathlib import Path

_MEASURES: dict[str, Scale] = {"nominal": "nominal", "ordinal": "ordinal"}
_FALLBACKS = ("gb18030", "cp1252")


def read_dta(file: Path, encoding: str | None = None) -> Raw:
    """Read a Stata file; tagged missings ``.a`` to ``.z`` are set apart with their labels."""
    frame, meta, notes = _load(pyreadstat.read_dta, file, "dta", encoding)
    columns: list[pl.Series] = []
    tagged: list[pl.DataFrame] = []
    variables: dict[str, Variable] = {}
    for series in frame.get_columns():
        name = series.name
        labels, tags = _labels(meta, name)
        plain, apart = _untagged(series, tags)
        if apart is not None:
            tagged.append(apart)
        columns.append(restored(plain))
        used = dict.fromkeys([*tags, *meta.missing_user_values.get(name, ())])
        missing = {f".{tag}": tags.get(tag, "") for tag in sorted(used)}
        variables[name] = _variable(meta, name, labels, missing)
    return Raw(pl.DataFrame(columns), variables, tuple(tagged), tuple(notes))


def read_sav(file: Path, encoding: str | None = None) -> Raw:
    """Read an SPSS file; declared user-missing values and ranges stay in the codebook."""
    frame, meta, notes = _load(pyreadstat.read_sav, file, "sav", encoding)
    variables: dict[str, Variable] = {}
    for name in frame.columns:
        labels, _ = _labels(meta, name)
        missing = _declared_missing(meta.missing_ranges.get(name, ()), labels)
        kept = {code: label for code, label in labels.items() if code not in missing}
        variables[name] = _variable(meta, name, kept, missing)
    columns = [restored(_object(series)) for series in frame.get_columns()]
    return Raw(pl.DataFrame(columns), variables, notes=tuple(notes))


def _load(
    reader: Any, file: Path, kind: str, encoding: str | None
) -> tuple[pl.DataFrame, Any, list[Note]]:
    """Read with the declared encoding, else as the file says, else as old Chinese or Western text.

    Old files do not say their encoding: GB18030 is taken when it gives mostly everyday Chinese.
    """
    content = _ends_well(file, kind)
    tries = [encoding] if encoding else [None, *_FALLBACKS]
    for attempt in tries:
        try:
            frame, meta = reader(
                content, output_format="polars", user_missing=True, encoding=attempt
            )
        except Exception as fault:  # a damaged file breaks the library in many ways
            if not encoding and _is_text_fault(fault):
                continue
            raise unreadable(file, kind, fault) from fault
        if attempt == "gb18030" and not encoding and not is_everyday_chinese(_texts(frame, meta)):
            continue
        refuse_repeated(list(meta.column_names), file.name)
        notes = []
        if attempt is not None and not encoding:
            values = {"file": file.name, "encoding": attempt}
            notes.append(Note("survey.encoding_chosen", "caution", values, Where()))
        return frame, meta, notes
    raise DataError("survey.undecodable", file=file.name, tried=["UTF-8", *_FALLBACKS])


def _ends_well(file: Path, kind: str) -> str:
    """Return the path; a Stata file cut short would otherwise lose its labels silently."""
    if kind == "dta":
        with file.open("rb") as stream:
            start = stream.read(11)
            stream.seek(-min(12, file.stat().st_size), 2)
            if start == b"<stata_dta>" and stream.read() != b"</stata_dta>":
                reason = words.text("survey.cut_short")
                raise DataError("survey.unreadable", file=file.name, kind=kind, reason=reason)
    return str(file)


def _texts(frame: pl.DataFrame, meta: Any) -> str:
    """Return the labels and some words of a file."""
    labels = [label for label in meta.column_labels if label]
    labels += [str(v) for pairs in meta.variable_value_labels.values() for v in pairs.values()]
    answers = frame.select(pl.col(pl.String)).head(500)
    words_found = [text for series in answers.get_columns() for text in series.drop_nulls()]
    return "".join([*labels, *words_found])


def _is_text_fault(fault: Exception) -> bool:
    said = str(fault).lower()
    return isinstance(fault, UnicodeDecodeError) or "encoding" in said or "convert" in said


def _labels(meta: Any, name: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the value labels of a column: of real codes, and of tagged missings by letter."""
    labels: dict[str, str] = {}
    tags: dict[str, str] = {}
    numeric = meta.readstat_variable_types.get(name) != "string"
    for code, label in meta.variable_value_labels.get(name, {}).items():
        if numeric and isinstance(code, str):
            tags[code] = str(label)
        else:
            labels[code_text(code)] = str(label)
    return labels, tags


def _untagged(series: pl.Series, tags: Mapping[str, str]) -> tuple[pl.Series, pl.DataFrame | None]:
    """Split a column that mixes numbers and missing tags into numbers and what was set apart."""
    if series.dtype != pl.Object:
        return series, None
    values = series.to_list()
    if any(not isinstance(value, int | float | str | None) for value in values):
        return _object(series), None
    rows = [row for row, value in enumerate(values) if isinstance(value, str)]
    letters = [values[row] for row in rows]
    numbers = [None if isinstance(value, str) else value for value in values]
    apart = pl.DataFrame(
        {
            "row": rows,
            "variable": [series.name] * len(rows),
            "code": [f".{letter}" for letter in letters],
            "label": [tags.get(letter, "") for letter in letters],
        },
        schema=MISSING_SCHEMA,
    )
    return pl.Series(series.name, numbers, dtype=pl.Float64), apart


def _object(series: pl.Series) -> pl.Series:
    from livelihoods.survey.door import from_objects

    return from_objects(series.name, series.to_list())[0] if series.dtype == pl.Object else series


def restored(series: pl.Series) -> pl.Series:
    """Return whole numbers as integers, NaN as null and empty words as null."""
    if series.dtype.is_float():
        return whole_numbers(series)
    return blank_as_null(series) if series.dtype == pl.String else series


def _declared_missing(ranges: Any, labels: Mapping[str, str]) -> dict[str, str]:
    """Return SPSS user-missing values as codes, ranges written ``"97..99"``."""
    missing: dict[str, str] = {}
    for item in ranges:
        low, high = (item["lo"], item["hi"]) if isinstance(item, dict) else (item, item)
        if low == high:
            missing[code_text(low)] = labels.get(code_text(low), "")
        else:
            missing[f"{_end(low)}..{_end(high)}"] = ""
    return missing


def _end(value: Any) -> str:
    """Return one end of a range; SPSS writes an open end as the largest double."""
    return "" if isinstance(value, float) and abs(value) > 1e300 else code_text(value)


def _variable(
    meta: Any, name: str, labels: Mapping[str, str], missing: Mapping[str, str]
) -> Variable:
    wording = meta.column_names_to_labels.get(name) or ""
    return Variable(
        name,
        label={"en": wording} if wording else {},
        values={"en": dict(labels)} if labels else {},
        missing=dict(missing),
        scale=_MEASURES.get(meta.variable_measure.get(name, "")),
    )
