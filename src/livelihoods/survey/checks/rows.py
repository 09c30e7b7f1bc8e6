"""Rows against each other and against declared rules."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from livelihoods.errors import SpecError
from livelihoods.notes import Note, Where
from livelihoods.survey.checks.place import original_rows, rows_note

if TYPE_CHECKING:
    from livelihoods.survey.model import Survey

Impossible = Mapping[str, "str | Sequence[bool] | pl.Series"]
_SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
}
_COMPARISON = re.compile(r"^\s*(.+?)\s*(>=|<=|==|!=|>|<|=)\s*(.+?)\s*$")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_TEXT = re.compile(r"'([^']*)'|\"([^\"]*)\"")


def duplicates(survey: Survey) -> list[Note]:
    """Rows that say the same as another one, and identifiers that stand twice."""
    found = []
    keys = _keys(survey)
    if keys:
        repeated = survey.frame.select(keys).is_duplicated()
        if repeated.any():
            found.append(
                rows_note(survey, "survey.duplicate_id", "serious", repeated, keys, variables=keys)
            )
    answers = [name for name in survey.frame.columns if name not in keys]
    if len(answers) > 1:
        repeated = survey.frame.select(answers).is_duplicated()
        if repeated.any():
            found.append(rows_note(survey, "survey.duplicate_rows", "warning", repeated, []))
    return found


def _keys(survey: Survey) -> list[str]:
    """Columns that together name a row: identifiers, and the wave of a panel."""
    by_role = {name: entry.role for name, entry in survey.codebook.variables.items()}
    identifiers = [name for name in survey.frame.columns if by_role.get(name) == "id"]
    waves = [
        name
        for name in survey.frame.columns
        if name == survey.design.wave or by_role.get(name) == "wave"
    ]
    return identifiers + waves if identifiers else []


def impossible_combinations(survey: Survey, rules: Impossible) -> list[Note]:
    """Rows on which a declared contradiction holds.

    A rule is a column of true and false, or comparisons such as ``"under15 > hh_size"`` or
    ``"sold_kg > harvest_kg and harvest_kg > 0"`` between columns, numbers and quoted words. A
    comparison with a missing answer does not hold.

    Raises
    ------
    SpecError
        If a rule cannot be read or names an absent column.
    """
    found = []
    for name, rule in rules.items():
        mask, variables = _mask(survey, name, rule)
        if mask.any():
            shown = f"{name} ({rule})" if isinstance(rule, str) and rule != name else name
            found.append(
                rows_note(survey, "survey.impossible", "warning", mask, variables, rule=shown)
            )
    return found


def _mask(
    survey: Survey, name: str, rule: str | Sequence[bool] | pl.Series
) -> tuple[pl.Series, list[str]]:
    if not isinstance(rule, str):
        mask = pl.Series(name, rule).cast(pl.Boolean).fill_null(False)
        if mask.len() != survey.frame.height:
            raise SpecError("survey.rule_length", rule=name, n=mask.len(), m=survey.frame.height)
        return mask, []
    mask = pl.repeat(True, survey.frame.height, eager=True)
    variables: list[str] = []
    for part in re.split(r"\s+and\s+", rule):
        comparison = _COMPARISON.match(part)
        if comparison is None:
            raise SpecError("survey.rule_unread", rule=rule, part=part)
        left, sign, right = comparison.groups()
        sides = [_side(survey, rule, text, variables) for text in (left, right)]
        kinds = {_kind(side) for side in sides}
        if len(kinds) > 1 or not any(isinstance(side, pl.Series) for side in sides):
            raise SpecError("survey.rule_unread", rule=rule, part=part)
        mask = mask & _SIGNS[sign](*sides).fill_null(False)
    return mask, list(dict.fromkeys(variables))


def _kind(side: Any) -> str:
    if not isinstance(side, pl.Series):
        return "text" if isinstance(side, str) else "number"
    kind = side.dtype
    return "number" if kind.is_numeric() else "text" if kind == pl.String else str(kind)


def _side(survey: Survey, rule: str, text: str, variables: list[str]) -> Any:
    if text in survey.frame.columns:
        variables.append(text)
        return survey.frame[text]
    if _NUMBER.fullmatch(text):
        return float(text)
    word = _TEXT.fullmatch(text)
    if word:
        return word.group(1) if word.group(1) is not None else word.group(2)
    raise SpecError("survey.rule_column", rule=rule, name=text, columns=survey.frame.columns)


def copied_blocks(survey: Survey, least: int = 20) -> list[Note]:
    """Consecutive rows with the same answers in all but identifying columns are copies.

    Only files with at least ``least`` columns that vary are looked at: short questionnaires agree
    by chance.
    """
    keys = set(_keys(survey))
    scales = survey.codebook.variables
    names = [
        series.name
        for series in survey.frame.get_columns()
        if series.name not in keys
        and getattr(scales.get(series.name), "scale", None) != "identifier"
        and series.n_unique() not in (1, series.len())
    ]
    if len(names) < least or survey.frame.height < 2:
        return []
    table = survey.frame.select(names)
    same = table.select(
        pl.mean_horizontal(pl.all().eq_missing(pl.all().shift(1)).cast(pl.Float64))
    ).to_series()
    filled = table.select(pl.mean_horizontal(pl.all().is_not_null().cast(pl.Float64))).to_series()
    close = ((same >= 0.95) & (filled >= 0.5)).scatter(0, False)
    if not close.any():
        return []
    rows = original_rows(survey, close)
    values = {"n": len(rows), "rows": list(rows)}
    return [Note("survey.copied_rows", "warning", values, Where((), rows))]
