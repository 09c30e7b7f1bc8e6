"""An open batch: rows appended, entries withdrawn, and the batch itself written into the trail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import polars as pl

from livelihoods.cooperatives.register.arrow import Stream
from livelihoods.cooperatives.register.faults import named
from livelihoods.cooperatives.register.schema import shape
from livelihoods.errors import DataError

if TYPE_CHECKING:
    from livelihoods.cooperatives.register.store import Register


class Posting:
    """An open batch of a register.

    Attributes
    ----------
    batch
        Its number.
    rows
        Table -> rows appended so far.
    known, rejected
        Rows of the source that were there already, and rows that were not taken; for the trail.
    """

    def __init__(self, register: Register, batch: int) -> None:
        self.batch = batch
        self.rows: dict[str, int] = {}
        self.known = self.rejected = 0
        self._register = register

    def append(self, table: str, rows: pl.DataFrame, lines: pl.Series | None = None) -> int:
        """Append rows as they are; they were checked before.

        Parameters
        ----------
        table
            Name of the table.
        rows
            Columns of the table, money in cents; columns left out are empty.
        lines
            Line of each row in its source.

        Returns
        -------
        int
            Entry number of the first row.

        Raises
        ------
        SpecError
            A column that the table does not have.
        DataError
            A value that the table refuses: empty where required, negative, no known choice.
        """
        wanted = shape(table)
        for name in rows.columns:
            wanted.column(name)
        line = pl.Series("line", range(1, rows.height + 1)) if lines is None else lines
        first = self._next_entry(table)
        # A column without a single value has no type of its own; the stream needs one.
        untyped = [name for name, kind in rows.schema.items() if kind == pl.Null]
        staged = rows.cast(dict.fromkeys(untyped, pl.String)).with_columns(
            line.cast(pl.Int64).alias("line"),
            pl.int_range(first, first + rows.height, dtype=pl.Int64).alias("entry"),
        )
        connection = self._register.connection
        names = ", ".join(f'"{name}"' for name in rows.columns)
        values = ", ".join(f'CAST("{c}" AS {wanted.column(c).sql_type})' for c in rows.columns)
        with named(self._register.path, table):
            connection.register("staged_rows", Stream(staged))
            connection.execute(
                f'INSERT INTO book."{table}" (entry, batch, line, {names}) '
                f"SELECT entry, {self.batch}, line, {values} "
                "FROM staged_rows"
            )
            connection.unregister("staged_rows")
        self.rows[table] = self.rows.get(table, 0) + rows.height
        return first

    def withdraw(self, table: str, entries: Sequence[int], reason: str | Sequence[str]) -> None:
        """Withdraw entries: they stay in the book and no longer hold.

        Parameters
        ----------
        table
            Name of the table.
        entries
            Numbers of the entries.
        reason
            Why, one for all or one each.

        Raises
        ------
        DataError
            If an entry does not hold now.
        """
        why = [reason] * len(entries) if isinstance(reason, str) else list(reason)
        rows = pl.DataFrame(
            {"entry": pl.Series(entries, dtype=pl.Int64), "reason": pl.Series(why, dtype=pl.String)}
        )
        connection = self._register.connection
        shape(table)
        with named(self._register.path, table):
            connection.register("staged_rows", Stream(rows))
            unknown = self._register.frame(
                f'SELECT entry FROM staged_rows ANTI JOIN "{table}" USING (entry) ORDER BY entry'
            )["entry"].to_list()
            if unknown:
                raise DataError("cooperatives.unknown_entries", table=table, entries=unknown)
            connection.execute(
                "INSERT INTO book.withdrawals SELECT ?, entry, ?, reason FROM staged_rows",
                [table, self.batch],
            )
            connection.unregister("staged_rows")

    def finish(self, kind: str, source: str, digest: str, author: str, note: str) -> None:
        """Write the batch itself into the trail."""
        rows = sum(self.rows.values())
        tables = ", ".join(sorted(self.rows))
        values = [self.batch, kind, datetime.now(UTC), author, source, digest, tables, rows, note]
        values += [self.known, self.rejected]
        with named(self._register.path):
            self._register.connection.execute(
                "INSERT INTO book.batches VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values
            )

    def _next_entry(self, table: str) -> int:
        return int(self._register.value(f'SELECT coalesce(max(entry), 0) + 1 FROM book."{table}"'))
