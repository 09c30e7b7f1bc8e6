"""The arrays that matching works on, and what it finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from livelihoods.notes import Note
from livelihoods.typing import Bools, Floats, Ints


@dataclass(frozen=True, slots=True)
class Sample:
    """One matching problem: n rows, k outcomes, p covariates.

    Attributes
    ----------
    treated
        Shape ``(n,)``.
    outcomes
        Shape ``(k, n)``.
    score
        Propensity score in (0, 1), shape ``(n,)``.
    X
        Covariates without a constant, shape ``(n, p)``.
    weights
        Weights of the rows, shape ``(n,)``; ones if there are none.
    strata
        Code of the cell within which matches are sought, shape ``(n,)``.
    """

    treated: Bools
    outcomes: Floats
    score: Floats
    X: Floats
    weights: Floats
    strata: Ints

    @property
    def logit(self) -> Floats:
        """Log odds of the score, shape ``(n,)``."""
        return np.asarray(np.log(self.score) - np.log1p(-self.score))


@dataclass(frozen=True, slots=True)
class Group:
    """One side of a matching, as arrays: the units to be matched or those who may serve.

    Attributes
    ----------
    rows
        Places in the sample, shape ``(f,)``.
    distance
        What nearness is measured on (score, or its logit), shape ``(f,)``.
    caliper
        The same for the caliper where it is measured otherwise (Mahalanobis), shape ``(f,)``.
    coordinates
        Whitened covariates, shape ``(f, p)``, where the method needs them.
    outcomes, weights
        Shapes ``(k, f)`` and ``(f,)``.
    """

    rows: Ints
    distance: Floats
    coordinates: Floats
    outcomes: Floats
    weights: Floats


@dataclass(frozen=True, slots=True)
class Found:
    """What one method found for one side.

    Attributes
    ----------
    fitted
        Counterfactual mean of each outcome for each focal unit, shape ``(k, f)``; NaN unmatched.
    weights
        What each donor counts for in the mean over the focal units (each with its own weight),
        shape ``(d,)``; their sum is the matched focal weight. None if not asked for.
    counts
        Donors that serve each focal unit, shape ``(f,)``.
    facts
        Things to be said: number of ill-posed windows, of single means, the largest condition.
    """

    fitted: Floats
    weights: Floats | None
    counts: Ints
    facts: Mapping[str, float] = field(default_factory=dict)

    @property
    def matched(self) -> Bools:
        """Which focal units have a counterfactual, shape ``(f,)``."""
        return np.asarray(self.counts > 0)


@dataclass(frozen=True, slots=True)
class Matching:
    """A matching of both arms of a sample, or of one.

    Attributes
    ----------
    effects
        Outcome treated minus untreated of every matched unit, shape ``(k, n)``; NaN elsewhere.
    focal
        Weight of each row in the estimand (its own weight if it is matched, else 0), ``(n,)``.
    donor
        Weight of each row as a counterfactual, shape ``(n,)``; can be negative for local lines.
    off_support
        Rows set aside by the support rule, shape ``(n,)``.
    unmatched
        Rows on support that found nobody, shape ``(n,)``.
    counts
        Donors that serve each focal row, shape ``(n,)``.
    facts
        What the method has to say about itself.
    notes
        Findings.
    means
        Mean outcomes with and without treatment, shape ``(2, k)``, where they come from weights
        and no unit has an effect of its own; else None.
    """

    effects: Floats
    focal: Floats
    donor: Floats
    off_support: Bools
    unmatched: Bools
    counts: Ints
    facts: Mapping[str, float]
    notes: tuple[Note, ...] = ()
    means: Floats | None = None

    @property
    def estimates(self) -> Floats:
        """Mean effect of each outcome over the matched focal units, shape ``(k,)``."""
        if self.means is not None:
            return np.asarray(self.means[0] - self.means[1])
        used = np.flatnonzero(self.focal)
        return np.asarray((self.effects[:, used] @ self.focal[used]) / self.focal.sum())
