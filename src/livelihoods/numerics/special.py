"""Tail probabilities and quantiles of t, F, χ² and the normal, from ``scipy.special`` alone.

Degrees of freedom of infinity mean the normal (for t) and χ²/q (for F).
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import chdtrc, chdtri, fdtrc, fdtri, ndtr, ndtri, stdtr, stdtrit

from livelihoods.typing import Floats

LOG_SQRT_2PI = 0.5 * math.log(2.0 * math.pi)


def t_two_sided(statistic: Floats | float, df: float) -> Floats:
    """Return P(|T| ≥ |statistic|) of Student's t; of the normal if ``df`` is infinite."""
    value = -np.abs(np.asarray(statistic, dtype=np.float64))
    tail = ndtr(value) if math.isinf(df) else stdtr(df, value)
    return np.asarray(2.0 * tail, dtype=np.float64)


def t_critical(conf_level: float, df: float) -> float:
    """Return the two-sided critical value: P(|T| ≤ c) = ``conf_level``."""
    upper = 0.5 + conf_level / 2.0
    return float(ndtri(upper) if math.isinf(df) else stdtrit(df, upper))


def chi2_tail(statistic: float, df: float) -> float:
    """Return P(χ²(df) ≥ statistic); 1 for a negative statistic."""
    return float(chdtrc(df, max(statistic, 0.0)))


def chi2_critical(level: float, df: float) -> float:
    """Return c with P(χ²(df) ≥ c) = ``level``."""
    return float(chdtri(df, level))


def f_tail(statistic: float, df1: float, df2: float) -> float:
    """Return P(F(df1, df2) ≥ statistic); by χ² if ``df2`` is infinite."""
    if math.isinf(df2):
        return chi2_tail(statistic * df1, df1)
    return float(fdtrc(df1, df2, max(statistic, 0.0)))


def f_critical(level: float, df1: float, df2: float) -> float:
    """Return c with P(F(df1, df2) ≥ c) = ``level``."""
    if math.isinf(df2):
        return chi2_critical(level, df1) / df1
    return float(fdtri(df1, df2, 1.0 - level))


def normal_density(z: Floats | float) -> Floats:
    """Return φ(z)."""
    value = np.asarray(z, dtype=np.float64)
    return np.asarray(np.exp(-0.5 * value * value - LOG_SQRT_2PI), dtype=np.float64)
