"""Why a row was not taken: codes with place and value; sentences are words."""

from __future__ import annotations

import polars as pl

from livelihoods import words
from livelihoods.cooperatives.register.schema import heading

_SCHEMA = {"line": pl.Int64, "code": pl.String, "column": pl.String, "detail": pl.String}
_SHOWN = 40  # characters of a cell quoted in a sentence


class Reasons:
    """Reasons found so far for the rows of one table."""

    def __init__(self, table: str) -> None:
        self.table = table
        self._parts: list[pl.DataFrame] = []

    def add(
        self, code: str, column: str, lines: pl.Series, detail: pl.Series | str | None = None
    ) -> None:
        """Add one reason for each of some lines.

        Parameters
        ----------
        code
            Key of the sentence, ``reject_<code>`` in the words.
        column
            Column it is about; "" for the whole row.
        lines
            Lines of the source.
        detail
            What the sentence mentions beside the column: a cell, a date, another line.
        """
        if not lines.len():
            return
        if not isinstance(detail, pl.Series):
            detail = pl.Series([detail or ""] * lines.len(), dtype=pl.String)
        part = pl.DataFrame(
            {
                "line": lines.cast(pl.Int64),
                "code": pl.Series([code] * lines.len(), dtype=pl.String),
                "column": pl.Series([column] * lines.len(), dtype=pl.String),
                "detail": detail.cast(pl.String).fill_null("").str.slice(0, _SHOWN + 1),
            }
        )
        self._parts.append(part)

    def lines(self) -> pl.Series:
        """Return the lines that have a reason, each once."""
        return self.frame()["line"].unique(maintain_order=True)

    def frame(self) -> pl.DataFrame:
        """Return ``line, code, column, detail``, by line, in the order found."""
        found = pl.concat([pl.DataFrame(schema=_SCHEMA), *self._parts])
        return found.sort("line", maintain_order=True)


def sentences(table: str, reasons: pl.DataFrame) -> pl.Series:
    """Return each reason as a sentence in the language spoken."""
    said: dict[tuple[str, str, str], str] = {}
    for case in reasons.select("code", "column", "detail").unique(maintain_order=True).rows():
        said[case] = _sentence(table, *case)
    cases = reasons.select("code", "column", "detail").rows()
    return pl.Series("reason", [said[case] for case in cases], dtype=pl.String)


def _sentence(table: str, code: str, column: str, detail: str) -> str:
    shown = detail if len(detail) <= _SHOWN else detail[:_SHOWN] + "…"
    title = heading(table, column) if column else ""
    return words.text(f"cooperatives.reject_{code}", column=title, detail=shown)
