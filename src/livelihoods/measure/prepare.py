"""From a survey to the float columns of an index: what is used, what is left out and why."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from livelihoods.engine import ColumnSource, Executor, Groups, MappedSource, Source, fold, ranges
from livelihoods.engine.states import Ranges
from livelihoods.errors import DataError
from livelihoods.measure.orient import BY, FROM, WEIGHT, complete, keep_complete
from livelihoods.measure.spec import IndexSpec
from livelihoods.notes import Note, Where
from livelihoods.typing import Bools, Floats, Ints

if TYPE_CHECKING:
    from livelihoods.survey.model import Survey

_ROWS_KEPT_IN_A_NOTE = 1_000
# Squares of larger numbers, summed over rows, leave the range of floats.
LARGEST = 1e140


@dataclass(frozen=True, slots=True)
class Prepared:
    """Columns ready for the engine.

    Attributes
    ----------
    source
        Canonical blocks of the complete rows.
    used
        Which rows of the data those are, shape ``(n,)``.
    waves
        The values of ``by``, sorted; one empty label without.
    codes
        Number of each row's wave, −1 where it is missing, shape ``(n,)``; all 0 without ``by``.
    notes
        What was left out.
    """

    source: Source
    used: Bools
    waves: tuple[str, ...]
    codes: Ints
    notes: tuple[Note, ...]


def prepare(survey: Survey, spec: IndexSpec) -> Prepared:
    """Return the columns an index needs.

    Raises
    ------
    DataError
        If a column is absent, not numeric, infinite or wholly missing, a weight is not positive,
        no row is complete, or no row belongs to the base of the weights.
    """
    require_columns(survey, spec.columns())
    names = [indicator.name for indicator in spec.indicators()]
    columns: dict[str, NDArray[Any]] = {name: numeric_column(survey, name) for name in names}
    refuse_empty(names, columns)
    waves: tuple[str, ...] = ("",)
    if spec.by is not None:
        columns[BY], waves = group_codes(survey, spec.by)
    if spec.survey_weight is not None:
        columns[WEIGHT] = positive_weights(survey, spec.survey_weight)
    if spec.weights_from is not None:
        columns[FROM] = _base(survey, spec.weights_from)
    used = complete(names, columns)
    if not used.any():
        raise DataError("measure.no_complete_row", variables=names, rows=survey.frame.height)
    if FROM in columns and not (columns[FROM] & used).any():
        raise DataError("measure.empty_base", base=_base_text(spec.weights_from))
    source = MappedSource(ColumnSource(columns), partial(keep_complete, tuple(names)))
    codes = columns.get(BY, np.zeros(used.size, dtype=np.int64))
    return Prepared(source, used, waves, codes, left_out(survey, used, names, columns))


def require_columns(survey: Survey, names: Iterable[str]) -> None:
    """Raise if the survey lacks a column, naming the nearest one it has."""
    present = survey.frame.columns
    for name in names:
        if name not in present:
            near = difflib.get_close_matches(name, present, n=1)
            raise DataError("measure.unknown_column", variable=name, nearest=near or present[:8])


def numeric_column(survey: Survey, name: str) -> Floats:
    """Return a column as floats, NaN where it is null, shape ``(n,)``.

    Raises
    ------
    DataError
        If the column holds text or dates, or a value that is infinite or cannot be squared.
    """
    series = survey.frame[name]
    if not (series.dtype.is_numeric() or series.dtype in (pl.Boolean, pl.Null)):
        raise DataError("measure.not_numeric", variable=name, type=str(series.dtype))
    values: Floats = series.cast(pl.Float64).fill_null(np.nan).to_numpy()
    endless = np.isinf(values)
    if endless.any():
        rows = survey.rows[endless].tolist()
        raise DataError("measure.infinite", variable=name, rows=rows[:_ROWS_KEPT_IN_A_NOTE])
    beyond = np.abs(values) > LARGEST
    if beyond.any():
        rows = survey.rows[beyond].tolist()
        raise DataError(
            "measure.too_large",
            variable=name,
            rows=rows[:_ROWS_KEPT_IN_A_NOTE],
            largest=f"{LARGEST:g}",
        )
    return values


def refuse_empty(names: Sequence[str], columns: dict[str, NDArray[Any]]) -> None:
    """Raise if an item has no answer at all."""
    empty = [name for name in names if np.isnan(columns[name]).all()]
    if empty:
        raise DataError("measure.all_missing", variables=empty)


def group_codes(survey: Survey, name: str) -> tuple[Ints, tuple[str, ...]]:
    """Return codes 0 … G−1 of a grouping column (−1 where it is null) and its sorted values."""
    series = survey.frame[name]
    if series.dtype.is_float():
        series = series.fill_nan(None)
    levels = series.drop_nulls().unique().sort()
    if levels.len() == 0:
        raise DataError("measure.all_missing", variables=[name])
    ranks = pl.Series(np.arange(levels.len()))
    codes = series.replace_strict(levels, ranks, default=-1, return_dtype=pl.Int64)
    return codes.fill_null(-1).to_numpy(), tuple(str(value) for value in levels.to_list())


def positive_weights(survey: Survey, name: str) -> Floats:
    """Return sampling weights, NaN where missing.

    Raises
    ------
    DataError
        If a weight is zero or negative.
    """
    values = numeric_column(survey, name)
    bad = values <= 0
    if bad.any():
        raise DataError(
            "measure.weight_not_positive", variable=name, rows=survey.rows[bad].tolist()
        )
    return values


def bounds_of(
    prepared: Prepared, spec: IndexSpec, executor: Executor | None
) -> tuple[Floats, Floats]:
    """Return low and high bounds, each ``(G, p)``.

    Raises
    ------
    DataError
        If an indicator without declared bounds is constant.
    """
    names = [indicator.name for indicator in spec.indicators()]
    apart = spec.bounds == "by" and len(prepared.waves) > 1
    groups = Groups(BY, len(prepared.waves)) if apart else None
    return bounds_from(fold(ranges(names, groups), prepared.source, executor), spec, prepared.waves)


def bounds_from(found: Ranges, spec: IndexSpec, waves: Sequence[str]) -> tuple[Floats, Floats]:
    """Return low and high bounds, each ``(G, p)``, from ranges of the data and declared ones.

    Raises
    ------
    DataError
        If an indicator without declared bounds is constant.
    """
    names = [indicator.name for indicator in spec.indicators()]
    low, high = found.low.copy(), found.high.copy()
    if isinstance(spec.bounds, dict):
        for name, (lower, upper) in spec.bounds.items():
            low[:, names.index(name)], high[:, names.index(name)] = lower, upper
    for group in range(low.shape[0]):
        _check_bounds(names, low[group], high[group], waves[group] if low.shape[0] > 1 else "")
    return low, high


def _check_bounds(names: Sequence[str], low: Floats, high: Floats, wave: str) -> None:
    if np.isinf(low).any():
        raise DataError("measure.empty_group", group=f"{wave}: " if wave else "")
    constant = [name for name, a, b in zip(names, low, high, strict=True) if a >= b]
    if constant:
        values = [f"{low[names.index(name)]:g}" for name in constant]
        raise DataError(
            "measure.constant", variables=constant, values=values, group=f"{wave}: " if wave else ""
        )


def _base(survey: Survey, wanted: dict[str, str | int | float | bool]) -> Bools:
    ((name, value),) = wanted.items()
    series = survey.frame[name]
    if series.dtype == pl.String:
        chosen = series == str(value)
    elif isinstance(value, str):
        raise DataError("measure.empty_base", base=_base_text(wanted))
    else:
        chosen = series.cast(pl.Float64) == float(value)
    return chosen.fill_null(False).to_numpy()


def _base_text(wanted: dict[str, str | int | float | bool] | None) -> str:
    return ", ".join(f"{name} = {value}" for name, value in (wanted or {}).items())


def left_out(
    survey: Survey, used: Bools, names: Sequence[str], columns: dict[str, NDArray[Any]]
) -> tuple[Note, ...]:
    """Return a note on the incomplete rows and the variables that cause them."""
    if used.all():
        return ()
    gaps = {name: int(np.isnan(columns[name]).sum()) for name in names}
    causes = [f"{name} ({count})" for name, count in gaps.items() if count]
    rows = survey.rows[~used][:_ROWS_KEPT_IN_A_NOTE]
    values = {"n": int((~used).sum()), "total": used.size, "causes": causes}
    where = Where(tuple(n for n, c in gaps.items() if c), tuple(int(row) for row in rows))
    return (Note("measure.rows_left_out", "caution", values, where),)
