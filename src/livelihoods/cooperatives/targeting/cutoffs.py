"""Errors of a proxy at every cutoff: who is left out, who gets in, where the benefit goes.

Pure functions on arrays. One sort serves all cutoffs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from livelihoods.typing import Bools, Floats, Ints


@dataclass(frozen=True, slots=True)
class Ranked:
    """People from the lowest score up, summed.

    Attributes
    ----------
    score
        Distinct scores, ascending, shape ``(m,)``.
    people, poor, poorest
        Weight of all, of the poor, and of the poorest part of the population, selected when the
        cutoff lies just above each score, shape ``(m + 1,)``; the first is nobody.
    """

    score: Floats
    people: Floats
    poor: Floats
    poorest: Floats


@dataclass(frozen=True, slots=True)
class Errors:
    """Errors at some cutoffs; every array has shape ``(k,)``.

    Attributes
    ----------
    coverage
        Share of the population selected.
    exclusion
        Share of the poor left out: #(s = 0, poor) / #poor.
    leakage
        Share of the selected who are not poor: #(s = 1, not poor) / #selected; NaN if nobody is.
    inclusion
        Share of the non-poor who are selected; NaN if all are poor.
    cgh
        Share of the benefit that goes to the poorest part q of the population, over q, when every
        selected person gets the same (Coady, Grosh and Hoddinott 2004): 1 is what a lottery or
        everybody gives, more is better. NaN if nobody is selected.
    """

    coverage: Floats
    exclusion: Floats
    leakage: Floats
    inclusion: Floats
    cgh: Floats

    def stacked(self) -> Floats:
        """Return the five rows as one array, shape ``(5, k)``."""
        return np.stack([self.coverage, self.exclusion, self.leakage, self.inclusion, self.cgh])


NAMES = ("coverage", "exclusion", "leakage", "inclusion", "cgh")


def lowest_part(values: Floats, weights: Floats, low: float, high: float) -> Floats:
    """Return the share of each row that lies between two quantiles of the population.

    Rows of one value share what falls on them in proportion to their weight, so that the answer
    does not depend on the order of ties.

    Parameters
    ----------
    values, weights
        Shape ``(n,)``; weights not negative, their sum positive.
    low, high
        Quantiles, 0 ≤ low < high ≤ 1.

    Returns
    -------
    Floats
        Shape ``(n,)``, between 0 and 1; weights times it sum to (high − low) Σ weights.
    """
    level, place = np.unique(values, return_inverse=True)
    mass = np.bincount(place, weights=weights, minlength=level.size)
    above = np.cumsum(mass)
    total = above[-1]
    below = above - mass
    inside = np.minimum(above, high * total) - np.maximum(below, low * total)
    share = np.divide(np.maximum(inside, 0.0), mass, out=np.zeros_like(mass), where=mass > 0)
    return np.asarray(share[place], dtype=np.float64)


def weighted_quantile(values: Floats, weights: Floats, share: float) -> float:
    """Return the smallest value with at least this share of the weight at or below it."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    at = int(np.searchsorted(reached, share * reached[-1] * (1 - 1e-12), side="left"))
    return float(values[order[min(at, values.size - 1)]])


def rank(score: Floats, poor: Bools, poorest: Floats, weights: Floats) -> Ranked:
    """Sum the population from the lowest score up.

    Parameters
    ----------
    score
        What the proxy says of consumption; people are selected from below, shape ``(n,)``.
    poor
        Who is poor in truth, shape ``(n,)``.
    poorest
        Share of each row in the poorest part q (see :func:`lowest_part`), shape ``(n,)``.
    weights
        Persons that a row stands for, shape ``(n,)``.
    """
    order = np.argsort(score, kind="stable")
    sorted_score = score[order]
    last = np.append(np.flatnonzero(np.diff(sorted_score) > 0), score.size - 1)
    w = weights[order]
    sums = (np.cumsum(w * part)[last] for part in (1.0, poor[order], poorest[order]))
    people, bad, low = (np.concatenate([[0.0], each]) for each in sums)
    return Ranked(sorted_score[last], people, bad, low)


def at_cutoffs(ranked: Ranked, cutoffs: Floats, q: float) -> Errors:
    """Return the errors when everybody with a score below a cutoff is selected."""
    place = np.searchsorted(ranked.score, cutoffs, side="left")
    return _errors(ranked, ranked.people[place], ranked.poor[place], ranked.poorest[place], q)


def at_coverage(ranked: Ranked, coverage: Floats, q: float) -> Errors:
    """Return the errors when a share of the population is selected, those with lowest scores.

    Where the share falls among people of one score, each of them is selected with the same
    probability; the errors are those expected.
    """
    wanted = coverage * ranked.people[-1]
    parts = (np.interp(wanted, ranked.people, part) for part in (ranked.poor, ranked.poorest))
    poor, poorest = parts
    return _errors(ranked, np.asarray(wanted), np.asarray(poor), np.asarray(poorest), q)


def cutoff_of(ranked: Ranked, coverage: Floats) -> Floats:
    """Return the score below or at which each share of the population lies."""
    place = np.searchsorted(ranked.people[1:], coverage * ranked.people[-1] * (1 - 1e-12))
    return np.asarray(ranked.score[np.minimum(place, ranked.score.size - 1)])


def _errors(ranked: Ranked, people: Floats, poor: Floats, poorest: Floats, q: float) -> Errors:
    everybody, all_poor = float(ranked.people[-1]), float(ranked.poor[-1])
    some = people > 0
    nothing = np.full(people.shape, np.nan)
    leakage = np.divide(people - poor, people, out=nothing.copy(), where=some)
    cgh = np.divide(poorest, people * q, out=nothing.copy(), where=some)
    not_poor = everybody - all_poor
    inclusion = (people - poor) / not_poor if not_poor > 0 else nothing
    exclusion = 1.0 - poor / all_poor if all_poor > 0 else nothing
    return Errors(people / everybody, exclusion, leakage, inclusion, cgh)


def rank_accuracy(ranked: Ranked) -> float:
    """Return the chance that a poor person scores below a person who is not (area under ROC)."""
    poor, people = ranked.poor, ranked.people
    rest = people - poor
    if poor[-1] <= 0 or rest[-1] <= 0:
        return float("nan")
    area = np.sum(np.diff(rest) * (poor[1:] + poor[:-1]) / 2)
    return float(area / (poor[-1] * rest[-1]))


def incidence(
    truth: Floats, benefit: Floats, weights: Floats, groups: int
) -> tuple[Floats, Floats]:
    """Return the share of each quantile group of true consumption in people and in benefits.

    Parameters
    ----------
    truth, weights
        Consumption per head and persons, shape ``(n,)``.
    benefit
        Benefit per head, not negative, shape ``(n,)``.
    groups
        How many groups, from the poorest: 5 for fifths.

    Returns
    -------
    share, reached
        Share of the benefits, and share of the group's people who get any, shape ``(groups,)``.
    """
    total = float(benefit @ weights)
    share, reached = np.full(groups, np.nan), np.full(groups, np.nan)
    for place in range(groups):
        part = lowest_part(truth, weights, place / groups, (place + 1) / groups) * weights
        reached[place] = float(part @ (benefit > 0)) / float(part.sum())
        if total > 0:
            share[place] = float(part @ benefit) / total
    return share, reached


def fold_of_groups(codes: Ints, folds: int, generator: np.random.Generator) -> Ints:
    """Put whole groups into folds of nearly equal size.

    Groups are shuffled, then each goes to the fold with the fewest rows so far.

    Parameters
    ----------
    codes
        Group of each row, 0 … G−1, shape ``(n,)``.
    folds
        How many, at most G.

    Returns
    -------
    Ints
        Fold of each group, shape ``(G,)``.
    """
    sizes = np.bincount(codes)
    held, fold = np.zeros(folds), np.zeros(sizes.size, dtype=np.int64)
    for group in generator.permutation(sizes.size):
        fold[group] = int(np.argmin(held))
        held[fold[group]] += sizes[group]
    return fold
