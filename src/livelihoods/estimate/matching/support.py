"""Who is on support: the rule, and whom it sets aside."""

from __future__ import annotations

import numpy as np

from livelihoods.estimate.matching.spec import Estimand, SupportRule, Trim
from livelihoods.numerics.windows import kernel_sums, window_edges
from livelihoods.typing import Bools, Floats


def off_support(score: Floats, treated: Bools, rule: SupportRule, estimand: Estimand) -> Bools:
    """Return who is set aside, shape ``(n,)``.

    ``"minmax"`` sets aside focal units outside the others' [min, max], bounds kept. ``{"trim":
    q}`` sets aside focal units where the others' score density is zero or below its q-quantile
    among the focal units. For the ATT the focal units are the treated, for the ATU the controls,
    for the ATE both.
    """
    off = np.zeros(score.shape[0], dtype=bool)
    if rule == "none":
        return off
    arms = np.flatnonzero(treated), np.flatnonzero(~treated)
    sides = {"ATT": (arms,), "ATU": (arms[::-1],), "ATE": (arms, arms[::-1])}[estimand]
    for focal, others in sides:
        mine, theirs = score[focal], score[others]
        if isinstance(rule, Trim):
            density = score_density(theirs, mine)
            positive = density > 0
            bound = np.quantile(density[positive], rule.trim) if positive.any() else np.inf
            outside = ~positive | (density < bound)
        else:
            outside = (mine < theirs.min()) | (mine > theirs.max())
        off[focal[outside]] = True
    return off


def score_density(points: Floats, at: Floats) -> Floats:
    r"""Return the Epanechnikov density of scores with Silverman's bandwidth.

    The kernel has standard deviation one and reaches :math:`\sqrt5` bandwidths; the bandwidth is
    :math:`0.9 \min(s, IQR/1.349)\, m^{-1/5}`.
    """
    ordered = np.sort(points)
    spread = ordered.std(ddof=1) if ordered.shape[0] > 1 else 0.0
    middle = np.subtract(*np.percentile(ordered, [75, 25])) / 1.349
    width = 0.9 * (min(spread, middle) or spread) * ordered.shape[0] ** -0.2
    if width <= 0:
        return np.where(np.isin(at, ordered), 1.0, 0.0)
    reach = width * 5.0**0.5
    turn = np.argsort(at, kind="stable")
    edges = window_edges(ordered, at[turn], reach)
    ones = np.ones((1, ordered.shape[0]))
    out = np.empty(at.shape[0])
    sums = kernel_sums(ordered, ones, at[turn], reach, "epanechnikov", (0,), edges)
    out[turn] = np.maximum(sums[0, 0], 0.0) * 0.75 / (reach * ordered.shape[0])
    return out
