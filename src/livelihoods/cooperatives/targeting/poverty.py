"""Poverty of a population: the measures of Foster, Greer and Thorbecke (1984, Econometrica 52)."""

from __future__ import annotations

import numpy as np

from livelihoods.typing import Floats


def gaps(consumption: Floats, line: Floats | float) -> Floats:
    """Return how far each person is below the line, as a part of it; 0 at and above it."""
    return np.asarray(np.maximum(0.0, line - consumption) / line, dtype=np.float64)


def fgt(
    consumption: Floats, line: Floats | float, alpha: float, persons: Floats | None = None
) -> float:
    r"""Return P_α = Σ w ((z − c)/z)^α over the poor, divided by Σ w.

    Parameters
    ----------
    consumption
        Consumption (or income) per head c, shape ``(n,)``.
    line
        Poverty line z per head, one number or shape ``(n,)``, positive. Poor is c < z.
    alpha
        0 counts the poor, 1 is the poverty gap, 2 weighs the poorest most.
    persons
        Weights w, shape ``(n,)``; None for 1 each.
    """
    below = np.asarray(consumption < line)
    depth = np.where(below, gaps(consumption, line) ** alpha if alpha else 1.0, 0.0)
    if persons is None:
        return float(depth.mean())
    return float(depth @ persons / persons.sum())
