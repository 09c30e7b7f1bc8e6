"""The standard error that psmatch2 prints: weights taken as fixed, one variance for each arm."""

from __future__ import annotations

from typing import Literal

import numpy as np

from livelihoods.estimate.matching.model import Matching, Sample
from livelihoods.typing import Floats


def lechner(
    sample: Sample, matching: Matching, controls: Literal["used", "all"] = "used"
) -> Floats:
    r"""Return the standard error of each outcome's mean effect, shape ``(k,)``.

    .. math:: \sum_{arm} Var(y|arm) \sum_i a_i^2 / (\sum_i focal_i)^2

    with :math:`a_i` the unit's weight as a focal unit plus its weight as a counterfactual. The
    matching, the score and the covariance between effects are taken as fixed (Lechner 2001).

    Parameters
    ----------
    controls
        Whose variance stands for the donors': those with a weight (psmatch2 4.0.12), or all on
        support, matched or not (psmatch2 4.1.0).
    """
    load = matching.focal + matching.donor
    total = matching.focal.sum()
    variance = np.zeros(sample.outcomes.shape[0])
    for arm in (sample.treated, ~sample.treated):
        used = arm & (load != 0)
        spread = arm & ~matching.off_support if controls == "all" else used
        if matching.focal[arm].any():
            spread = used
        variance += _variance(sample.outcomes[:, spread], sample.weights[spread]) * float(
            load[used] @ load[used]
        )
    return np.asarray(np.sqrt(variance) / total)


def _variance(y: Floats, weights: Floats) -> Floats:
    """Sample variance of each row; with weights, their mean counts one observation each."""
    n = y.shape[1]
    if n < 2:
        return np.full(y.shape[0], np.nan)
    w = weights * (n / weights.sum())
    centred = y - (y @ w / n)[:, None]
    return np.asarray((centred * centred) @ w / (n - 1))
