"""What joins members and market: kinds of linkage, what joining is worth, who is squeezed."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from livelihoods.cooperatives.linkage.benefit import Benefit, benefit_from_register
    from livelihoods.cooperatives.linkage.kinds import Linkage, linkage_from_register
    from livelihoods.cooperatives.linkage.market import MarketLinkage, market_linkage_from_register
    from livelihoods.cooperatives.linkage.matched import Matched, matched_difference
    from livelihoods.cooperatives.linkage.squeeze import Squeeze, squeeze_from_register

# Public name -> module of this folder that has it; nothing is imported until somebody asks.
_PUBLIC: dict[str, str] = {
    "Benefit": "benefit",
    "Linkage": "kinds",
    "MarketLinkage": "market",
    "Matched": "matched",
    "Squeeze": "squeeze",
    "benefit_from_register": "benefit",
    "linkage_from_register": "kinds",
    "market_linkage_from_register": "market",
    "matched_difference": "matched",
    "squeeze_from_register": "squeeze",
}

__all__ = [
    "Benefit",
    "Linkage",
    "MarketLinkage",
    "Matched",
    "Squeeze",
    "benefit_from_register",
    "linkage_from_register",
    "market_linkage_from_register",
    "matched_difference",
    "squeeze_from_register",
]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(f"{__name__}.{_PUBLIC[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
