"""Array aliases, option sets and the protocol that every result keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import polars as pl

    from livelihoods.notes import Note
    from livelihoods.tables import Table

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]

TIDY_COLUMNS = (
    "term",
    "estimate",
    "std_error",
    "statistic",
    "p_value",
    "conf_low",
    "conf_high",
)


@runtime_checkable
class Result(Protocol):
    """What tables, figures and studies may ask of any estimate."""

    @property
    def notes(self) -> tuple[Note, ...]:
        """Findings about the result, oldest first."""

    def tidy(self) -> pl.DataFrame:
        """One row a coefficient with the columns of ``TIDY_COLUMNS`` and identifying ones."""

    def glance(self) -> pl.DataFrame:
        """One row: ``nobs``, fit statistics, method names."""

    def summary(self) -> Table:
        """The result as a table for a person."""

    def to_dict(self) -> dict[str, Any]:
        """Plain data for the run record."""
