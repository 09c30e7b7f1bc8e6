"""A first codebook from the data: scales guessed, ranges and suspicious codes as remarks."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import polars as pl

from livelihoods import words
from livelihoods.survey.door import as_survey, code_text
from livelihoods.survey.model import Codebook, Scale, Variable

_FEW = 12  # answers a coded question may have
_SHORT_SCALE = 11  # lowest to highest of an ordered scale
_POSITIVE = (7, 8, 9, 77, 88, 97, 98, 99, 777, 888, 997, 998, 999, 7777, 8888, 9998, 9999)
_SUSPECTS = (*_POSITIVE, *(-code for code in _POSITIVE))
_ID_NAME = re.compile(r"(^|_)(id|hhid|uuid|key|code)$|编号|序号", re.IGNORECASE)


_PLACE = re.compile(
    r"district|county|village|parish|ward|region|province|commune|township|town|cluster|enumerator"
    r"|[省市县区乡镇村]$|调查员",
    re.IGNORECASE,
)
_LISTED = 30  # answers beyond which a list of labels helps nobody


def draft_codebook(data: Any) -> tuple[Codebook, dict[str, str]]:
    """Return a codebook to edit, and a remark on each column.

    What the file says of a column is kept; a scale is guessed where none is declared. Nothing is
    declared missing and no range is set: both are decisions, and the remark gives what they need.

    Parameters
    ----------
    data
        A Survey or any frame.

    Returns
    -------
    codebook
        One entry a column.
    remarks
        Column -> what was found: range or number of different answers, how many are missing,
        codes that look like missing.
    """
    survey = as_survey(data)
    entries: dict[str, Variable] = {}
    remarks: dict[str, str] = {}
    for series in survey.frame.get_columns():
        entry = survey.codebook.variables.get(series.name, Variable(series.name))
        scale = entry.scale or guess_scale(series, entry)
        values = entry.values
        if scale in ("nominal", "binary") and not values and series.dtype == pl.String:
            found = series.drop_nulls().unique(maintain_order=True).sort().to_list()
            values = {"en": {a: a for a in found}} if len(found) <= _LISTED else {}
        entries[series.name] = replace(entry, scale=scale, values=values)
        remarks[series.name] = _remark(series, entry)
    return Codebook(entries), remarks


def guess_scale(series: pl.Series, entry: Variable) -> Scale:
    """Guess the level of measurement of a column from its answers and name."""
    known = series.drop_nulls()
    different = known.n_unique()
    if series.dtype == pl.Boolean or different == 2:
        return "binary"
    if _is_identifier(series, different):
        return "identifier"
    if _PLACE.search(series.name):
        return "nominal"  # numbers of places and people are names
    if not series.dtype.is_numeric():
        return "nominal" if series.dtype == pl.String else "continuous"
    if any(labels for labels in entry.values.values()):
        return "nominal"
    if not series.dtype.is_integer():
        return "continuous"
    if not known.len():
        return "continuous"
    low, high = _ends(known)
    if low in (0, 1) and high - low < _SHORT_SCALE and different == high - low + 1 <= _FEW:
        return "ordinal"
    return "count" if low >= 0 and high < 100 else "continuous"


def _is_identifier(series: pl.Series, different: int) -> bool:
    if series.dtype.is_float() or different < 2 or series.null_count():
        return False
    all_different = different == series.len()
    return all_different and (series.dtype == pl.String or bool(_ID_NAME.search(series.name)))


def _ends(known: pl.Series) -> tuple[float, float]:
    low, high = known.min(), known.max()
    assert isinstance(low, int | float)
    assert isinstance(high, int | float)
    return low, high


def suspects(series: pl.Series, entry: Variable | None = None) -> list[tuple[str, int]]:
    """Return codes that look like missing ones, with how many rows carry them.

    A code such as -99 or 999 is suspicious when it lies apart from the rest by at least as much as
    the rest is wide, or when it is negative among non-negative answers.
    """
    if not series.dtype.is_numeric() or series.dtype == pl.Boolean:
        return []
    known = series.drop_nulls().cast(pl.Float64)
    looks = known.is_in([float(code) for code in _SUSPECTS])
    present = known.filter(looks).unique().to_list()
    rest = known.filter(~looks)
    if not present or rest.len() < 2:
        return []
    low, high = _ends(rest)
    width = max(high - low, 1)
    apart = [
        code
        for code in sorted(present)
        if (code < 0 <= low) or code >= high + width or code <= low - width
    ]
    labelled = {key for labels in entry.values.values() for key in labels} if entry else set()
    return [
        (code_text(code), int((known == code).sum()))
        for code in apart
        if code_text(code) not in labelled
    ]


def _remark(series: pl.Series, entry: Variable) -> str:
    known = series.drop_nulls()
    lines = []
    if known.len() and series.dtype.is_numeric() and series.dtype != pl.Boolean:
        low, high = _ends(known)
        lines.append(words.text("survey.remark_range", low=low, high=high, n=known.n_unique()))
    else:
        lines.append(words.text("survey.remark_different", n=known.n_unique()))
    lines[0] += words.text("survey.remark_missing", n=series.null_count())
    lines += [
        words.text("survey.remark_suspect", code=code, n=n) for code, n in suspects(series, entry)
    ]
    return "\n".join(lines)
