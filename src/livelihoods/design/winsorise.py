"""Winsorising: values beyond the tails are pulled to the tails, and it is said how many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.design.scope import plain
from livelihoods.engine import Executor, Wanted, use_executor
from livelihoods.engine.quantiles import order_statistics
from livelihoods.errors import DataError, SpecError
from livelihoods.notes import Note, Where
from livelihoods.survey.model import FlowStep

if TYPE_CHECKING:
    from livelihoods.survey.model import Survey
    from livelihoods.survey.parquet_folder import ParquetFolder
    from livelihoods.typing import Floats


@overload
def winsorise(
    data: ParquetFolder,
    columns: Sequence[str],
    tails: tuple[float, float] = (0.01, 0.99),
    by: str | None = None,
    *,
    reason: str = "",
    executor: Executor | str | None = None,
) -> ParquetFolder: ...


@overload
def winsorise(
    data: Any,
    columns: Sequence[str],
    tails: tuple[float, float] = (0.01, 0.99),
    by: str | None = None,
    *,
    reason: str = "",
    executor: Executor | str | None = None,
) -> Survey: ...


def winsorise(
    data: Any,
    columns: Sequence[str],
    tails: tuple[float, float] = (0.01, 0.99),
    by: str | None = None,
    *,
    reason: str = "",
    executor: Executor | str | None = None,
) -> Survey | ParquetFolder:
    """Pull values beyond the tail quantiles to them, column by column.

    The quantile at share p of n values is Stata's (``_pctile``, and so ``winsor2``; type 2 of
    Hyndman and Fan 1996): the mean of the order statistics np and np + 1 if np is a whole number,
    else order statistic ⌈np⌉. Missing values stay missing.

    Parameters
    ----------
    data
        A survey or frame; or what ``lv.open_parquet`` returned: then values are pulled in
        whenever they are read, and nothing is rewritten.
    columns
        Numeric columns.
    tails
        Lower and upper share, 0 ≤ low < high ≤ 1; 0 or 1 leaves that side alone.
    by
        Column whose groups have tails of their own (a wave, say); not for Parquet.
    reason
        Why, for the sample flow.
    executor
        Where the quantiles are looked for: an executor, or ``"threads:4"``, ``"dask-local:2"``,
        ``"dask://host:port"``. They are exact, so no digit depends on it.

    Returns
    -------
    Survey
        The columns replaced (as Float64), a note for each, a step in the sample flow. The lineage
        does not change.

    Raises
    ------
    SpecError
        If the tails make no sense or a column does not exist.
    DataError
        If a column is not numeric.
    """
    from livelihoods.survey.door import as_survey
    from livelihoods.survey.parquet_folder import ParquetFolder

    low, high = float(tails[0]), float(tails[1])
    if not 0.0 <= low < high <= 1.0:
        raise SpecError("design.bad_tails", tails=[low, high])
    wanted = [columns] if isinstance(columns, str) else list(columns)
    with use_executor(executor) as running:
        if isinstance(data, ParquetFolder):
            return _folder(data, wanted, (low, high), by, running)
        return _survey(as_survey(data), wanted, (low, high), by, reason, running)


def _survey(
    survey: Survey,
    wanted: list[str],
    tails: tuple[float, float],
    by: str | None,
    reason: str,
    executor: Executor | None,
) -> Survey:
    absent = [name for name in (*wanted, *([by] if by else [])) if name not in survey.frame.columns]
    if absent:
        raise SpecError("design.unknown_columns", columns=absent, known=survey.frame.columns)
    pulled: dict[str, pl.Series] = {}
    notes: list[Note] = []
    for name in wanted:
        pulled[name], note = _one(survey, name, tails, by, executor)
        notes.append(note)
    done = survey.with_columns(pulled, {name: survey.sources(name) for name in wanted})
    step = words.text("design.flow.winsorise", columns=wanted)
    flow = FlowStep(step, survey.frame.height, survey.frame.height, reason)
    return replace(done, notes=(*done.notes, *notes), sample_flow=done.sample_flow.then(flow))


def _folder(
    folder: ParquetFolder,
    wanted: list[str],
    tails: tuple[float, float],
    by: str | None,
    executor: Executor | None,
) -> ParquetFolder:
    if by is not None:
        raise SpecError("design.winsorise_by_folder", by=by)
    folder.require(wanted)
    source = folder.source(*(Wanted(name, name) for name in wanted))
    found = order_statistics(source, wanted, partial(tail_ranks, *tails), executor)
    empty = [name for name, one in zip(wanted, found, strict=True) if one.rows == 0]
    if empty:
        raise DataError("engine.no_values", variables=empty)
    limits, notes = dict(folder.limits), list(folder.notes)
    for name, one in zip(wanted, found, strict=True):
        first, second, third, fourth = one.values
        bottom, top = float((first + second) / 2.0), float((third + fourth) / 2.0)
        limits[name] = (bottom, top)
        low = one.through[0] if bottom > first else one.below[0]
        high = one.rows - (one.through[2] if top < fourth else one.through[3])
        values = {
            "variable": name,
            "low": int(low),
            "high": int(high),
            "bottom": bottom,
            "top": top,
        }
        notes.append(Note("design.winsorised", "info", values, Where((name,))))
    return replace(folder, limits=limits, notes=tuple(notes))


def tail_values(
    values: Floats, low: float, high: float, executor: Executor | None = None
) -> tuple[float, float]:
    """Return the tail quantiles of values without NaN, shape ``(n,)``, n ≥ 1 (type 2)."""
    ranks = tail_ranks(low, high, values.size)
    if executor is None:
        order = np.partition(values, sorted(set(ranks)))[ranks]
    else:
        (found,) = order_statistics({"x": values}, ["x"], lambda n: ranks, executor)
        order = found.values
    return float((order[0] + order[1]) / 2.0), float((order[2] + order[3]) / 2.0)


def tail_ranks(low: float, high: float, n: int) -> list[int]:
    """Return the zero-based ranks whose means are the two tail quantiles: two and two."""
    ranks: list[int] = []
    for share in (low, high):
        place = _place(n * share)
        first = min(max(int(np.ceil(place)), 1), n)
        second = min(first + 1, n) if place == int(place) and place > 0 else first
        ranks += [first - 1, second - 1]
    return ranks


def _place(product: float) -> float:
    """Snap n·p to the whole number it means (100 × 0.29 is 28.999…96 in floats)."""
    nearest = round(product)
    return float(nearest) if abs(product - nearest) < 1e-9 * max(1.0, product) else product


def _one(
    survey: Survey,
    name: str,
    tails: tuple[float, float],
    by: str | None,
    executor: Executor | None,
) -> tuple[pl.Series, Note]:
    series = plain(survey.frame.get_column(name))
    if series.dtype != pl.Float64:
        raise DataError("design.not_numeric", columns=[name])
    values = series.to_numpy(writable=True)
    bounds = (float("nan"), float("nan"))
    before = values.copy()
    for rows in _groups(survey, by):
        known = rows[~np.isnan(values[rows])]
        if known.size:
            bounds = tail_values(values[known], *tails, executor)
            values[known] = np.clip(values[known], *bounds)
    low, high = before < values, before > values
    changed = tuple(int(row) for row in survey.rows[low | high])
    where = Where((name,), changed)
    counts: dict[str, Any] = {"variable": name, "low": int(low.sum()), "high": int(high.sum())}
    result = pl.Series(name, values, nan_to_null=True)
    if by is not None:
        return result, Note("design.winsorised_by", "info", {**counts, "by": by}, where)
    ends = {"bottom": bounds[0], "top": bounds[1]}
    return result, Note("design.winsorised", "info", {**counts, **ends}, where)


def _groups(survey: Survey, by: str | None) -> list[np.ndarray[Any, np.dtype[np.int64]]]:
    if by is None:
        return [np.arange(survey.frame.height, dtype=np.int64)]
    frame = survey.frame.select(pl.col(by)).with_row_index("row")
    groups = frame.group_by(by, maintain_order=True).agg("row")["row"]
    return [group.to_numpy().astype(np.int64) for group in groups]
