"""Two lists, never one: who returns most to members, and who does most for the village."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from livelihoods import words
from livelihoods.cooperatives.cents import cents_text
from livelihoods.cooperatives.register import Register
from livelihoods.errors import DataError
from livelihoods.tables.model import Column, Row, Table, integer, percent, text

# Who counts as leading on an indicator: the first tenth of those with evidence, at least one.
_LEADING = 0.1


@dataclass(frozen=True, slots=True)
class LeadingLists:
    """The two lists of a year.

    Attributes
    ----------
    year, effect_year
        The year of the distributions, and that of the activities.
    returns
        ``cooperative, returned, members, per_member, share_of_trade``, cents; best first.
    effect
        ``cooperative, leads, indicators``: on how many indicators of revitalisation it is among
        the first tenth of those with evidence, and which; best first.
    """

    year: int
    effect_year: int
    returns: pl.DataFrame
    effect: pl.DataFrame

    def tidy(self) -> pl.DataFrame:
        """Return both lists under one another, ``list, place, cooperative, value``."""
        first = self.returns.select(
            pl.lit("returns").alias("list"),
            (pl.int_range(pl.len()) + 1).alias("place"),
            "cooperative",
            (pl.col("per_member") / 100).alias("value"),
        )
        second = self.effect.select(
            pl.lit("effect").alias("list"),
            (pl.int_range(pl.len()) + 1).alias("place"),
            "cooperative",
            pl.col("leads").cast(pl.Float64).alias("value"),
        )
        return pl.concat([first, second])

    def returns_table(self, top: int = 20) -> Table:
        """Return the first ``top`` by what a member gets."""
        rows = tuple(
            Row(
                (
                    integer(place),
                    text(row["cooperative"]),
                    text(cents_text(row["per_member"])),
                    text(cents_text(row["returned"])),
                    integer(row["members"]),
                    percent(row["share_of_trade"], 1),
                )
            )
            for place, row in enumerate(self.returns.head(top).iter_rows(named=True), 1)
        )
        heads = ("rank", "cooperative", "per_member", "returned", "members", "share_of_trade")
        return self._table("leading-returns", "returns_title", self.year, heads, rows)

    def effect_table(self, top: int = 20) -> Table:
        """Return the first ``top`` by indicators of revitalisation on which they lead."""
        rows = tuple(
            Row(
                (
                    integer(place),
                    text(row["cooperative"]),
                    integer(row["leads"]),
                    text(row["indicators"]),
                )
            )
            for place, row in enumerate(self.effect.head(top).iter_rows(named=True), 1)
        )
        heads = ("rank", "cooperative", "leads", "indicators")
        return self._table("leading-effect", "effect_title", self.effect_year, heads, rows)

    def to_dict(self) -> dict[str, Any]:
        """Return both lists as plain data."""
        return {
            "year": self.year,
            "effect_year": self.effect_year,
            "returns": self.returns.to_dicts(),
            "effect": self.effect.to_dicts(),
        }

    def _table(
        self, name: str, title: str, year: int, heads: tuple[str, ...], rows: tuple[Row, ...]
    ) -> Table:
        say: Mapping[str, str] = {head: _say(head) for head in heads}
        left = ("cooperative", "indicators")
        return Table(
            name,
            _say(title, year=year),
            tuple(Column(h, say[h], "left" if h in left else "right") for h in heads),
            rows,
            legend=(_say(f"{title}_legend"),),
            language=words.language(),
        )


def leading_lists(register: Register, year: int, effect_year: int | None = None) -> LeadingLists:
    """Make both lists of a year from the register.

    Parameters
    ----------
    register
        An open register.
    year
        Year of the distributions.
    effect_year
        Year of the activities counted; default: the same.

    Raises
    ------
    DataError
        If nothing was distributed and no activity recorded in that year.
    """
    effect_of = year if effect_year is None else effect_year
    returns = register.frame(_RETURNS, {"year": year}).with_columns(
        (pl.col("returned") / pl.col("trade")).alias("share_of_trade")
    )
    effect = _effect(
        register.frame(
            "SELECT cooperative, indicator, sum(quantity)::DOUBLE AS quantity FROM activities "
            "WHERE year(day) = ? GROUP BY ALL ORDER BY indicator, cooperative",
            (effect_of,),
        )
    )
    if returns.is_empty() and effect.is_empty():
        raise DataError("cooperatives.no_lists", year=year)
    return LeadingLists(year, effect_of, returns.drop("trade"), effect)


_RETURNS = """WITH said AS (
  SELECT cooperative, year, member, patronage_cents + residual_cents AS cents
  FROM declared_distributions
  UNION ALL SELECT d.cooperative, d.year, d.member, d.patronage_cents + d.residual_cents
  FROM distributions d ANTI JOIN declared_distributions x
    ON x.cooperative = d.cooperative AND x.year = d.year),
paid AS (
  SELECT cooperative, CAST(sum(cents) AS BIGINT) AS returned, count(DISTINCT member) AS members
  FROM said WHERE year = $year GROUP BY cooperative),
traded AS (
  SELECT cooperative, CAST(sum(value_cents) AS BIGINT) AS trade FROM patronage
  WHERE trade = 'member' AND year(day) = $year GROUP BY cooperative)
SELECT p.cooperative, p.returned, p.members, p.returned // p.members AS per_member, t.trade
FROM paid p LEFT JOIN traded t USING (cooperative)
ORDER BY per_member DESC, p.cooperative"""


def _effect(found: pl.DataFrame) -> pl.DataFrame:
    ranked = found.with_columns(
        pl.col("quantity").rank("min", descending=True).over("indicator").alias("place"),
        (pl.len() * _LEADING).ceil().clip(1).over("indicator").alias("cut"),
    )
    return (
        ranked.filter(pl.col("place") <= pl.col("cut"))
        .group_by("cooperative")
        .agg(
            pl.len().cast(pl.Int64).alias("leads"),
            pl.col("indicator").sort().str.join(", ").alias("indicators"),
        )
        .sort(["leads", "cooperative"], descending=[True, False])
    )


def _say(key: str, **values: Any) -> str:
    return words.text(f"cooperatives.review_{key}", **values)
