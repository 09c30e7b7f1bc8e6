r"""Between and within cooperatives: where the targeting of the poor comes from. Pure functions.

With b_g the share of the money that goes through cooperative g, n_g its share of the members,
h_g the share of poor among its members, s_g the share of its money that goes to poor members, and
H, S the same for all:

    S − H = Σ (b_g − n_g) h_g  +  Σ b_g (s_g − h_g)
            between               within

The first is what choosing cooperatives does, if each divides by head; the second what choosing
members does. In money per head the same two parts are those of Galasso and Ravallion (2005,
J. Public Econ. 89): T = E(b | poor) − E(b | not poor), S − H = H (1 − H) T / E(b).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from livelihoods.typing import Bools, Floats, Ints

_MONEY = 1e-12


def sums(codes: Ints, values: Floats, count: int) -> Floats:
    """Return the sum of values by code 0 … count − 1."""
    return np.asarray(np.bincount(codes, weights=values, minlength=count), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Split:
    """The decomposition.

    Attributes
    ----------
    people, poor
        Members and poor members of each cooperative, persons counted, shape ``(G,)``.
    money, money_poor
        Money through each, and what of it goes to poor members, shape ``(G,)``.
    share_of_poor, poor_share_of_money
        H and S.
    between, within
        The two parts of S − H, of each cooperative, shape ``(G,)``.
    gap
        T, money per head; NaN if all or no members are poor.
    gap_between, gap_within
        The same two parts of T.
    """

    people: Floats
    poor: Floats
    money: Floats
    money_poor: Floats
    share_of_poor: float
    poor_share_of_money: float
    between: Floats
    within: Floats
    gap: float
    gap_between: float
    gap_within: float


def split_by_cooperative(money: Floats, poor: Bools, persons: Floats, codes: Ints) -> Split:
    """Decompose the targeting of money given to members.

    Parameters
    ----------
    money
        To each household, not negative, sum positive, shape ``(n,)``.
    poor, persons, codes
        Who is poor, persons, and cooperative 0 … G−1 of each household, shape ``(n,)``.
    """
    count = int(codes.max()) + 1

    def total(values: Floats) -> Floats:
        return sums(codes, values, count)

    people, bad = total(persons), total(persons * poor)
    paid, paid_poor = total(money), total(money * poor)
    all_people, all_money = float(people.sum()), float(paid.sum())
    h = bad / people
    s = np.divide(paid_poor, paid, out=h.copy(), where=paid > 0)
    b, n = paid / all_money, people / all_people
    share, received = float(bad.sum()) / all_people, float(paid_poor.sum()) / all_money
    gap = between = within = float("nan")
    if 0 < share < 1:
        mean = paid / people
        # Mean money of the poor and of the others in each cooperative; 0 people weigh nothing.
        of_poor = np.divide(paid_poor, bad, out=np.zeros(count), where=bad > 0)
        rest = people - bad
        of_rest = np.divide(paid - paid_poor, rest, out=np.zeros(count), where=rest > 0)
        both = (bad > 0) & (rest > 0)
        own = np.where(both, of_poor - of_rest, 0.0)
        between = float(((bad / bad.sum()) - (rest / rest.sum())) @ mean)
        within = float((n * h * (1 - h)) @ own) / (share * (1 - share))
        gap = float(paid_poor.sum() / bad.sum() - (paid - paid_poor).sum() / rest.sum())
    parts = (b - n) * h, b * (s - h)
    return Split(people, bad, paid, paid_poor, share, received, *parts, gap, between, within)


@dataclass(frozen=True, slots=True)
class Funnel:
    """How far the poor are reached through cooperatives; persons.

    Attributes
    ----------
    poor
        All poor.
    member
        Of these, in a cooperative.
    supported
        Of these, in one through which money goes.
    reached
        Of these, who get some.
    """

    poor: float
    member: float
    supported: float
    reached: float

    def steps(self) -> tuple[float, ...]:
        """Return the share kept at each step; their product is the share of the poor reached."""
        counts = (self.poor, self.member, self.supported, self.reached)
        return tuple(
            later / earlier if earlier > 0 else float("nan") for earlier, later in pairwise(counts)
        )


def funnel(money: Floats, poor: Bools, persons: Floats, codes: Ints) -> Funnel:
    """Count the poor on the way through; ``codes`` is −1 for who is in no cooperative."""
    inside = codes >= 0
    count = int(codes.max(initial=-1)) + 1
    paid = sums(codes[inside], money[inside], count)
    supported = np.zeros(codes.size, dtype=np.bool_)
    supported[inside] = paid[codes[inside]] > 0
    reached = supported & (money > _MONEY)
    masks = (poor, poor & inside, poor & supported, poor & reached)
    return Funnel(*(float(persons[mask].sum()) for mask in masks))


@dataclass(frozen=True, slots=True)
class Way:
    """Pieces of the marginal effect of money through each cooperative, falling within each.

    Attributes
    ----------
    owner
        Cooperative of each piece, shape ``(m,)``.
    first, last
        Fall of poverty per unit of money at both ends of the piece, shape ``(m,)``.
    length
        Money of the piece, shape ``(m,)``.
    """

    owner: Ints
    first: Floats
    last: Floats
    length: Floats


def ways(gap: Floats, persons: Floats, claim: Floats, codes: Ints, line: float, alpha: int) -> Way:
    r"""Return what money through each cooperative does when members have fixed claims on it.

    A member with claim a gets a·M/p per head of the M given to the cooperative, and stops
    counting once the line is reached: d/dM Σ p ((gap − aM/p)₊/z)^α falls in straight pieces.

    Parameters
    ----------
    gap, persons, claim
        z − c (not negative), persons, and claim of each member, claims summing to 1 within a
        cooperative, shape ``(n,)``.
    codes
        Cooperative of each member.
    line, alpha
        z, and 1 or 2.
    """
    use = np.flatnonzero((gap > 0) & (claim > 0))
    full = persons[use] * gap[use] / claim[use]
    order = use[np.lexsort((full, codes[use]))]
    owner, a, p = codes[order], claim[order], persons[order]
    end = p * gap[order] / a
    starts = np.flatnonzero(np.append(True, np.diff(owner) > 0)) if order.size else order
    begin = np.concatenate([[0.0], end[:-1]])
    begin[starts] = 0.0

    def remaining(values: Floats) -> Floats:
        """Sum of this and the later members of the same cooperative."""
        upward = np.cumsum(values[::-1])[::-1]
        after = np.append(upward[starts[1:]], 0.0)
        sizes = np.diff(np.append(starts, order.size))
        return np.asarray(upward - np.repeat(after, sizes), dtype=np.float64)

    if alpha == 1:
        slope = remaining(a) / line
        return Way(owner, slope, slope, end - begin)
    level, fall = remaining(a * gap[order]), remaining(a**2 / p)
    first, last = (2 * (level - fall * at) / line**2 for at in (begin, end))
    return Way(owner, np.maximum(first, 0.0), np.maximum(last, 0.0), end - begin)


def spend(way: Way, count: int, budget: float) -> Floats:
    """Return the money through each cooperative that leaves the least poverty, shape ``(count,)``.

    All pieces are used from the largest effect down to one price, at which the budget is spent:
    exact, because effects fall within each cooperative.
    """
    if budget >= way.length.sum():
        return sums(way.owner, way.length, count)
    width = way.first - way.last
    flat = width <= 0

    def used(price: float) -> Floats:
        part = np.divide(way.first - price, width, out=np.zeros(width.size), where=~flat)
        return way.length * np.where(flat, way.first > price, np.clip(part, 0.0, 1.0))

    prices = np.unique(np.concatenate([way.first, way.last]))
    low, high = 0, prices.size - 1
    while high - low > 1:  # the budget is spent between two corners of a falling, straight curve
        middle = (low + high) // 2
        low, high = (middle, high) if used(prices[middle]).sum() > budget else (low, middle)
    dear, cheap = used(prices[high]), used(prices[low])
    if cheap.sum() <= budget:
        dear, cheap = cheap, np.where(way.first >= prices[low], way.length, cheap)
    room = float((cheap - dear).sum())
    part = (budget - float(dear.sum())) / room if room > 0 else 0.0
    return sums(way.owner, dear + part * (cheap - dear), count)
