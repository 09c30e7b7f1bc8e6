r"""Do chances come true? Brier score, its parts, and a curve of what was said against what came.

Murphy (1973, J. Appl. Meteorol. 12): with forecasts in bins k of n_k cases, mean forecast p_k and
observed share o_k, the Brier score is reliability − resolution + uncertainty + what remains within
the bins (Stephenson, Coelho and Jolliffe 2008): exact for forecasts of any value.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from livelihoods.describe.contrasts import Cells, share_interval
from livelihoods.numerics.glm import fit_logit
from livelihoods.typing import Floats, Ints

_EDGE = 1e-9


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far stated chances come true.

    Attributes
    ----------
    brier
        Mean of (p − y)².
    reference
        The same if everybody had been told the overall share: o(1 − o).
    reliability, resolution, uncertainty, within
        Parts: brier = reliability − resolution + uncertainty + within.
    intercept, slope
        Of a logit of what came on the logit of what was said; 0 and 1 when right, a slope below 1
        when chances are too extreme. NaN if they cannot be fitted.
    said, came, low, high
        Mean forecast and observed share of each bin with its interval, shape ``(bins,)``.
    counts
        Cases of each bin.
    """

    brier: float
    reference: float
    reliability: float
    resolution: float
    uncertainty: float
    within: float
    intercept: float
    slope: float
    said: Floats
    came: Floats
    low: Floats
    high: Floats
    counts: Ints

    @property
    def skill(self) -> float:
        """1 − brier / reference: above 0 is better than telling everybody the same."""
        return 1.0 - self.brier / self.reference if self.reference > 0 else float("nan")


def calibrate(
    p: Floats, y: Floats, bins: int, conf_level: float, clusters: Ints | None = None
) -> Calibration:
    """Compare stated chances with what came.

    Parameters
    ----------
    p, y
        Chances and what came (0 or 1), shape ``(n,)``.
    bins
        Groups of cases of like chance, as equal in number as ties allow.
    conf_level
        Of the intervals of the bins: Wilson's, or by t where clusters are given and some but not
        all of the bin came.
    clusters
        Codes of clusters, or None.
    """
    order = np.argsort(p, kind="stable")
    edges = p[order][np.linspace(0, p.size, bins + 1).astype(int)[1:-1].clip(max=p.size - 1)]
    _, place = np.unique(np.searchsorted(np.unique(edges), p, side="right"), return_inverse=True)
    counts = np.bincount(place)
    said = np.bincount(place, weights=p) / counts
    came = np.bincount(place, weights=y) / counts
    share = float(y.mean())
    within = (p - said[place]) ** 2 - 2 * (p - said[place]) * (y - came[place])
    ends = np.array([_ends(y, place == k, conf_level, clusters) for k in range(counts.size)])
    intercept, slope = _line(p, y)
    n = p.size
    return Calibration(
        brier=float(np.mean((p - y) ** 2)),
        reference=share * (1 - share),
        reliability=float(counts @ (said - came) ** 2) / n,
        resolution=float(counts @ (came - share) ** 2) / n,
        uncertainty=share * (1 - share),
        within=float(within.mean()),
        intercept=intercept,
        slope=slope,
        said=said,
        came=came,
        low=ends[:, 0],
        high=ends[:, 1],
        counts=counts.astype(np.int64),
    )


def _ends(y: Floats, mine: Floats, level: float, clusters: Ints | None) -> tuple[float, float]:
    values = y[mine]
    # Where all came or none did, clustered errors would be 0; Wilson's interval is not.
    groups = None if clusters is None or not np.ptp(values) else clusters[mine]
    cells = Cells(values, np.zeros(values.size, dtype=np.int64), 1, None, groups)
    low, high = share_interval(cells, level)
    return max(low, 0.0), min(high, 1.0)


def _line(p: Floats, y: Floats) -> tuple[float, float]:
    """Return intercept and slope of the logit of y on the logit of p."""
    held = np.clip(p, _EDGE, 1 - _EDGE)
    x = np.log(held / (1 - held))
    if not np.ptp(x) > 0 or not 0 < y.mean() < 1:
        return float("nan"), float("nan")
    fit = fit_logit(np.column_stack([np.ones(x.size), x]), y)
    if not fit.converged or fit.separation is not None:
        return float("nan"), float("nan")
    return float(fit.coef[0]), float(fit.coef[1])
