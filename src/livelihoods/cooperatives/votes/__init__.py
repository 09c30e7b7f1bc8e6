"""Votes: who may cast how many, who can carry or block alone, and whether a decision stands."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from livelihoods.cooperatives.votes.assembly import (
        AssemblyCheck,
        Meeting,
        Resolution,
        check_assembly,
    )
    from livelihoods.cooperatives.votes.median import MedianChoice, median_choice
    from livelihoods.cooperatives.votes.power import Power, power_indices
    from livelihoods.cooperatives.votes.register import (
        assemblies_from_register,
        voting_rights_from_register,
    )
    from livelihoods.cooperatives.votes.rights import (
        VotingRights,
        allocate_additional,
        voting_rights,
    )
    from livelihoods.cooperatives.votes.who_decides import VotingPower, voting_power

# Name -> module of this folder that has it; nothing is imported until somebody asks.
_PUBLIC: dict[str, str] = {
    "AssemblyCheck": "assembly",
    "Meeting": "assembly",
    "MedianChoice": "median",
    "Power": "power",
    "Resolution": "assembly",
    "VotingPower": "who_decides",
    "VotingRights": "rights",
    "allocate_additional": "rights",
    "assemblies_from_register": "register",
    "check_assembly": "assembly",
    "median_choice": "median",
    "power_indices": "power",
    "voting_power": "who_decides",
    "voting_rights": "rights",
    "voting_rights_from_register": "register",
}

__all__ = [
    "AssemblyCheck",
    "Meeting",
    "MedianChoice",
    "Power",
    "Resolution",
    "VotingPower",
    "VotingRights",
    "allocate_additional",
    "assemblies_from_register",
    "check_assembly",
    "median_choice",
    "power_indices",
    "voting_power",
    "voting_rights",
    "voting_rights_from_register",
]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(f"{__name__}.{_PUBLIC[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
