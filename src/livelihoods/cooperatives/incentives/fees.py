"""How many stay members under a fee: fixed points of participation with a horizon.

Member i has a benefit b_i a year for T_i more years, worth v_i = b_i·A(T_i, r) today with the
annuity A = (1 − (1 + r)^−T)/r (T where r = 0). She stays if v_i covers the fee and her part of the
fixed cost: ``v_i ≥ fee + F/N``. The more stay, the less each bears, so that several sizes can hold
themselves: N is a fixed point if exactly N members are willing when N share the cost. (A rule of
this program's own, after Giannakas, Fulton and Sesmero 2016.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods.errors import DataError, SpecError
from livelihoods.typing import Bools, Floats

if TYPE_CHECKING:
    from livelihoods.figures import Figure
    from livelihoods.tables import Table


@dataclass(frozen=True, slots=True)
class FeePoint:
    """Sizes that hold themselves under one fee.

    Attributes
    ----------
    fee
        Yuan, once.
    sizes
        Every fixed point N, ascending, 0 among them where it is one.
    largest
        The largest.
    critical
        Least size from which it does not die out; None if it does from every size.
    income
        Fees and cost shares paid at the largest: fee·N + F.
    """

    fee: float
    sizes: tuple[int, ...]
    largest: int
    critical: int | None
    income: float


@dataclass(frozen=True, slots=True)
class FeeSchedule:
    """Fixed points over a range of fees.

    Attributes
    ----------
    members, fixed_cost, rate
        How many could join; F; r.
    points
        One a fee, ascending.
    """

    members: int
    fixed_cost: float
    rate: float
    points: tuple[FeePoint, ...]

    def tidy(self) -> pl.DataFrame:
        """One row a fee."""
        return pl.DataFrame(
            [
                {
                    "fee": p.fee,
                    "largest": p.largest,
                    "critical": p.critical,
                    "fixed_points": list(p.sizes),
                    "income": p.income,
                }
                for p in self.points
            ],
            schema_overrides={"critical": pl.Int64},
        )

    def summary(self) -> Table:
        """Sizes by fee."""
        from livelihoods.cooperatives.incentives.tables import fee_table

        return fee_table(self)

    def plot(self) -> Figure:
        """The largest size and the critical one over the fee."""
        from livelihoods.cooperatives.incentives.tables import fee_figure

        return fee_figure(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for a record."""
        return {"members": self.members, "points": self.tidy().to_dicts()}

    def __repr__(self) -> str:
        """Print the table."""
        return repr(self.summary())


def annuity(years: Floats, rate: float) -> Floats:
    """Return A(T, r) = (1 − (1 + r)^−T)/r, and T where r is 0."""
    if rate == 0.0:
        return np.asarray(years, dtype=np.float64)
    return np.asarray(-np.expm1(-years * np.log1p(rate)) / rate)


def fee_schedule(
    benefit: Sequence[float] | Floats,
    years: Sequence[float] | Floats | float,
    fees: Sequence[float],
    *,
    fixed_cost: float = 0.0,
    rate: float = 0.0,
) -> FeeSchedule:
    """Return the sizes that hold themselves, by fee.

    Parameters
    ----------
    benefit
        b_i: what membership is worth a year, yuan, shape ``(n,)``.
    years
        T_i: years that each expects to stay, or one number for all, 0 or more.
    fees
        Fees to try, yuan.
    fixed_cost
        F ≥ 0, yuan, divided among the members.
    rate
        r > −1, a year.

    Raises
    ------
    DataError
        No benefits, or values that are not finite; negative years.
    SpecError
        No fee, a negative cost, a rate of −1 or less.
    """
    b = np.asarray(benefit, dtype=np.float64)
    T = np.broadcast_to(np.asarray(years, dtype=np.float64), b.shape) if b.size else b
    if not b.size or not np.all(np.isfinite(b)) or not np.all(T >= 0):
        raise DataError("incentives.bad_benefits", n=int(b.size))
    if not len(fees) or not fixed_cost >= 0.0 or not rate > -1.0:
        raise SpecError("incentives.bad_fees", fees=len(fees), cost=fixed_cost, rate=rate)
    worth = np.sort(b * annuity(T, rate))[::-1]
    points = tuple(_point(worth, float(fee), fixed_cost) for fee in sorted(fees))
    return FeeSchedule(b.size, fixed_cost, rate, points)


def willing(worth: Floats, fee: float, fixed_cost: float, size: int) -> int:
    """Return how many are willing when ``size`` members share the fixed cost."""
    if size == 0 and fixed_cost > 0:
        return 0
    share = fixed_cost / size if size else 0.0
    return int(np.count_nonzero(worth >= fee + share))


def _point(worth: Floats, fee: float, fixed_cost: float) -> FeePoint:
    answers = np.array([willing(worth, fee, fixed_cost, n) for n in range(worth.size + 1)])
    here: Bools = answers == np.arange(worth.size + 1)
    sizes = tuple(int(n) for n in np.flatnonzero(here))
    largest = sizes[-1]
    lives = (n for n in range(1, worth.size + 1) if _settles(answers, n) > 0)
    critical = next(lives, None)
    return FeePoint(fee, sizes, largest, critical, fee * largest + (fixed_cost if largest else 0.0))


def _settles(answers: np.ndarray[Any, Any], size: int) -> int:
    """Return where the best responses end; they rise in the size, so they never go round."""
    while int(answers[size]) != size:
        size = int(answers[size])
    return size
