"""A year's members as a frame, one row each, and how unequal they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from livelihoods import words
from livelihoods.describe.inequality import inequality
from livelihoods.errors import DataError, SpecError
from livelihoods.notes import Note
from livelihoods.survey.model import Codebook, Survey, Variable

if TYPE_CHECKING:
    from livelihoods.cooperatives.register import Register
    from livelihoods.describe.inequality_result import Inequality

COLUMNS = (
    "cooperative", "member", "class", "kind", "sex", "village", "age", "schooling", "persons",
    "land", "income", "capital", "delivered", "market_value", "votes", "attendance",
)  # fmt: skip
KINDS = ("class", "kind", "sex", "village")
AMOUNTS = ("land", "income", "capital", "delivered", "votes")

# Sums are of whole cents and decimals, so that they are exact in any order.
_PEOPLE = """
SELECT m.cooperative, m.member, m.class, m.kind, m.sex, m.village,
  $1 - m.birth_year AS age, m.schooling, m.persons, m.land_mu AS land, m.income_cents
FROM members m LEFT JOIN exits x USING (cooperative, member)
WHERE ($3 = '' OR m.cooperative = $3)
  AND m.joined_on <= $2 AND (x.left_on IS NULL OR x.left_on >= $2)
ORDER BY m.cooperative, m.member
"""
_CAPITAL = """
SELECT cooperative, member, CAST(sum(CASE movement WHEN 'returned' THEN -amount_cents
  ELSE amount_cents END) AS BIGINT) AS capital_cents
FROM contributions WHERE day <= $1 AND ($2 = '' OR cooperative = $2)
GROUP BY ALL ORDER BY ALL
"""
_DELIVERIES = """
SELECT cooperative, member, product, coalesce(grade, '') AS grade, unit,
  sum(volume) AS volume, CAST(sum(value_cents) AS BIGINT) AS value_cents, count(*) AS n
FROM patronage
WHERE trade = 'member' AND member IS NOT NULL AND day BETWEEN $1 AND $2
  AND ($3 = '' OR cooperative = $3)
GROUP BY ALL ORDER BY ALL
"""
_QUOTATIONS = """
SELECT product, coalesce(grade, '') AS grade, unit,
  CAST(sum(price_cents) AS BIGINT) AS total, count(*) AS n
FROM quotations WHERE day BETWEEN $1 AND $2 GROUP BY ALL ORDER BY ALL
"""
_VOTES = """
SELECT cooperative, member, sum(votes) AS extra FROM additional_votes
WHERE from_on <= $1 AND (until_on IS NULL OR until_on >= $1) AND ($2 = '' OR cooperative = $2)
GROUP BY ALL ORDER BY ALL
"""
_HELD = """
SELECT m.cooperative, m.member, count(*) AS held, count(t.member) AS came
FROM assemblies a JOIN members m ON m.cooperative = a.cooperative AND m.joined_on <= a.day
LEFT JOIN exits x ON x.cooperative = m.cooperative AND x.member = m.member
LEFT JOIN attendance t ON t.cooperative = a.cooperative AND t.assembly = a.assembly
  AND t.member = m.member
WHERE a.kind <> 'representative' AND a.day BETWEEN $1 AND $2
  AND (x.left_on IS NULL OR x.left_on >= a.day) AND ($3 = '' OR a.cooperative = $3)
  AND EXISTS (SELECT 1 FROM attendance s
              WHERE s.cooperative = a.cooperative AND s.assembly = a.assembly)
GROUP BY ALL ORDER BY ALL
"""


def members_of_year(register: Register, year: int, cooperative: str | None = None) -> Survey:
    """Return who was a member at the end of a year, one row each.

    Parameters
    ----------
    register
        An open register.
    year
        The year.
    cooperative
        Only this one; None for all.

    Returns
    -------
    Survey
        ``class kind sex village age schooling persons land`` (mu) ``income capital`` (yuan, at
        the year's end), ``delivered`` (yuan paid for the member's deliveries; 0 without any),
        ``market_value`` (the same deliveries at the year's mean quotation of product and grade, of
        the product where the grade has none, at the cooperative's own price where neither has),
        ``votes`` (basic and additional), ``attendance`` (part of the year's assemblies that she
        came to; null where no attendance list was kept).

    Raises
    ------
    DataError
        Nobody was a member then.
    """
    first, last, only = date(year, 1, 1), date(year, 12, 31), cooperative or ""
    people = register.frame(_PEOPLE, (year, last, only))
    if people.is_empty():
        raise DataError("heterogeneity.nobody", year=year, cooperative=only or "–")
    keys = ["cooperative", "member"]
    traded, unquoted = _traded(register, first, last, only)
    frame = (
        people.join(register.frame(_CAPITAL, (last, only)), on=keys, how="left")
        .join(traded, on=keys, how="left")
        .join(register.frame(_VOTES, (last, only)), on=keys, how="left")
        .join(register.frame(_HELD, (first, last, only)), on=keys, how="left")
        .sort(keys)
    )
    number = pl.Float64
    frame = frame.with_columns(
        land=pl.col("land").cast(number),
        income=pl.col("income_cents") / 100,
        capital=pl.col("capital_cents").fill_null(0) / 100,
        delivered=pl.col("value_cents").fill_null(0) / 100,
        market_value=pl.col("market_value").fill_null(0.0),
        votes=1.0 + pl.col("extra").cast(number).fill_null(0.0),
        attendance=pl.col("came") / pl.col("held"),
    ).select(COLUMNS)
    said = [Note("incentives.no_quotation", "info", {"n": unquoted})] if unquoted else []
    return Survey(frame, _codebook(), notes=tuple(said))


def _traded(register: Register, first: date, last: date, only: str) -> tuple[pl.DataFrame, int]:
    """Return deliveries by member, paid and at market prices, and how many had no quotation."""
    rows = register.frame(_DELIVERIES, (first, last, only))
    prices = register.frame(_QUOTATIONS, (first, last))
    by_grade: dict[tuple[str, str, str], float] = {}
    sums: dict[tuple[str, str], tuple[int, int]] = {}
    for product, grade, unit, total, n in prices.iter_rows():
        by_grade[product, grade, unit] = total / n
        before = sums.get((product, unit), (0, 0))
        sums[product, unit] = (before[0] + total, before[1] + n)
    paid: dict[tuple[str, str], int] = {}
    market: dict[tuple[str, str], float] = {}
    unquoted = 0
    for coop, member, product, grade, unit, volume, cents, n in rows.iter_rows():
        price = by_grade.get((product, grade, unit))
        if price is None and (product, unit) in sums:
            total, count = sums[product, unit]
            price = total / count
        unquoted += n if price is None else 0
        key = (coop, member)
        paid[key] = paid.get(key, 0) + cents
        worth = cents / 100 if price is None else float(volume) * price / 100
        market[key] = market.get(key, 0.0) + worth
    frame = pl.DataFrame(
        {
            "cooperative": [key[0] for key in paid],
            "member": [key[1] for key in paid],
            "value_cents": list(paid.values()),
            "market_value": list(market.values()),
        },
        schema={
            "cooperative": pl.String,
            "member": pl.String,
            "value_cents": pl.Int64,
            "market_value": pl.Float64,
        },
    )
    return frame, unquoted


def _codebook() -> Codebook:
    def entry(name: str) -> Variable:
        tongues: tuple[str, ...] = words.LANGUAGES
        label = {tongue: words.text(f"heterogeneity.{name}", tongue) for tongue in tongues}
        return Variable(name, label, scale="nominal" if name in KINDS else None)

    return Codebook({name: entry(name) for name in COLUMNS})


def members_inequality(
    register: Register,
    year: int,
    cooperative: str | None = None,
    attributes: Sequence[str] = AMOUNTS,
    **options: Any,
) -> Inequality:
    """Measure how unequal members are, with Theil's T split into core and common members.

    Parameters
    ----------
    register, year, cooperative
        As in ``members_of_year``. Over several cooperatives intervals are clustered by them.
    attributes
        Columns of ``members_of_year``; kinds (class, sex, village) get Blau and Simpson.
    options
        Further ones of ``lv.inequality``; ``groups`` is the class of members unless named or none
        is recorded, ``by="cooperative"`` measures each cooperative apart.

    Raises
    ------
    SpecError
        An attribute that is not there.
    DataError
        Nobody was a member; what ``lv.inequality`` refuses.
    """
    unknown = [name for name in attributes if name not in COLUMNS]
    if unknown:
        raise SpecError("heterogeneity.unknown_attribute", names=unknown, known=list(COLUMNS[2:]))
    people = members_of_year(register, year, cooperative)
    classes = people.frame["class"].drop_nulls().n_unique()
    chosen = dict(options)
    chosen.setdefault("groups", "class" if classes > 1 else None)
    several = people.frame["cooperative"].n_unique() > 1 and chosen.get("by") != "cooperative"
    chosen.setdefault("cluster", "cooperative" if several else False)
    return inequality(people, list(attributes), **chosen)
