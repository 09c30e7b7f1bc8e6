"""Power of voters under a quota: Banzhaf and Shapley–Shubik by generating functions.

Voters with equal votes have equal power, so the most frequent number of votes (one, as a rule) is
counted by binomials and only the others by recursion: members by the thousand cost little. Small
bodies are counted in whole numbers and are exact; large ones are integrated in doubles, where
everything added is positive. Tested against the count of all coalitions.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from livelihoods.errors import DataError, SpecError
from livelihoods.typing import Floats

MOST_VOTERS = 20_000
_MOST_UNITS = 200_000
_MOST_EXACT = 400  # voters
_EXACT_STEPS = 100_000
_NODES = 1_500


@dataclass(frozen=True, slots=True)
class Power:
    """Power by number of votes.

    Attributes
    ----------
    banzhaf
        Votes -> chance that a voter with so many decides when each other voter tosses a coin.
    shapley
        Votes -> chance that a voter with so many is pivotal when all join in random order; over
        all voters they add up to 1.
    exact
        Whether they were counted in whole numbers (else in doubles, to about 1e-10).
    """

    banzhaf: Mapping[int, float]
    shapley: Mapping[int, float]
    exact: bool


def power_indices(votes: Sequence[int], quota: int) -> Power:
    """Return the power of voters.

    Parameters
    ----------
    votes
        Whole votes of each voter, 0 or more.
    quota
        Votes that carry a decision, from 1 to the sum.

    Raises
    ------
    SpecError
        Quota outside 1 … Σ votes.
    DataError
        No voters, negative votes, or too many to count.
    """
    counts = Counter(votes)
    total = sum(votes)
    if not votes or min(votes) < 0:
        raise DataError("votes.bad_votes", n=len(votes))
    if not 1 <= quota <= total:
        raise SpecError("votes.bad_quota", quota=quota, total=total)
    if len(votes) > MOST_VOTERS or total > _MOST_UNITS:
        raise DataError("votes.too_many", n=len(votes), total=total, most=MOST_VOTERS)
    others = len(votes) - max(counts.values())
    span = total - max(counts, key=lambda v: (counts[v], v)) * max(counts.values())
    if len(votes) <= _MOST_EXACT and others * others * (span + 1) <= _EXACT_STEPS:
        return _exact(counts, quota)
    return _integrated(counts, quota)


def _exact(counts: Mapping[int, int], quota: int) -> Power:
    n = sum(counts.values())
    common = max(counts, key=lambda v: (counts[v], v))
    rest = [v for v in sorted(counts) if v != common for _ in range(counts[v])]
    table = _coalitions(rest)
    factorial = [math.factorial(k) for k in range(n + 1)]
    banzhaf: dict[int, float] = {}
    shapley: dict[int, float] = {}
    for v in sorted(counts):
        m = counts[common] - (v == common)
        without = table if v == common else _without(table, v)
        swings, orders = _pivots(without, m, common, v, quota, factorial)
        banzhaf[v] = float(Fraction(swings, 2 ** (n - 1)))
        shapley[v] = float(Fraction(orders, factorial[n]))
    return Power(banzhaf, shapley, True)


def _coalitions(votes: Sequence[int]) -> list[dict[int, int]]:
    """Return for each size the number of coalitions by their votes."""
    table: list[dict[int, int]] = [{0: 1}, *({} for _ in votes)]
    for place, v in enumerate(votes):
        for size in range(place, -1, -1):
            above = table[size + 1]
            for held, ways in table[size].items():
                above[held + v] = above.get(held + v, 0) + ways
    return table


def _without(table: Sequence[Mapping[int, int]], v: int) -> list[dict[int, int]]:
    """Divide the generating function by the factor (1 + y·x^v) of one voter."""
    left: list[dict[int, int]] = [dict(table[0])]
    for size in range(1, len(table) - 1):
        row = dict(table[size])
        for held, ways in left[size - 1].items():
            row[held + v] -= ways
        left.append({held: ways for held, ways in row.items() if ways})
    return left


def _pivots(
    table: Sequence[Mapping[int, int]],
    m: int,
    common: int,
    v: int,
    quota: int,
    factorial: Sequence[int],
) -> tuple[int, int]:
    """Count the coalitions and the orders in which a voter with ``v`` votes turns the scale."""
    n = len(table) - 1 + m + 1
    choose = [math.comb(m, a) for a in range(m + 1)]
    swings = orders = 0
    for size, row in enumerate(table):
        for held, ways in row.items():
            first, last = _between(quota - v - held, quota - 1 - held, common, m)
            for a in range(first, last + 1):
                coalitions = ways * choose[a]
                swings += coalitions
                orders += coalitions * factorial[size + a] * factorial[n - 1 - size - a]
    return swings, orders


def _between(low: int, high: int, step: int, most: int) -> tuple[int, int]:
    """Return first and last a in 0 … ``most`` with low ≤ a·step ≤ high (empty: last < first)."""
    if high < 0:
        return 0, -1
    if step == 0:
        return (0, most) if low <= 0 else (0, -1)
    return max(0, -(-low // step)), min(most, high // step)


def _integrated(counts: Mapping[int, int], quota: int) -> Power:
    """Integrate the chance to decide over t, the common chance of the others to say yes.

    Banzhaf is its value at t = ½; Shapley and Shubik's the integral over (0, 1) (Owen 1972), a
    polynomial of degree n − 1 that Gauss–Legendre with n/2 nodes integrates exactly.
    """
    n = sum(counts.values())
    nodes, weights = np.polynomial.legendre.leggauss(min(_NODES, -(-n // 2)))
    t = 0.5 * (nodes + 1.0)
    banzhaf: dict[int, float] = {}
    shapley: dict[int, float] = {}
    for v in sorted(counts):
        others = {w: c - (w == v) for w, c in counts.items()}
        banzhaf[v] = _decides(others, v, quota, 0.5)
        chances = np.array([_decides(others, v, quota, float(at)) for at in t])
        shapley[v] = float(0.5 * np.sum(weights * chances))
    return Power(banzhaf, shapley, False)


def _decides(others: Mapping[int, int], v: int, quota: int, t: float) -> float:
    """Return P(quota − v ≤ S < quota), S the votes of others who each say yes with chance t."""
    common = max(others, key=lambda w: (others[w], w))
    law = np.ones(1)
    for w in sorted(others):
        if w not in (common, 0) and others[w]:
            law = np.convolve(law, _spread(_binomial(others[w], t), w))
    if common == 0:
        held = np.arange(law.size)
        return float(np.sum(law[(held >= quota - v) & (held < quota)]))
    below = np.concatenate([[0.0], np.cumsum(_binomial(others[common], t))])
    held = np.arange(law.size)
    m = others[common]
    upper = np.clip((quota - 1 - held) // common + 1, 0, m + 1)
    lower = np.clip((quota - v - 1 - held) // common + 1, 0, m + 1)
    return float(np.sum(law * (below[upper] - below[lower])))


def _binomial(n: int, t: float) -> Floats:
    from scipy.special import gammaln

    k = np.arange(n + 1.0)
    ways = gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)
    return np.asarray(np.exp(ways + k * math.log(t) + (n - k) * math.log1p(-t)))


def _spread(law: Floats, step: int) -> Floats:
    wide = np.zeros((law.size - 1) * step + 1)
    wide[::step] = law
    return wide
