"""How an empty register is laid out: raw tables under ``book``, a view of what holds for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from livelihoods.cooperatives.register.schema import TableShape, shapes

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of the making of a register, with its values."""

    text: str
    values: tuple[Any, ...] = ()


def layout(office: str) -> Iterator[Statement]:
    """Return the statements that make an empty register, in order."""
    yield Statement("CREATE SCHEMA book")
    yield Statement("CREATE TABLE book.facts (name VARCHAR, value VARCHAR)")
    for name, value in _facts(office).items():
        yield Statement("INSERT INTO book.facts VALUES (?, ?)", (name, value))
    yield Statement(
        "CREATE TABLE book.batches (batch INTEGER, kind VARCHAR, posted_at TIMESTAMPTZ, "
        "author VARCHAR, source VARCHAR, digest VARCHAR, tables VARCHAR, rows BIGINT, "
        "note VARCHAR, known BIGINT, rejected BIGINT)"
    )
    yield Statement(
        'CREATE TABLE book.withdrawals ("table" VARCHAR, entry BIGINT, batch INTEGER, '
        "reason VARCHAR)"
    )
    for table in shapes().values():
        yield Statement(_create(table))
        yield Statement(_view(table))


def _facts(office: str) -> Mapping[str, str]:
    return {"format": str(FORMAT), "office": office}


def _create(table: TableShape) -> str:
    columns = ["entry BIGINT NOT NULL", "batch INTEGER NOT NULL", "line BIGINT NOT NULL"]
    for column in table.columns:
        text = f'"{column.name}" {column.sql_type}'
        if column.required:
            text += " NOT NULL"
        if column.floor:
            text += f' CHECK ("{column.name}" >= 0)'
        columns.append(text)
    return f'CREATE TABLE book."{table.name}" ({", ".join(columns)})'


def _view(table: TableShape) -> str:
    return (
        f'CREATE VIEW "{table.name}" AS SELECT * FROM book."{table.name}" AS kept '
        "WHERE NOT EXISTS (SELECT 1 FROM book.withdrawals AS gone "
        f"WHERE gone.\"table\" = '{table.name}' AND gone.entry = kept.entry)"
    )
