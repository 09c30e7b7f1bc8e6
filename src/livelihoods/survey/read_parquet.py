"""Read a parquet file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from livelihoods.errors import DataError
from livelihoods.survey.door import tidy_columns
from livelihoods.survey.finish import Raw

if TYPE_CHECKING:
    from pathlib import Path


def read_parquet(file: Path) -> Raw:
    """Read a parquet file; categories become text, NaN null."""
    try:
        frame = pl.read_parquet(file, glob=False, hive_partitioning=False)
    except (pl.exceptions.PolarsError, OSError) as fault:
        reason = str(fault).splitlines()[0]
        raise DataError(
            "survey.unreadable", file=file.name, kind="parquet", reason=reason
        ) from None
    columns, variables, notes = tidy_columns(frame)
    return Raw(pl.DataFrame(list(columns.values())), variables, notes=tuple(notes))
