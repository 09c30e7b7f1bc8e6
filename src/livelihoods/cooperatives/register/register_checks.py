"""What new rows must hold to against the register: references, membership, closed years, keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import polars as pl

from livelihoods.cooperatives.register.arrow import Stream
from livelihoods.cooperatives.register.faults import named
from livelihoods.cooperatives.register.reasons import Reasons
from livelihoods.cooperatives.register.schema import TableShape, shapes
from livelihoods.cooperatives.register.store import Register

# SQL is put together from the names of the schema alone; every value comes in as a column.
STAGED = "staged_import"


@contextmanager
def staged(register: Register, rows: pl.DataFrame) -> Iterator[None]:
    """Show rows to the database as the table ``staged_import`` inside the block."""
    with named(register.path):
        register.connection.register(STAGED, Stream(rows))
        try:
            yield
        finally:
            register.connection.unregister(STAGED)


def known_lines(register: Register, wanted: TableShape, columns: Sequence[str]) -> pl.Series:
    """Return the lines that say what the register's book says already, in every given column.

    An entry that was withdrawn counts as well: what was taken back is not posted again by chance.
    """
    same = " AND ".join(
        f'b."{name}" IS NOT DISTINCT FROM CAST(s."{name}" AS {wanted.column(name).sql_type})'
        for name in columns
        if name not in wanted.key
    )
    query = (
        f'SELECT DISTINCT s.line FROM {STAGED} AS s JOIN book."{wanted.name}" AS b '
        f"ON {_same_key(wanted, columns, 'b')} WHERE {same or 'true'} ORDER BY 1"
    )
    return register.frame(query)["line"]


def holding(register: Register, wanted: TableShape, columns: Sequence[str]) -> pl.DataFrame:
    """Return ``line, entry, batch`` of the entries that hold now under the rows' keys."""
    return register.frame(
        f'SELECT s.line, h.entry, h.batch FROM {STAGED} AS s JOIN "{wanted.name}" AS h '
        f"ON {_same_key(wanted, columns, 'h')} ORDER BY s.line, h.entry"
    )


def check_against(
    register: Register, wanted: TableShape, columns: Sequence[str], reasons: Reasons
) -> None:
    """Check the staged rows against what the register holds.

    Parameters
    ----------
    register
        The open register; its views show what the same batch posted before as well.
    wanted
        The table.
    columns
        Columns the staged rows have.
    reasons
        Where refusals are written.
    """
    other = holding(register, wanted, columns)
    reasons.add("conflicting_entry", "", other["line"], other["entry"].cast(pl.String))
    for column in wanted.columns:
        if column.refers and column.refers != wanted.name and column.name in columns:
            _check_reference(register, column.name, column.refers, reasons)
    named_columns = [column.name for column in wanted.columns if column.member]
    for name in named_columns:
        if name in columns:
            _check_member(register, wanted, name, columns, reasons)
    if wanted.sealed:
        _check_closed(register, wanted, reasons)
    if wanted.name in ("members", "exits"):
        _check_entries_outside(register, wanted, reasons)


def _same_key(wanted: TableShape, columns: Sequence[str], other: str) -> str:
    """Equality of keys; only a key column that may be empty needs the slower, null-safe one."""
    parts = []
    for name in wanted.key:
        column = wanted.column(name)
        if name not in columns:
            parts.append(f'{other}."{name}" IS NULL')
        elif column.required:
            parts.append(f's."{name}" = {other}."{name}"')
        else:
            parts.append(f's."{name}" IS NOT DISTINCT FROM {other}."{name}"')
    return " AND ".join(parts)


def _check_reference(register: Register, column: str, table: str, reasons: Reasons) -> None:
    within = column != "cooperative" and "cooperative" in shapes()[table].names
    both = f's."{column}" = r."{column}"'
    if within:
        both += " AND s.cooperative = r.cooperative"
    missing = register.frame(
        f'SELECT s.line, s."{column}" AS value FROM {STAGED} AS s ANTI JOIN "{table}" AS r '
        f'ON {both} WHERE s."{column}" IS NOT NULL ORDER BY s.line'
    )
    reasons.add(f"unknown_{table}", column, missing["line"], missing["value"])


def _check_member(
    register: Register, wanted: TableShape, column: str, columns: Sequence[str], reasons: Reasons
) -> None:
    """Refuse strangers, and what is dated before a member joined or after the member left."""
    unknown = register.frame(
        f'SELECT s.line, s."{column}" AS value FROM {STAGED} AS s ANTI JOIN members AS m '
        f'ON s.cooperative = m.cooperative AND s."{column}" = m.member '
        "SEMI JOIN cooperatives AS c ON s.cooperative = c.cooperative "
        f'WHERE s."{column}" IS NOT NULL ORDER BY s.line'
    )
    reasons.add("unknown_member", column, unknown["line"], unknown["value"])
    if wanted.when not in columns:
        return
    day = f's."{wanted.when}"'
    early = register.frame(
        f"SELECT s.line, CAST(m.joined_on AS VARCHAR) AS value FROM {STAGED} AS s "
        f'JOIN members AS m ON s.cooperative = m.cooperative AND s."{column}" = m.member '
        f"WHERE {day} < m.joined_on ORDER BY s.line"
    )
    reasons.add("before_joining", column, early["line"], early["value"])
    if wanted.name == "exits":
        return
    late = register.frame(
        f"SELECT s.line, CAST(e.left_on AS VARCHAR) AS value FROM {STAGED} AS s JOIN exits AS e "
        f'ON s.cooperative = e.cooperative AND s."{column}" = e.member '
        f"WHERE {day} > e.left_on{_still_due(wanted, 's')} ORDER BY s.line"
    )
    reasons.add("after_leaving", column, late["line"], late["value"])


def _still_due(wanted: TableShape, other: str) -> str:
    """Condition that leaves out what may be settled after a member has left."""
    column, values = wanted.after_leaving
    if not column:
        return ""
    listed = ", ".join(f"'{value}'" for value in values)  # codes of the schema, not of a file
    return f' AND {other}."{column}" NOT IN ({listed})'


def _check_closed(register: Register, wanted: TableShape, reasons: Reasons) -> None:
    year = f'year(s."{wanted.when}")' if wanted.when else "s.year"
    shut = register.frame(
        f"SELECT s.line, CAST(c.year AS VARCHAR) AS value FROM {STAGED} AS s JOIN closings AS c "
        f"ON s.cooperative = c.cooperative AND {year} = c.year ORDER BY s.line"
    )
    reasons.add("closed_year", wanted.when or "year", shut["line"], shut["value"])


def _check_entries_outside(register: Register, wanted: TableShape, reasons: Reasons) -> None:
    """Refuse a day of joining or leaving that what was posted before lies outside of."""
    joined = wanted.name == "members"
    column, sign, pick = ("joined_on", "<", "min") if joined else ("left_on", ">", "max")
    for table in shapes().values():
        member = next((one.name for one in table.columns if one.member), None)
        if member is None or not table.when or table.name == "exits":
            continue
        due = "" if joined else _still_due(table, "t")
        outside = register.frame(
            f'SELECT s.line, CAST({pick}(t."{table.when}") AS VARCHAR) AS value '
            f'FROM {STAGED} AS s JOIN "{table.name}" AS t '
            f'ON s.cooperative = t.cooperative AND s.member = t."{member}" '
            f'WHERE t."{table.when}" {sign} s.{column}{due} GROUP BY s.line ORDER BY s.line'
        )
        reasons.add(f"entries_outside_{wanted.name}", column, outside["line"], outside["value"])
