"""What a row must hold to by itself, and among the rows of its own file."""

from __future__ import annotations

import polars as pl

from livelihoods.cooperatives.register.reasons import Reasons
from livelihoods.cooperatives.register.schema import TableShape, heading


def check_rows(wanted: TableShape, rows: pl.DataFrame, reasons: Reasons) -> None:
    """Check what one row can tell: order of dates and amounts, who is named in a trade.

    Parameters
    ----------
    wanted
        The table.
    rows
        Values, with ``line``; null where empty or refused already.
    reasons
        Where refusals are written.
    """
    for low, high in wanted.order:
        if low in rows.columns and high in rows.columns:
            wrong = rows.filter(pl.col(low) > pl.col(high))
            shown = pl.Series([heading(wanted.name, high)] * wrong.height, dtype=pl.String)
            reasons.add("out_of_order", low, wrong["line"], shown)
    if "trade" in rows.columns and "member" in wanted.names:
        _check_trade(rows, reasons)


def _check_trade(rows: pl.DataFrame, reasons: Reasons) -> None:
    """Member and non-member trade are kept apart (PRC law of 2017, art. 41)."""
    named = pl.col("member").is_not_null() if "member" in rows.columns else pl.lit(False)
    outside = rows.filter((pl.col("trade") == "non_member") & named)
    if outside.height:
        reasons.add("non_member_named", "member", outside["line"], outside["member"])
    unnamed = rows.filter((pl.col("trade") == "member") & ~named)
    reasons.add("member_unnamed", "member", unnamed["line"])


def check_repeats(wanted: TableShape, rows: pl.DataFrame, reasons: Reasons) -> None:
    """Refuse rows that share their key: a copy goes, rows that disagree all go.

    Parameters
    ----------
    wanted
        The table.
    rows
        Rows without any other fault, with ``line``.
    reasons
        Where refusals are written.
    """
    key = [name for name in wanted.key if name in rows.columns]
    first = pl.col("line").first().over(key)
    doubled = rows.filter(pl.len().over(key) > 1)
    if not doubled.height:
        return
    others = [name for name in rows.columns if name not in ("line", *key)]
    marked = doubled.with_columns(
        first.alias("first line"),
        # All but the line alike, null for null.
        pl.struct(others).n_unique().over(key).alias("versions")
        if others
        else pl.lit(1).alias("versions"),
    )
    last = pl.col("line").last().over(key)
    marked = marked.with_columns(last.alias("last line"))
    copies = marked.filter((pl.col("versions") == 1) & (pl.col("line") != pl.col("first line")))
    reasons.add("repeated_line", "", copies["line"], copies["first line"])
    different = marked.filter(pl.col("versions") > 1)
    other = (
        pl.when(pl.col("line") == pl.col("first line")).then("last line").otherwise("first line")
    )
    reasons.add(
        "conflicting_lines", "", different["line"], different.select(other.alias("o")).to_series()
    )
