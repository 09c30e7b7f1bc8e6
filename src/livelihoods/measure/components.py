"""Principal components of items as papers report them: how many, rotated, signed, scored.

Pure functions on arrays; ``measure.factors`` gives them names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from livelihoods.engine import replicate_generator
from livelihoods.errors import EstimationError, SpecError
from livelihoods.numerics.factor import (
    Sphericity,
    components,
    random_eigenvalues,
    sampling_adequacy,
    score_coefficients,
    sphericity,
)
from livelihoods.numerics.rotation import varimax
from livelihoods.typing import Floats


@dataclass(frozen=True, slots=True)
class ComponentFit:
    """Components of a correlation matrix, p items, k components.

    Attributes
    ----------
    kmo, kmo_items
        Sampling adequacy, overall and ``(p,)``.
    bartlett
        Test of sphericity.
    eigenvalues
        All, descending, ``(p,)``.
    random_mean, random_high
        Mean and 95th percentile of the eigenvalues of random data, ``(p,)`` (parallel analysis).
    loadings
        Rotated, ordered by sum of squares, signed, ``(p, k)``.
    sums
        Sum of squared loadings per component, ``(k,)``.
    coefficients
        Score coefficients W, ``(p, k)``.
    sweeps, converged
        Of the rotation; 0 and True without one.
    """

    kmo: float
    kmo_items: Floats
    bartlett: Sphericity
    eigenvalues: Floats
    random_mean: Floats
    random_high: Floats
    loadings: Floats
    sums: Floats
    coefficients: Floats
    sweeps: int
    converged: bool

    @property
    def communalities(self) -> Floats:
        """Share of each item's variance that the components carry, ``(p,)``."""
        return np.asarray((self.loadings**2).sum(axis=1))

    @property
    def composite_weights(self) -> Floats:
        """Share of each component in the variance they carry together, ``(k,)``."""
        return np.asarray(self.sums / self.sums.sum())

    @property
    def parallel(self) -> int:
        """How many leading eigenvalues exceed the 95th percentile of random ones."""
        above = self.eigenvalues > self.random_high
        return int(above.size if above.all() else np.argmin(above))


@dataclass(frozen=True, slots=True)
class Choices:
    """What the user chose: see ``factor_scores``."""

    retain: str | int
    rotation: str | None
    anchors: Mapping[int, int]
    scores: str
    seed: int
    replicates: int


def fit_components(R: Floats, n: int, choices: Choices) -> ComponentFit:
    """Fit components of a correlation matrix of n rows.

    Raises
    ------
    SpecError
        If the number of components to keep is not between 1 and p, or an anchor names one that
        was not kept.
    EstimationError
        If no eigenvalue passes, or a score method needs uniquenesses that are zero.
    """
    p = R.shape[0]
    values, vectors = components(R)
    mean, high = random_reference(n, p, choices.seed, choices.replicates)
    k = how_many(values, high, choices.retain)
    loadings = vectors[:, :k] * np.sqrt(values[:k])
    sweeps, converged = 0, True
    if choices.rotation == "varimax" and k > 1:
        turned = varimax(loadings)
        loadings, sweeps, converged = turned.loadings, turned.sweeps, turned.converged
    beyond = [component + 1 for component in choices.anchors if component >= k]
    if beyond:
        raise SpecError("measure.anchor_beyond", components=beyond, kept=k)
    loadings = arranged(loadings, choices.anchors)
    if choices.scores != "regression" and np.min(1.0 - (loadings**2).sum(axis=1)) < 1e-8:
        raise EstimationError("measure.no_uniqueness", method=choices.scores, components=k)
    kmo, kmo_items = sampling_adequacy(R)
    return ComponentFit(
        kmo=kmo,
        kmo_items=kmo_items,
        bartlett=sphericity(R, n),
        eigenvalues=values,
        random_mean=mean,
        random_high=high,
        loadings=loadings,
        sums=(loadings**2).sum(axis=0),
        coefficients=score_coefficients(R, loadings, choices.scores),
        sweeps=sweeps,
        converged=converged,
    )


def random_reference(n: int, p: int, seed: int, replicates: int) -> tuple[Floats, Floats]:
    """Return mean and 95th percentile of random eigenvalues (Horn 1965; Glorfeld 1995)."""
    draws = np.array(
        [
            random_eigenvalues(replicate_generator(seed, "parallel analysis", r), n, p)
            for r in range(replicates)
        ]
    )
    return draws.mean(axis=0), np.quantile(draws, 0.95, axis=0)


def how_many(values: Floats, random_high: Floats, retain: str | int) -> int:
    """Return the number of components to keep."""
    if isinstance(retain, int):
        if not 1 <= retain <= values.size:
            raise SpecError("measure.retain", retain=retain, items=int(values.size))
        return retain
    above = values > (1.0 + 1e-12 if retain == "kaiser" else random_high)
    count = int(above.size if above.all() else np.argmin(above))
    if count == 0:
        raise EstimationError("measure.nothing_retained", rule=retain, largest=float(values[0]))
    return count


def arranged(loadings: Floats, anchors: Mapping[int, int]) -> Floats:
    """Return the columns by falling sum of squares, each with a positive sum.

    ``anchors`` maps a component to the item whose loading must be positive instead; component
    −1 stands for the one on which the item loads most.
    """
    order = np.argsort(-(loadings**2).sum(axis=0), kind="stable")
    ordered = loadings[:, order]
    signs = np.where(ordered.sum(axis=0) < 0, -1.0, 1.0)
    for component, item in anchors.items():
        place = int(np.argmax(np.abs(ordered[item]))) if component < 0 else component
        signs[place] = -1.0 if ordered[item, place] < 0 else 1.0
    return np.asarray(ordered * signs)


def anchor_places(
    anchor: str | Mapping[str | int, str] | None, names: Sequence[str]
) -> dict[int, int]:
    """Return component (from 0, −1 for "where it loads most") -> item number.

    Raises
    ------
    SpecError
        If an anchor is no item, or a component is not written ``1`` or ``"F1"``.
    """
    if anchor is None:
        return {}
    wanted: Mapping[str | int, str] = {0: anchor} if isinstance(anchor, str) else anchor
    strange = [item for item in wanted.values() if item not in names]
    if strange:
        raise SpecError("measure.unknown_anchor", anchors=strange, items=list(names))
    if isinstance(anchor, str):
        return {-1: list(names).index(anchor)}
    places = {}
    for component, item in wanted.items():
        digits = str(component).removeprefix("F")
        if not digits.isdigit() or int(digits) < 1:
            raise SpecError("measure.anchor_component", component=str(component))
        places[int(digits) - 1] = list(names).index(item)
    return places
