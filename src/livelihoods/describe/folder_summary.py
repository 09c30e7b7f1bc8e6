"""Summary statistics of a register in Parquet: one pass for moments, two or more for quartiles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import polars as pl

from livelihoods.describe.setting import MAX_GROUPS, value_labels
from livelihoods.describe.summary import QUANTILES, Described, SummaryStatistics
from livelihoods.engine import (
    Columns,
    Executor,
    MappedSource,
    Source,
    State,
    Wanted,
    combine,
    exact_quantiles,
    fold,
    moments,
    ranges,
    through,
)
from livelihoods.engine.coded import as_floats
from livelihoods.errors import DataError, SpecError
from livelihoods.notes import Note, Where

if TYPE_CHECKING:
    from livelihoods.survey.parquet_folder import ParquetFolder
    from livelihoods.typing import Floats

_BY, _WEIGHT, _NAME = "\x00by", "\x00weight", "\x00name "
_CELLS_A_PASS = 16


def summary_of_folder(
    folder: ParquetFolder,
    variables: Sequence[str] | None,
    by: str | None,
    weight: str | None,
    executor: Executor | None,
) -> SummaryStatistics:
    """Describe numeric columns of a register, for all rows and by group.

    The numbers are those of ``summary_statistics`` in memory; differences of groups are not
    tested.
    """
    names = list(variables) if variables is not None else _numeric(folder, by, weight)
    if not names:
        raise SpecError("describe.no_items")
    folder.require([*names, *([weight] if weight else [])])
    values = [] if by is None else folder.levels(by, executor)
    if by is not None and not 2 <= len(values) <= MAX_GROUPS:
        raise SpecError("describe.bad_groups", variable=by, groups=len(values), most=MAX_GROUPS)
    labels = () if by is None else value_labels(folder.codebook.variables.get(by), values)
    wanted = [Wanted(_NAME + name, name) for name in names]
    wanted += [] if by is None else [Wanted(_BY, by, "codes", tuple(values))]
    wanted += [] if weight is None else [Wanted(_WEIGHT, weight)]
    source = folder.source(*wanted)
    if weight is not None:
        _refuse_negative(source, weight, executor)
    nominal = [name for name in names if _is_nominal(folder, name)]
    weighted = weight is not None
    described = _describe_cells(folder, source, names, ("", *labels), (weighted, nominal), executor)
    notes = [*folder.notes]
    notes += [
        Note("describe.nominal_no_mean", "info", {"variable": name}, Where((name,)))
        for name in nominal
    ]
    if len(labels) == 2:
        notes.append(Note("describe.folder_no_test", "info", {"by": by}))
    return SummaryStatistics(
        tuple(described),
        by or "",
        folder.codebook.label(by) if by else "",
        tuple(labels),
        {},
        "robust" if weight else "welch",
        weight or "",
        "",
        tuple(notes),
    )


def _describe_cells(
    folder: ParquetFolder,
    source: Source,
    names: Sequence[str],
    groups: Sequence[str],
    how: tuple[bool, Sequence[str]],
    executor: Executor | None,
) -> list[Described]:
    """Describe every variable in all rows and in each group, in one pass and those of quartiles.

    ``how``: whether there are weights, and which variables are nominal.
    """
    weighted, nominal = how
    cells = [(name, place) for name in names for place in range(len(groups))]
    states = [_cell_state(name, place, weighted) for name, place in cells]
    found = fold(combine(*states), source, executor)
    with_quartiles = [
        cell
        for cell, one in zip(cells, found, strict=True)
        if one[0].rows[0] and cell[0] not in nominal
    ]
    quartiles = _quartiles(source, with_quartiles, weighted, executor)
    return [
        _described(
            name, folder.codebook.label(name), groups[place], one, quartiles.get((name, place))
        )
        for (name, place), one in zip(cells, found, strict=True)
    ]


def _numeric(folder: ParquetFolder, by: str | None, weight: str | None) -> list[str]:
    names = []
    for name, kind in folder.files.schema.items():
        entry = folder.codebook.variables.get(name)
        identifies = entry is not None and (entry.scale == "identifier" or entry.role == "id")
        numeric = kind.is_numeric() or kind == pl.Boolean
        if numeric and not identifies and name not in (by, weight):
            names.append(name)
    return names


def _is_nominal(folder: ParquetFolder, name: str) -> bool:
    entry = folder.codebook.variables.get(name)
    return entry is not None and entry.scale == "nominal"


def _refuse_negative(source: Source, weight: str, executor: Executor | None) -> None:
    state: State[Any, Any] = State(int, _count_negative, int.__add__, int)
    negative = fold(state, source, executor)
    if negative:
        raise DataError("describe.folder_weights", variable=weight, n=negative)


def _count_negative(state: int, columns: Columns) -> int:
    return state + int(np.count_nonzero(as_floats(columns[_WEIGHT]) < 0))


def _cell_state(name: str, place: int, weighted: bool) -> State[Any, tuple[Any, ...]]:
    """State of moments, ranges and missing rows of one variable in one group (0: all rows)."""
    own = combine(moments(["x"], weight="w" if weighted else None), ranges(["x"]))
    missing: State[Any, Any] = State(int, partial(_count_missing, name, place), int.__add__, int)
    known = partial(_known, name, place, weighted)
    return _flat(combine(through(known, own), missing))


def _flat(state: State[Any, Any]) -> State[Any, tuple[Any, ...]]:
    return State(state.start, state.update, state.merge, partial(_flattened, state.finish))


def _flattened(finish: Callable[[Any], Any], state: Any) -> tuple[Any, ...]:
    (spread, ends), missing = finish(state)
    return spread, ends, missing


def _in_group(columns: Columns, place: int, rows: int) -> Any:
    return np.ones(rows, np.bool_) if place == 0 else columns[_BY] == place - 1


def _known(name: str, place: int, weighted: bool, columns: Columns) -> Columns:
    x = as_floats(columns[_NAME + name])
    chosen = _in_group(columns, place, x.size) & np.isfinite(x)
    if not weighted:
        return {"x": x[chosen]}
    w = as_floats(columns[_WEIGHT])
    chosen &= w > 0  # false where it is missing
    return {"x": x[chosen], "w": w[chosen]}


def _count_missing(name: str, place: int, state: int, columns: Columns) -> int:
    x = as_floats(columns[_NAME + name])
    return state + int(np.count_nonzero(_in_group(columns, place, x.size) & ~np.isfinite(x)))


Cell: TypeAlias = tuple[str, int]


def _quartiles(
    source: Source, cells: Sequence[Cell], weighted: bool, executor: Executor | None
) -> dict[Cell, Floats]:
    found: dict[Cell, Floats] = {}
    for first in range(0, len(cells), _CELLS_A_PASS):
        some = cells[first : first + _CELLS_A_PASS]
        apart = MappedSource(source, partial(_apart, tuple(some), weighted))
        names = [str(number) for number in range(len(some))]
        rows = exact_quantiles(apart, names, QUANTILES, executor)
        found.update(zip(some, rows, strict=True))
    return found


def _apart(cells: tuple[Cell, ...], weighted: bool, columns: Columns) -> Columns:
    return {
        str(number): _known(name, place, weighted, columns)["x"]
        for number, (name, place) in enumerate(cells)
    }


def _described(
    name: str, label: str, group: str, found: tuple[Any, ...], quartiles: Floats | None
) -> Described:
    spread, ends, missing = found
    nobs = int(spread.rows[0])
    if quartiles is None:
        return Described(name, label, group, nobs, missing)
    first, median, third = (float(one) for one in quartiles)
    with np.errstate(invalid="ignore", divide="ignore"):
        sd = float(np.sqrt(spread.variance()[0, 0])) if nobs > 1 else None
        skewness = float(spread.skewness()[0, 0])
    return Described(
        name,
        label,
        group,
        nobs,
        missing,
        float(spread.mean[0, 0]),
        sd,
        skewness if np.isfinite(skewness) else None,
        float(ends.low[0, 0]),
        first,
        median,
        third,
        float(ends.high[0, 0]),
    )
