"""Write Stata (dta) and SPSS (sav) files with labels, and missing codes back in their place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from livelihoods import words
from livelihoods.errors import OutputError
from livelihoods.notes import Note, Where
from livelihoods.survey.door import as_survey
from livelihoods.survey.model import Survey, Variable

if TYPE_CHECKING:
    from os import PathLike

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_MEASURES = {"nominal": "nominal", "ordinal": "ordinal", "binary": "nominal", "banded": "ordinal",
             "identifier": "nominal", "count": "scale", "continuous": "scale"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Format:
    """What a file format allows: names, bytes of a variable's label and of a value's label."""

    kind: str
    name: re.Pattern[str]
    label: int
    value: int


_STATA = _Format("dta", re.compile(r"[^\W\d]\w{0,31}"), 80, 32_000)
_SPSS = _Format("sav", re.compile(r"(?!_)[^\W\d][\w.@#$]{0,63}(?<!\.)"), 256, 120)


@dataclass(frozen=True, slots=True)
class _Column:
    """A column ready to be written."""

    series: pl.Series
    values: Mapping[Any, str]
    missing: list[Any]


def write_survey(
    data: Any, path: str | PathLike[str], *, language: str | None = None
) -> tuple[Note, ...]:
    """Write a survey to a Stata or SPSS file that reads back as the same survey.

    Labels are written in one language. Answers set apart as missing go back into their rows: to
    Stata as ``.a`` to ``.z`` with their meaning as label, to SPSS as their codes, declared
    user-missing.

    Parameters
    ----------
    data
        A Survey or any frame.
    path
        A file ending in ``.dta`` or ``.sav``; replaced only when the new one is complete.
    language
        Language of the labels; the current one when not given, another where that has none.

    Returns
    -------
    tuple of Note
        What the format could not hold: labels cut, codes changed.

    Raises
    ------
    OutputError
        If the ending is another, a name or the missing codes do not fit the format, or the file
        cannot be written.
    """
    survey = as_survey(data)
    file = Path(path)
    target = {".dta": _STATA, ".sav": _SPSS}.get(file.suffix.lower())
    if target is None:
        raise OutputError("survey.write_type", file=file.name)
    chosen = language or words.language()
    wrong = [name for name in survey.frame.columns if not target.name.fullmatch(name)]
    if wrong:
        raise OutputError("survey.write_names", kind=target.kind, names=wrong)
    notes: list[Note] = []
    prepare = _stata_column if target is _STATA else _spss_column
    columns = {
        name: prepare(survey, name, _entry(survey, name), chosen, notes)
        for name in survey.frame.columns
    }
    labels = {name: _wording(survey, name, chosen) for name in columns}
    cut = [
        name
        for name, column in columns.items()
        if _too_long(labels[name], target.label)
        or any(_too_long(label, target.value) for label in column.values.values())
    ]
    if cut:
        values = {"variables": cut, "kind": target.kind}
        notes.append(Note("survey.labels_cut", "caution", values, Where(tuple(cut))))
    _put(survey, file, target, columns, {n: _cut(v, target.label) for n, v in labels.items() if v})
    return tuple(notes)


def _entry(survey: Survey, name: str) -> Variable:
    return survey.codebook.variables.get(name, Variable(name))


def _wording(survey: Survey, name: str, language: str) -> str:
    label = survey.codebook.label(name, language)
    return "" if label == name else label


def _too_long(text: str, size: int) -> bool:
    return len(text.encode("utf-8")) > size


def _cut(text: str, size: int) -> str:
    return text.encode("utf-8")[:size].decode("utf-8", errors="ignore")


def _labels(entry: Variable, language: str) -> Mapping[str, str]:
    return entry.values.get(language) or next(iter(entry.values.values()), {})


def _apart(survey: Survey, name: str) -> dict[int, tuple[str, str]]:
    """Return the place in the frame, code and label of each answer set apart."""
    own = survey.missing.filter(pl.col("variable") == name)
    if not own.height:
        return {}
    place = {row: at for at, row in enumerate(survey.rows.tolist())}
    return {place[row]: (code, label) for row, _, code, label in own.iter_rows() if row in place}


def _typed(series: pl.Series, labels: Mapping[str, str]) -> dict[Any, str]:
    """Return value labels with keys of the column's type; a text code of a number has none."""
    if series.dtype == pl.String:
        return dict(labels)
    typed = {}
    for code, label in labels.items():
        try:
            typed[float(code) if series.dtype.is_float() else int(code)] = label
        except ValueError:
            continue
    return typed


def _plain(series: pl.Series) -> pl.Series:
    """Return a column in a type that the formats know."""
    if series.dtype == pl.Boolean:
        return series.cast(pl.Int8)
    if series.dtype == pl.UInt64:
        return series.cast(pl.Float64)
    return series


def _stata_column(
    survey: Survey, name: str, entry: Variable, language: str, notes: list[Note]
) -> _Column:
    """Return a column with missing codes as letters; text columns cannot carry them."""
    series = _plain(survey.frame[name])
    labels = {k: _cut(v, _STATA.value) for k, v in _typed(series, _labels(entry, language)).items()}
    apart = _apart(survey, name)
    codes = dict.fromkeys([*entry.missing, *(code for code, _ in apart.values())])
    codes = {code: None for code in codes if ".." not in code}
    if series.dtype == pl.String:
        if apart:
            notes.append(Note("survey.text_missing_lost", "caution", {"variable": name}))
        return _Column(series, {}, [])
    letters = _to_letters(name, list(codes))
    meaning = {**dict(apart.values()), **{c: m for c, m in entry.missing.items() if m}}
    changed = [f"{code} → .{letter}" for code, letter in letters.items() if code != f".{letter}"]
    if changed:
        values = {"variable": name, "codes": changed}
        notes.append(Note("survey.codes_changed", "info", values, Where((name,))))
    tags = {letter: meaning[code] for code, letter in letters.items() if meaning.get(code)}
    used = sorted({letters[code] for code, _ in apart.values()})
    if used:
        answers: list[Any] = series.cast(pl.Float64).to_list()
        for at, (code, _) in apart.items():
            answers[at] = letters[code]
        series = pl.Series(name, answers, dtype=pl.Object)
        labels = {float(code): label for code, label in labels.items()}
    return _Column(series, {**labels, **(tags if used else {})}, used)


def _to_letters(name: str, codes: list[str]) -> dict[str, str]:
    """Give each missing code a letter: its own if it is Stata's already, else the next free."""
    letters = {code: code[1] for code in codes if re.fullmatch(r"\.[a-z]", code)}
    free = [letter for letter in _LETTERS if letter not in letters.values()]
    rest = [code for code in codes if code not in letters]
    if len(rest) > len(free):
        raise OutputError("survey.write_missing", variable=name, kind="dta", codes=rest)
    return {**letters, **dict(zip(rest, free, strict=False))}


def _spss_column(
    survey: Survey, name: str, entry: Variable, language: str, notes: list[Note]
) -> _Column:
    """Return a column with missing codes as values, which the file declares user-missing."""
    series = _plain(survey.frame[name])
    labels = {k: _cut(v, _SPSS.value) for k, v in _typed(series, _labels(entry, language)).items()}
    apart = _apart(survey, name)
    if series.dtype == pl.String:
        codes = list(dict.fromkeys([*entry.missing, *(code for code, _ in apart.values())]))
        if len(codes) > 3:
            raise OutputError("survey.write_missing", variable=name, kind="sav", codes=codes)
        answers = series.to_list()
        for at, (code, _) in apart.items():
            answers[at] = code
        return _Column(pl.Series(name, answers, dtype=pl.String), labels, list(codes))
    if not series.dtype.is_numeric():
        return _Column(series, {}, [])
    numbers = _to_numbers(series, [*entry.missing, *(code for code, _ in apart.values())])
    changed = [f"{code} → {number:g}" for code, number in numbers.items() if code.startswith(".")]
    if changed:
        values = {"variable": name, "codes": changed}
        notes.append(Note("survey.codes_changed", "caution", values, Where((name,))))
    answers = series.cast(pl.Float64).to_list()
    for at, (code, _) in apart.items():
        answers[at] = numbers[code]
    meaning = {**dict(apart.values()), **{c: m for c, m in entry.missing.items() if m}}
    both: dict[Any, str] = {float(code): label for code, label in labels.items()}
    for code, number in numbers.items():
        if meaning.get(code):
            both[number] = _cut(meaning[code], _SPSS.value)
    declared = _declared(series, entry, numbers)
    return _Column(pl.Series(name, answers, dtype=pl.Float64), both, declared)


def _to_numbers(series: pl.Series, codes: list[str]) -> dict[str, float]:
    """Give each missing code a number; Stata's letters get ones below every answer."""
    low = series.min()
    below = -1000.0 if not isinstance(low, int | float) else min(-1000.0, 10.0 * float(low))
    numbers: dict[str, float] = {}
    for code in dict.fromkeys(codes):
        if ".." in code:
            continue
        try:
            numbers[code] = float(code)
        except ValueError:
            stata = re.fullmatch(r"\.[a-z]", code) is not None
            numbers[code] = below - 1 - (_LETTERS.find(code[1]) if stata else 30 + len(numbers))
    return numbers


def _declared(series: pl.Series, entry: Variable, numbers: Mapping[str, float]) -> list[Any]:
    """Return SPSS's declaration: up to three codes, or one range and one code."""
    ranges = [code for code in entry.missing if ".." in code]
    inside = {
        "lo": [float(code.partition("..")[0] or -1e308) for code in ranges],
        "hi": [float(code.partition("..")[2] or 1e308) for code in ranges],
    }
    outside = sorted(
        number
        for number in dict.fromkeys(numbers.values())
        if not any(a <= number <= b for a, b in zip(inside["lo"], inside["hi"], strict=True))
    )
    if len(ranges) <= 1 and len(outside) <= (1 if ranges else 3):
        spans: list[Any] = [
            {"lo": a, "hi": b} for a, b in zip(inside["lo"], inside["hi"], strict=True)
        ]
        return [*spans, *outside]
    low = min([*inside["lo"], *outside])
    high = max([*inside["hi"], *outside])
    if ((series >= low) & (series <= high)).any():
        codes = [*ranges, *(f"{number:g}" for number in outside)]
        raise OutputError("survey.write_missing", variable=series.name, kind="sav", codes=codes)
    return [{"lo": low, "hi": high}]


def _put(
    survey: Survey,
    file: Path,
    target: _Format,
    columns: Mapping[str, _Column],
    labels: Mapping[str, str],
) -> None:
    """Write beside the file and rename, so that nothing half-written is left."""
    import pyreadstat

    partial = file.with_name(f"{file.stem}.partial{file.suffix}")
    frame = pl.DataFrame([column.series for column in columns.values()])
    options: dict[str, Any] = {
        "column_labels": dict(labels),
        "variable_value_labels": {n: dict(c.values) for n, c in columns.items() if c.values},
    }
    missing = {name: column.missing for name, column in columns.items() if column.missing}
    try:
        if target is _STATA:
            pyreadstat.write_dta(frame, str(partial), missing_user_values=missing, **options)
        else:
            entries = {name: _entry(survey, name).scale for name in columns}
            measures = {n: _MEASURES[scale] for n, scale in entries.items() if scale}
            pyreadstat.write_sav(
                frame, str(partial), missing_ranges=missing, variable_measure=measures, **options
            )
        partial.replace(file)
    except (OSError, pyreadstat.ReadstatError, pyreadstat.PyreadstatError) as fault:
        partial.unlink(missing_ok=True)
        reason = str(fault).splitlines()[0]
        raise OutputError("survey.not_written", file=file.name, reason=reason) from None
