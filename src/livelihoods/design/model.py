"""Design: what an estimator gets. Named arrays and a log of every row and column left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from livelihoods.notes import Note
    from livelihoods.typing import Floats, Ints


@dataclass(frozen=True, slots=True)
class Dropped:
    """Rows left out for one reason.

    Attributes
    ----------
    reason
        ``"missing"``, ``"zero_weight"``, ``"not_positive_log"`` …: a key under
        ``design.dropped`` in ``words``.
    variable
        The variable that caused it, or "" if none did alone.
    rows
        Original zero-based row numbers, ascending.
    """

    reason: str
    variable: str
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Design:
    """Arrays of one estimation sample: n rows, k columns.

    Attributes
    ----------
    outcome
        Name of the response.
    y
        Response, shape ``(n,)``.
    X
        Regressors, shape ``(n, k)``, Fortran order, collinear columns already left out.
    names
        Column names of ``X`` as printed: ``"age"``, ``"C(region)[2]"``, ``"(Intercept)"`` …
    terms
        The formula term each column came from, shape ``(k,)``.
    intercept
        Whether ``X`` holds a constant column.
    weights
        Analytic weights, shape ``(n,)``, or None.
    clusters
        Cluster variable -> codes 0 … G-1, each of shape ``(n,)``.
    rows
        Original zero-based row number of each row, shape ``(n,)``.
    dropped
        Rows left out, by reason.
    collinear
        Columns left out because others determine them, as printed.
    variables
        Names of the data columns used, in order of first use.
    notes
        What must be said about all this.
    """

    outcome: str
    y: Floats
    X: Floats
    names: tuple[str, ...]
    terms: tuple[str, ...]
    intercept: bool
    rows: Ints
    weights: Floats | None = None
    clusters: Mapping[str, Ints] = field(default_factory=dict)
    dropped: tuple[Dropped, ...] = ()
    collinear: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def nobs(self) -> int:
        """Rows used."""
        return int(self.y.shape[0])
