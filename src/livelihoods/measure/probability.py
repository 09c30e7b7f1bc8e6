"""Probabilities too small for a float, in words."""

from __future__ import annotations

import math


def p_text(log_p: float) -> str:
    """Return ``"0.032"``, ``"< 0.001"`` or, far out, ``"10^−576"`` from a natural logarithm."""
    if log_p > math.log(0.001):
        return f"{math.exp(log_p):.3f}"
    power = math.ceil(log_p / math.log(10.0))
    return "< 0.001" if power > -4 else f"< 10^\u2212{-power}"
