"""Who is poor, whom a cooperative reaches, and where a support budget does most."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from livelihoods.cooperatives.targeting.allocation import allocate_support
    from livelihoods.cooperatives.targeting.allocation_result import SupportPlan
    from livelihoods.cooperatives.targeting.carried import SupportMatch, match_support
    from livelihoods.cooperatives.targeting.cross_section import Vulnerability, vulnerability
    from livelihoods.cooperatives.targeting.proxy import proxy_means_test
    from livelihoods.cooperatives.targeting.proxy_result import ProxyMeansTest
    from livelihoods.cooperatives.targeting.returns import ReturnToPoverty, return_to_poverty
    from livelihoods.cooperatives.targeting.through import TwoLevelTargeting, two_level_targeting

# Name -> module of this folder that has it; nothing is imported until somebody asks.
_PUBLIC: dict[str, str] = {
    "vulnerability": "cross_section",
    "Vulnerability": "cross_section",
    "return_to_poverty": "returns",
    "ReturnToPoverty": "returns",
    "ProxyMeansTest": "proxy_result",
    "SupportMatch": "carried",
    "SupportPlan": "allocation_result",
    "TwoLevelTargeting": "through",
    "allocate_support": "allocation",
    "match_support": "carried",
    "proxy_means_test": "proxy",
    "two_level_targeting": "through",
}

__all__ = [
    "vulnerability",
    "Vulnerability",
    "return_to_poverty",
    "ReturnToPoverty",
    "ProxyMeansTest",
    "SupportMatch",
    "SupportPlan",
    "TwoLevelTargeting",
    "allocate_support",
    "match_support",
    "proxy_means_test",
    "two_level_targeting",
]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(f"{__name__}.{_PUBLIC[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
