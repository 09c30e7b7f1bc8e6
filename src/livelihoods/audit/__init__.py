"""Does a printed table agree with itself?"""

import sys
from types import ModuleType
from typing import Any

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


class _CallableRoom(ModuleType):
    """The room and its main function share the name ``lv.audit``; importing one hides neither."""

    def __call__(self, *args: Any, **options: Any) -> Audit:
        return audit(*args, **options)


sys.modules[__name__].__class__ = _CallableRoom
