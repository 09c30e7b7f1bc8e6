"""A study file to start from: it runs as it stands, and shows in comments what comes next."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from livelihoods import words
from livelihoods.study.guesses import guess_roles
from livelihoods.survey.model import Survey
from livelihoods.survey.read import read_survey

_MOST = 30


def scaffold(data: Path, out: Path) -> str:
    """Return the text of a study file for a data file.

    Parameters
    ----------
    data
        The data.
    out
        Where the study file will stand; the path of the data is written relative to it.

    Raises
    ------
    DataError
        If the data cannot be read.
    """
    survey = read_survey(data)
    place = os.path.relpath(data.absolute(), out.absolute().parent)
    numbers, texts = _sorted_columns(survey)
    roles = guess_roles(survey)
    outcome = roles.outcome or "income"
    indicators = [outcome, *roles.controls[-2:]]
    values = {
        "title": _quoted(words.text("study.new_title", name=data.stem)),
        "language": words.language(),
        "file": _quoted(Path(place).as_posix()),
        "rows": survey.frame.height,
        "columns": "\n".join(f"#   {line}" for line in _described(survey)),
        "items": ", ".join(_quoted(name) for name in (*numbers, *texts)[:_MOST]),
        "places": "\n".join(f"# {key} = {_quoted(name)}" for key, name in roles.places.items()),
        "outcome": _quoted(outcome),
        "logged": _quoted(f"log({_in_formula(outcome)})"),
        "kept": _quoted(f"{_in_formula(outcome)} >= 0"),
        "treatment": _quoted(roles.treatment or "…"),
        "controls": ", ".join(_quoted(name) for name in roles.controls),
        "indicators": "\n".join(f'# {_quoted(name)} = "+"' for name in indicators),
        "cluster": _quoted(roles.places.get("village", "village")),
    }
    return words.text("study.new_file", **values)


def _sorted_columns(survey: Survey) -> tuple[list[str], list[str]]:
    """Return columns worth describing: numbers, and texts with few different answers."""
    numbers, texts = [], []
    places = set(guess_roles(survey).places.values())
    for series in survey.frame.get_columns():
        if series.name in places:
            continue
        entry = survey.codebook.variables.get(series.name)
        if entry is not None and entry.scale == "identifier":
            continue
        if series.dtype.is_numeric() or series.dtype == pl.Boolean:
            numbers.append(series.name)
        elif series.n_unique() <= 12:
            texts.append(series.name)
    return numbers, texts


def _described(survey: Survey) -> Sequence[str]:
    lines = []
    for series in survey.frame.get_columns():
        label = survey.codebook.label(series.name)
        known = series.len() - series.null_count()
        said = "" if label == series.name else f" – {' '.join(label.split())}"
        lines.append(f"{_one_line(series.name)}{_one_line(said)} ({series.dtype}, {known})")
    return lines


def _in_formula(name: str) -> str:
    """Return a column name as the language of formulas writes it."""
    return name if name.isidentifier() else f"`{name}`"


def _one_line(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _quoted(text: str) -> str:
    """Return a TOML string: JSON's escapes are TOML's, except that DEL must be escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
