"""Average outcomes over a continuous dose, doubly robust."""

from livelihoods.estimate.dose_response.call import dose_response
from livelihoods.estimate.dose_response.result import DoseResponse

__all__ = ["DoseResponse", "dose_response"]
