"""Several kinds of treatment at once: modes, forms, and their combinations."""

from livelihoods.estimate.treatments.call import treatments
from livelihoods.estimate.treatments.result import TreatmentsResult

__all__ = ["TreatmentsResult", "treatments"]
