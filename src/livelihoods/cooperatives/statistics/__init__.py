"""Registry statistics: counts and growth, who made it, what places specialise in, what to ask."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from livelihoods.cooperatives.statistics.flags import Thresholds
    from livelihoods.cooperatives.statistics.from_register import (
        specialisation_from_register,
        stock_from_register,
    )
    from livelihoods.cooperatives.statistics.places import Specialisation, specialisation
    from livelihoods.cooperatives.statistics.printed import read_stock
    from livelihoods.cooperatives.statistics.registry import RegistryStatistics, registry_statistics
    from livelihoods.cooperatives.statistics.report import RegistryReport, registry_report
    from livelihoods.cooperatives.statistics.revival import (
        Revitalisation,
        revitalisation,
        revitalisation_from_register,
    )
    from livelihoods.cooperatives.statistics.revival_rules import IndicatorSet, indicator_set
    from livelihoods.cooperatives.statistics.stock import Stock, stock_from_extract

# Name -> module of this folder that has it; nothing is imported until somebody asks.
_PUBLIC: dict[str, str] = {
    "IndicatorSet": "revival_rules",
    "Revitalisation": "revival",
    "indicator_set": "revival_rules",
    "revitalisation": "revival",
    "revitalisation_from_register": "revival",
    "RegistryReport": "report",
    "RegistryStatistics": "registry",
    "Specialisation": "places",
    "Stock": "stock",
    "Thresholds": "flags",
    "read_stock": "printed",
    "registry_report": "report",
    "registry_statistics": "registry",
    "specialisation": "places",
    "specialisation_from_register": "from_register",
    "stock_from_extract": "stock",
    "stock_from_register": "from_register",
}

__all__ = [
    "IndicatorSet",
    "Revitalisation",
    "indicator_set",
    "revitalisation",
    "revitalisation_from_register",
    "RegistryReport",
    "RegistryStatistics",
    "Specialisation",
    "Stock",
    "Thresholds",
    "read_stock",
    "registry_report",
    "registry_statistics",
    "specialisation",
    "specialisation_from_register",
    "stock_from_extract",
    "stock_from_register",
]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        value = getattr(importlib.import_module(f"{__name__}.{_PUBLIC[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(_PUBLIC)
