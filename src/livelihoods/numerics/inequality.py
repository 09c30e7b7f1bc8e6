"""Inequality of amounts and diversity of kinds: measures on sorted values and their masses.

Every measure has divisor W (the sum of weights), so that a population and its copies side by side
are equally unequal. Sources: Gini from the covariance with the rank; Theil (1967); Wolfson (1994);
Esteban and Ray (1994); Blau (1977) and Simpson (1949).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from livelihoods.typing import Bools, Floats, Ints

_HALF = 1e-12  # a cumulated share this close to one half is one half


@dataclass(frozen=True, slots=True)
class Masses:
    """Values in ascending order and what each weighs.

    Attributes
    ----------
    values
        Ascending, not negative; equal values may stand several times, shape ``(m,)``.
    weight
        Not negative, some positive, shape ``(m,)``.
    """

    values: Floats
    weight: Floats

    @property
    def total(self) -> float:
        """Sum of the weights."""
        return float(np.sum(self.weight))

    @property
    def mean(self) -> float:
        """Weighted mean."""
        return float(np.sum(self.weight * self.values)) / self.total


def sorted_masses(x: Floats, w: Floats | None = None) -> Masses:
    """Sort values, carrying their weights (1 each without)."""
    order = np.argsort(x, kind="stable")
    return Masses(x[order], np.ones(x.size) if w is None else w[order])


def gini(m: Masses) -> float:
    """Return ``Σ w_i x_i (2F_i − 1) / (Wμ)`` with F the cumulated share up to the middle of i.

    Without weights this is ``Σ(2i − n − 1)x_i / (nΣx)``; from 0 to 1 − 1/n.
    """
    share = m.weight / m.total
    middle = np.cumsum(share) - 0.5 * share
    return float(np.sum(share * m.values * (2.0 * middle - 1.0))) / m.mean


def theil(m: Masses) -> float:
    """Return T = mean of (x/μ)·ln(x/μ), with 0·ln 0 = 0; from 0 to ln n."""
    ratio = m.values / m.mean
    logs = np.log(ratio, out=np.zeros_like(ratio), where=ratio > 0)
    return max(0.0, float(np.sum(m.weight * ratio * logs)) / m.total)


def variation(m: Masses) -> float:
    """Return the coefficient of variation σ/μ, σ with divisor W."""
    gap = m.values - m.mean
    return float(np.sqrt(np.sum(m.weight * gap * gap) / m.total)) / m.mean


def median(m: Masses) -> float:
    """Return the median: where the cumulated share passes one half; midway if it rests there."""
    cumulated = np.cumsum(m.weight) / m.total
    carried = m.weight > 0
    low = int(np.flatnonzero(carried & (cumulated >= 0.5 - _HALF))[0])
    high = int(np.flatnonzero(carried & (cumulated > 0.5 + _HALF))[0])
    return 0.5 * float(m.values[low] + m.values[high])


def wolfson(m: Masses) -> float:
    """Return Wolfson's polarisation ``2(μ/m)(2(½ − L(½)) − G)``, m the median; NaN if m = 0.

    As μ(1 − 2L(½)) is the mean distance from the median, it is ``2(E|x − m| − μG)/m``.
    """
    middle = median(m)
    if middle == 0.0:
        return float("nan")
    distance = float(np.sum(m.weight * np.abs(m.values - middle))) / m.total
    return 2.0 * (distance - m.mean * gini(m)) / middle


def effective_number(m: Masses) -> float:
    """Return 1/Σs² of the shares s in the whole: how many equal holders would be as concentrated.

    A row of weight w stands for w holders.
    """
    whole = float(np.sum(m.weight * m.values))
    return whole * whole / float(np.sum(m.weight * m.values * m.values))


def lorenz(m: Masses, points: Floats) -> Floats:
    """Return L(p), the share of the poorest p in the whole, straight between holders."""
    population = np.concatenate([[0.0], np.cumsum(m.weight)]) / m.total
    held = np.concatenate([[0.0], np.cumsum(m.weight * m.values)])
    return np.asarray(np.interp(points, population, held / held[-1]))


@dataclass(frozen=True, slots=True)
class GroupSums:
    """Sums by group, each of shape ``(G,)``: Σw, Σwx, Σwx², Σwx·ln x."""

    weight: Floats
    total: Floats
    square: Floats
    log_total: Floats

    @property
    def shares(self) -> tuple[Floats, Floats]:
        """Shares of the population and of the whole."""
        return self.weight / np.sum(self.weight), self.total / np.sum(self.total)


def group_sums(x: Floats, w: Floats, codes: Ints, count: int) -> GroupSums:
    """Sum by group."""
    logs = np.log(x, out=np.zeros_like(x), where=x > 0)
    parts = [np.bincount(codes, v, count) for v in (w, w * x, w * x * x, w * x * logs)]
    return GroupSums(*(np.asarray(part, dtype=np.float64) for part in parts))


@dataclass(frozen=True, slots=True)
class TheilSplit:
    """The exact split ``T = Σ s_g ln(s_g/p_g) + Σ s_g T_g``.

    Attributes
    ----------
    people, held
        p_g and s_g: shares of the population and of the whole, shape ``(G,)``.
    inside
        T_g, 0 in a group that holds nothing, shape ``(G,)``.
    between, within
        The two sums.
    """

    people: Floats
    held: Floats
    inside: Floats
    between: float
    within: float


def theil_split(sums: GroupSums) -> TheilSplit:
    """Split Theil's T between and within groups, from sums alone."""
    people, held = sums.shares
    present = held > 0
    inside = np.zeros(held.size)
    means = sums.total[present] / sums.weight[present]
    inside[present] = sums.log_total[present] / sums.total[present] - np.log(means)
    inside = np.maximum(inside, 0.0)
    ratio = np.log(held[present] / people[present])
    between = float(np.sum(held[present] * ratio))
    return TheilSplit(people, held, inside, max(0.0, between), float(np.sum(held * inside)))


def esteban_ray(sums: GroupSums, alpha: float) -> float:
    """Return ``Σ_i Σ_j π_i^{1+α} π_j |y_i − y_j|`` over groups, y their means over the mean."""
    people, held = sums.shares
    here = people > 0
    p, y = people[here], held[here] / people[here]
    return float(np.sum(p[:, None] ** (1.0 + alpha) * p * np.abs(y[:, None] - y)))


def blau(shares: Floats) -> float:
    """Return 1 − Σp²: the chance that two draws with replacement differ in kind."""
    return float(1.0 - np.sum(shares * shares))


def simpson(counts: Ints) -> float:
    """Return 1 − Σn_k(n_k − 1)/(n(n − 1)): the same without replacement; NaN for one holder."""
    n = int(np.sum(counts))
    pairs = int(np.sum(counts * (counts - 1)))
    return 1.0 - pairs / (n * (n - 1)) if n > 1 else float("nan")


def has_amount(x: Floats, w: Floats) -> bool:
    """Tell whether anything is held at all."""
    held: Bools = (x > 0) & (w > 0)
    return bool(np.any(held))
