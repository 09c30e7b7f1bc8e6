"""One shape for all answers to "what if the assumption fails?"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from livelihoods import words

if TYPE_CHECKING:
    from livelihoods.figures import Figure
    from livelihoods.notes import Note
    from livelihoods.tables import Table


@dataclass(frozen=True, slots=True)
class SensitivityResult:
    """A sensitivity analysis.

    Attributes
    ----------
    method
        Which one: ``"confounding"``, ``"misreport"``, ``"rosenbaum"``, ``"e_value"`` …
    outcome
        Name of the response.
    values
        The answers, by name; see the function that made it.
    frame
        Its rows, in the common vocabulary where estimates are meant.
    table, figure
        For people.
    notes
        What must be said.
    """

    method: str
    outcome: str
    values: Mapping[str, Any]
    frame: pl.DataFrame
    table: Table
    figure: Figure
    notes: tuple[Note, ...] = ()

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def tidy(self) -> pl.DataFrame:
        """Return the rows."""
        return self.frame

    def glance(self) -> pl.DataFrame:
        """Return the answers as one row."""
        return pl.DataFrame([dict(self.values)], infer_schema_length=None)

    def summary(self) -> Table:
        """Return the analysis as a table."""
        return self.table

    def plot(self) -> Figure:
        """Return the analysis as a figure."""
        return self.figure

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        return {
            "method": self.method,
            "outcome": self.outcome,
            "values": dict(self.values),
            "rows": self.frame.to_dicts(),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        return self.table.to_text()


def say(key: str, **values: Any) -> str:
    """Return one of the words of these analyses."""
    return words.text(f"estimate.sensitivity.{key}", **values)
