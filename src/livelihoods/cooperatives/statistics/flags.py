"""What an attentive reader asks the registry: notes on counts that look wrong or mislead.

Thresholds are those of :class:`Thresholds`. A flag is a question, not an accusation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from livelihoods.cooperatives.statistics import measures as ms
from livelihoods.cooperatives.statistics.stock import Stock
from livelihoods.cooperatives.statistics.wording import signed
from livelihoods.notes import Note, Where
from livelihoods.typing import Bools, Floats


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When to ask.

    Attributes
    ----------
    noise
        How many √expected a count must differ from what the common rate gives.
    rate
        By how much (as a fraction) its rate must differ from the common one as well.
    spread
        How many robust standard deviations (1.4826 × the median absolute deviation, units on bases
        that are not small) its rate must differ from the median rate too, where at least five
        rates are known: in a year in which all units scatter, scatter is no event.
    offset
        Share of a sharp fall that other units' surplus must make up for it to look like recoding.
    small_base
        A rate on a base below this number of cooperatives is not compared with others.
    """

    noise: float = 4.0
    rate: float = 0.25
    spread: float = 2.5
    offset: float = 0.6
    small_base: int = 30


def flags(stock: Stock, thresholds: Thresholds) -> tuple[Note, ...]:
    """Return every flag of a table of counts, totals first, then year by year."""
    found = [*_totals(stock), *_gaps(stock)]
    for place in range(1, len(stock.years)):
        found += _period(stock, place, thresholds)
    return tuple(found)


def _totals(stock: Stock) -> list[Note]:
    """Parts that do not add up to the total that the source states."""
    found = []
    for place, year in enumerate(stock.years):
        stated, parts = float(stock.totals[place]), stock.counts[:, place]
        if not stock.units or math.isnan(stated) or bool(np.isnan(parts).any()):
            continue
        total = math.fsum(parts.tolist())
        if total != stated:
            values = {
                "table": stock.name,
                "year": year,
                "stated": f"{stated:,.0f}",
                "sum": f"{total:,.0f}",
                "gap": signed(total - stated, 0),
            }
            found.append(Note("cooperatives.statistics.total_differs", "serious", values))
    return found


def _gaps(stock: Stock) -> list[Note]:
    found = []
    for before, year in zip(stock.years[:-1], stock.years[1:], strict=True):
        if year - before > 1:
            values = {
                "table": stock.name,
                "before": before,
                "year": year,
                "missing": [str(y) for y in range(before + 1, year)],
                "years": year - before,
            }
            found.append(Note("cooperatives.statistics.years_missing", "caution", values))
    for place, year in enumerate(stock.years):
        holes = [stock.units[i] for i in np.flatnonzero(np.isnan(stock.counts[:, place]))]
        if holes:
            values = {"table": stock.name, "year": year, "units": holes}
            found.append(
                Note("cooperatives.statistics.not_known", "caution", values, Where(tuple(holes)))
            )
    return found


def _period(stock: Stock, place: int, thresholds: Thresholds) -> list[Note]:
    """Falls, jumps and likely recoding from one year of the table to the next."""
    base, now = stock.counts[:, place - 1], stock.counts[:, place]
    known = np.isfinite(base) & np.isfinite(now)
    if not known.any() or not base[known].sum() > 0:
        return []
    common = float(now[known].sum() / base[known].sum() - 1.0)
    beyond = np.where(known, ms.beyond_common(now, base, common), 0.0)
    expected = np.where(known, (1.0 + common) * base, 0.0)
    loud = np.abs(beyond) > thresholds.noise * np.sqrt(np.maximum(expected, 1.0))
    rates = ms.growth(now, base)
    far = np.where(np.isfinite(rates), np.abs(rates - common) > thresholds.rate, loud)
    far &= _unlike_the_others(rates, base, thresholds)
    years = {"table": stock.name, "year": stock.years[place], "before": stock.years[place - 1]}
    found: list[Note] = []
    fell = [int(i) for i in np.flatnonzero(known & (now < base))]
    if fell:
        found.append(_falls(stock, fell, base, now, years))
    for i in np.flatnonzero(known & loud & far):
        found.append(_jump(stock, int(i), base, now, common, years))
        if now[i] < base[i]:
            found += _recoding(stock, int(i), beyond, base, years, thresholds)
    return found


def _unlike_the_others(rates: Floats, base: Floats, thresholds: Thresholds) -> Bools:
    """Tell whose rate lies outside the scatter of the others; everybody's where few are known."""
    known = rates[np.isfinite(rates) & (base >= thresholds.small_base)]
    if known.size < 5:
        return np.ones(rates.shape, dtype=np.bool_)
    middle = np.median(known)
    reach = thresholds.spread * 1.4826 * np.median(np.abs(known - middle))
    return np.asarray(~np.isfinite(rates) | (np.abs(rates - middle) > reach))


def _falls(
    stock: Stock, fell: list[int], base: Floats, now: Floats, years: dict[str, object]
) -> Note:
    said = [
        f"{stock.units[i]} {signed(now[i] - base[i], 0)} ({signed(100 * (now[i] / base[i] - 1))} %)"
        for i in sorted(fell, key=lambda i: (now[i] - base[i], i))
    ]
    names = tuple(stock.units[i] for i in fell)
    return Note("cooperatives.statistics.fell", "info", {**years, "falls": said}, Where(names))


def _jump(
    stock: Stock, i: int, base: Floats, now: Floats, common: float, years: dict[str, object]
) -> Note:
    values = {
        **years,
        "unit": stock.units[i],
        "base": f"{base[i]:,.0f}",
        "now": f"{now[i]:,.0f}",
        "rate": f"{signed(100 * (now[i] / base[i] - 1))} %" if base[i] > 0 else "–",
        "common": f"{signed(100 * common)} %",
    }
    where = Where((stock.units[i],))
    return Note("cooperatives.statistics.jump", "warning", values, where)


def _recoding(
    stock: Stock,
    i: int,
    beyond: Floats,
    base: Floats,
    years: dict[str, object],
    thresholds: Thresholds,
) -> list[Note]:
    """A sharp fall that the surplus of few others makes up looks like recoding."""
    shortfall = -float(beyond[i])
    order = sorted(
        (int(j) for j in np.flatnonzero(beyond > 0)), key=lambda j: (-float(beyond[j]), j)
    )
    taken: list[int] = []
    while order and sum(float(beyond[j]) for j in taken) < thresholds.offset * shortfall:
        taken.append(order.pop(0))
    made_up = sum(float(beyond[j]) for j in taken)
    if made_up < thresholds.offset * shortfall or len(taken) > 2:
        return []
    values = {
        **years,
        "unit": stock.units[i],
        "shortfall": f"{shortfall:,.0f}",
        "others": [f"{stock.units[j]} ({signed(float(beyond[j]), 0)})" for j in taken],
        "share": f"{100 * made_up / shortfall:.0f} %",
    }
    names = (stock.units[i], *(stock.units[j] for j in taken))
    return [Note("cooperatives.statistics.recoding", "warning", values, Where(names))]
