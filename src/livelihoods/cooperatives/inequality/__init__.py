"""Members' heterogeneity: who holds how much, and whether it goes with attendance and delivery."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from livelihoods.cooperatives.inequality.link import HeterogeneityLink, heterogeneity_link
    from livelihoods.cooperatives.inequality.members import (
        members_inequality,
        members_of_year,
    )

# Name -> module of this folder that has it; nothing is imported until somebody asks.
_PUBLIC: dict[str, str] = {
    "HeterogeneityLink": "link",
    "heterogeneity_link": "link",
    "members_inequality": "members",
    "members_of_year": "members",
}

__all__ = ["HeterogeneityLink", "heterogeneity_link", "members_inequality", "members_of_year"]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(f"{__name__}.{_PUBLIC[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
