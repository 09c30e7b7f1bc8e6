"""Property rights: who owns, decides and earns; who gains from which rule; types of owners."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from livelihoods.cooperatives.rights.compare import OwnerTypes, owner_types_from_register
    from livelihoods.cooperatives.rights.compare_rules import WhoGains, who_gains
    from livelihoods.cooperatives.rights.holdings import Rights, rights_from_register
    from livelihoods.cooperatives.rights.owner_types import (
        Holding,
        OwnerRule,
        OwnerType,
        measures_of,
        owner_rule,
    )

# Public name -> module of this folder that has it; nothing is imported until somebody asks.
_PUBLIC: dict[str, str] = {
    "Holding": "owner_types",
    "OwnerRule": "owner_types",
    "OwnerType": "owner_types",
    "OwnerTypes": "compare",
    "Rights": "holdings",
    "WhoGains": "compare_rules",
    "measures_of": "owner_types",
    "owner_rule": "owner_types",
    "owner_types_from_register": "compare",
    "rights_from_register": "holdings",
    "who_gains": "compare_rules",
}

__all__ = [
    "Holding",
    "OwnerRule",
    "OwnerType",
    "OwnerTypes",
    "Rights",
    "WhoGains",
    "measures_of",
    "owner_rule",
    "owner_types_from_register",
    "rights_from_register",
    "who_gains",
]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(f"{__name__}.{_PUBLIC[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
