"""Threshold regression: where does an effect begin? (Hansen 1996, 2000)."""

from livelihoods.estimate.threshold.call import threshold
from livelihoods.estimate.threshold.result import ThresholdResult

__all__ = ["ThresholdResult", "threshold"]
