"""An effect measured here, carried to a population elsewhere."""

from livelihoods.estimate.transport.call import transport
from livelihoods.estimate.transport.result import Transport

__all__ = ["Transport", "transport"]
