"""Where the money comes from: sources of finance, their shares and what they cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import polars as pl

from livelihoods import words
from livelihoods.cooperatives.finance.loans import DayCount, Flow, effective_rate
from livelihoods.cooperatives.finance.wording import say, within
from livelihoods.errors import DataError, SpecError
from livelihoods.figures import theme
from livelihoods.figures.model import Figure
from livelihoods.notes import Note
from livelihoods.tables import BLANK, Column, Row, Table, number, percent, text

SourceKind = Literal[
    "contributions",
    "reserve",
    "special_fund",
    "bank_loan",
    "member_loan",
    "mutual_credit",
    "trade_credit",
    "prepayment",
    "subsidy",
    "other",
]
SOURCE_KINDS: tuple[SourceKind, ...] = get_args(SourceKind)


@dataclass(frozen=True, slots=True)
class FinanceSource:
    """One source of finance.

    Attributes
    ----------
    name
        Whose money.
    kind
        One of ``SOURCE_KINDS``.
    amount
        Outstanding, in any one unit of money; not negative.
    flows
        Dated flows from which the effective rate is found; empty where nothing is owed for it.
    rate
        Effective annual rate where it is known and no flows are.
    """

    name: str
    kind: SourceKind
    amount: float
    flows: tuple[Flow, ...] = ()
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class FinanceSources:
    """Sources side by side.

    Attributes
    ----------
    frame
        ``name, kind, amount, share, rate, cost`` (a year, at the effective rate); rate is null
        where the source has no stated price.
    effective_number
        ``1/Σ share²`` over kinds: how many equally large channels would be as concentrated.
    average_rate
        Cost over the amount of the sources that have a price; None without one.
    day_count
        How days were counted.
    notes
        Findings.
    """

    frame: pl.DataFrame
    effective_number: float
    average_rate: float | None
    day_count: DayCount
    notes: tuple[Note, ...] = ()

    def tidy(self) -> pl.DataFrame:
        """Return one row a source."""
        return self.frame

    def glance(self) -> pl.DataFrame:
        """Return one row: sum, number of channels, average rate."""
        return pl.DataFrame(
            {
                "amount": [math.fsum(self.frame["amount"].to_list())],
                "sources": [self.frame.height],
                "effective_number": [self.effective_number],
                "average_rate": [self.average_rate],
            },
            schema_overrides={"average_rate": pl.Float64},
        )

    def summary(self) -> Table:
        """Return the sources as a table."""
        rows = [
            Row(
                (
                    text(row["name"]),
                    text(say(f"kind_{row['kind']}")),
                    number(row["amount"], 2),
                    percent(row["share"], 1),
                    percent(row["rate"], 2),
                    number(row["cost"], 2),
                )
            )
            for row in self.frame.iter_rows(named=True)
        ]
        whole = self.glance().row(0, named=True)
        costs = [cost for cost in self.frame["cost"].to_list() if cost is not None]
        total = (
            text(say("total")),
            BLANK,
            number(whole["amount"], 2),
            percent(1.0, 1),
            percent(self.average_rate, 2),
            number(math.fsum(costs) if costs else None, 2),
        )
        columns = (
            Column("name", say("source"), "left"),
            Column("kind", say("kind"), "left"),
            Column("amount", say("amount")),
            Column("share", say("share")),
            Column("rate", say("effective_rate")),
            Column("cost", say("cost_a_year")),
        )
        legend = (
            say("rate_legend", day_count=self.day_count),
            say("channels_legend", number=f"{self.effective_number:.2f}"),
        )
        return Table(
            "finance-sources",
            say("sources_title"),
            columns,
            (*rows, Row(total, "total", True)),
            notes=self.notes,
            legend=legend,
            language=words.language(),
        )

    def plot(self) -> Figure:
        """Return one bar a source, its effective rate written beside it."""
        values = [
            {
                "name": row["name"],
                "kind": say(f"kind_{row['kind']}"),
                "amount": row["amount"],
                "label": "" if row["rate"] is None else f"{100 * row['rate']:.1f} %",
            }
            for row in self.frame.iter_rows(named=True)
        ]
        kinds = list(dict.fromkeys(row["kind"] for row in values))
        y = {"field": "name", "type": "nominal", "sort": None, "title": None}
        x = {"field": "amount", "type": "quantitative", "title": say("amount")}
        colour = {
            "field": "kind",
            "type": "nominal",
            "scale": theme.series_scale(kinds, theme.SERIES),
            "legend": {"columns": theme.legend_columns(kinds)},
        }
        rate = {"field": "label"}
        spec = {
            "width": theme.WIDTH - 160,
            "height": {"step": 26},
            "data": {"values": values},
            "layer": [
                {"mark": {"type": "bar"}, "encoding": {"y": y, "x": x, "color": colour}},
                {
                    "mark": {"type": "text", "align": "left", "dx": 4},
                    "encoding": {"y": y, "x": x, "text": rate},
                },
            ],
        }
        parts = [f"{row['name']}: {row['amount']:,.0f} {row['label']}".strip() for row in values]
        alt = say("sources_alt", parts=parts)
        title = say("sources_title")
        return Figure("finance-sources", title, spec, alt, language=words.language())

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "method": "finance_sources",
            "day_count": self.day_count,
            "sources": self.frame.to_dicts(),
            "glance": self.glance().row(0, named=True),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        return self.summary().to_text()


def finance_sources(
    sources: Sequence[FinanceSource], *, day_count: DayCount = "actual/365", dominant: float = 0.8
) -> FinanceSources:
    """Set sources of finance side by side with what they cost.

    Parameters
    ----------
    sources
        At least one with a positive amount.
    day_count
        See :func:`~livelihoods.cooperatives.finance.loans.year_fraction`.
    dominant
        Share of one kind from which the result says that the channels are narrow.

    Raises
    ------
    DataError
        No money at all; a negative amount; flows without a rate.
    SpecError
        An unknown kind; a source with both flows and a rate.
    """
    within("dominant", dominant, 0.0, 1.0)
    _check(sources)
    whole = math.fsum(source.amount for source in sources)
    if not whole > 0:
        raise DataError("cooperatives.finance.no_money")
    rates = [_rate(source, day_count) for source in sources]
    costs = [
        None if rate is None else rate * source.amount
        for source, rate in zip(sources, rates, strict=True)
    ]
    by_kind: dict[str, float] = {}
    for source in sources:
        by_kind[source.kind] = by_kind.get(source.kind, 0.0) + source.amount / whole
    priced = math.fsum(s.amount for s, rate in zip(sources, rates, strict=True) if rate is not None)
    paid = math.fsum(cost for cost in costs if cost is not None)
    frame = pl.DataFrame(
        {
            "name": [source.name for source in sources],
            "kind": [source.kind for source in sources],
            "amount": [float(source.amount) for source in sources],
            "share": [source.amount / whole for source in sources],
            "rate": rates,
            "cost": costs,
        },
        schema_overrides={"rate": pl.Float64, "cost": pl.Float64},
    )
    notes = []
    top = max(by_kind, key=lambda kind: by_kind[kind])
    if by_kind[top] >= dominant:
        values = {"kind": say(f"kind_{top}"), "share": f"{100 * by_kind[top]:.0f} %"}
        notes.append(Note("cooperatives.finance.narrow_channels", "caution", values))
    return FinanceSources(
        frame,
        1.0 / math.fsum(share * share for share in by_kind.values()),
        paid / priced if priced > 0 else None,
        day_count,
        tuple(notes),
    )


def _rate(source: FinanceSource, day_count: DayCount) -> float | None:
    return effective_rate(source.flows, day_count) if source.flows else source.rate


def _check(sources: Sequence[FinanceSource]) -> None:
    for source in sources:
        if source.kind not in SOURCE_KINDS:
            raise SpecError(
                "cooperatives.finance.unknown_option",
                name="kind",
                given=source.kind,
                known=list(SOURCE_KINDS),
            )
        if not (math.isfinite(source.amount) and source.amount >= 0):
            raise DataError("cooperatives.finance.negative_amount", name=source.name)
        if source.flows and source.rate is not None:
            raise SpecError("cooperatives.finance.two_rates", name=source.name)
