"""Building the index of a register: the passes over its blocks, and what comes out of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods.engine import (
    Columns,
    Executor,
    Groups,
    MappedSource,
    ParquetSource,
    Source,
    State,
    Wanted,
    by_group,
    entropy_sums,
    fold,
    ranges,
)
from livelihoods.engine.parquet import stated_ranges
from livelihoods.engine.states import EntropySums, Ranges
from livelihoods.errors import DataError
from livelihoods.measure import frames
from livelihoods.measure.compare import concentration_notes
from livelihoods.measure.folder_index import FolderIndex
from livelihoods.measure.index_notes import clipped_notes, option_notes
from livelihoods.measure.orient import (
    BY,
    FROM,
    WEIGHT,
    Scaling,
    keep_base,
    keep_complete,
    orient_block,
    outside,
)
from livelihoods.measure.prepare import LARGEST, bounds_from
from livelihoods.measure.spec import IndexSpec
from livelihoods.measure.system import (
    Statistics,
    Weighing,
    are_stretched,
    given_weights,
    statistics,
    system_weights,
)
from livelihoods.measure.weights import effective_number
from livelihoods.notes import Note, Where
from livelihoods.typing import Floats, Ints

if TYPE_CHECKING:
    from livelihoods.survey.parquet_folder import ParquetFolder


def index_of_folder(
    folder: ParquetFolder, spec: IndexSpec, executor: Executor | None
) -> FolderIndex:
    """Build an index of a register: as many passes over the data as bounds and levels need.

    With footers that tell every row group's extremes one pass is enough.
    """
    _check_columns(folder, spec)
    waves = tuple(folder.levels(spec.by, executor)) if spec.by is not None else ("",)
    if not waves:
        raise DataError("measure.all_missing", variables=[spec.by])
    base = index_source(folder, spec, waves)
    names = [indicator.name for indicator in spec.indicators()]
    source: Source = MappedSource(base, partial(keep_complete, tuple(names)))
    how = Weighing(
        spec.scheme(),
        spec.shift,
        tuple(str(wave) for wave in waves) if spec.weights_by == "by" else ("",),
        spec.survey_weight is not None,
    )
    told = _stated(folder, spec, waves)
    result = (
        None if told is None else _estimate(source, spec, how, told, waves, folder.rows, executor)
    )
    if told is None or result is None or int(result[1].ranges.rows.sum()) != folder.rows:
        # The footers do not tell, or (NaN) not of the complete rows: the data must.
        asked = _with_weight(names, spec)
        state = ranges(asked)
        if _by_wave(spec, waves):
            state = by_group(BY, dict, ranges(asked, Groups(BY, len(waves))))
        told = fold(state, source, executor)
        result = _estimate(source, spec, how, told, waves, folder.rows, executor)
    scaling, leaves, weights = result
    if spec.weights_from is not None and not leaves.ranges.rows.any():
        raise _empty_base(spec.weights_from)
    everybody = leaves.sums
    if spec.weights_from is not None:
        z = MappedSource(source, partial(orient_block, scaling))
        everybody = fold(entropy_sums(names, spec.shift, None, how.weight()), z, executor)
    facts = _FolderFacts(folder, scaling, how.groups, leaves, everybody, weights)
    return _assemble(spec, facts, waves, _notes(facts, spec, source, base, told, executor))


def _estimate(
    source: Source,
    spec: IndexSpec,
    how: Weighing,
    found: Ranges,
    waves: Sequence[Any],
    rows: int,
    executor: Executor | None,
) -> tuple[Scaling, Statistics, Floats]:
    names = [indicator.name for indicator in spec.indicators()]
    p = len(names)
    _refuse_extreme(found, _with_weight(names, spec), spec, rows)
    labels = tuple(str(wave) for wave in waves)
    own = Ranges(found.rows, found.low[:, :p], found.high[:, :p])
    low, high = bounds_from(own, spec, labels)
    scaling = Scaling(spec.indicators(), low, high, closed=isinstance(spec.bounds, str))
    z: Source = MappedSource(source, partial(orient_block, scaling))
    if spec.weights_from is not None:
        z = MappedSource(z, keep_base)
    try:
        known = are_stretched(spec, low.shape[0], how)
        leaves = statistics(z, names, how, executor, stretched=known)
    except DataError as error:
        if error.code == "measure.empty_group" and spec.weights_from is not None:
            raise _empty_base(spec.weights_from) from error
        raise
    if isinstance(spec.weights, dict):
        weights = np.tile(given_weights(spec), (len(how.groups), 1))
    else:
        weights = system_weights(z, spec, how, leaves, executor)
    return scaling, leaves, weights


def _with_weight(names: Sequence[str], spec: IndexSpec) -> list[str]:
    return [*names, *([WEIGHT] if spec.survey_weight is not None else [])]


def _by_wave(spec: IndexSpec, waves: Sequence[Any]) -> bool:
    return spec.bounds == "by" and len(waves) > 1


def _check_columns(folder: ParquetFolder, spec: IndexSpec) -> None:
    folder.require([indicator.name for indicator in spec.indicators()])
    folder.require([name for name in (spec.survey_weight,) if name is not None])
    folder.require([name for name in (spec.by, *(spec.weights_from or {})) if name], numeric=False)


def _stated(folder: ParquetFolder, spec: IndexSpec, waves: Sequence[Any]) -> Ranges | None:
    """Return ranges from the footers if they may serve: see ``stated_ranges``."""
    names = [indicator.name for indicator in spec.indicators()]
    columns = [*names, *([spec.survey_weight] if spec.survey_weight is not None else [])]
    if spec.weights_from is not None or any(name in folder.limits for name in columns):
        return None
    by = spec.by if _by_wave(spec, waves) else None
    told = stated_ranges(folder.files, columns, by, waves)
    return None if told is None else Ranges(*told)


def _refuse_extreme(found: Ranges, names: Sequence[str], spec: IndexSpec, rows: int) -> None:
    if not found.rows.any():
        raise DataError("measure.no_complete_row", variables=list(names), rows=rows)
    present = found.rows > 0
    for j, name in enumerate(names):
        low, high = found.low[present, j].min(), found.high[present, j].max()
        if name == WEIGHT and low <= 0:
            raise DataError("measure.folder_weight", variable=spec.survey_weight, low=low)
        if not (np.isfinite(low) and np.isfinite(high)) or max(-low, high) > LARGEST:
            raise DataError(
                "measure.folder_too_large",
                variable=spec.survey_weight if name == WEIGHT else name,
                low=float(low),
                high=float(high),
                largest=f"{LARGEST:g}",
            )


def _empty_base(wanted: Mapping[str, Any]) -> DataError:
    ((name, value),) = wanted.items()
    return DataError("measure.empty_base", base=f"{name} = {value}")


@dataclass(frozen=True, slots=True)
class _FolderFacts:
    """What was computed, before it becomes frames: as ``index.Facts``, without rows.

    ``everybody`` are the sums over all rows used, ``leaves`` those the weights come from.
    """

    folder: ParquetFolder
    scaling: Scaling
    groups: tuple[str, ...]
    leaves: Statistics
    everybody: EntropySums
    weights: Floats


def _assemble(
    spec: IndexSpec, facts: _FolderFacts, waves: Sequence[Any], notes: tuple[Note, ...]
) -> FolderIndex:
    labels = tuple(str(wave) for wave in waves)
    apart = facts.scaling.low.shape[0] > 1
    entropy = facts.leaves.entropy
    means = _means(spec, facts)
    return FolderIndex(
        spec=spec,
        weights=frames.weights_frame(spec, facts.weights, facts.groups),
        entropy=frames.values_frame(
            spec, {"entropy": entropy, "divergence": 1.0 - entropy}, facts.groups
        ),
        bounds=frames.values_frame(
            spec,
            {"low": facts.scaling.low, "high": facts.scaling.high},
            labels if apart else ("",),
        ),
        diagnostics=_diagnostics(spec, facts, means["score"].to_list()),
        means=means,
        labels={i.name: facts.folder.codebook.label(i.name) for i in spec.indicators()},
        notes=notes,
        folder=facts.folder,
        scaling=facts.scaling,
        waves=tuple(waves),
    )


def _means(spec: IndexSpec, facts: _FolderFacts) -> pl.DataFrame:
    """Return mean scores without another pass: Σⱼ wⱼ (Sⱼ/W − c), with Sⱼ = Σ h(z + c), W = Σ h."""
    sums = facts.everybody
    levels = sums.total / sums.weight[:, None] - spec.shift
    parts = {
        name: (facts.weights[:, inside] * levels[:, inside]).sum(axis=1)
        for name, inside in frames.dimension_members(spec).items()
    }
    score = np.sum(list(parts.values()), axis=0)
    found = pl.DataFrame({"by": facts.groups, "rows": sums.rows, "score": score, **parts})
    return frames.named_by(found, spec, facts.groups)


def _diagnostics(spec: IndexSpec, facts: _FolderFacts, means: Sequence[float]) -> pl.DataFrame:
    names = [indicator.name for indicator in spec.indicators()]
    rows = []
    for group, wave in enumerate(facts.groups):
        weights = facts.weights[group]
        largest = int(np.argmax(weights))
        rows.append(
            {
                "by": wave,
                "rows": int(facts.everybody.rows[group]),
                "effective_number": float(effective_number(weights)),
                "largest_weight": float(weights[largest]),
                "largest_indicator": names[largest],
                "mean": float(means[group]),
            }
        )
    return frames.named_by(pl.DataFrame(rows), spec, facts.groups)


def _notes(
    facts: _FolderFacts,
    spec: IndexSpec,
    source: Source,
    base: Source,
    found: Ranges,
    executor: Executor | None,
) -> tuple[Note, ...]:
    names = [indicator.name for indicator in spec.indicators()]
    used, total = int(found.rows.sum()), facts.folder.rows
    notes: list[Note] = list(facts.folder.notes)
    if used < total:
        state: State[Any, Ints] = State(
            partial(np.zeros, len(names), np.int64), partial(_count_gaps, names), np.add, np.asarray
        )
        gaps = fold(state, base, executor)
        causes = [f"{name} ({int(n)})" for name, n in zip(names, gaps, strict=True) if n]
        where = Where(tuple(name for name, n in zip(names, gaps, strict=True) if n))
        values = {"n": total - used, "total": total, "causes": causes}
        notes.append(Note("measure.rows_left_out", "caution", values, where))
    if isinstance(spec.bounds, dict):
        beyond: State[Any, Ints] = State(
            partial(np.zeros, len(names), np.int64),
            partial(_count_outside, facts.scaling),
            np.add,
            np.asarray,
        )
        notes += clipped_notes(facts.scaling, fold(beyond, source, executor))
    apart = facts.scaling.low.shape[0] > 1
    notes += option_notes(spec, used, by_weights=len(facts.groups) > 1, by_bounds=apart)
    for group, wave in enumerate(facts.groups):
        weights = facts.weights[group]
        largest = int(np.argmax(weights))
        notes += concentration_notes(
            wave,
            float(effective_number(weights)),
            len(names),
            names[largest],
            float(weights[largest]),
        )
    return (*notes, Note("measure.folder_ranks", "info", {}))


def _count_gaps(names: Sequence[str], state: Ints, columns: Columns) -> Ints:
    return np.asarray(state + np.array([np.isnan(columns[name]).sum() for name in names]))


def _count_outside(scaling: Scaling, state: Ints, columns: Columns) -> Ints:
    return state + outside(scaling, columns)


def index_source(folder: ParquetFolder, spec: IndexSpec, waves: Sequence[Any]) -> ParquetSource:
    """Return the columns an index needs, under the names the room uses."""
    wanted = [Wanted(i.name, i.name) for i in spec.indicators()]
    if spec.by is not None:
        wanted.append(Wanted(BY, spec.by, "codes", tuple(waves)))
    if spec.survey_weight is not None:
        wanted.append(Wanted(WEIGHT, spec.survey_weight))
    if spec.weights_from is not None:
        ((name, value),) = spec.weights_from.items()
        if folder.files.schema[name] == pl.String:
            value = str(value)
        wanted.append(Wanted(FROM, name, "equals", fill=value))
    return folder.source(*wanted)
