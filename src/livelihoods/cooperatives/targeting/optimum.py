r"""Transfers that leave the least poverty for a budget: exact optima on arrays.

minimise Σ p ((z − c − t)₊ / z)^α subject to Σ p t ≤ B, t ≥ 0, with persons p, consumption per head
c, line z and transfer per head t (Bourguignon and Fields 1990).

α = 2 raises the poorest to one level. For α = 1 every plan that lifts nobody above the line is
optimal, the former among them. For α = 0 money helps only where it lifts a household to the line:
a knapsack.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from livelihoods.typing import Bools, Floats, Ints

_NEWTON = 80
_TIGHTEN = 6
_TABLE = 2e9  # cells of the exact table of a knapsack; about two seconds and 250 MB
_SCALE = 1e6  # HiGHS stops at an absolute gap of 1e-6; the objective is scaled to make that small


@dataclass(frozen=True, slots=True)
class Chosen:
    """A choice among indivisible options.

    Attributes
    ----------
    picked
        Which options, shape ``(m,)``.
    short
        By how much of its worth another choice could at most be better; 0 if this is the best.
    """

    picked: Bools
    short: float


def fill_lowest(
    consumption: Floats, line: float, persons: Floats, budget: float
) -> tuple[Floats, float]:
    """Raise the poorest to one level: the optimum for every α ≥ 1.

    Parameters
    ----------
    consumption, persons
        Per head, and persons of each household, shape ``(n,)``.
    line, budget
        z and B.

    Returns
    -------
    transfer
        Per head, shape ``(n,)``.
    level
        Consumption below which nobody is left; at most the line.
    """
    order = np.argsort(consumption, kind="stable")
    c, p = np.minimum(consumption[order], line), np.cumsum(persons[order])
    spent_to = np.concatenate([[0.0], np.cumsum(p[:-1] * np.diff(c))])
    to_line = float(spent_to[-1] + p[-1] * (line - c[-1]))
    if budget >= to_line:
        level = line
    else:
        last = int(np.searchsorted(spent_to, budget, side="right")) - 1
        level = float(c[last] + (budget - spent_to[last]) / p[last])
    return np.maximum(0.0, level - consumption), level


def cheapest_first(cost: Floats, budget: float) -> Bools:
    """Pick as many equal options as the budget pays for: the cheapest.

    Exact when all options are worth the same: if an optimal set lacks one that is cheaper than
    one it has, exchanging them costs less and is worth as much.
    """
    order = np.argsort(cost, kind="stable")
    count = int(np.searchsorted(np.cumsum(cost[order]), budget * (1 + 1e-12), side="right"))
    picked = np.zeros(cost.size, dtype=np.bool_)
    picked[order[:count]] = True
    return picked


def choose(worth: Floats, cost: Floats, owner: Ints, budget: float) -> Chosen:
    """Pick options of greatest total worth, at most one an owner, within the budget.

    With one option an owner, equal worth or equal cost are sorted, and whole numbers of persons
    are a knapsack solved exactly by dynamic programming; anything else is a mixed-integer
    programme, solved by branch and bound (HiGHS).

    Parameters
    ----------
    worth, cost
        Of each option, shape ``(m,)``; worth not negative, cost positive.
    owner
        Household of each option, shape ``(m,)``.
    budget
        Not negative.
    """
    useful = np.flatnonzero((worth > 0) & (cost <= budget))
    picked = np.zeros(worth.size, dtype=np.bool_)
    if useful.size == 0:
        return Chosen(picked, 0.0)
    w, c, o = worth[useful], cost[useful], owner[useful]
    single = np.unique(o).size == o.size
    if single and np.all(w == w[0]):
        picked[useful] = cheapest_first(c, budget)
        return Chosen(picked, 0.0)
    if single and np.all(c == c[0]):
        count = min(int(budget * (1 + 1e-12) // c[0]), w.size)
        picked[useful[np.argsort(-w, kind="stable")[:count]]] = True
        return Chosen(picked, 0.0)
    whole = single and bool(np.all(w == np.round(w)))
    mine, short = knapsack(w, c, budget) if whole else _programme(w, c, o, budget)
    picked[useful] = mine
    return Chosen(picked, short)


def knapsack(worth: Floats, cost: Floats, budget: float) -> tuple[Bools, float]:
    """Pick options whose worths are whole numbers: exact.

    The least cost at which each total worth can be had is tabulated option by option (Bellman).
    Where the table would be too large, options are picked by worth per cost; the bound of the
    relaxed problem then says how much better another choice could be.

    Returns
    -------
    picked, short
        As in :class:`Chosen`.
    """
    order = np.argsort(-(worth / cost), kind="stable")
    reached = np.cumsum(cost[order])
    fits = int(np.searchsorted(reached, budget, side="right"))
    greedy = np.zeros(worth.size, dtype=np.bool_)
    greedy[order[:fits]] = True
    if fits == worth.size:
        return greedy, 0.0
    sure = float(worth[order[:fits]].sum())
    left = budget - (reached[fits - 1] if fits else 0.0)
    bound = np.floor(sure + worth[order[fits]] * left / cost[order[fits]] + 1e-9)
    if sure >= bound:
        return greedy, 0.0
    if worth.size * bound > _TABLE:
        return greedy, float(bound - sure) / max(sure, 1.0)
    return _tabulated(worth.astype(np.int64), cost, budget, int(bound)), 0.0


def _tabulated(worth: Ints, cost: Floats, budget: float, most: int) -> Bools:
    least = np.full(most + 1, np.inf)
    least[0] = 0.0
    taken = []
    for value, price in zip(worth.tolist(), cost.tolist(), strict=True):
        better = np.zeros(most + 1, dtype=np.bool_)
        if value <= most:
            other = least[: most + 1 - value] + price
            better[value:] = other < least[value:]
            least[value:] = np.where(better[value:], other, least[value:])
        taken.append(np.packbits(better))
    at = int(np.flatnonzero(least <= budget * (1 + 1e-12))[-1])
    picked = np.zeros(worth.size, dtype=np.bool_)
    for place in range(worth.size - 1, -1, -1):
        if taken[place][at >> 3] >> (7 - (at & 7)) & 1:
            picked[place], at = True, at - int(worth[place])
    return picked


def _programme(worth: Floats, cost: Floats, owner: Ints, budget: float) -> tuple[Bools, float]:
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import coo_array, vstack

    _, who = np.unique(owner, return_inverse=True)
    m = worth.size
    one_each = coo_array((np.ones(m), (who, np.arange(m))), shape=(int(who.max()) + 1, m))
    money = coo_array(cost[None, :] / budget)
    rows = vstack([one_each, money]).tocsr()
    limit = 1.0
    for _ in range(_TIGHTEN):
        upper = np.append(np.ones(int(who.max()) + 1), limit)
        found = milp(
            -worth * (_SCALE / worth.sum()),
            integrality=np.ones(m),
            bounds=Bounds(0, 1),
            constraints=LinearConstraint(rows, -np.inf, upper),
            options={"mip_rel_gap": 0.0, "time_limit": 20.0},
        )
        if found.x is None:
            break
        picked = np.asarray(found.x > 0.5)
        over = float(cost[picked].sum()) / budget - 1.0
        if over <= 1e-12:
            mine = float(worth[picked].sum())
            if found.status == 0 and limit == 1.0:
                return picked, 0.0
            bound = min(-float(found.mip_dual_bound) * worth.sum() / _SCALE, float(worth.sum()))
            return picked, max(bound - mine, 0.0) / mine if mine > 0 else np.inf
        limit -= 2 * over  # the solver lets constraints slip by its tolerance; money may not
    return np.zeros(m, dtype=np.bool_), np.inf


def expected_gap(mean: Floats, spread: Floats, target: Floats, power: int) -> Floats:
    """Return E[(y − c)₊^power] for ln c ~ N(mean, spread²), shape of ``target``.

    Power 0 is the chance of c < y; 1 and 2 follow from the partial moments of the lognormal.
    """
    with np.errstate(divide="ignore"):
        d = (np.log(target) - mean) / spread
    chance = ndtr(d)
    if power == 0:
        return np.asarray(chance)
    first = np.exp(mean + spread**2 / 2) * ndtr(d - spread)
    if power == 1:
        return np.asarray(np.maximum(0.0, target * chance - first))
    second = np.exp(2 * mean + 2 * spread**2) * ndtr(d - 2 * spread)
    return np.asarray(np.maximum(0.0, target**2 * chance - 2 * target * first + second))


def fill_expected(
    mean: Floats, spread: Floats, line: float, persons: Floats, budget: float, alpha: int
) -> Floats:
    r"""Minimise expected poverty when ln c ~ N(mean, spread²) is all that is known.

    The problem is convex for α ≥ 1. At the optimum everybody who gets something has the same
    marginal effect α E[(z − t − c)₊^{α−1}] / z^α, and nobody else a larger one.

    Parameters
    ----------
    mean, spread, persons
        Of each household, shape ``(n,)``; spread positive.
    line, budget
        z and B.
    alpha
        1 or 2.

    Returns
    -------
    Floats
        Transfer per head, shape ``(n,)``.
    """
    from scipy.optimize import brentq

    if budget >= line * float(persons.sum()):
        return np.full(mean.size, line)
    below = _below_by_chance if alpha == 1 else _below_by_gap

    def transfer(price: float) -> Floats:
        return np.maximum(0.0, line - below(mean, spread, line, price))

    most = float(expected_gap(mean, spread, np.full(mean.size, line), alpha - 1).max())
    low = 0.0

    def excess(log_price: float) -> float:
        return float(transfer(np.exp(log_price)) @ persons) - budget

    low = np.log(most) - 1.0
    while excess(low) < 0:
        low -= 2.0
    price = float(np.exp(brentq(excess, low, np.log(most), xtol=1e-13, rtol=1e-13)))
    found = transfer(price)
    # Rounding of the price is spread over the recipients, so that the budget is met.
    return np.minimum(line, found * (budget / float(found @ persons)))


def _below_by_chance(mean: Floats, spread: Floats, line: float, price: float) -> Floats:
    """Return y with P(c < y) = price, at most the line."""
    return np.asarray(np.minimum(line, np.exp(mean + spread * ndtri(min(price, 1.0)))))


def _below_by_gap(mean: Floats, spread: Floats, line: float, price: float) -> Floats:
    """Return y with E(y − c)₊ = price, at most the line.

    The expectation rises and is convex in y, so that Newton's steps from the line downward never
    pass the root.
    """
    y = np.full(mean.size, line)
    left = np.flatnonzero(expected_gap(mean, spread, y, 1) > price)
    for _ in range(_NEWTON):
        if not left.size:
            break
        m, s, at = mean[left], spread[left], y[left]
        step = (expected_gap(m, s, at, 1) - price) / expected_gap(m, s, at, 0)
        y[left] = at - step
        left = left[step > 1e-12 * line]
    return y


Loss = Callable[[Floats], Floats]


def menu(
    loss: Loss, persons: Floats, sizes: tuple[float, ...]
) -> tuple[Floats, Floats, Ints, Floats]:
    """List what grants of fixed sizes to whole households would be worth.

    Parameters
    ----------
    loss
        Transfer per head ``(n,)`` -> poverty of each household ``(n,)``, persons counted.
    persons
        Shape ``(n,)``.
    sizes
        Grants to a household.

    Returns
    -------
    worth, cost, owner, per_head
        Of each option, shape ``(n · sizes,)``.
    """
    n = persons.size
    before = loss(np.zeros(n))
    worth = np.concatenate([before - loss(size / persons) for size in sizes])
    cost = np.repeat(np.asarray(sizes, dtype=np.float64), n)
    owner = np.tile(np.arange(n, dtype=np.int64), len(sizes))
    per_head = np.concatenate([size / persons for size in sizes])
    return np.maximum(worth, 0.0), cost, owner, per_head
