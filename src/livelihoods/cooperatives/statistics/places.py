"""One product in one village? Location quotients and how concentrated places are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.cooperatives.statistics import measures as ms
from livelihoods.cooperatives.statistics.wording import say
from livelihoods.errors import DataError
from livelihoods.figures.heat import heat_map
from livelihoods.notes import Note
from livelihoods.survey.door import as_survey
from livelihoods.tables import Column, Row, Table, integer, number, percent, text

if TYPE_CHECKING:
    from livelihoods.figures import Figure
    from livelihoods.typing import Floats


@dataclass(frozen=True, slots=True)
class Specialisation:
    """How places differ in what their cooperatives do.

    Attributes
    ----------
    places, products
        Names in alphabetical order, ``(p,)`` and ``(s,)``.
    counts, quotients
        Cooperatives and location quotients, shape ``(p, s)``.
    frame
        One row a place: ``place, cooperatives, leading`` (product), ``share`` (of it),
        ``quotient`` (of it), ``concentration`` (Σ share²), ``by_chance`` (expected if drawn from
        the whole area), ``one_product``.
    threshold, least
        Share from which a place counts as "one product", and cooperatives it must have.
    notes
        Findings.
    """

    places: tuple[str, ...]
    products: tuple[str, ...]
    counts: Floats
    quotients: Floats
    frame: pl.DataFrame
    threshold: float
    least: int
    notes: tuple[Note, ...] = ()

    def tidy(self) -> pl.DataFrame:
        """Return one row a place and product that occurs there."""
        rows, columns = np.nonzero(self.counts)
        return pl.DataFrame(
            {
                "place": [self.places[i] for i in rows],
                "product": [self.products[j] for j in columns],
                "cooperatives": self.counts[rows, columns].astype(np.int64),
                "quotient": self.quotients[rows, columns],
            }
        )

    def glance(self) -> pl.DataFrame:
        """Return one row: places, how many have one product, mean concentration beside chance."""
        judged = self.frame.filter(pl.col("cooperatives") >= self.least)
        means = [
            math.fsum(judged[name].to_list()) / judged.height if judged.height else None
            for name in ("concentration", "by_chance")
        ]
        return pl.DataFrame(
            {
                "places": [len(self.places)],
                "judged": [judged.height],
                "one_product": [int(self.frame["one_product"].sum())],
                "concentration": [means[0]],
                "by_chance": [means[1]],
            },
            schema_overrides={"concentration": pl.Float64, "by_chance": pl.Float64},
        )

    def summary(self) -> Table:
        """Return the places, most concentrated first."""
        ordered = self.frame.sort(
            ["one_product", "share", "cooperatives"], descending=True, maintain_order=True
        )
        rows = tuple(
            Row(
                (
                    text(row["place"] or say("no_unit")),
                    integer(row["cooperatives"]),
                    text(row["leading"] or say("no_unit")),
                    percent(row["share"], 1),
                    number(row["quotient"], 2),
                    number(row["concentration"], 3),
                    number(row["by_chance"], 3),
                    text(say("yes") if row["one_product"] else ""),
                )
            )
            for row in ordered.iter_rows(named=True)
        )
        columns = (
            Column("place", say("place"), "left"),
            Column("cooperatives", say("cooperatives")),
            Column("leading", say("leading"), "left"),
            Column("share", say("leading_share")),
            Column("quotient", say("quotient")),
            Column("concentration", say("concentration")),
            Column("by_chance", say("by_chance")),
            Column("one_product", say("one_product"), "left"),
        )
        legend = (
            say("quotient_legend"),
            say("one_product_legend", share=f"{100 * self.threshold:.0f} %", least=self.least),
        )
        return Table(
            "specialisation",
            say("specialisation_title"),
            columns,
            rows,
            notes=self.notes,
            legend=legend,
            language=words.language(),
        )

    def plot(self, most: int = 15) -> Figure:
        """Return location quotients of the largest places and products as a heat map."""
        rows = np.argsort(-self.counts.sum(axis=1), kind="stable")[:most]
        columns = np.argsort(-self.counts.sum(axis=0), kind="stable")[:most]
        return heat_map(
            self.quotients[np.ix_(rows, columns)],
            [self.places[i] or say("no_unit") for i in rows],
            [self.products[j] or say("no_unit") for j in columns],
            id="location-quotients",
            title=say("quotients_title"),
            signed=False,
            axis=say("quotient"),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "method": "specialisation",
            "places": self.frame.to_dicts(),
            "quotients": self.tidy().to_dicts(),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        return self.summary().to_text()


def specialisation(
    data: Any, place: str, product: str, *, threshold: float = 0.5, least: int = 3
) -> Specialisation:
    """Say what places specialise in.

    Parameters
    ----------
    data
        One row a cooperative: a Survey or any frame.
    place, product
        Columns. Rows without a product are left out and counted.
    threshold
        Share of the leading product from which a place counts as "one product".
    least
        Cooperatives that a place needs to be judged: one alone is always of one product.

    Raises
    ------
    DataError
        A column absent, or no cooperative with a product.
    """
    frame = as_survey(data).frame
    absent = [column for column in (place, product) if column not in frame.columns]
    if absent:
        raise DataError(
            "cooperatives.statistics.no_column", columns=absent, known=list(frame.columns)
        )
    known = frame.filter(pl.col(product).is_not_null() & (pl.col(product).cast(pl.String) != ""))
    if not known.height:
        raise DataError("cooperatives.statistics.no_product", column=product)
    where = ["" if value is None else str(value) for value in known[place].to_list()]
    what = [str(value) for value in known[product].to_list()]
    places, products = tuple(sorted(set(where))), tuple(sorted(set(what)))
    row = {name: i for i, name in enumerate(places)}
    column = {name: j for j, name in enumerate(products)}
    counts = np.zeros((len(places), len(products)))
    for i, j in zip(where, what, strict=True):
        counts[row[i], column[j]] += 1
    notes = []
    if known.height < frame.height:
        values = {"n": frame.height - known.height, "column": product}
        notes.append(Note("cooperatives.statistics.without_product", "caution", values))
    return specialisation_of(
        counts, places, products, threshold=threshold, least=least, notes=tuple(notes)
    )


def specialisation_of(
    counts: Floats,
    places: tuple[str, ...],
    products: tuple[str, ...],
    *,
    threshold: float = 0.5,
    least: int = 3,
    notes: tuple[Note, ...] = (),
) -> Specialisation:
    """Do :func:`specialisation` on a table of counts, shape ``(places, products)``."""
    n = counts.sum(axis=1)
    leading = counts.argmax(axis=1)
    each = np.arange(len(places))
    quotients = ms.location_quotients(counts)
    with np.errstate(invalid="ignore"):
        share = counts[each, leading] / n
    frame = pl.DataFrame(
        {
            "place": list(places),
            "cooperatives": n.astype(np.int64),
            "leading": [products[j] if n[i] else "" for i, j in enumerate(leading)],
            "share": share,
            "quotient": quotients[each, leading],
            "concentration": ms.herfindahl(counts),
            "by_chance": ms.herfindahl_by_chance(counts),
            "one_product": (n >= least) & (share >= threshold),
        }
    )
    return Specialisation(places, products, counts, quotients, frame, threshold, least, notes)
