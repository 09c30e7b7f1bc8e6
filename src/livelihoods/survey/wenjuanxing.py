"""Exports of Wenjuanxing (问卷星) and the like: whole questions as column names."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from livelihoods.notes import Note, Where
from livelihoods.survey.finish import with_codebook
from livelihoods.survey.model import Codebook, Survey, Variable

if TYPE_CHECKING:
    from os import PathLike

# Columns the service adds, by what their name starts with.
_SERVICE = {
    "序号": ("serial", "Serial number of the answer sheet"),
    "提交答卷时间": ("submitted", "Time of submission"),
    "所用时间": ("seconds", "Time taken"),
    "来源详情": ("source_detail", "Source in detail"),
    "来源": ("source", "Source"),
    "来自IP": ("ip", "IP address"),
    "总分": ("total_score", "Total score"),
}
_QUESTION = re.compile(r"^\s*(\d+)\s*[、.．:：(（]\s*(.*)$", re.DOTALL)
_PART = re.compile(r"^(.*?)(?:—+|--+|[(（])([^—()（）]+)[)）]?\s*$", re.DOTALL)
_MISSING = {"-3": "跳过", "-2": "未作答", "(跳过)": "跳过", "(空)": "未作答"}
_DURATION = r"^(\d+)\s*秒$"


def is_wenjuanxing(columns: list[str]) -> bool:
    """Tell whether column names look like those of a Wenjuanxing export."""
    service = sum(any(name.startswith(start) for start in _SERVICE) for name in columns[:8])
    asked = sum(bool(_QUESTION.match(name)) for name in columns)
    return service >= 2 and asked >= 1


def read_wenjuanxing(path: str | PathLike[str]) -> Survey:
    """Read a Wenjuanxing export (xlsx or csv) under short names.

    Question 5 becomes ``q5``, its sub-items and options ``q5_1``, ``q5_2`` … with question ``q5``
    as their source; the wording goes to the codebook. Skipped (-3, ``(跳过)``) and empty (-2,
    ``(空)``) answers count as missing and are kept apart. The time taken becomes seconds.

    Raises
    ------
    DataError
        As :func:`read_survey`.
    """
    from livelihoods.survey.read import read_survey

    return name_questions(read_survey(path))


def name_questions(survey: Survey) -> Survey:
    """Return the survey with whole questions as column names changed into short ones."""
    names = list(survey.frame.columns)
    counts: dict[str, int] = {}
    numbers = [found.group(1) for name in names if (found := _QUESTION.match(name))]
    entries: dict[str, Variable] = {}
    new: dict[str, str] = {}
    for name in names:
        entry = _service(name) or _asked(name, numbers, counts)
        if entry is None or entry.name in entries:
            entry = Variable(name)
        new[name] = entry.name
        series = survey.frame[name]
        present = set(series.cast(pl.String, strict=False).drop_nulls().unique().to_list())
        missing = {code: label for code, label in _MISSING.items() if code in present}
        entries[entry.name] = replace(entry, missing=missing if entry.question else {})
    renamed = survey.frame.rename(new)
    if "seconds" in entries:
        renamed = renamed.with_columns(_seconds(renamed["seconds"]))
    notes = tuple(_renamed(note, new) for note in survey.notes)
    plain = replace(survey, frame=renamed, codebook=Codebook(), notes=notes)
    return _restored(with_codebook(plain, Codebook(entries)))


def _service(name: str) -> Variable | None:
    for start, (short, label) in _SERVICE.items():
        if name.startswith(start):
            unit = "seconds" if short == "seconds" else ""
            return Variable(short, {"en": label, "zh": start}, unit=unit)
    return None


def _asked(name: str, numbers: list[str], counts: dict[str, int]) -> Variable | None:
    found = _QUESTION.match(name)
    if not found:
        return None
    number, wording = found.groups()
    question = f"q{number}"
    wording = wording.strip()
    if numbers.count(number) == 1:
        return Variable(question, {"zh": wording}, question=question)
    counts[question] = counts.get(question, 0) + 1
    part = _PART.match(wording)
    label = f"{part.group(1).strip()}：{part.group(2).strip()}" if part else wording
    label = label.lstrip("：)）")
    return Variable(f"{question}_{counts[question]}", {"zh": label}, question=question)


def _seconds(series: pl.Series) -> pl.Series:
    if series.dtype != pl.String:
        return series
    return series.str.extract(_DURATION).cast(pl.Int64)


def _renamed(note: Note, new: dict[str, str]) -> Note:
    variables = tuple(new.get(name, name) for name in note.where.variables)
    values = {
        key: new.get(value, value) if isinstance(value, str) else value
        for key, value in note.values.items()
    }
    return Note(note.code, note.severity, values, Where(variables, note.where.rows))


def _restored(survey: Survey) -> Survey:
    """Restore the type of columns that held words only because of ``(跳过)`` and ``(空)``."""
    from livelihoods.survey.restore import restore_type

    notes: list[Note] = []
    columns = [
        restore_type(series, ".", notes) if series.dtype == pl.String else series
        for series in survey.frame.get_columns()
    ]
    return replace(survey, frame=pl.DataFrame(columns), notes=(*survey.notes, *notes))
