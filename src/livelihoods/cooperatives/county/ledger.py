"""What the synthetic county traded: deliveries, inputs, services, sales, market quotations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from livelihoods.cooperatives.county.people import Mask, People, days
from livelihoods.cooperatives.county.plan import PRODUCTS, YEARS, Plan, numbered
from livelihoods.typing import Floats, Ints

START = date(YEARS[0], 1, 1)
SPAN = (date(YEARS[-1], 12, 31) - START).days
WEEKS = SPAN // 7 + 1
_PIECE = 2_000_000


@dataclass(frozen=True, slots=True)
class Market:
    """Weekly market prices.

    Attributes
    ----------
    names, units
        Product and unit, p of them.
    price
        Yuan a unit, shape (p, weeks).
    volume
        Usual volume of a delivery, shape (p,).
    first, count
        By sector: number of its first product, and how many.
    """

    names: tuple[str, ...]
    units: tuple[str, ...]
    price: Floats
    volume: Floats
    first: Ints
    count: Ints


@dataclass(frozen=True, slots=True)
class Totals:
    """Cents and volume by cooperative and year, shape (n, years), gathered while trade is drawn."""

    bought: Ints
    sold: Ints


def draw_market(plan: Plan) -> Market:
    """Draw a seasonal random walk for each product."""
    rng = plan.rng("market")
    rows = [(s, *product) for s, products in enumerate(PRODUCTS.values()) for product in products]
    week = np.arange(WEEKS)
    walk = np.cumsum(rng.normal(0, 0.01, (len(rows), WEEKS)), axis=1)
    season = 0.08 * np.sin(2 * np.pi * (week / 52 + rng.random((len(rows), 1))))
    base = np.array([row[3] for row in rows])
    sectors = np.array([row[0] for row in rows])
    return Market(
        tuple(row[1] for row in rows),
        tuple(row[2] for row in rows),
        np.round(base[:, None] * np.exp(walk + season), 2),
        np.array([row[4] for row in rows]),
        np.array([int(np.flatnonzero(sectors == s)[0]) for s in range(len(PRODUCTS))]),
        np.bincount(sectors),
    )


def quotations(market: Market) -> pl.DataFrame:
    """Return the weekly quotations of one county market, grade 1."""
    p = len(market.names)
    product = np.repeat(np.arange(p), WEEKS)
    return pl.DataFrame(
        {
            "market": ["county"] * (p * WEEKS),
            "product": pl.Series(market.names).gather(product),
            "grade": ["1"] * (p * WEEKS),
            "day": days(START, np.tile(np.arange(WEEKS) * 7, p)),
            "unit": pl.Series(market.units).gather(product),
            "price_cents": np.round(market.price.ravel() * 100).astype(np.int64),
        }
    )


def deliveries(
    plan: Plan, people: People, market: Market, totals: Totals
) -> Iterator[pl.DataFrame]:
    """Yield the deliveries piece by piece and add them up into ``totals``."""
    per_member = _per_member(plan, people)
    member = np.repeat(np.arange(len(per_member)), per_member)
    for number, start in enumerate(range(0, len(member), _PIECE)):
        yield _piece(plan, people, market, totals, member[start : start + _PIECE], start, number)


def _per_member(plan: Plan, people: People) -> Ints:
    """Share the rows out by land; cooperatives without trade get none."""
    idle = plan.marks("shell-no-business", "shell-no-evidence")[people.coop]
    weight = np.where(idle, 0.0, np.sqrt(people.land))
    lone = plan.marks("one-member")[people.coop]
    weight[lone] *= np.where(people.place[lone] == 1, 1.0, 0.15)
    weight[plan.marks("shell-grant")[people.coop]] *= 0.01
    rows: Ints = np.floor(plan.ledger_rows * weight / weight.sum()).astype(np.int64)
    rows[np.flatnonzero(weight)[: plan.ledger_rows - int(rows.sum())]] += 1
    return rows


def _piece(
    plan: Plan,
    people: People,
    market: Market,
    totals: Totals,
    member: Ints,
    start: int,
    number: int,
) -> pl.DataFrame:
    rng = plan.rng(f"deliveries.{number}")
    n = len(member)
    coop = people.coop[member]
    sector = plan.sector[coop]
    product = market.first[sector] + rng.integers(0, 1 << 30, n) % market.count[sector]
    day = _days(plan, rng, coop)
    grade = 1 + (rng.random(n) < 0.3)
    outside = _outside(plan, people, rng, member)
    related = plan.marks("squeeze-related")[coop] & (people.place[member] < 2)
    lone = plan.marks("one-member")[coop] & (people.place[member] == 1)
    volume = market.volume[product] * rng.lognormal(0, 0.35, n) * np.where(lone, 60.0, 1.0)
    volume = np.round(volume, 1)
    price = market.price[product, day // 7] * np.where(grade == 1, 1.02, 0.93)
    price *= _squeezed(plan, people, member, related) * rng.lognormal(0, 0.01, n)
    volume, value = _rounded(plan, coop, volume, volume * price)
    deduction = value * rng.uniform(0.0, 0.02, n)
    deduction += (
        value
        * 0.06
        * (plan.marks("squeeze-deduction")[coop] & ~people.core[member] & (day % 365 > 250))
    )
    _add(totals.bought, coop, day, value - deduction)
    _add(totals.sold, coop, day, volume * market.price[product, day // 7] * 1.18 * 100)
    return pl.DataFrame(
        {
            "cooperative": plan.ids().gather(coop),
            "receipt": numbered("R", np.arange(start, start + n), 9),
            "trade": np.select([related, outside], ["related", "non_member"], "member"),
            "member": pl.select(
                pl.when(pl.Series(outside)).then(None).otherwise(people.ids.gather(member))
            ).to_series(),
            "partner": pl.select(
                pl.when(pl.Series(outside)).then(pl.lit("outside seller")).otherwise(None)
            ).to_series(),
            "day": days(START, day),
            "product": pl.Series(market.names).gather(product),
            "grade": pl.Series(grade).cast(pl.String),
            "unit": pl.Series(market.units).gather(product),
            "volume": volume,
            "value_cents": np.round(value).astype(np.int64),
            "deduction_cents": np.round(deduction).astype(np.int64),
        }
    )


def _days(plan: Plan, rng: np.random.Generator, coop: Ints) -> Ints:
    day = rng.integers(0, SPAN + 1, len(coop))
    spike = plan.marks("year-end-spike")[coop] & (rng.random(len(coop)) < 0.7)
    day[spike] = day[spike] // 365 * 365 + rng.integers(355, 365, int(spike.sum()))
    stopped = plan.marks("shell-stopped")[coop]
    day[stopped] %= 150
    return np.minimum(day, SPAN)


def _outside(plan: Plan, people: People, rng: np.random.Generator, member: Ints) -> Mask:
    """Tell which deliveries come from non-members: a tenth, all but the core's at a shell."""
    outside = rng.random(len(member)) < 0.1
    empty = plan.marks("shell-no-participation")[people.coop[member]]
    outside |= empty & (people.place[member] > 2)
    return outside & ~plan.marks("one-member")[people.coop[member]]


def _squeezed(plan: Plan, people: People, member: Ints, related: Mask) -> Floats:
    """Return what the cooperative pays relative to the market."""
    coop = people.coop[member]
    factor = np.where(plan.marks("squeeze-price")[coop] & ~people.core[member], 0.90, 1.0)
    return np.where(related, 1.15, factor)


def _rounded(plan: Plan, coop: Ints, volume: Floats, value: Floats) -> tuple[Floats, Floats]:
    """Return volume and cents, in invented round hundreds where that is planted."""
    invented = plan.marks("round-numbers")[coop]
    volume = np.where(invented, np.maximum(np.round(volume, -2), 100), volume)
    value = np.where(invented, np.maximum(np.round(value, -3), 1000), value)
    return volume, value * 100


def _add(total: Ints, coop: Ints, day: Ints, cents: Floats) -> None:
    year = np.minimum(day // 365, len(YEARS) - 1)
    flat = np.bincount(coop * len(YEARS) + year, weights=np.round(cents), minlength=total.size)
    total += flat.reshape(total.shape).astype(np.int64)


def _served(plan: Plan, people: People) -> Mask:
    """Tell who buys inputs and services: at a shell without participation, its officers alone."""
    idle = plan.marks("shell-no-business", "shell-no-evidence", "shell-stopped")[people.coop]
    absent = plan.marks("shell-no-participation")[people.coop] & (people.place > 2)
    return ~(idle | absent)


def inputs(plan: Plan, people: People) -> pl.DataFrame:
    """Return two purchases of inputs a member and year, cheaper than outside."""
    rng = plan.rng("inputs")
    trading = _served(plan, people)
    member = np.repeat(np.flatnonzero(trading), 2 * len(YEARS))
    n = len(member)
    quantity = np.round(people.land[member] * rng.uniform(15, 40, n), 1)
    outside = np.round(quantity * 3.2 * 100)
    return pl.DataFrame(
        {
            "cooperative": plan.ids().gather(people.coop[member]),
            "receipt": numbered("I", np.arange(n), 9),
            "trade": ["member"] * n,
            "member": people.ids.gather(member),
            "day": days(START, rng.integers(0, SPAN + 1, n)),
            "item": ["fertiliser"] * n,
            "unit": ["kg"] * n,
            "quantity": quantity,
            "value_cents": np.round(outside * rng.uniform(0.9, 0.97, n)).astype(np.int64),
            "outside_value_cents": outside.astype(np.int64),
        }
    )


def services(plan: Plan, people: People) -> pl.DataFrame:
    """Return one service a member and year, by stage of production."""
    rng = plan.rng("services")
    trading = _served(plan, people)
    member = np.repeat(np.flatnonzero(trading), len(YEARS))
    n = len(member)
    stage = rng.integers(0, 3, n)
    outside = np.round(people.land[member] * 80) * 100
    return pl.DataFrame(
        {
            "cooperative": plan.ids().gather(people.coop[member]),
            "receipt": numbered("S", np.arange(n), 9),
            "trade": ["member"] * n,
            "member": people.ids.gather(member),
            "day": days(START, rng.integers(0, SPAN + 1, n)),
            "stage": pl.Series(["before", "during", "after"]).gather(stage),
            "service": pl.Series(["seedlings", "ploughing", "grading"]).gather(stage),
            "quantity": people.land[member],
            "unit": ["mu"] * n,
            "charge_cents": np.round(outside * 0.9).astype(np.int64),
            "outside_charge_cents": outside.astype(np.int64),
        }
    )


def sales(plan: Plan, market: Market, totals: Totals) -> pl.DataFrame:
    """Return the cooperatives' own sales, four a month, that add up to what was taken in."""
    rng = plan.rng("sales")
    each = 48
    coop, year = (g.ravel() for g in np.indices(totals.sold.shape))
    alive = totals.sold.ravel() > 0
    coop, year = np.repeat(coop[alive], each), np.repeat(year[alive], each)
    n = len(coop)
    value = totals.sold[coop, year] // each
    late = plan.marks("shell-stopped")[coop]
    day = np.minimum(year * 365 + rng.integers(0, 365, n), SPAN)
    day[late] %= 150
    product = market.first[plan.sector[coop]]
    price = market.price[product, day // 7] * 1.18
    order = rng.random(n) < 0.4
    buyers = np.array(["wholesale", "supermarket", "processor", "online"])
    return pl.DataFrame(
        {
            "cooperative": plan.ids().gather(coop),
            "receipt": numbered("V", np.arange(n), 9),
            "day": days(START, day),
            "buyer": ["buyer"] * n,
            "buyer_kind": buyers[rng.integers(0, 4, n)],
            "linkage": np.where(order, "order", "spot"),
            "product": pl.Series(market.names).gather(product),
            "grade": ["1"] * n,
            "unit": pl.Series(market.units).gather(product),
            "volume": np.round(value / 100 / price, 1),
            "value_cents": value,
            "brand": rng.random(n) < 0.2,
        }
    )
