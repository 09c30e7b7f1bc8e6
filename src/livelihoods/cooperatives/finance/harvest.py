"""A good harvest that lowers revenue, and who gains from which remedy.

Demand has constant elasticity: ``P = P0 (Q/Q0)^(−1/ε)``, so ``dR/R = (1 − 1/ε) dQ/Q`` and revenue
falls in a good year where ε < 1. The supply of the season is what was harvested: instruments move
money and, for the buffer stock, the quantity that reaches the market; they do not move acreage.

Coverage κ gives every instrument its trigger, with Q0, P0, R0 = P0 Q0 of a normal year:

| instrument        | pays farmers                       |
|-------------------|------------------------------------|
| deficiency payment| ``(κP0 − P)⁺ · Q``, on what is sold |
| buffer stock      | buys ``Q − D(κP0)`` at κP0         |
| yield insurance   | ``(κQ0 − Q)⁺ · P0``                |
| price insurance   | ``(κP0 − P)⁺ · Q0``, on the normal volume |
| revenue insurance | ``(κR0 − PQ)⁺``                    |
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

import numpy as np

from livelihoods.cooperatives.finance.wording import within
from livelihoods.errors import SpecError
from livelihoods.typing import Floats

Instrument = Literal[
    "none",
    "deficiency_payment",
    "buffer_stock",
    "yield_insurance",
    "price_insurance",
    "revenue_insurance",
]
INSTRUMENTS: tuple[Instrument, ...] = get_args(Instrument)
INSURANCES: tuple[Instrument, ...] = ("yield_insurance", "price_insurance", "revenue_insurance")


@dataclass(frozen=True, slots=True)
class Market:
    """A product in a normal year.

    Attributes
    ----------
    price, volume
        P0 and Q0, positive.
    elasticity
        ε > 0, the size of the price elasticity of demand.
    """

    price: float
    volume: float
    elasticity: float

    @property
    def revenue(self) -> float:
        """R0 of a normal year."""
        return self.price * self.volume


def price_of(market: Market, harvest: Floats) -> Floats:
    """Return the price at which a harvest sells; ``harvest`` is Q/Q0 > 0, any shape."""
    return np.asarray(market.price * harvest ** (-1.0 / market.elasticity))


def demand_at(market: Market, price: Floats | float) -> Floats:
    """Return D(P) = Q0 (P/P0)^(−ε)."""
    return np.asarray(market.volume * (np.asarray(price) / market.price) ** (-market.elasticity))


def consumer_gain(market: Market, before: Floats, after: Floats) -> Floats:
    """Return the change in consumers' surplus, ``∫ D(p) dp`` from the new to the old price.

    With k = 1 − ε the integral is ``Q0 P0 ((P/P0)^k)/k``, and R0 ln P where ε = 1.
    """
    old, new = np.asarray(before) / market.price, np.asarray(after) / market.price
    k = 1.0 - market.elasticity
    if abs(k) < 1e-12:
        return np.asarray(market.revenue * np.log(old / new))
    return np.asarray(market.revenue * (old**k - new**k) / k)


def cover(
    instrument: Instrument,
    coverage: float,
    *,
    normal_price: float,
    price: Floats,
    normal: Floats | float,
    own: Floats,
) -> Floats:
    """Return what an instrument pays on given volumes: a whole market, or single farms.

    Parameters
    ----------
    instrument
        One of ``INSTRUMENTS``; a buffer stock pays through the market, see :func:`bought`.
    coverage
        κ, above 0.
    normal_price, price
        P0 and the price of the season.
    normal, own
        Normal volume and volume of the season; shapes broadcast.

    Raises
    ------
    SpecError
        An unknown instrument.
    """
    if instrument in ("none", "buffer_stock"):
        return np.zeros(np.broadcast(price, own).shape)
    if instrument == "deficiency_payment":
        return np.asarray(np.maximum(coverage * normal_price - price, 0.0) * own)
    if instrument == "yield_insurance":
        return np.asarray(np.maximum(coverage * normal - own, 0.0) * normal_price)
    if instrument == "price_insurance":
        return np.asarray(np.maximum(coverage * normal_price - price, 0.0) * normal)
    if instrument == "revenue_insurance":
        return np.asarray(np.maximum(coverage * normal_price * normal - price * own, 0.0))
    raise SpecError(
        "cooperatives.finance.unknown_option",
        name="instrument",
        given=instrument,
        known=list(INSTRUMENTS),
    )


def payment(instrument: Instrument, market: Market, coverage: float, harvest: Floats) -> Floats:
    """Return what an instrument pays farmers in total at each harvest ratio Q/Q0, any shape."""
    return cover(
        instrument,
        coverage,
        normal_price=market.price,
        price=price_of(market, harvest),
        normal=market.volume,
        own=market.volume * harvest,
    )


def farm_payments(
    instrument: Instrument, market: Market, coverage: float, normal: Floats, own: Floats
) -> Floats:
    """Return what each farm is paid when its own volume is what counts.

    Parameters
    ----------
    normal, own
        Normal volume and volume of the season of each farm, shape ``(n,)``; the price is that of
        the harvest ``Σ own / Σ normal`` of the whole market.

    Notes
    -----
    Where all farms have the same ratio the payments add up to :func:`payment` of the market; where
    they differ, yield and revenue cover pay more, because a good neighbour does not cure a bad
    field (Jensen).
    """
    total = math.fsum(normal.tolist())
    ratio = np.asarray([math.fsum(own.tolist()) / total])
    return cover(
        instrument,
        coverage,
        normal_price=market.price,
        price=price_of(market, ratio),
        normal=normal,
        own=own,
    )


def bought(market: Market, coverage: float, harvest: Floats) -> Floats:
    """Return what a buffer stock takes off the market: ``(Q − D(κP0))⁺``."""
    kept = demand_at(market, coverage * market.price)
    return np.asarray(np.maximum(market.volume * harvest - kept, 0.0))


def withheld_value(market: Market, coverage: float, harvest: Floats) -> Floats:
    """Return what consumers would have paid at most for the stock: ``∫ P(q) dq`` over it."""
    top, low = harvest, harvest - bought(market, coverage, harvest) / market.volume
    k = 1.0 - 1.0 / market.elasticity
    if abs(k) < 1e-12:
        return np.asarray(market.revenue * np.log(top / low))
    return np.asarray(market.revenue * (top**k - low**k) / k)


def paying_harvests(
    instrument: Instrument, elasticity: float, coverage: float
) -> tuple[float, float]:
    """Return the open interval of harvest ratios Q/Q0 in which an instrument pays.

    Returns
    -------
    tuple
        (from, to); ``(nan, nan)`` where it never pays. Yield cover pays below κ. Price cover, a
        deficiency payment and a buffer stock pay above ``κ^(−ε)``. Revenue cover pays where
        ``x^(1−1/ε) < κ``: above ``κ^(−ε/(1−ε))`` if ε < 1, below ``κ^(ε/(ε−1))`` if ε > 1, and at
        ε = 1 always if κ > 1 and never otherwise. So in a bumper year (x > 1) with ε < 1, yield
        cover up to 100 % pays nothing, price cover at 100 % always pays, and revenue cover pays
        always at 100 % and only beyond a threshold at less.
    """
    if instrument == "none":
        return math.nan, math.nan
    if instrument == "yield_insurance":
        return 0.0, coverage
    if instrument != "revenue_insurance":
        return coverage**-elasticity, math.inf
    if abs(elasticity - 1.0) < 1e-12:
        return (0.0, math.inf) if coverage > 1.0 else (math.nan, math.nan)
    threshold = coverage ** (elasticity / (elasticity - 1.0))
    return (threshold, math.inf) if elasticity < 1.0 else (0.0, threshold)


def fair_premium(
    instrument: Instrument, market: Market, coverage: float, harvest_cv: float
) -> float:
    """Return E[payment] with ln(Q/Q0) normal, E[Q/Q0] = 1 and the given coefficient of variation.

    Trapezoid over ±9 standard deviations with the kinks taken as nodes, so that each smooth piece
    is integrated by itself (Gauss–Legendre, 60 nodes a piece).
    """
    s = math.sqrt(math.log1p(harvest_cv * harvest_cv))
    if s == 0.0:
        return float(payment(instrument, market, coverage, np.ones(1))[0])
    edges = [-9.0, 9.0]
    for ratio in paying_harvests(instrument, market.elasticity, coverage):
        if 0.0 < ratio < math.inf:
            edges.append((math.log(ratio) + 0.5 * s * s) / s)
    cuts = sorted(min(max(edge, -9.0), 9.0) for edge in (*edges, -3.0, 0.0, 3.0))
    nodes, weights = np.polynomial.legendre.leggauss(60)
    whole = 0.0
    for low, high in pairwise(cuts):
        z = 0.5 * (high - low) * nodes + 0.5 * (high + low)
        paid = payment(instrument, market, coverage, np.exp(s * z - 0.5 * s * s))
        density = np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
        whole += 0.5 * (high - low) * float(weights @ (paid * density))
    return whole


def check_market(market: Market) -> None:
    """Refuse a market that is none.

    Raises
    ------
    SpecError
        A price, volume or elasticity that is not positive.
    """
    within("price", market.price, 0.0, 1e300, open_low=True)
    within("volume", market.volume, 0.0, 1e300, open_low=True)
    within("elasticity", market.elasticity, 0.0, 1000.0, open_low=True)
