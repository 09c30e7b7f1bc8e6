"""What each kind of equation knows of y* in each row: bounds, categories, shares."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods.design.columns import read_factor
from livelihoods.design.scope import Scope
from livelihoods.errors import DataError
from livelihoods.estimate.mixed_process.arrays import ONE, POINT, TWO
from livelihoods.estimate.mixed_process.sample import limit_values
from livelihoods.notes import Note, Where

if TYPE_CHECKING:
    from livelihoods.estimate.mixed_process.build import ReadEquation
    from livelihoods.survey.model import Survey
    from livelihoods.typing import Bools, Floats, Ints

_MOST_LEVELS = 60


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bounds of y* on an equation's sample, shape ``(m,)`` each; see ``EquationArrays``.

    ``keep`` marks rows that stay when the kind itself leaves rows out (a truncated sample, an
    ordered outcome with gaps); None keeps all. ``levels`` are an ordered outcome's categories.
    """

    code: Ints
    low: Floats
    high: Floats
    low_cut: Ints | None = None
    high_cut: Ints | None = None
    share: Floats | None = None
    truncation: tuple[Floats, Floats] | None = None
    levels: tuple[Any, ...] = ()
    keep: Bools | None = None
    notes: tuple[Note, ...] = ()

    def only(self, keep: Bools) -> Bounds:
        """Return the bounds of some rows."""

        def part(values: Any) -> Any:
            return None if values is None else values[keep]

        cut = self.truncation
        return replace(
            self,
            code=self.code[keep],
            low=self.low[keep],
            high=self.high[keep],
            low_cut=part(self.low_cut),
            high_cut=part(self.high_cut),
            share=part(self.share),
            truncation=None if cut is None else (cut[0][keep], cut[1][keep]),
            keep=None,
        )


def bounds_of(one: ReadEquation, survey: Survey, at: Ints, y: Floats) -> Bounds:
    """Return the bounds of y* on the rows ``at`` whose outcome is y.

    Raises
    ------
    DataError
        If the outcome does not fit the kind of equation; names the values or rows.
    """
    kinds = {
        "linear": _linear,
        "probit": _probit,
        "oprobit": _oprobit,
        "tobit": _tobit,
        "interval": _interval,
        "truncated": _truncated,
        "fractional": _fractional,
    }
    return kinds[one.spec.kind](one, survey, at, y)


def _linear(one: ReadEquation, survey: Survey, at: Ints, y: Floats) -> Bounds:
    if np.ptp(y) == 0:
        raise DataError("estimate.cmp.one_value", equation=one.name, value=float(y[0]))
    return Bounds(np.full(y.size, POINT), y, y)


def _probit(one: ReadEquation, survey: Survey, at: Ints, y: Floats) -> Bounds:
    values = np.unique(y)
    if not np.isin(values, (0.0, 1.0)).all():
        shown = [f"{value:g}" for value in values[:8]]
        raise DataError("estimate.cmp.not_binary", equation=one.name, values=shown)
    if values.size < 2:
        raise DataError("estimate.cmp.one_value", equation=one.name, value=float(values[0]))
    low = np.where(y > 0.5, 0.0, -np.inf)
    return Bounds(np.full(y.size, ONE), low, np.where(y > 0.5, np.inf, 0.0))


def _oprobit(one: ReadEquation, survey: Survey, at: Ints, y: Floats) -> Bounds:
    assert one.formula.outcome is not None
    series = read_factor(one.formula.outcome, Scope(survey, one.spec.formula)).series[at]
    known = series.is_not_null()
    levels = series.drop_nulls().unique().sort()
    if len(levels) < 2:
        raise DataError("estimate.cmp.one_value", equation=one.name, value=_first(levels))
    if len(levels) > _MOST_LEVELS:
        raise DataError("estimate.cmp.many_levels", equation=one.name, n=len(levels))
    number = pl.int_range(len(levels), eager=True)
    codes = series.replace_strict(levels, number, default=0).cast(pl.Int64).to_numpy()
    last = len(levels) - 1
    notes: tuple[Note, ...] = ()
    keep = None
    if not known.all():
        keep = known.to_numpy()
        lost = tuple(int(row) for row in survey.rows[at[~keep]])
        said = {"n": len(lost), "variable": one.response, "equation": one.name}
        notes += (Note("estimate.cmp.outcome_rows", "caution", said, Where((one.response,), lost)),)
    if levels.dtype == pl.String:
        said = {"equation": one.name, "levels": [str(level) for level in levels]}
        notes += (Note("estimate.cmp.text_levels", "warning", said, Where((one.response,))),)
    zero = np.zeros(codes.size)
    return Bounds(
        np.where((codes == 0) | (codes == last), ONE, TWO),
        zero,
        zero,
        codes - 1,
        np.where(codes == last, -1, codes),
        levels=tuple(_plain(level) for level in levels.to_list()),
        keep=keep,
        notes=notes,
    )


def _plain(level: Any) -> Any:
    """A category as people write it: 2, not 2.0."""
    return int(level) if isinstance(level, float) and level.is_integer() else level


def _first(levels: pl.Series) -> Any:
    return levels[0] if len(levels) else "–"


def _tobit(one: ReadEquation, survey: Survey, at: Ints, y: Floats) -> Bounds:
    lower = limit_values(one.spec.lower, survey, -np.inf)[at]
    upper = limit_values(one.spec.upper, survey, np.inf)[at]
    _refuse_crossed(one, survey, at, lower, upper)
    below, above = y <= lower, y >= upper
    inside = ~(below | above)
    if not inside.any():
        raise DataError("estimate.cmp.all_censored", equation=one.name, n=int(y.size))
    notes: tuple[Note, ...] = ()
    if inside.all():
        notes = (Note("estimate.cmp.none_censored", "caution", {"equation": one.name}),)
    low = np.where(below, -np.inf, np.where(above, upper, y))
    high = np.where(above, np.inf, np.where(below, lower, y))
    return Bounds(np.where(inside, POINT, ONE), low, high, notes=notes)


def _refuse_crossed(
    one: ReadEquation, survey: Survey, at: Ints, lower: Floats, upper: Floats
) -> None:
    crossed = lower > upper
    if crossed.any():
        rows = [int(row) for row in survey.rows[at[crossed]]]
        raise DataError("estimate.cmp.crossed", equation=one.name, rows=rows, n=len(rows))


def _interval(one: ReadEquation, survey: Survey, at: Ints, y: Floats) -> Bounds:
    assert one.formula.outcome is not None
    series = read_factor(one.formula.outcome, Scope(survey, one.spec.formula)).series
    low = series.cast(pl.Float64).fill_null(-np.inf).to_numpy()[at]
    high = limit_values(one.spec.high, survey, np.inf)[at]
    _refuse_crossed(one, survey, at, low, high)
    known = np.isfinite(low) | np.isfinite(high)
    notes: tuple[Note, ...] = ()
    keep = None
    if not known.all():
        keep = known
        lost = tuple(int(row) for row in survey.rows[at[~known]])
        said = {"n": len(lost), "variable": one.response, "equation": one.name}
        notes = (Note("estimate.cmp.outcome_rows", "caution", said, Where((one.response,), lost)),)
    if not (np.isfinite(low) & np.isfinite(high)).any() and not known.all():
        raise DataError("estimate.cmp.all_censored", equation=one.name, n=int(low.size))
    both = np.isfinite(low) & np.isfinite(high)
    code = np.where(low == high, POINT, np.where(both, TWO, ONE))
    return Bounds(code, low, high, keep=keep, notes=notes)


def _truncated(one: ReadEquation, survey: Survey, at: Ints, y: Floats) -> Bounds:
    lower = limit_values(one.spec.lower, survey, -np.inf)[at]
    upper = limit_values(one.spec.upper, survey, np.inf)[at]
    _refuse_crossed(one, survey, at, lower, upper)
    inside = (y > lower) & (y < upper)
    if not inside.any():
        raise DataError("estimate.cmp.all_censored", equation=one.name, n=int(y.size))
    notes: tuple[Note, ...] = ()
    keep = None
    if not inside.all():
        keep = inside
        lost = tuple(int(row) for row in survey.rows[at[~inside]])
        said = {"n": len(lost), "equation": one.name}
        notes = (Note("estimate.cmp.truncated_rows", "info", said, Where((one.response,), lost)),)
    return Bounds(np.full(y.size, POINT), y, y, truncation=(lower, upper), keep=keep, notes=notes)


def _fractional(one: ReadEquation, survey: Survey, at: Ints, y: Floats) -> Bounds:
    outside = (y < 0.0) | (y > 1.0)
    if outside.any():
        rows = [int(row) for row in survey.rows[at[outside]]]
        raise DataError("estimate.cmp.not_share", equation=one.name, rows=rows, n=len(rows))
    if np.ptp(y) == 0:
        raise DataError("estimate.cmp.one_value", equation=one.name, value=float(y[0]))
    zero = np.zeros(y.size)
    return Bounds(np.full(y.size, ONE), zero, np.full(y.size, np.inf), share=y)
