"""Incentives: chair's effort, who delivers, contracts under the law, thresholds and fees."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from livelihoods.cooperatives.incentives.chair import (
        ChairChoice,
        Technology,
        best_bonus,
        chair_choice,
        check_by_grid,
        member_share,
        team_effort,
    )
    from livelihoods.cooperatives.incentives.delivery import (
        Members,
        Outcome,
        contract_outcome,
        turning_point,
    )
    from livelihoods.cooperatives.incentives.fees import FeeSchedule, annuity, fee_schedule
    from livelihoods.cooperatives.incentives.frontier import (
        Assumption,
        Frontier,
        contract_frontier,
    )
    from livelihoods.cooperatives.incentives.register import (
        fees_from_register,
        frontier_from_register,
        thresholds_from_register,
    )
    from livelihoods.cooperatives.incentives.thresholds import (
        Thresholds,
        membership_thresholds,
    )

# Name -> module of this folder that has it; nothing is imported until somebody asks.
_PUBLIC: dict[str, str] = {
    "Assumption": "frontier",
    "ChairChoice": "chair",
    "FeeSchedule": "fees",
    "Frontier": "frontier",
    "Members": "delivery",
    "Outcome": "delivery",
    "Technology": "chair",
    "Thresholds": "thresholds",
    "annuity": "fees",
    "best_bonus": "chair",
    "chair_choice": "chair",
    "check_by_grid": "chair",
    "contract_frontier": "frontier",
    "contract_outcome": "delivery",
    "fee_schedule": "fees",
    "fees_from_register": "register",
    "frontier_from_register": "register",
    "member_share": "chair",
    "membership_thresholds": "thresholds",
    "team_effort": "chair",
    "thresholds_from_register": "register",
    "turning_point": "delivery",
}

__all__ = [
    "Assumption",
    "ChairChoice",
    "FeeSchedule",
    "Frontier",
    "Members",
    "Outcome",
    "Technology",
    "Thresholds",
    "annuity",
    "best_bonus",
    "chair_choice",
    "check_by_grid",
    "contract_frontier",
    "contract_outcome",
    "fee_schedule",
    "fees_from_register",
    "frontier_from_register",
    "member_share",
    "membership_thresholds",
    "team_effort",
    "thresholds_from_register",
    "turning_point",
]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(f"{__name__}.{_PUBLIC[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
