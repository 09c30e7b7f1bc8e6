"""Do blind reviewers agree? Cohen's kappa for two, Krippendorff's alpha for any number."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Literal

import numpy as np

from livelihoods.errors import DataError
from livelihoods.typing import Floats

Weighting = Literal["none", "linear", "quadratic"]
Level = Literal["nominal", "ordinal", "interval"]


def cohen_kappa(
    first: Sequence[Hashable],
    second: Sequence[Hashable],
    order: Sequence[Hashable],
    weights: Weighting = "none",
) -> float:
    """Return Cohen's kappa of two reviewers.

    ``κ = 1 − Σ w_ij O_ij / Σ w_ij E_ij`` with O observed and E expected counts under independent
    margins; ``w_ij`` is ``i ≠ j``, ``|i − j|`` or ``(i − j)²``.

    Parameters
    ----------
    first, second
        Grades of the same cooperatives by the two reviewers, same length.
    order
        The grades, best first.
    weights
        How much a near miss counts.

    Returns
    -------
    float
        1 for full agreement, 0 for what chance gives; NaN where both use one grade only.

    Raises
    ------
    DataError
        If the lengths differ, nothing is graded, or a grade is not in ``order``.

    References
    ----------
    Cohen, J. (1960, 1968), Educational and Psychological Measurement 20; Psychological Bulletin 70.
    """
    if len(first) != len(second) or not first:
        raise DataError("cooperatives.no_pairs", first=len(first), second=len(second))
    place = {grade: number for number, grade in enumerate(order)}
    strange = sorted({str(g) for g in (*first, *second) if g not in place})
    if strange:
        raise DataError("cooperatives.unknown_grades", grades=strange)
    k = len(order)
    observed = np.zeros((k, k))
    for a, b in zip(first, second, strict=True):
        observed[place[a], place[b]] += 1
    expected = np.outer(observed.sum(axis=1), observed.sum(axis=0)) / len(first)
    gap = np.abs(np.subtract.outer(np.arange(k), np.arange(k))).astype(float)
    cost = {"none": (gap > 0).astype(float), "linear": gap, "quadratic": gap**2}[weights]
    chance = float((cost * expected).sum())
    return float("nan") if chance == 0 else 1 - float((cost * observed).sum()) / chance


def krippendorff_alpha(scores: Floats, level: Level = "interval") -> float:
    """Return Krippendorff's alpha.

    ``α = 1 − D_o / D_e``: disagreement within units over disagreement among all pairable scores.
    Units with fewer than two scores are left out.

    Parameters
    ----------
    scores
        Reviewers × units, shape (m, n); NaN where a reviewer did not score.
    level
        Scale of the scores; it sets the distance: ``a ≠ b``, the squared number of scores between
        a and b, or ``(a − b)²``.

    Returns
    -------
    float
        1 for full agreement; NaN if all scores are the same.

    Raises
    ------
    DataError
        If no unit has two scores.

    References
    ----------
    Krippendorff, K. (2011), Computing Krippendorff's Alpha-Reliability.
    """
    counted = np.sum(~np.isnan(scores), axis=0)
    kept = scores[:, counted >= 2]
    if kept.shape[1] == 0:
        raise DataError("cooperatives.no_unit_twice")
    values, place = np.unique(kept[~np.isnan(kept)], return_inverse=True)
    # unique() saw the scores reviewer by reviewer; the units are read in the same order.
    unit = np.nonzero(~np.isnan(kept))[1]
    table = np.zeros((kept.shape[1], len(values)))
    np.add.at(table, (unit, place), 1)
    size = table.sum(axis=1, keepdims=True)
    coincidence = (table / (size - 1)).T @ table - np.diag((table / (size - 1)).sum(axis=0))
    margin = coincidence.sum(axis=1)
    expected = (np.outer(margin, margin) - np.diag(margin)) / (margin.sum() - 1)
    cost = _distance(values, margin, level)
    chance = float((cost * expected).sum())
    return float("nan") if chance == 0 else 1 - float((cost * coincidence).sum()) / chance


def _distance(values: Floats, margin: Floats, level: Level) -> Floats:
    if level == "nominal":
        return 1.0 - np.eye(len(values))
    if level == "interval":
        return np.asarray(np.subtract.outer(values, values) ** 2)
    below = np.cumsum(margin) - margin / 2
    return np.asarray(np.subtract.outer(below, below) ** 2)
