"""Critical values for weak instruments: Stock–Yogo where they exist, and the tF procedure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from livelihoods import words
from livelihoods.estimate.test_result import AnyTest, Inapplicable, TestResult

# Stock and Yogo (2005), Table 5.2: maximal size 10, 15, 20, 25 % of a nominal 5 % Wald test after
# 2SLS; (endogenous regressors, excluded instruments) -> values of the Cragg–Donald F.
SIZE_VALUES: dict[tuple[int, int], tuple[float, float, float, float]] = {
    (1, 1): (16.38, 8.96, 6.66, 5.53),
    (1, 2): (19.93, 11.59, 8.75, 7.25),
    (1, 3): (22.30, 12.83, 9.54, 7.80),
    (1, 4): (24.58, 13.96, 10.26, 8.31),
    (1, 5): (26.87, 15.09, 10.98, 8.84),
    (1, 6): (29.18, 16.23, 11.72, 9.38),
    (1, 7): (31.50, 17.38, 12.48, 9.93),
    (1, 8): (33.84, 18.54, 13.24, 10.50),
    (1, 9): (36.19, 19.71, 14.01, 11.07),
    (1, 10): (38.54, 20.88, 14.78, 11.65),
    (2, 2): (7.03, 4.58, 3.95, 3.63),
    (2, 3): (13.43, 8.18, 6.40, 5.45),
    (2, 4): (16.87, 9.93, 7.54, 6.28),
    (2, 5): (19.45, 11.22, 8.38, 6.89),
}
# Table 5.1: maximal bias of 2SLS 5, 10, 20, 30 % of that of OLS, one endogenous regressor.
BIAS_VALUES: dict[int, tuple[float, float, float, float]] = {
    3: (13.91, 9.08, 6.46, 5.39),
    4: (16.85, 10.27, 6.71, 5.34),
    5: (18.37, 10.83, 6.77, 5.25),
    6: (19.28, 11.12, 6.76, 5.15),
    7: (19.86, 11.29, 6.73, 5.07),
    8: (20.25, 11.39, 6.69, 4.99),
    9: (20.53, 11.46, 6.65, 4.92),
    10: (20.74, 11.49, 6.61, 4.86),
}
# Lee, McCrary, Moreira and Porter (2022), Table 3A: first-stage F and the 5 % critical value of
# |t| that goes with it; linear in between, 1.96 above.
TF_F = (
    4.000, 4.008, 4.015, 4.023, 4.031, 4.040, 4.049, 4.059, 4.068, 4.079, 4.090, 4.101, 4.113,
    4.125, 4.138, 4.151, 4.166, 4.180, 4.196, 4.212, 4.229, 4.247, 4.265, 4.285, 4.305, 4.326,
    4.349, 4.372, 4.396, 4.422, 4.449, 4.477, 4.507, 4.538, 4.570, 4.604, 4.640, 4.678, 4.717,
    4.759, 4.803, 4.849, 4.897, 4.948, 5.002, 5.059, 5.119, 5.182, 5.248, 5.319, 5.393, 5.472,
    5.556, 5.644, 5.738, 5.838, 5.944, 6.056, 6.176, 6.304, 6.440, 6.585, 6.741, 6.907, 7.085,
    7.276, 7.482, 7.702, 7.940, 8.196, 8.473, 8.773, 9.098, 9.451, 9.835, 10.253, 10.711, 11.214,
    11.766, 12.374, 13.048, 13.796, 14.631, 15.566, 16.618, 17.810, 19.167, 20.721, 22.516,
    24.605, 27.058, 29.967, 33.457, 37.699, 42.930, 49.495, 57.902, 68.930, 83.823, 104.67,
)  # fmt: skip
TF_CRITICAL = (
    18.656, 18.236, 17.826, 17.425, 17.033, 16.649, 16.275, 15.909, 15.551, 15.201, 14.859,
    14.524, 14.197, 13.878, 13.566, 13.260, 12.962, 12.670, 12.385, 12.107, 11.834, 11.568,
    11.308, 11.053, 10.804, 10.561, 10.324, 10.091, 9.864, 9.642, 9.425, 9.213, 9.006, 8.803,
    8.605, 8.412, 8.222, 8.037, 7.856, 7.680, 7.507, 7.338, 7.173, 7.011, 6.854, 6.699, 6.549,
    6.401, 6.257, 6.117, 5.979, 5.844, 5.713, 5.584, 5.459, 5.336, 5.216, 5.098, 4.984, 4.872,
    4.762, 4.655, 4.550, 4.448, 4.348, 4.250, 4.154, 4.061, 3.969, 3.880, 3.793, 3.707, 3.624,
    3.542, 3.463, 3.385, 3.309, 3.234, 3.161, 3.090, 3.021, 2.953, 2.886, 2.821, 2.758, 2.696,
    2.635, 2.576, 2.518, 2.461, 2.406, 2.352, 2.299, 2.247, 2.197, 2.147, 2.099, 2.052, 2.006,
    1.960,
)  # fmt: skip


def stock_yogo(
    statistic: float, endogenous: int, instruments: int, *, iid: bool, method: str
) -> tuple[AnyTest, AnyTest]:
    """Compare the Cragg–Donald F with size (10 %) and bias (10 %) values, where these exist."""
    reason = ""
    if not iid:
        reason = "stock_yogo_iid"
    elif method != "2sls":
        reason = "stock_yogo_2sls"
    if reason:
        return Inapplicable("stock_yogo_size", reason), Inapplicable("stock_yogo_bias", reason)
    values: dict[str, Any] = {"endogenous": endogenous, "instruments": instruments}
    size = SIZE_VALUES.get((endogenous, instruments))
    first: AnyTest = (
        Inapplicable("stock_yogo_size", "stock_yogo_table", values)
        if size is None
        else TestResult("stock_yogo_size", statistic, "none", critical=size[0])
    )
    if instruments < endogenous + 2:
        return first, Inapplicable("stock_yogo_bias", "stock_yogo_bias_few", values)
    bias = BIAS_VALUES.get(instruments) if endogenous == 1 else None
    if bias is None:
        return first, Inapplicable("stock_yogo_bias", "stock_yogo_table", values)
    return first, TestResult("stock_yogo_bias", statistic, "none", critical=bias[1])


def tf_critical(f: float) -> float:
    """Return the 5 % critical value of |t| given the first-stage F.

    Infinite below F = 4, where the published table ends (its asymptote is 1.96² = 3.84).
    """
    return math.inf if f < TF_F[0] else float(np.interp(f, TF_F, TF_CRITICAL))


@dataclass(frozen=True, slots=True)
class ConfidenceSet:
    """A set of parameter values that a test does not reject.

    Attributes
    ----------
    intervals
        Disjoint intervals, ascending; ends may be infinite; empty if every value is rejected.
    conf_level
        Its level.
    """

    intervals: tuple[tuple[float, float], ...]
    conf_level: float

    @property
    def shape(self) -> str:
        """``"interval"``, ``"empty"``, ``"line"``, ``"ray"`` or ``"pieces"``."""
        if not self.intervals:
            return "empty"
        low, high = self.intervals[0][0], self.intervals[-1][1]
        if len(self.intervals) > 1:
            return "pieces"
        if math.isinf(low) and math.isinf(high):
            return "line"
        return "ray" if math.isinf(low) or math.isinf(high) else "interval"

    @property
    def bounded(self) -> bool:
        """Whether the set has finite ends (an empty one has none)."""
        return all(not math.isinf(end) for pair in self.intervals for end in pair)

    def contains(self, value: float) -> bool:
        """Tell whether the value lies in the set."""
        return any(low <= value <= high for low, high in self.intervals)

    def text(self, decimals: int = 3) -> str:
        """Return the set as printed: ``[0.1, 0.4]``, ``(−∞, 0.2] ∪ [1.3, ∞)``, ``∅``."""
        if not self.intervals:
            return "∅"
        shown = []
        for low, high in self.intervals:
            left = "(−∞" if math.isinf(low) else f"[{low:.{decimals}f}"
            right = "∞)" if math.isinf(high) else f"{high:.{decimals}f}]"
            shown.append(f"{left}, {right}")
        return " ∪ ".join(shown)

    def sentence(self, language: str | None = None) -> str:
        """Say what its shape means."""
        level = f"{100 * self.conf_level:g}"
        return words.text(f"estimate.ar_set.{self.shape}", language, level=level, shown=self.text())

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record; infinite ends as None."""
        ends = [[None if math.isinf(end) else end for end in pair] for pair in self.intervals]
        return {"intervals": ends, "shape": self.shape, "conf_level": self.conf_level}
