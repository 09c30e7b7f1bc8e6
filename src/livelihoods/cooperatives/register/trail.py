"""Who posted what and when, and what became of a row: read from the book, which only grows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from livelihoods import words
from livelihoods.cooperatives.cents import cents_text
from livelihoods.cooperatives.register.cells import parse
from livelihoods.cooperatives.register.mapping import TableMap
from livelihoods.cooperatives.register.reasons import Reasons, sentences
from livelihoods.cooperatives.register.recognise import recognise_table
from livelihoods.cooperatives.register.schema import TableShape, choices, heading, shape
from livelihoods.cooperatives.register.store import Register
from livelihoods.errors import DataError, SpecError
from livelihoods.tables.model import Column, Row, Table, integer, text

_NUMBERS = ("batch", "rows", "known", "rejected", "withdrawn", "entry", "line", "withdrawn_by")


def trail(register: Register) -> pl.DataFrame:
    """Return every batch, the first first.

    Returns
    -------
    polars.DataFrame
        ``batch, kind, posted_at (UTC), author, source, tables, rows, known, rejected, withdrawn,
        digest, note``.
    """
    return register.frame(
        "SELECT b.batch, b.kind, timezone('UTC', b.posted_at) AS posted_at, b.author, b.source, "
        "b.tables, b.rows, b.known, b.rejected, coalesce(w.n, 0) AS withdrawn, b.digest, b.note "
        "FROM book.batches AS b LEFT JOIN "
        "(SELECT batch, count(*) AS n FROM book.withdrawals GROUP BY batch) AS w USING (batch) "
        "ORDER BY b.batch"
    )


def history(register: Register, table: str, key: Mapping[str, str]) -> pl.DataFrame:
    """Return every entry there ever was under a key, those withdrawn as well.

    Parameters
    ----------
    register
        The open register.
    table
        Table, by name or title.
    key
        Column -> value, for each column that names a row of the table.

    Returns
    -------
    polars.DataFrame
        ``entry, batch, posted_at, author, source, line, holds, withdrawn_by, reason`` and the
        table's columns.

    Raises
    ------
    SpecError
        If the key lacks a column or has another.
    DataError
        If a value is none of its kind.
    """
    wanted = shape(recognise_table(table) or table)
    values = _key_values(wanted, key)
    same = " AND ".join(f'k."{name}" = ?' for name in values)
    names = ", ".join(f'k."{name}"' for name in wanted.names)
    return register.frame(
        "SELECT k.entry, k.batch, timezone('UTC', b.posted_at) AS posted_at, b.author, b.source, "
        "k.line, w.batch IS NULL AS holds, w.batch AS withdrawn_by, w.reason AS withdrawn_reason, "
        f'{names} FROM book."{wanted.name}" AS k JOIN book.batches AS b USING (batch) '
        'LEFT JOIN book.withdrawals AS w ON w."table" = ? AND w.entry = k.entry '
        f"WHERE {same} ORDER BY k.entry",
        [wanted.name, *values.values()],
    )


def trail_table(register: Register, last: int = 20) -> Table:
    """Return the last batches as a table, the latest first."""
    keys = (
        "batch", "kind", "posted_at", "author", "source", "tables", "rows", "withdrawn", "rejected",
    )  # fmt: skip
    frame = trail(register).tail(last).reverse()
    rows = []
    for row in frame.iter_rows(named=True):
        said = {
            **row,
            "kind": words.text(f"cooperatives.trail_kind_{row['kind']}"),
            "posted_at": f"{row['posted_at']:%Y-%m-%d %H:%M}",
            "tables": _titles(row["tables"]),
        }
        rows.append(Row(tuple(_cell(key, said[key]) for key in keys)))
    title = words.text("cooperatives.trail_title")
    return Table("trail", title, _columns(keys), tuple(rows), language=words.language())


def history_table(register: Register, table: str, key: Mapping[str, str]) -> Table:
    """Return the history of a key as a table, the first entry first."""
    wanted = shape(recognise_table(table) or table)
    keys = (
        "entry", "batch", "posted_at", "author", "source", "line", "holds", "withdrawn_by",
        "reason", "values",
    )  # fmt: skip
    rows = []
    for row in history(register, table, key).iter_rows(named=True):
        said = {
            **row,
            "posted_at": f"{row['posted_at']:%Y-%m-%d %H:%M}",
            "holds": words.text(f"cooperatives.trail_{'yes' if row['holds'] else 'no'}"),
            "reason": row["withdrawn_reason"] or "",
            "values": _values(wanted, row),
        }
        rows.append(Row(tuple(_cell(name, said[name]) for name in keys)))
    named = ", ".join(f"{heading(wanted.name, name)} {value}" for name, value in key.items())
    title = words.text(
        "cooperatives.trail_history_title", table=wanted.title[words.language()], key=named
    )
    return Table("history", title, _columns(keys), tuple(rows), language=words.language())


def _key_values(wanted: TableShape, key: Mapping[str, str]) -> dict[str, Any]:
    if set(key) != set(wanted.key):
        title = wanted.title[words.language()]
        raise SpecError("cooperatives.history_key", table=title, known=list(wanted.key))
    values, reasons = {}, Reasons(wanted.name)
    for name in wanted.key:
        cells = pl.Series([key[name]], dtype=pl.String)
        lines = pl.Series([1], dtype=pl.Int64)
        found = parse(cells, lines, wanted.column(name), TableMap(wanted.name), reasons)
        values[name] = found[0]
    wrong = reasons.frame()
    if wrong.height:
        raise DataError(
            "cooperatives.refused_value",
            table=wanted.title[words.language()],
            problem=sentences(wanted.name, wrong)[0],
        )
    return values


def _columns(keys: tuple[str, ...]) -> tuple[Column, ...]:
    return tuple(
        Column(
            key, words.text(f"cooperatives.trail_{key}"), "decimal" if key in _NUMBERS else "left"
        )
        for key in keys
    )


def _cell(key: str, value: Any) -> Any:
    return integer(value) if key in _NUMBERS else text(str(value or ""))


def _titles(names: str) -> str:
    language = words.language()
    between = {"en": ", ", "zh": "、"}[language]
    return between.join(shape(name).title[language] for name in names.split(", ") if name)


def _values(wanted: TableShape, row: Mapping[str, Any]) -> str:
    """Return what an entry says beside its key, as people read it."""
    said = []
    for column in wanted.columns:
        value = row[column.name]
        if value is None or column.name in wanted.key:
            continue
        if column.kind == "money":
            shown = cents_text(value)
        elif column.kind == "choice":
            shown = choices(column.choices).get(value, value)
        elif column.kind == "flag":
            shown = words.text(f"cooperatives.trail_{'yes' if value else 'no'}")
        elif column.kind in ("quantity", "share", "rate"):
            shown = f"{value.normalize():f}"
        else:
            shown = str(value)
        said.append(f"{heading(wanted.name, column.name)} {shown}")
    return "; ".join(said)
