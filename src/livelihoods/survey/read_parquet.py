"""Read a parquet file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from livelihoods.survey.door import tidy_columns
from livelihoods.survey.finish import Raw
from livelihoods.survey.foreign import foreign

if TYPE_CHECKING:
    from pathlib import Path


def read_parquet(file: Path) -> Raw:
    """Read a parquet file; categories become text, NaN null."""
    with foreign(file, "parquet"):
        frame = pl.read_parquet(file, glob=False, hive_partitioning=False)
    columns, variables, notes = tidy_columns(frame)
    return Raw(pl.DataFrame(list(columns.values())), variables, notes=tuple(notes))
