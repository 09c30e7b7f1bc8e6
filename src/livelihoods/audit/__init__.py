"""Does a printed table agree with itself?"""

from livelihoods.audit.finding import Finding, Place, Verdict
from livelihoods.audit.paper import ClaimSpec, HypothesisSpec, PaperSpec, TableSpec
from livelihoods.audit.published import published_estimates
from livelihoods.audit.run import Audit, audit

__all__ = [
    "Audit",
    "ClaimSpec",
    "Finding",
    "HypothesisSpec",
    "PaperSpec",
    "Place",
    "TableSpec",
    "Verdict",
    "audit",
    "published_estimates",
]
