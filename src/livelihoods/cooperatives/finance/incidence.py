"""Who gains and who pays: farmers, consumers, the budget and the insurer, harvest by harvest.

Everything is measured against the same harvest without the instrument. Farmers gain receipts and
payments less their premium; consumers gain ``∫ D dp``; the budget pays subsidies, deficiency
payments or the purchases of the buffer stock, which owns the stock it bought; the insurer keeps
premiums less payments.

    farmers + consumers + budget + insurer + withheld = 0

where ``withheld`` is what consumers would have paid at most for the goods that lie in the buffer
stock (zero for transfers). What the stock will sell for is another season's question.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.cooperatives.finance import harvest as hv
from livelihoods.cooperatives.finance.wording import say, within
from livelihoods.errors import DataError
from livelihoods.figures import theme
from livelihoods.figures.model import Figure
from livelihoods.notes import Note
from livelihoods.tables import Column, Row, Table, number, text

if TYPE_CHECKING:
    from livelihoods.typing import Floats

_COLUMNS = (
    "price",
    "consumer_price",
    "sales",
    "payment",
    "premium",
    "farmers",
    "consumers",
    "budget",
    "insurer",
    "stock",
    "withheld",
)


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms an instrument is given.

    Attributes
    ----------
    coverage
        κ: the trigger as a share of the normal price, volume or revenue.
    loading
        What the insurer adds to the fair premium, as a share of it.
    subsidy
        Share of the premium that the budget pays, 0 to 1.
    """

    coverage: float = 1.0
    loading: float = 0.0
    subsidy: float = 0.0


@dataclass(frozen=True, slots=True)
class Incidence:
    """What each instrument does at each harvest.

    Attributes
    ----------
    market, terms, harvest_cv
        What was asked.
    frame
        One row an instrument and harvest: ``instrument, harvest, price`` (that farmers get on the
        market), ``consumer_price, sales`` (receipts from the market or the agency), ``payment,
        premium`` (whole), ``farmers, consumers, budget, insurer`` (gains against no instrument),
        ``stock`` (units bought), ``withheld`` (value of these units to consumers).
    notes
        Findings.
    """

    market: hv.Market
    terms: Mapping[str, Terms]
    harvest_cv: float
    frame: pl.DataFrame
    notes: tuple[Note, ...] = ()

    def tidy(self) -> pl.DataFrame:
        """Return one row an instrument and harvest."""
        return self.frame

    def glance(self) -> pl.DataFrame:
        """Return one row: elasticity of demand, and of revenue with respect to the harvest."""
        ratio = 1.0 - 1.0 / self.market.elasticity
        return pl.DataFrame(
            {
                "elasticity": [self.market.elasticity],
                "revenue_elasticity": [ratio],
                "harvest_cv": [self.harvest_cv],
                "normal_revenue": [self.market.revenue],
            }
        )

    def summary(self) -> Table:
        """Return gains in per cent of a normal year's revenue, instruments within harvests."""
        rows: list[Row] = []
        for ratio in self.frame["harvest"].unique(maintain_order=True).to_list():
            part = self.frame.filter(pl.col("harvest") == ratio)
            first = part.row(0, named=True)
            head = say(
                "harvest_head",
                harvest=f"{100 * ratio:.0f} %",
                price=f"{first['price']:,.2f}",
                revenue=f"{100 * first['sales'] / self.market.revenue:.1f} %",
            )
            rows.append(Row((text(head), *([text("")] * 7)), "section"))
            rows += [
                self._row(row) for row in part.iter_rows(named=True) if row["instrument"] != "none"
            ]
        columns = [Column("instrument", say("instrument"), "left")]
        columns += [
            Column(name, say(f"gain_{name}"))
            for name in ("payment", "premium", "farmers", "consumers", "budget", "insurer", "stock")
        ]
        return Table(
            "harvest-incidence",
            say("incidence_title"),
            tuple(columns),
            tuple(rows),
            notes=self.notes,
            legend=(say("incidence_legend"), *self._terms()),
            language=words.language(),
        )

    def _row(self, row: Mapping[str, Any]) -> Row:
        share = 100.0 / self.market.revenue
        cells = [
            number(row[name] * share, 1)
            for name in ("payment", "premium", "farmers", "consumers", "budget", "insurer")
        ]
        stock = number(100.0 * row["stock"] / self.market.volume, 1)
        return Row((text(say(row["instrument"])), *cells, stock), indent=1)

    def _terms(self) -> list[str]:
        return [
            say(
                "terms_legend" if name in hv.INSURANCES else "terms_plain_legend",
                instrument=say(name),
                coverage=f"{100 * terms.coverage:.0f} %",
                loading=f"{100 * terms.loading:.0f} %",
                subsidy=f"{100 * terms.subsidy:.0f} %",
                pays=_pays(name, self.market.elasticity, terms.coverage),
            )
            for name, terms in self.terms.items()
        ]

    def plot(self) -> Figure:
        """Return farmers' receipts over the harvest, one line an instrument."""
        return _figure(self)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "method": "harvest_incidence",
            "market": asdict(self.market),
            "terms": {name: asdict(terms) for name, terms in self.terms.items()},
            "harvest_cv": self.harvest_cv,
            "rows": self.frame.to_dicts(),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        return self.summary().to_text()


def harvest_incidence(
    market: hv.Market,
    harvests: Sequence[float] = (0.7, 0.85, 1.0, 1.15, 1.3),
    *,
    terms: Mapping[str, Terms] | None = None,
    harvest_cv: float = 0.2,
) -> Incidence:
    """Set every instrument beside none, harvest by harvest.

    Parameters
    ----------
    market
        The normal year and the elasticity of demand.
    harvests
        Q/Q0, positive: 1.3 is a harvest 30 % above normal.
    terms
        Instrument -> :class:`Terms`; all instruments at 100 % coverage if left out. A subsidy or
        loading belongs to insurance only.
    harvest_cv
        Coefficient of variation of the lognormal harvest from which fair premiums are computed.

    Raises
    ------
    SpecError
        An unknown instrument; a number outside its bounds; a loading without insurance.
    DataError
        No harvest, or one that is not positive.
    """
    hv.check_market(market)
    within("harvest_cv", harvest_cv, 0.0, 5.0)
    chosen: dict[str, Terms] = dict.fromkeys(hv.INSTRUMENTS[1:], Terms())
    if terms is not None:
        chosen = dict(terms)
    _check(chosen)
    ratios = np.asarray(harvests, np.float64)
    if not ratios.size or not bool(np.all(np.isfinite(ratios) & (ratios > 0))):
        raise DataError("cooperatives.finance.bad_harvest", given=[str(x) for x in harvests])
    parts = [_outcome("none", market, Terms(), harvest_cv, ratios)]
    parts += [_outcome(name, market, t, harvest_cv, ratios) for name, t in chosen.items()]
    frame = pl.concat(parts)
    return Incidence(market, chosen, harvest_cv, frame, _notes(market, chosen, ratios))


def _outcome(
    name: str, market: hv.Market, terms: Terms, harvest_cv: float, ratios: Floats
) -> pl.DataFrame:
    instrument: hv.Instrument = name  # type: ignore[assignment]
    free, volume = hv.price_of(market, ratios), market.volume * ratios
    price, stock, withheld = free, np.zeros_like(free), np.zeros_like(free)
    if instrument == "buffer_stock":
        withheld = hv.withheld_value(market, terms.coverage, ratios)
        stock = hv.bought(market, terms.coverage, ratios)
        price = np.maximum(free, terms.coverage * market.price)
    paid = hv.payment(instrument, market, terms.coverage, ratios)
    insured = instrument in hv.INSURANCES
    fair = hv.fair_premium(instrument, market, terms.coverage, harvest_cv) if insured else 0.0
    premium = np.full_like(free, fair * (1.0 + terms.loading))
    sales = price * volume
    public = terms.subsidy * premium if insured else paid + price * stock
    columns = {
        "price": price,
        "consumer_price": price,
        "sales": sales,
        "payment": paid,
        "premium": premium,
        "farmers": sales + paid - (1.0 - terms.subsidy) * premium - free * volume,
        "consumers": hv.consumer_gain(market, free, price),
        "budget": -public,
        "insurer": premium - paid if insured else np.zeros_like(free),
        "stock": stock,
        "withheld": withheld,
    }
    return pl.DataFrame(
        {
            "instrument": [name] * ratios.size,
            "harvest": ratios,
            **{key: columns[key] for key in _COLUMNS},
        }
    )


def _check(terms: Mapping[str, Terms]) -> None:
    from livelihoods.errors import SpecError

    for name, given in terms.items():
        if name not in hv.INSTRUMENTS[1:]:
            raise SpecError(
                "cooperatives.finance.unknown_option",
                name="instrument",
                given=name,
                known=list(hv.INSTRUMENTS[1:]),
            )
        within(f"{name}: coverage", given.coverage, 0.0, 2.0, open_low=True)
        within(f"{name}: loading", given.loading, 0.0, 5.0)
        within(f"{name}: subsidy", given.subsidy, 0.0, 1.0)
        if name not in hv.INSURANCES and (given.loading or given.subsidy):
            raise SpecError("cooperatives.finance.not_insurance", instrument=name)


def _notes(market: hv.Market, terms: Mapping[str, Terms], ratios: Floats) -> tuple[Note, ...]:
    notes = []
    if market.elasticity < 1.0:
        values = {"elasticity": market.elasticity, "percent": 1.0 / market.elasticity - 1.0}
        notes.append(Note("cooperatives.finance.good_harvest_hurts", "info", values))
        silent = terms.get("yield_insurance")
        if silent is not None and silent.coverage <= 1.0 and bool((ratios > 1.0).any()):
            notes.append(Note("cooperatives.finance.yield_cover_silent", "caution"))
        revenue = terms.get("revenue_insurance")
        if revenue is not None and revenue.coverage < 1.0:
            start, _ = hv.paying_harvests("revenue_insurance", market.elasticity, revenue.coverage)
            values = {"coverage": revenue.coverage, "harvest": start - 1.0}
            notes.append(Note("cooperatives.finance.revenue_cover_from", "caution", values))
    else:
        notes.append(
            Note(
                "cooperatives.finance.good_harvest_helps",
                "info",
                {"elasticity": market.elasticity},
            )
        )
    return tuple(notes)


def _pays(name: str, elasticity: float, coverage: float) -> str:
    low, high = hv.paying_harvests(name, elasticity, coverage)  # type: ignore[arg-type]
    if math.isnan(low):
        return say("pays_never")
    if math.isinf(high):
        return say("pays_above", harvest=f"{100 * low:.1f} %")
    return say("pays_below", harvest=f"{100 * high:.1f} %")


def _figure(found: Incidence) -> Figure:
    """Receipts on a fine grid, so that kinks stand where they are."""
    ratios = found.frame["harvest"].to_numpy()
    grid = np.linspace(min(float(ratios.min()), 0.7), max(float(ratios.max()), 1.3), 61)
    values, names = [], []
    for name in ("none", *found.terms):
        part = _outcome(name, found.market, found.terms.get(name, Terms()), found.harvest_cv, grid)
        names.append(say(name))
        receipts = part["farmers"] + grid * hv.price_of(found.market, grid) * found.market.volume
        values += [
            {
                "instrument": say(name),
                "x": float(x) - 1.0,
                "y": float(y) / found.market.revenue,
            }
            for x, y in zip(grid, receipts, strict=True)
        ]
    colour = {
        "field": "instrument",
        "type": "nominal",
        "scale": theme.series_scale(names, theme.SERIES),
        "legend": {"columns": theme.legend_columns(names)},
    }
    dash = {
        "field": "instrument",
        "type": "nominal",
        "scale": theme.series_scale(names, theme.DASHES),
        "legend": None,
    }
    axis = {"format": "+.0%"}
    spec = {
        "width": theme.WIDTH - 60,
        "height": 280,
        "data": {"values": values},
        "mark": {"type": "line", "strokeWidth": 2.2},
        "encoding": {
            "x": {"field": "x", "type": "quantitative", "title": say("harvest"), "axis": axis},
            "y": {
                "field": "y",
                "type": "quantitative",
                "title": say("receipts"),
                "axis": {"format": ".0%"},
                "scale": {"zero": False},
            },
            "color": colour,
            "strokeDash": dash,
        },
    }
    alt = say("incidence_alt", elasticity=f"{found.market.elasticity:g}", names=names)
    title = say("incidence_title")
    return Figure("harvest-incidence", title, spec, alt, language=words.language())
