"""Who is poor, whom a cooperative reaches, and where a support budget does most."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from livelihoods.cooperatives.targeting.allocation import allocate_support
    from livelihoods.cooperatives.targeting.allocation_result import SupportPlan
    from livelihoods.cooperatives.targeting.carried import SupportMatch, match_support
    from livelihoods.cooperatives.targeting.cross_section import Vulnerability, vulnerability
    from livelihoods.cooperatives.targeting.from_register import (
        allocate_support_from_register,
        households_from_register,
        match_support_from_register,
        monitored_from_register,
        monitoring_cases_from_register,
        return_to_poverty_from_register,
        two_level_from_register,
    )
    from livelihoods.cooperatives.targeting.level_choice import (
        TwoLevelSelection,
        two_level_selection,
    )
    from livelihoods.cooperatives.targeting.monitor_cases import MonitoringCases, monitoring_cases
    from livelihoods.cooperatives.targeting.monitor_rules import MonitoringRules, monitoring_rules
    from livelihoods.cooperatives.targeting.monitor_types import (
        MonitoredHouseholds,
        monitored_households,
    )
    from livelihoods.cooperatives.targeting.proxy import proxy_means_test
    from livelihoods.cooperatives.targeting.proxy_result import ProxyMeansTest
    from livelihoods.cooperatives.targeting.returns import ReturnToPoverty, return_to_poverty
    from livelihoods.cooperatives.targeting.through import TwoLevelTargeting, two_level_targeting

# Name -> module of this folder that has it; nothing is imported until somebody asks.
_PUBLIC: dict[str, str] = {
    "return_to_poverty_from_register": "from_register",
    "two_level_selection": "level_choice",
    "TwoLevelSelection": "level_choice",
    "two_level_from_register": "from_register",
    "monitoring_cases_from_register": "from_register",
    "monitored_from_register": "from_register",
    "match_support_from_register": "from_register",
    "households_from_register": "from_register",
    "allocate_support_from_register": "from_register",
    "MonitoredHouseholds": "monitor_types",
    "MonitoringCases": "monitor_cases",
    "MonitoringRules": "monitor_rules",
    "ProxyMeansTest": "proxy_result",
    "ReturnToPoverty": "returns",
    "SupportMatch": "carried",
    "SupportPlan": "allocation_result",
    "TwoLevelTargeting": "through",
    "Vulnerability": "cross_section",
    "allocate_support": "allocation",
    "match_support": "carried",
    "monitored_households": "monitor_types",
    "monitoring_cases": "monitor_cases",
    "monitoring_rules": "monitor_rules",
    "proxy_means_test": "proxy",
    "return_to_poverty": "returns",
    "two_level_targeting": "through",
    "vulnerability": "cross_section",
}

__all__ = [
    "return_to_poverty_from_register",
    "two_level_selection",
    "TwoLevelSelection",
    "two_level_from_register",
    "monitoring_cases_from_register",
    "monitored_from_register",
    "match_support_from_register",
    "households_from_register",
    "allocate_support_from_register",
    "MonitoredHouseholds",
    "MonitoringCases",
    "MonitoringRules",
    "ProxyMeansTest",
    "ReturnToPoverty",
    "SupportMatch",
    "SupportPlan",
    "TwoLevelTargeting",
    "Vulnerability",
    "allocate_support",
    "match_support",
    "monitored_households",
    "monitoring_cases",
    "monitoring_rules",
    "proxy_means_test",
    "return_to_poverty",
    "two_level_targeting",
    "vulnerability",
]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(f"{__name__}.{_PUBLIC[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
