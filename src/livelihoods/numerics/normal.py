"""One-dimensional normal probabilities in logs, with first and second derivatives.

Everything is written so that it stays accurate where a likelihood needs it: far in the tails and
for narrow intervals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import log_ndtr

if TYPE_CHECKING:
    from livelihoods.typing import Floats

HALF_LOG_2PI = 0.5 * float(np.log(2.0 * np.pi))
# Below this width (times the distance from zero) a Taylor expansion beats the difference of tails.
_NARROW = 1e-3


def log_density(x: Floats) -> Floats:
    """Return log φ(x), elementwise."""
    value: Floats = -0.5 * x * x - HALF_LOG_2PI
    return value


def inverse_mills(x: Floats, log_probability: Floats | None = None) -> Floats:
    """Return φ(x)/Φ(x), elementwise, given log Φ(x) if the caller has it already."""
    log_cdf = log_ndtr(x) if log_probability is None else log_probability
    value: Floats = np.exp(log_density(x) - log_cdf)
    return value


def log_interval(low: Floats, high: Floats) -> Floats:
    """Return log(Φ(high) − Φ(low)), elementwise.

    Parameters
    ----------
    low, high
        Bounds, shape ``(n,)``, ``low < high``; either may be infinite.

    Notes
    -----
    The interval is first reflected to lie mostly left of zero, where both tails keep their
    relative accuracy; an interval narrower than 1e-3 is expanded around its middle.
    """
    right = low + high > 0.0
    left_end = np.where(right, -high, low)
    right_end = np.where(right, -low, high)
    upper = log_ndtr(right_end)
    with np.errstate(divide="ignore", invalid="ignore"):
        value: Floats = upper + np.log(-np.expm1(log_ndtr(left_end) - upper))
        width = right_end - left_end
        middle = 0.5 * (left_end + right_end)
        narrow = width * np.maximum(1.0, np.abs(middle)) < _NARROW
    if narrow.any():
        m, w = middle[narrow], width[narrow]
        with np.errstate(divide="ignore"):
            value[narrow] = log_density(m) + np.log(w) + np.log1p((m * m - 1.0) * w * w / 24.0)
    return value
