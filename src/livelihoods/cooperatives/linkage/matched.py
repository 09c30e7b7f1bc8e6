"""Differences within matched cells, with clustered errors: the same product, grade and week.

Within each cell both outcome and group are taken as deviations from the cell's mean, so that

    b = Σ d̃ᵢ ỹᵢ / Σ d̃ᵢ²

compares like with like (Frisch and Waugh); errors are clustered by who delivered, with the factor
G/(G−1) · (n−1)/(n−k), k counting the cells.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from livelihoods.numerics.covariance import clustered
from livelihoods.numerics.special import t_critical, t_two_sided
from livelihoods.typing import Bools, Floats, Ints

# Fewer sellers on either side give no error to speak of.
LEAST_CLUSTERS = 3


@dataclass(frozen=True, slots=True)
class Matched:
    """A difference within cells.

    Attributes
    ----------
    estimate
        Mean of the group less mean of the comparison, within cells; None without a cell that has
        both.
    std_error, p_value, conf_low, conf_high
        None with too few sellers on either side, or when nobody differs.
    rows, cells
        Rows and cells that have both sides.
    clusters
        Sellers in the group and in the comparison.
    """

    estimate: float | None
    std_error: float | None
    p_value: float | None
    conf_low: float | None
    conf_high: float | None
    rows: int
    cells: int
    clusters: tuple[int, int]


def matched_difference(
    y: Floats, group: Bools, cell: Ints, cluster: Ints, conf_level: float = 0.95
) -> Matched:
    """Return the difference of ``y`` between group and comparison within cells.

    Parameters
    ----------
    y
        Outcome, shape (n,).
    group
        Whether a row belongs to the group, shape (n,); the others are the comparison.
    cell, cluster
        Codes of cells and of sellers, shape (n,), 0 or more.
    conf_level
        Level of the interval.
    """
    has = _has_both(group, cell)
    y, group, cell, cluster = y[has], group[has], cell[has], cluster[has]
    sides = (np.unique(cluster[group]).size, np.unique(cluster[~group]).size)
    if y.size == 0:
        return Matched(None, None, None, None, None, 0, 0, sides)
    codes = np.unique(cell, return_inverse=True)[1]
    cells = int(codes.max()) + 1
    d = _within(group.astype(np.float64), codes, cells)
    v = _within(y, codes, cells)
    whole = float(d @ d)
    estimate = float(d @ v) / whole
    sellers = np.unique(cluster, return_inverse=True)[1].astype(np.int64)
    n, k = y.size, cells + 1
    none = Matched(estimate, None, None, None, None, n, cells, sides)
    if min(sides) < LEAST_CLUSTERS or n <= k:
        return none
    residuals = v - estimate * d
    bread = np.array([[1.0 / whole]])
    found = clustered(d[:, None], residuals, bread, None, (sellers,), small=False)
    groups = found.groups[0]
    variance = float(found.matrix[0, 0]) * groups / (groups - 1) * (n - 1) / (n - k)
    error = float(np.sqrt(variance))
    if error <= 1e-12 * max(1.0, abs(estimate)):
        return none
    df = float(groups - 1)
    half = t_critical(conf_level, df) * error
    p = float(t_two_sided(estimate / error, df))
    return Matched(estimate, error, p, estimate - half, estimate + half, n, cells, sides)


def _has_both(group: Bools, cell: Ints) -> Bools:
    size = int(cell.max()) + 1 if cell.size else 0
    inside = np.bincount(cell[group], minlength=size)
    beside = np.bincount(cell[~group], minlength=size)
    return np.asarray((inside > 0) & (beside > 0))[cell]


def _within(values: Floats, codes: Ints, cells: int) -> Floats:
    means = np.bincount(codes, weights=values, minlength=cells) / np.bincount(codes)
    return np.asarray(values - means[codes])
