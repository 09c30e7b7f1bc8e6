"""How the cooperative itself is joined to the market: what it sells, how, and at which price."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from livelihoods import words
from livelihoods.cooperatives.cells import yuan
from livelihoods.cooperatives.linkage.people import quoted
from livelihoods.cooperatives.register import choices
from livelihoods.notes import Note
from livelihoods.tables import Column, Row, Table, percent, text

if TYPE_CHECKING:
    from livelihoods.cooperatives.register import Register

_SALES = (
    "SELECT linkage, buyer_kind, count(*) AS sales, CAST(sum(value_cents) AS BIGINT) AS value, "
    "CAST(coalesce(sum(value_cents) FILTER (quoted IS NOT NULL), 0) AS BIGINT) AS matched, "
    "sum(CAST(volume AS DECIMAL(18,6)) * quoted) AS outside, "
    "CAST(coalesce(sum(value_cents) FILTER (brand), 0) AS BIGINT) AS branded "
    f"FROM ({quoted('(SELECT * FROM sales WHERE cooperative = ? AND day BETWEEN ? AND ?)')}) "
    "GROUP BY ALL ORDER BY linkage, buyer_kind"
)


@dataclass(frozen=True, slots=True)
class MarketLinkage:
    """What a cooperative sold in a year by how it is joined to its buyers.

    Attributes
    ----------
    cooperative, year
        Which.
    frame
        One row a linkage and kind of buyer: ``linkage, buyer_kind, sales, value_cents, share`` of
        all sales, ``over_market`` (price over the quotation, less 1; null without one), ``branded``
        (share sold under the own brand).
    notes
        What must be said.
    """

    cooperative: str
    year: int
    frame: pl.DataFrame
    notes: tuple[Note, ...]

    def tidy(self) -> pl.DataFrame:
        """Return one row a linkage and kind of buyer."""
        return self.frame

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for a record."""
        return {"cooperative": self.cooperative, "year": self.year, "sales": self.frame.to_dicts()}

    def summary(self) -> Table:
        """Return the sales as a table for a person."""
        lang = words.language()
        linkage, buyers = choices("market_linkage", lang), choices("buyer", lang)
        rows = tuple(
            Row(
                (
                    text(linkage[row["linkage"]]),
                    text(buyers[row["buyer_kind"]]),
                    yuan(row["value_cents"]),
                    percent(row["share"], 1),
                    percent(row["over_market"], 1),
                    percent(row["branded"], 1),
                )
            )
            for row in self.frame.iter_rows(named=True)
        )
        names = ("linkage", "buyer", "value", "share", "over_market", "branded")
        columns = tuple(
            Column(name, words.text(f"linkage.sales_{name}", lang), "left" if n < 2 else "decimal")
            for n, name in enumerate(names)
        )
        title = words.text(
            "linkage.sales_title", lang, cooperative=self.cooperative, year=self.year
        )
        legend = (words.text("linkage.sales_legend", lang),)
        return Table("sales", title, columns, rows, (), self.notes, legend, language=lang)

    def __repr__(self) -> str:
        return self.summary().to_text()


def market_linkage_from_register(register: Register, cooperative: str, year: int) -> MarketLinkage:
    """Return how a cooperative sold in a year: spot, order, contract, shareholding, own brand."""
    raw = register.frame(_SALES, [cooperative, date(year, 1, 1), date(year, 12, 31)])
    whole = sum(raw["value"].to_list())
    rows = [
        {
            "linkage": row["linkage"],
            "buyer_kind": row["buyer_kind"],
            "sales": row["sales"],
            "value_cents": row["value"],
            "share": row["value"] / whole if whole else None,
            "over_market": float(row["matched"] / row["outside"]) - 1 if row["outside"] else None,
            "branded": row["branded"] / row["value"] if row["value"] else None,
        }
        for row in raw.iter_rows(named=True)
    ]
    types: dict[str, Any] = {
        "linkage": pl.String,
        "buyer_kind": pl.String,
        "sales": pl.Int64,
        "value_cents": pl.Int64,
        "share": pl.Float64,
        "over_market": pl.Float64,
        "branded": pl.Float64,
    }
    notes = () if rows else (Note("linkage.no_sales", "warning", {"year": year}),)
    return MarketLinkage(cooperative, year, pl.DataFrame(rows, schema=types), notes)
