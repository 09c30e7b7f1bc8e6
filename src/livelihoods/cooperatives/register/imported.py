"""What an import or a correction did: posted, known already, rejected and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from livelihoods import words
from livelihoods.cooperatives.register.reasons import sentences
from livelihoods.cooperatives.register.schema import shape
from livelihoods.notes import Note
from livelihoods.tables.model import Column, Row, Table, integer, text


@dataclass(frozen=True, slots=True)
class TableImport:
    """What became of one table's rows.

    Attributes
    ----------
    table, source
        Table of the register, and sheet or file it came from.
    rows, posted, known, rejected
        Rows read, and what became of them; posted + known + rejected = rows unless the whole
        file was refused.
    reasons
        ``line, code, column, detail``: why rows were rejected.
    """

    table: str
    source: str
    rows: int
    posted: int
    known: int
    rejected: int
    reasons: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Import:
    """The outcome of ``import_file`` or ``correct_file``.

    Attributes
    ----------
    batch
        Number of the batch in the trail; None if nothing was posted.
    tables
        What became of each table, in the order posted.
    rejects
        Files with the rejected rows and their reasons.
    notes
        Columns or sheets not read, a file seen before, a file refused as a whole.
    """

    batch: int | None
    tables: tuple[TableImport, ...]
    rejects: tuple[str, ...] = ()
    notes: tuple[Note, ...] = field(default=())

    @property
    def posted(self) -> int:
        """Rows posted."""
        return sum(one.posted for one in self.tables)

    @property
    def known(self) -> int:
        """Rows that the register had already, word for word."""
        return sum(one.known for one in self.tables)

    @property
    def rejected(self) -> int:
        """Rows with a reason against them."""
        return sum(one.rejected for one in self.tables)

    @property
    def reasons(self) -> pl.DataFrame:
        """Why rows were rejected: ``table, line, code, column, reason``, one line a reason."""
        parts = [
            one.reasons.select(
                pl.lit(one.table).alias("table"), "line", "code", "column"
            ).with_columns(sentences(one.table, one.reasons))
            for one in self.tables
        ]
        empty = dict.fromkeys(("table", "line", "code", "column", "reason"), pl.String)
        return pl.concat([pl.DataFrame(schema={**empty, "line": pl.Int64}), *parts])

    def summary(self) -> Table:
        """Return what became of the rows of each table."""
        heads = ("table", "source", "rows", "posted", "known", "rejected")
        columns = tuple(
            Column(key, words.text(f"cooperatives.import_{key}"), "left" if n < 2 else "decimal")
            for n, key in enumerate(heads)
        )
        language = words.language()
        rows = tuple(
            Row(
                (
                    text(shape(one.table).title[language]),
                    text(one.source),
                    *(integer(n) for n in (one.rows, one.posted, one.known, one.rejected)),
                )
            )
            for one in self.tables
        )
        title = words.text("cooperatives.import_title", batch=self.batch)
        return Table("import", title, columns, rows, notes=self.notes, language=_language())

    def reasons_summary(self) -> Table:
        """Return how often each reason was found, and the first lines it was found on."""
        heads = ("table", "reason", "times", "lines")
        columns = tuple(
            Column(key, words.text(f"cooperatives.import_{key}"), "decimal" if n == 2 else "left")
            for n, key in enumerate(heads)
        )
        rows = []
        for one in self.tables:
            said = one.reasons.with_columns(sentences(one.table, one.reasons))
            groups = said.group_by("code", "column", maintain_order=True).agg(
                pl.len().alias("n"), pl.col("reason").first(), pl.col("line").head(5)
            )
            for _, _, n, reason, lines in groups.rows():
                title = shape(one.table).title[words.language()]
                listed = ", ".join(str(line) for line in lines) + (" …" if n > len(lines) else "")
                rows.append(Row((text(title), text(reason), integer(n), text(listed))))
        title = words.text("cooperatives.import_reasons_title")
        return Table("import-reasons", title, columns, tuple(rows), language=_language())

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        tables: list[Mapping[str, Any]] = [
            {
                "table": one.table,
                "source": one.source,
                "rows": one.rows,
                "posted": one.posted,
                "known": one.known,
                "rejected": one.rejected,
            }
            for one in self.tables
        ]
        return {
            "batch": self.batch,
            "tables": tables,
            "reasons": self.reasons.to_dicts(),
            "rejects": list(self.rejects),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        return self.summary().to_text()


def _language() -> Any:
    return words.language()
