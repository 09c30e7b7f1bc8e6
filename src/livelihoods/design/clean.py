"""Cleaning as declared rules: each does one thing and is one step of the sample flow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, model_validator

from livelihoods import words
from livelihoods.design.derive import trouble_notes
from livelihoods.design.evaluate import truth
from livelihoods.design.language import parse_expression
from livelihoods.design.scope import Scope, plain, stretched
from livelihoods.design.winsorise import winsorise
from livelihoods.errors import DataError, SpecError
from livelihoods.notes import Note, Where
from livelihoods.survey.model import FlowStep

if TYPE_CHECKING:
    from livelihoods.survey.model import Survey

_ACTIONS = ("keep", "drop", "drop_missing", "winsorise", "range", "recode")
Code: TypeAlias = float | str | bool | None


class CleanRule(BaseModel):
    """One rule of ``[[clean]]``; exactly one of the actions is given.

    Attributes
    ----------
    keep, drop
        An expression; rows where it is true stay (or leave). Where a missing answer leaves it
        undecided, ``keep`` drops the row and ``drop`` keeps it, and a note says how many.
    drop_missing
        Columns; rows with a null in any of them leave.
    winsorise
        Columns pulled to their ``tails``, within groups of ``by`` if given.
    range
        Column -> [low, high]; values outside become missing.
    recode
        Column -> {old code as text: new value}; values not named stay.
    reason
        Why; printed in the sample flow.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    keep: str | None = None
    drop: str | None = None
    drop_missing: tuple[str, ...] | None = None
    winsorise: tuple[str, ...] | None = None
    range: dict[str, tuple[float, float]] | None = None
    recode: dict[str, dict[str, Code]] | None = None
    tails: tuple[float, float] = (0.01, 0.99)
    by: str | None = None
    reason: str = Field(default="")

    @model_validator(mode="after")
    def _one_action(self) -> CleanRule:
        given = [name for name in _ACTIONS if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(SpecError("design.bad_rule", actions=given).message())
        return self


def clean(survey: Survey, rules: Sequence[CleanRule]) -> Survey:
    """Apply rules in order; each adds a step to the sample flow.

    Raises
    ------
    FormulaError
        If a condition cannot be read.
    SpecError
        If a column does not exist or a range is empty.
    DataError
        If a column is of the wrong kind.
    """
    for rule in rules:
        survey = _apply(survey, rule)
    return survey


def _apply(survey: Survey, rule: CleanRule) -> Survey:
    if rule.keep is not None:
        return _filter(survey, rule.keep, rule.reason, keeping=True)
    if rule.drop is not None:
        return _filter(survey, rule.drop, rule.reason, keeping=False)
    if rule.drop_missing is not None:
        return _drop_missing(survey, rule.drop_missing, rule.reason)
    if rule.winsorise is not None:
        return winsorise(survey, rule.winsorise, rule.tails, rule.by, reason=rule.reason)
    if rule.range is not None:
        return _range(survey, rule.range, rule.reason)
    return _recode(survey, rule.recode or {}, rule.reason)


def _check(survey: Survey, columns: Sequence[str]) -> None:
    absent = [name for name in columns if name not in survey.frame.columns]
    if absent:
        raise SpecError("design.unknown_columns", columns=absent, known=survey.frame.columns)


def _filter(survey: Survey, condition: str, reason: str, *, keeping: bool) -> Survey:
    scope = Scope(survey, condition)
    answer = stretched(truth(parse_expression(condition), scope), survey.frame.height)
    unknown = answer.is_null()
    mask = answer.fill_null(False) if keeping else answer.fill_null(False).not_()
    key = "keep" if keeping else "drop"
    step = words.text(f"design.flow.{key}", condition=condition)
    notes = trouble_notes(survey, condition, scope.troubles)
    if unknown.any():
        rows = tuple(int(row) for row in survey.rows[unknown.to_numpy()])
        fate = words.text("design.flow.removed" if keeping else "design.flow.kept")
        values = {"n": len(rows), "condition": condition, "fate": fate}
        notes.append(Note("design.condition_unknown", "caution", values, Where((), rows)))
    return _noted(survey.keep(mask, step, reason), notes)


def _drop_missing(survey: Survey, columns: tuple[str, ...], reason: str) -> Survey:
    _check(survey, columns)
    mask = pl.Series([True]).new_from_index(0, survey.frame.height)
    for name in columns:
        mask = mask & plain(survey.frame.get_column(name)).is_not_null()
    step = words.text("design.flow.drop_missing", columns=list(columns))
    return survey.keep(mask, step, reason)


def _range(survey: Survey, ranges: dict[str, tuple[float, float]], reason: str) -> Survey:
    _check(survey, list(ranges))
    done, notes = survey, []
    for name, (low, high) in ranges.items():
        if low > high:
            raise SpecError("design.bad_range", variable=name, low=low, high=high)
        raw = survey.frame.get_column(name)
        values = plain(raw)
        if values.dtype != pl.Float64:
            raise DataError("design.not_numeric", columns=[name])
        outside = ((values < low) | (values > high)).fill_null(False)
        if not outside.any():
            continue
        rows = survey.rows[outside.to_numpy()]
        codes = raw.filter(outside).cast(pl.String)
        found: dict[str, Any] = {"n": len(rows), "variable": name, "low": low, "high": high}
        where = Where((name,), tuple(int(row) for row in rows))
        notes.append(Note("design.out_of_range", "caution", found, where))
        label = f"[{low:g}, {high:g}]"
        lost = pl.DataFrame({"row": rows, "variable": name, "code": codes, "label": label})
        done = done.with_columns({name: raw.set(outside, None)}, {name: survey.sources(name)})
        done = replace(done, missing=pl.concat([done.missing, lost]))
    return _step(_noted(done, notes), "range", list(ranges), reason)


def _recode(survey: Survey, recodes: dict[str, dict[str, Code]], reason: str) -> Survey:
    _check(survey, list(recodes))
    done, notes = survey, []
    for name, changes in recodes.items():
        raw = survey.frame.get_column(name)
        column = raw if raw.dtype.is_numeric() or raw.dtype == pl.Boolean else raw.cast(pl.String)
        shown = _shown(column)
        result = column
        hits = pl.Series([False]).new_from_index(0, len(column))
        for old, new in changes.items():
            hit = (shown == old).fill_null(False)
            result = _write(result, hit, new, name)
            hits = hits | hit
        rows = tuple(int(row) for row in survey.rows[hits.to_numpy()])
        values = {"n": len(rows), "variable": name}
        notes.append(Note("design.recoded", "info", values, Where((name,), rows)))
        done = done.with_columns({name: result}, {name: survey.sources(name)})
    return _step(_noted(done, notes), "recode", list(recodes), reason)


def _shown(column: pl.Series) -> pl.Series:
    """Return codes as people write them: 1, not 1.0."""
    if column.dtype.is_float():
        whole = (column == column.round(0)).fill_null(False)
        text = column.cast(pl.String)
        return text.zip_with(
            whole.not_(), column.round(0).cast(pl.Int64, strict=False).cast(pl.String)
        )
    return column.cast(pl.String)


def _write(column: pl.Series, hit: pl.Series, new: Code, name: str) -> pl.Series:
    """Put a new value where ``hit``; a number column takes numbers, a text column texts."""
    if new is None or not hit.any():
        return column.set(hit, None)
    if column.dtype.is_numeric() and isinstance(new, float | int):
        whole = float(new) == int(new)
        target = column if whole or column.dtype.is_float() else column.cast(pl.Float64)
        return target.set(hit, float(new) if target.dtype.is_float() else int(new))
    if column.dtype == pl.String:
        return column.set(hit, new if isinstance(new, str) else f"{new:g}")
    if column.dtype == pl.Boolean and isinstance(new, bool):
        return column.set(hit, new)
    raise DataError("design.not_numeric", columns=[name])


def _noted(survey: Survey, notes: Sequence[Note]) -> Survey:
    return replace(survey, notes=(*survey.notes, *notes))


def _step(survey: Survey, key: str, columns: list[str], reason: str) -> Survey:
    step = words.text(f"design.flow.{key}", columns=columns)
    height = survey.frame.height
    flow = survey.sample_flow.then(FlowStep(step, height, height, reason))
    return replace(survey, sample_flow=flow)
