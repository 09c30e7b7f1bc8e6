"""Who is poor, whom a cooperative reaches, and where a support budget does most."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from livelihoods.cooperatives.targeting.proxy import proxy_means_test
    from livelihoods.cooperatives.targeting.proxy_result import ProxyMeansTest

# Name -> module of this folder that has it; nothing is imported until somebody asks.
_PUBLIC: dict[str, str] = {
    "ProxyMeansTest": "proxy_result",
    "proxy_means_test": "proxy",
}

__all__ = ["ProxyMeansTest", "proxy_means_test"]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(f"{__name__}.{_PUBLIC[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
