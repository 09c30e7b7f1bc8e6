"""Members of a year with their class, and deliveries beside the market's quotation of the day."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from livelihoods.errors import DataError
from livelihoods.notes import Note

if TYPE_CHECKING:
    from livelihoods.cooperatives.register import Register

# A quotation holds until the next one, but for no more than so many days.
QUOTED_DAYS = 14

# Whether a member of the table ``m`` held an office between two days: last day, first day.
IN_OFFICE = (
    "EXISTS (SELECT 1 FROM officers AS o WHERE o.cooperative = m.cooperative "
    "AND coalesce(o.member, o.person) = m.member AND o.from_on <= ? "
    "AND (o.until_on IS NULL OR o.until_on >= ?)) AS officer"
)
_MEMBERS = (
    "SELECT m.member, m.class AS group_name, coalesce(m.household, m.member) AS household, m.kind, "
    f"m.joined_on, x.left_on, {IN_OFFICE} "
    "FROM members AS m LEFT JOIN exits AS x USING (cooperative, member) "
    "WHERE m.cooperative = ? AND m.joined_on <= ? AND (x.left_on IS NULL OR x.left_on >= ?) "
    "ORDER BY m.member"
)
# Several markets quoting one day count with their mean, in whole cents.
QUOTES = (
    "SELECT product, coalesce(grade, '') AS grade, unit, day, "
    "(2 * sum(price_cents) + count(*)) // (2 * count(*)) AS price "
    "FROM quotations GROUP BY ALL"
)


def members_of(
    register: Register, cooperative: str, year: int
) -> tuple[pl.DataFrame, tuple[Note, ...]]:
    """Return the members of a year: ``member, class, household, kind, joined_on, left_on``.

    Where the register does not say who is a core member, officers are core and the others common;
    a note says for how many.

    Raises
    ------
    DataError
        If there is no such cooperative, or nobody was a member in the year.
    """
    if not register.value("SELECT count(*) FROM cooperatives WHERE cooperative = ?", [cooperative]):
        raise DataError("cooperatives.closing_unknown", cooperative=cooperative)
    first, last = date(year, 1, 1), date(year, 12, 31)
    found = register.frame(_MEMBERS, [last, first, cooperative, last, first])
    if found.is_empty():
        raise DataError("cooperatives.no_members")
    silent = found["group_name"].null_count()
    notes = (Note("linkage.class_from_office", "caution", {"n": silent}),) if silent else ()
    office = pl.when(pl.col("officer")).then(pl.lit("core")).otherwise(pl.lit("common"))
    group = pl.coalesce("group_name", office).alias("class")
    return found.with_columns(group).drop("group_name", "officer"), notes


def quoted(table: str) -> str:
    """Return SQL that joins each row of a table with the quotation of its day, if there is one.

    The last quotation of the same product, grade and unit counts, if no older than two weeks.
    """
    return (
        f"SELECT t.*, CASE WHEN t.day - q.day <= {QUOTED_DAYS} THEN q.price END AS quoted "
        f"FROM {table} AS t ASOF LEFT JOIN ({QUOTES}) AS q ON t.product = q.product "
        "AND coalesce(t.grade, '') = q.grade AND t.unit = q.unit AND t.day >= q.day"
    )
