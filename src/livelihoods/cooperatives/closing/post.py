"""Close a year: everything posted in one transaction, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from livelihoods.cooperatives.charter import Charter
from livelihoods.cooperatives.closing.choices import charter_text, floor_broken
from livelihoods.cooperatives.closing.ledger import receipt_of
from livelihoods.cooperatives.closing.plan import ClosingPlan, preview
from livelihoods.errors import DataError, RefusedError

if TYPE_CHECKING:
    from livelihoods.cooperatives.register import Posting, Register


def close_year(
    register: Register,
    cooperative: str,
    year: int,
    charter: Charter | None = None,
    closed_on: date | None = None,
    author: str = "",
) -> ClosingPlan:
    """Close a cooperative's year: divide its surplus and post what each member is owed.

    Posts ``closings``, ``distributions``, the reserve extracted and what was converted to
    contribution in one transaction: after an interruption either all of it stands or nothing.

    Parameters
    ----------
    register
        A register open for posting.
    cooperative, year
        Which year of which cooperative.
    charter
        The choices; None takes the charter that the register has for the last day of the year.
    closed_on
        Day of the closing, not before the last day of the year, which it is unless given.
        Members, contributions and property are those of the last day of the year in any case.
    author
        Who closes, for the trail.

    Returns
    -------
    ClosingPlan
        The plan that was posted.

    Raises
    ------
    DataError
        The year or a later one is closed already, it is not over on ``closed_on``, or what
        ``preview`` refuses.
    RefusedError
        The charter returns less by transaction than the law's floor (PRC 2017, art. 44).
    """
    on = closed_on or date(year, 12, 31)
    _check_open(register, cooperative, year, on)
    plan = preview(register, cooperative, year, charter)
    broken = floor_broken(plan.book.kind, plan.book.on, plan.charter)
    if broken and broken[2]:
        raise RefusedError(
            "cooperatives.closing_below_floor",
            share=f"{float(plan.charter.patronage_share):.2%}",
            article=broken[0],
            floor=broken[1],
        )
    with register.post("close", author=author, note=f"{cooperative} {year}") as posting:
        _post(posting, plan, on)
    return replace(plan, closed_on=on)


def _check_open(register: Register, cooperative: str, year: int, on: date) -> None:
    if on < date(year, 12, 31):
        raise DataError("cooperatives.closing_too_early", year=year, day=on.isoformat())
    last = register.value(
        "SELECT max(year) FROM closings WHERE cooperative = ? AND year >= ?", [cooperative, year]
    )
    if last is None:
        return
    if register.value(
        "SELECT count(*) FROM closings WHERE cooperative = ? AND year = ?", [cooperative, year]
    ):
        raise DataError("cooperatives.closing_twice", cooperative=cooperative, year=year)
    raise DataError(
        "cooperatives.closing_later", cooperative=cooperative, year=year, later=int(last)
    )


def _post(posting: Posting, plan: ClosingPlan, on: date) -> None:
    book, split = plan.book, plan.split
    key = {"cooperative": book.cooperative, "year": book.year}
    closing = {
        **key,
        "closed_on": on,
        "base": split.base,
        "charter": charter_text(plan.charter),
        "surplus_cents": book.accounts.surplus,
        "reserve_cents": split.reserve,
        "distributable_cents": split.distributable,
        "other_base_cents": split.other_base,
        "patronage_cents": split.patronage_total,
        "residual_cents": split.residual_total,
    }
    posting.append("closings", pl.DataFrame([closing]))
    shares = plan.tidy().select(
        pl.lit(book.cooperative).alias("cooperative"),
        pl.lit(book.year).alias("year"),
        "member",
        "patronage_cents",
        "residual_cents",
        "reserve_credit_cents",
        "converted_cents",
    )
    posting.append("distributions", shares)
    own = receipt_of(book.year)
    if split.reserve:
        extracted = {
            "cooperative": book.cooperative,
            "receipt": own,
            "day": book.on,
            "movement": "extracted",
            "amount_cents": split.reserve,
        }
        posting.append("reserve_movements", pl.DataFrame([extracted]))
    converted = shares.filter(pl.col("converted_cents") > 0)
    if converted.height:
        posting.append(
            "contributions",
            converted.select(
                "cooperative",
                pl.concat_str(pl.lit(f"{own}-"), "member").alias("receipt"),
                "member",
                pl.lit(on).alias("day"),
                pl.lit("money").alias("kind"),
                pl.lit("converted").alias("movement"),
                pl.col("converted_cents").alias("amount_cents"),
            ),
        )
