"""One code at any size: canonical blocks, small additive states, a fixed merge tree."""

from __future__ import annotations

from livelihoods.engine.blocks import (
    BLOCK_ROWS,
    Columns,
    ColumnSource,
    MappedSource,
    Source,
    as_source,
    read_run,
)
from livelihoods.engine.executor import Executor, ThreadExecutor, executor_from, use_executor
from livelihoods.engine.fold import State, by_group, combine, fold, map_blocks, through
from livelihoods.engine.groups import Groups
from livelihoods.engine.parquet import ParquetSource, Wanted
from livelihoods.engine.quantiles import exact_quantiles
from livelihoods.engine.replicates import map_replicates, replicate_generator
from livelihoods.engine.states import (
    comoments,
    entropy_sums,
    moments,
    ranges,
    value_counts,
)

__all__ = [
    "BLOCK_ROWS",
    "ColumnSource",
    "Columns",
    "Executor",
    "Groups",
    "MappedSource",
    "ParquetSource",
    "Source",
    "State",
    "ThreadExecutor",
    "Wanted",
    "as_source",
    "by_group",
    "combine",
    "comoments",
    "entropy_sums",
    "exact_quantiles",
    "executor_from",
    "fold",
    "map_blocks",
    "map_replicates",
    "moments",
    "ranges",
    "read_run",
    "replicate_generator",
    "through",
    "use_executor",
    "value_counts",
]
