"""Questionnaires give the codebook: XLSForm (Kobo, ODK, SurveyCTO)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from livelihoods.errors import DataError
from livelihoods.survey.model import Codebook, Scale, Variable

if TYPE_CHECKING:
    from os import PathLike

Cells = dict[str, str]
_LANGUAGES = {"english": "en", "chinese": "zh", "中文": "zh", "汉语": "zh", "简体中文": "zh"}
_STRUCTURE = ("begin", "end", "note", "start", "today", "deviceid", "username", "audit")
_BOUND = re.compile(r"(?<![\w}/])\.\s*(>=|<=|>|<)\s*(-?\d+(?:\.\d+)?)(?![\w.(])")
_TAGS = re.compile(r"<[^>]*>|\*\*")
# A choice means missing when its label says so and its code is one of those used for it.
_MISSING_LABEL = re.compile(
    r"don'?t know|do not know|refus|no answer|no response|prefer not|not applicable"
    r"|不知道|不清楚|拒答|拒绝|不愿回答|不适用",
    re.IGNORECASE,
)
_MISSING_CODE = re.compile(r"-\d+|7{2,4}|8{2,4}|9{2,4}|9{1,3}[78]|dk|rf|na|refused", re.IGNORECASE)


def read_xlsform(path: str | PathLike[str], columns: Iterable[str] | None = None) -> Codebook:
    """Return the codebook that an XLSForm (Kobo, ODK, SurveyCTO) holds.

    Labels come in every language of the form; choices become value labels, those that mean
    don't know or refused become missing codes; constraints such as ``. >= 0 and . <= 120`` become
    the range. Each choice of a ``select_multiple`` question is an entry of its own, with that
    question as its source.

    Parameters
    ----------
    path
        The form, a workbook with the sheets ``survey`` and ``choices``.
    columns
        Column names of the export; entries then carry these names, whatever way the export joins
        groups and questions (``group/name``, ``group-name``, ``name/choice``, ``name_choice``).

    Raises
    ------
    DataError
        If the workbook has no sheet ``survey`` with the columns ``type`` and ``name``.
    """
    from livelihoods.survey.read_xlsx import sheet_names

    file = Path(path)
    if not file.is_file():
        raise DataError("survey.file_not_found", file=str(file))
    sheets = {name.strip().lower(): name for name in sheet_names(file)}
    if "survey" not in sheets:
        raise DataError("survey.not_xlsform", file=file.name)
    questions = _rows(file, sheets["survey"])
    if not questions or not {"type", "name"} <= set().union(*questions):
        raise DataError("survey.not_xlsform", file=file.name)
    lists: dict[str, list[Cells]] = {}
    for choice in _rows(file, sheets["choices"]) if "choices" in sheets else []:
        lists.setdefault(choice.get("list_name", choice.get("list name", "")), []).append(choice)
    entries = [entry for question in questions for entry in _entries(question, lists)]
    book = Codebook({entry.name: entry for entry in entries})
    return book if columns is None else match_columns(book, columns)


def _rows(file: Path, sheet: str) -> list[Cells]:
    """Return a sheet as one mapping a row; column names in lower case, blanks left out."""
    from livelihoods.survey.read_xlsx import sheet_cells

    cells = sheet_cells(file, sheet)
    if not cells.height:
        return []
    names = [(name or "").strip() for name in cells.row(0)]
    heads = [name.lower() if "::" not in name else _language_head(name) for name in names]
    return [
        {head: value for head, value in zip(heads, row, strict=True) if head and value is not None}
        for row in cells.slice(1).iter_rows()
    ]


def _language_head(name: str) -> str:
    """Return ``label::en`` for ``label::English (en)``, ``Label::English`` and the like."""
    base, _, language = name.partition("::")
    code = re.search(r"\(([A-Za-z-]+)\)", language)
    plain = language.strip().lower()
    known = code.group(1).lower() if code else _LANGUAGES.get(plain, plain)
    return f"{base.strip().lower()}::{known[:2]}"


def _labels(row: Mapping[str, str]) -> dict[str, str]:
    """Return a row's label by language; markup and references are for the screen and left out."""
    found = {}
    for key, value in row.items():
        base, _, language = key.partition("::")
        if base == "label":
            found[language or "en"] = re.sub(r"\s+", " ", _TAGS.sub("", value)).strip()
    return found


def _entries(question: Cells, lists: Mapping[str, list[Cells]]) -> list[Variable]:
    kind, _, rest = question.get("type", "").strip().partition(" ")
    name = question.get("name", "").strip()
    if not name or kind.split("_")[0] in _STRUCTURE:
        return []
    low, high = _bounds(question.get("constraint", ""), kind == "integer")
    label = _labels(question)
    choices = lists.get(rest.split(" ")[0], []) if kind.startswith("select") else []
    values, missing = _choices(choices)
    plain = Variable(name, label, low=low, high=high, question=name, missing=missing)
    if kind == "select_multiple":
        return [replace(plain, missing={}), *_options(plain, choices)]
    if kind == "select_one":
        likert = "likert" in question.get("appearance", "").lower()
        scale: Scale = "ordinal" if likert else "nominal"
        return [replace(plain, values=values, scale=scale)]
    if kind in ("integer", "decimal", "range"):
        return [replace(plain, scale="continuous")]
    return [plain]


def _options(question: Variable, choices: list[Cells]) -> list[Variable]:
    """Return an entry for each option of a question with several answers."""
    found = []
    for choice in choices:
        code = _code(choice)
        both = _labels(choice)
        label = {
            language: f"{text}: {both.get(language, code)}"
            for language, text in question.label.items()
        }
        found.append(
            Variable(
                f"{question.name}/{code}",
                label,
                low=0,
                high=1,
                scale="binary",
                question=question.name,
            )
        )
    return found


def _code(choice: Mapping[str, str]) -> str:
    return choice.get("name", choice.get("value", "")).strip()


def _choices(choices: list[Cells]) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """Return the value labels of a list by language, and the codes in it that mean missing."""
    values: dict[str, dict[str, str]] = {}
    missing: dict[str, str] = {}
    for choice in choices:
        code, labels = _code(choice), _labels(choice)
        says_missing = any(_MISSING_LABEL.search(label) for label in labels.values())
        if says_missing and _MISSING_CODE.fullmatch(code):
            missing[code] = next(iter(labels.values()))
            continue
        for language, label in labels.items():
            values.setdefault(language, {})[code] = label
    return values, missing


def _bounds(constraint: str, whole: bool) -> tuple[float | None, float | None]:
    """Return the range that a constraint sets on the answer itself (``.``)."""
    if re.search(r"\bor\b|\bnot\b", constraint):
        return None, None  # alternatives are no range
    low: float | None = None
    high: float | None = None
    for sign, number in _BOUND.findall(constraint):
        value = float(number)
        step = 1 if whole and value.is_integer() else 0
        if sign.startswith(">"):
            value += step if sign == ">" else 0
            low = value if low is None else max(low, value)
        else:
            value -= step if sign == "<" else 0
            high = value if high is None else min(high, value)
    return low, high


def match_columns(book: Codebook, columns: Iterable[str]) -> Codebook:
    """Return the entries of a form under the column names of its export.

    Entries whose column is not there are left out: forms hold questions nobody exports.
    """
    by_tail: dict[str, Variable] = {}
    for name, entry in book.variables.items():
        by_tail[name] = entry
        if "/" in name:
            by_tail.setdefault(name.replace("/", "_"), entry)
    matched = {}
    for column in columns:
        found = _by_longest_tail(column, by_tail)
        if found is not None:
            matched[column] = replace(found, name=column)
    return Codebook(matched)


def _by_longest_tail(column: str, entries: Mapping[str, Variable]) -> Variable | None:
    parts = re.split(r"[/\-.:]", column)
    for start in range(len(parts)):
        tail = "/".join(parts[start:])
        if tail in entries:
            return entries[tail]
    return None
