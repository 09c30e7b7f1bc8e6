"""What a loan really costs: the effective annual rate of dated cash flows.

The rate r solves ``Σ_k a_k (1 + r)^(−t_k) = 0`` with t_k the years since the first flow: the
internal rate of return, and the annual percentage rate of charge of consumer credit law (Directive
98/7/EC, Annex II). Days are counted as said; nothing is rounded before the rate is found.
"""

from __future__ import annotations

import calendar
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from livelihoods.cooperatives.finance.wording import within
from livelihoods.errors import DataError, SpecError
from livelihoods.typing import Floats

DayCount = Literal["actual/365", "actual/actual", "30/360"]
DAY_COUNTS: tuple[DayCount, ...] = ("actual/365", "actual/actual", "30/360")
Repayment = Literal["annuity", "equal_principal", "flat", "bullet"]
REPAYMENTS: tuple[Repayment, ...] = ("annuity", "equal_principal", "flat", "bullet")

# Logarithms of 1 + r that are searched: rates from −99.99 % to above 20 million per cent.
_LOWEST, _HIGHEST, _STEPS = -9.3, 12.3, 4320


@dataclass(frozen=True, slots=True)
class Flow:
    """Money on a day, seen by the borrower: received is positive, paid is negative."""

    day: date
    amount: float


def year_fraction(start: date, end: date, day_count: DayCount = "actual/365") -> float:
    """Return the years between two days.

    Parameters
    ----------
    start, end
        ``start`` is not after ``end``.
    day_count
        ``"actual/365"``: days over 365. ``"actual/actual"``: days of each calendar year over that
        year's length. ``"30/360"``: months of 30 days, a 31st read as the 30th.
    """
    if day_count == "actual/365":
        return (end - start).days / 365.0
    if day_count == "30/360":
        first, last = min(start.day, 30), min(end.day, 30)
        days = 360 * (end.year - start.year) + 30 * (end.month - start.month) + last - first
        return days / 360.0
    if day_count != "actual/actual":
        raise SpecError(
            "cooperatives.finance.unknown_option",
            name="day_count",
            given=day_count,
            known=list(DAY_COUNTS),
        )
    if start.year == end.year:
        return (end - start).days / _length(start.year)
    head = (date(start.year + 1, 1, 1) - start).days / _length(start.year)
    tail = (end - date(end.year, 1, 1)).days / _length(end.year)
    return head + (end.year - start.year - 1) + tail


def _length(year: int) -> int:
    return 366 if calendar.isleap(year) else 365


def effective_rate(flows: Sequence[Flow], day_count: DayCount = "actual/365") -> float:
    """Return the effective annual rate of dated cash flows, as a fraction.

    Parameters
    ----------
    flows
        Received and paid amounts, in any order; several on one day are added.
    day_count
        See :func:`year_fraction`.

    Raises
    ------
    DataError
        Nothing received or nothing paid; all on one day; no rate between −99.99 % and
        20 million per cent; several rates, which happens only where the sign of the flows changes
        more than once.

    Notes
    -----
    With one change of sign the root is unique (Descartes' rule for exponential sums). With more,
    there is exactly one rate of zero or more if the running total of the flows changes its sign
    once (Norstrom 1972); that one is returned.
    """
    times, amounts = _timed(flows, day_count)
    roots = _roots(times, amounts)
    if len(roots) > 1 and _turns(np.cumsum(amounts)) == 1:
        roots = [rate for rate in roots if rate >= 0]
    if not roots:
        raise DataError("cooperatives.finance.no_rate", n=len(flows))
    if len(roots) > 1:
        raise DataError(
            "cooperatives.finance.several_rates", rates=[f"{100 * rate:.2f} %" for rate in roots]
        )
    return roots[0]


def present_value(flows: Sequence[Flow], rate: float, day_count: DayCount = "actual/365") -> float:
    """Return ``Σ a_k (1 + rate)^(−t_k)`` on the day of the first flow."""
    times, amounts = _timed(flows, day_count)
    return math.fsum((amounts * np.exp(-math.log1p(rate) * times)).tolist())


def _timed(flows: Sequence[Flow], day_count: DayCount) -> tuple[Floats, Floats]:
    """Return years since the first flow and amounts, one entry a day, in order of time."""
    if any(not math.isfinite(flow.amount) for flow in flows):
        raise DataError("cooperatives.finance.not_finite", name="flows")
    by_day: dict[date, float] = {}
    for flow in flows:
        by_day[flow.day] = by_day.get(flow.day, 0.0) + flow.amount
    days = sorted(day for day, amount in by_day.items() if amount != 0.0)
    signs = {by_day[day] > 0 for day in days}
    if len(signs) < 2:
        raise DataError("cooperatives.finance.one_sided", n=len(flows))
    times = np.array([year_fraction(days[0], day, day_count) for day in days])
    return times, np.array([by_day[day] for day in days])


def _turns(values: Floats) -> int:
    signs = np.sign(values[values != 0.0])
    return int((signs[1:] != signs[:-1]).sum())


def _roots(times: Floats, amounts: Floats) -> list[float]:
    """Return every rate at which the value changes sign, ascending."""
    from scipy.optimize import brentq

    largest = float(np.abs(amounts).max())

    def value(log_growth: float) -> float:
        # Scaled by the largest exponent, so that long loans at absurd rates do not overflow.
        powers = -log_growth * times
        return float((amounts / largest) @ np.exp(powers - powers.max()))

    grid = np.linspace(_LOWEST, _HIGHEST, _STEPS + 1)
    values = [value(float(point)) for point in grid]
    found = []
    for place in range(_STEPS):
        if values[place] == 0.0:
            found.append(float(grid[place]))
        elif values[place] * values[place + 1] < 0.0:
            found.append(float(brentq(value, grid[place], grid[place + 1], xtol=1e-14)))
    return [math.expm1(root) for root in found]


def loan_flows(
    principal: float,
    start: date,
    months: int,
    nominal_rate: float,
    *,
    repayment: Repayment = "annuity",
    fee: float = 0.0,
    deposit: float = 0.0,
) -> tuple[Flow, ...]:
    """Return the dated flows of a loan as its contract words it.

    Parameters
    ----------
    principal
        Sum lent, positive.
    start
        Day of payment; instalments fall on the same day of each month (the last day of a shorter
        month).
    months
        Number of monthly instalments.
    nominal_rate
        Rate a year as the contract says it, as a fraction; a twelfth accrues each month.
    repayment
        ``"annuity"``: equal instalments. ``"equal_principal"``: equal parts of the principal and
        interest on the rest. ``"flat"``: interest on the *first* principal throughout, the way in
        which cheap-looking loans are dear. ``"bullet"``: interest monthly, principal at the end.
    fee
        Kept back at the start.
    deposit
        Compulsory deposit: kept back at the start and given back, without interest, at the end.

    Raises
    ------
    SpecError
        A sum, rate or number of months that makes no sense.
    """
    within("principal", principal, 0.0, math.inf, open_low=True)
    within("nominal_rate", nominal_rate, 0.0, 100.0)
    within("fee", fee, 0.0, principal)
    within("deposit", deposit, 0.0, principal - fee)
    within("months", months, 1, 600)
    paid = _instalments(principal, months, nominal_rate / 12.0, repayment)
    flows = [Flow(start, principal - fee - deposit)]
    flows += [Flow(_later(start, place + 1), -amount) for place, amount in enumerate(paid)]
    if deposit:
        flows.append(Flow(_later(start, months), deposit))
    return tuple(flows)


def _instalments(principal: float, months: int, rate: float, repayment: Repayment) -> list[float]:
    if repayment == "annuity":
        if rate == 0.0:
            return [principal / months] * months
        return [principal * rate / -math.expm1(-months * math.log1p(rate))] * months
    if repayment == "equal_principal":
        part = principal / months
        return [part + rate * (principal - place * part) for place in range(months)]
    if repayment == "flat":
        return [principal / months + principal * rate] * months
    if repayment == "bullet":
        return [principal * rate] * (months - 1) + [principal * (1.0 + rate)]
    raise SpecError(
        "cooperatives.finance.unknown_option",
        name="repayment",
        given=repayment,
        known=list(REPAYMENTS),
    )


def _later(start: date, months: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))
