"""Who delivers: ordinary members against the price outside, in equilibrium with the chair.

An ordinary member i delivers her q_i if what she gets, with her attachment δ_i, is not less than
outside: ``p_out ≤ p_co + r + δ_i`` with the return by transaction r = θ·D/Q and
D = (1 − β)·y − α. What others deliver lowers r and the chair's share of the volume, and with it
her effort: r falls in Q, so that there is one equilibrium, found by letting members in from the
most attached down.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from livelihoods.cooperatives.incentives.chair import (
    ChairChoice,
    Technology,
    best_bonus,
    chair_choice,
    member_share,
)
from livelihoods.errors import DataError
from livelihoods.typing import Bools, Floats


@dataclass(frozen=True, slots=True)
class Members:
    """Ordinary members, and the chair's own trade and capital.

    Attributes
    ----------
    volume
        q_i: what each has to sell, shape ``(n,)``, positive, one unit for all (yuan at market
        prices, where there are several products).
    price, outside
        p_co and p_out of each, yuan a unit, shape ``(n,)``.
    attachment
        δ_i: yuan a unit that she would forgo to stay, shape ``(n,)``.
    capital
        Each ordinary member's capital, yuan, shape ``(n,)``.
    chair_volume, chair_capital
        The chair's (or the core members' together); she delivers whatever happens.
    """

    volume: Floats
    price: Floats
    outside: Floats
    attachment: Floats
    capital: Floats
    chair_volume: float
    chair_capital: float

    def __post_init__(self) -> None:
        arrays = (self.volume, self.price, self.outside, self.attachment, self.capital)
        n = self.volume.size
        if n == 0 or any(a.shape != (n,) for a in arrays):
            raise DataError("incentives.bad_members", n=n)
        sound = all(bool(np.all(np.isfinite(a))) for a in arrays)
        least = min(float(self.capital.min()), self.chair_volume, self.chair_capital)
        if not sound or not bool(np.all(self.volume > 0)) or not least >= 0:
            raise DataError("incentives.bad_members", n=n)

    @property
    def capital_share(self) -> float:
        """κ: the chair's share of the capital; 0 where there is none."""
        whole = self.chair_capital + float(np.sum(self.capital))
        return self.chair_capital / whole if whole > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where chair and members end under a contract.

    Attributes
    ----------
    theta
        Part of the distributable surplus returned by transaction.
    chair
        The chair's choice.
    delivers
        Which ordinary members deliver, shape ``(n,)``.
    delivered
        Part of the ordinary members' volume that comes in.
    volume
        Q, with the chair's.
    unit_return
        r = θ·D/Q, yuan a unit.
    income
        Each ordinary member's money income from what she sells and her part of the remainder,
        yuan, shape ``(n,)``; attachment is no money.
    """

    theta: float
    chair: ChairChoice
    delivers: Bools
    delivered: float
    volume: float
    unit_return: float
    income: Floats

    @property
    def mean_income(self) -> float:
        """Mean income of the ordinary members."""
        return float(self.income.mean())


def contract_outcome(
    technology: Technology,
    members: Members,
    theta: float,
    bonus: float | None = None,
    base_pay: float = 0.0,
) -> Outcome:
    """Return the equilibrium of a contract.

    Parameters
    ----------
    technology, members
        Who there is.
    theta
        θ, 0 to 1.
    bonus
        β, 0 to 1; None lets it be the best one, β*, given the chair's shares.
    base_pay
        α, yuan.
    """
    # Let in from the most willing: the gap she must have made up, lowest first.
    gap = members.outside - members.price - members.attachment
    order = np.argsort(gap, kind="stable")
    held = members.chair_volume + np.concatenate([[0.0], np.cumsum(members.volume[order])])
    # r falls in Q and the gap rises along the order: the last member who comes in is found by
    # halving.
    low, high = 0, gap.size
    while low < high:
        middle = (low + high + 1) // 2
        chair = _chair(technology, members, theta, bonus, base_pay, float(held[middle]))
        if _unit_return(theta, chair, float(held[middle])) >= gap[order[middle - 1]]:
            low = middle
        else:
            high = middle - 1
    volume = float(held[low])
    chair = _chair(technology, members, theta, bonus, base_pay, volume)
    delivers = np.zeros(gap.size, dtype=np.bool_)
    delivers[order[:low]] = True
    return _outcome(members, theta, chair, delivers, volume)


def _chair(
    technology: Technology,
    members: Members,
    theta: float,
    bonus: float | None,
    base_pay: float,
    volume: float,
) -> ChairChoice:
    q = members.chair_volume / volume if volume > 0 else 0.0
    share = member_share(theta, q, members.capital_share)
    chosen = best_bonus(technology, share) if bonus is None else bonus
    return chair_choice(technology, chosen, share, base_pay)


def _unit_return(theta: float, chair: ChairChoice, volume: float) -> float:
    return theta * max(chair.distributable, 0.0) / volume if volume > 0 else 0.0


def _outcome(
    members: Members, theta: float, chair: ChairChoice, delivers: Bools, volume: float
) -> Outcome:
    unit = _unit_return(theta, chair, volume)
    sold = np.where(delivers, members.price + unit, members.outside) * members.volume
    whole = members.chair_capital + float(np.sum(members.capital))
    left = (1.0 - theta) * max(chair.distributable, 0.0)
    residual = left * members.capital / whole if whole > 0 else np.zeros(sold.size)
    delivered = float(np.sum(members.volume[delivers]) / np.sum(members.volume))
    return Outcome(theta, chair, delivers, delivered, volume, unit, sold + residual)


def turning_point(
    bonus: float, volume_share: float, capital_share: float, base: float = 0.0
) -> float:
    """Return θ° beyond which a higher patronage share lowers the return by transaction itself.

    With q and β fixed, r ∝ θ·(b + m(θ)), b = y₀·c/k² (``base``): the chair, whose capital share κ
    exceeds her volume share q, works less as θ rises. r is largest at
    θ° = ((b + β)/(1 − β) + κ)/(2(κ − q)); infinity where q ≥ κ or β = 1, as r then rises all the
    way.
    """
    if volume_share >= capital_share or bonus >= 1.0:
        return float("inf")
    own = (base + bonus) / (1.0 - bonus)
    return (own + capital_share) / (2.0 * (capital_share - volume_share))
