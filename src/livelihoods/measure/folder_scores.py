"""Scores of a register, written as Parquet by whoever reads the rows."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from livelihoods.engine import Executor, ParquetSource, ThreadExecutor, Wanted, use_executor
from livelihoods.engine.blocks import BLOCK_ROWS, read_run
from livelihoods.engine.executor import in_order
from livelihoods.errors import OutputError
from livelihoods.measure import frames
from livelihoods.measure.folder_build import index_source
from livelihoods.measure.orient import Scaling, complete, orient_block, project
from livelihoods.typing import Floats

if TYPE_CHECKING:
    from livelihoods.measure.folder_index import FolderIndex
    from livelihoods.survey.parquet_folder import ParquetFolder

_BLOCKS_A_FILE = 16
_KEPT = "\x00keep "


def write_scores(
    index: FolderIndex,
    target: Path,
    name: str,
    keep: tuple[str, ...],
    executor: Executor | str | None,
) -> ParquetFolder:
    """Do what ``FolderIndex.write_scores`` promises."""
    from livelihoods.survey.parquet_folder import open_parquet

    target = target.absolute()
    if target.exists():
        raise OutputError("measure.scores_exist", out=str(target))
    index.folder.require(keep, numeric=False)
    partial_folder = target.with_name(f"{target.name}.partial")
    with use_executor(executor) as running:
        try:
            shutil.rmtree(partial_folder, ignore_errors=True)
            partial_folder.mkdir(parents=True)
            _write(index, partial_folder, name, keep, running)
            partial_folder.rename(target)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise OutputError(
                "measure.scores_unwritable", out=str(target), reason=reason
            ) from error
        finally:
            shutil.rmtree(partial_folder, ignore_errors=True)
    return open_parquet(target, index.folder.codebook)


def _write(
    index: FolderIndex, out: Path, name: str, keep: tuple[str, ...], executor: Executor | None
) -> None:
    base = index_source(index.folder, index.spec, index.waves)
    kept = tuple(Wanted(f"{_KEPT}{column}", column, "series") for column in keep)
    source = replace(base, wanted=(*base.wanted, *kept))
    labels = (name, *(f"{name}.{dimension}" for dimension in index.spec.dimensions))
    task = _ScoreTask(source, index.scaling, _nodes(index), labels, keep, str(out))
    calls = [
        (task, first, min(first + _BLOCKS_A_FILE, source.blocks))
        for first in range(0, source.blocks, _BLOCKS_A_FILE)
    ]
    if executor is None:
        with ThreadExecutor() as threads:
            list(in_order(threads, _write_run, calls))
    else:
        list(in_order(executor, _write_run, calls))


def _nodes(index: FolderIndex) -> Floats:
    """Return what each indicator weighs in the score and each contribution, (G, p, 1 + D)."""
    p = len(index.spec.indicators())
    weights = index.weights["weight"].to_numpy().reshape(-1, p)
    members = [np.ones(p), *frames.dimension_members(index.spec).values()]
    return np.asarray(weights[:, :, None] * np.array(members, dtype=np.float64).T[None])


@dataclass(frozen=True, slots=True)
class _ScoreTask:
    """What a worker needs to write the scores of some blocks."""

    source: ParquetSource
    scaling: Scaling
    nodes: Floats
    labels: tuple[str, ...]
    keep: tuple[str, ...]
    out: str


def _write_run(task: _ScoreTask, first: int, last: int) -> None:
    names = [indicator.name for indicator in task.scaling.indicators]
    parts = []
    for columns in read_run(task.source, first, last):
        used = complete(names, columns)
        own = {name: values[used] for name, values in columns.items() if not name.startswith(_KEPT)}
        sums = project(names, task.nodes, task.labels, orient_block(task.scaling, own))
        height = used.size
        found = [columns[f"{_KEPT}{name}"].alias(name) for name in task.keep]  # type: ignore[attr-defined]
        for label in task.labels:
            values = np.full(height, np.nan)
            values[used] = sums[label]
            found.append(pl.Series(label, values, nan_to_null=True))
        parts.append(pl.DataFrame(found))
    place = first * BLOCK_ROWS
    pl.concat(parts).write_parquet(
        Path(task.out) / f"scores-{place:012d}.parquet", compression="zstd", statistics=True
    )
