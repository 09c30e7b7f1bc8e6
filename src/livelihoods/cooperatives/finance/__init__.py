"""Money and risk of a cooperative: sources and their price, cash, solvency, harvests, insurance.

Everything is a pure function of numbers; ``*_from_register`` functions read the register.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from livelihoods.cooperatives.finance.cash import (
        CashShock,
        CashStress,
        cash_stress,
        months_of_cover,
    )
    from livelihoods.cooperatives.finance.from_register import (
        cash_from_register,
        enterprise_from_register,
        loans_from_register,
        sources_from_register,
    )
    from livelihoods.cooperatives.finance.fund import (
        FundSpec,
        exact_ruin,
        pooled_variance,
        premium_for,
        simulated_ruin,
    )
    from livelihoods.cooperatives.finance.fund_result import MutualFund, mutual_fund
    from livelihoods.cooperatives.finance.harvest import (
        Market,
        fair_premium,
        farm_payments,
        paying_harvests,
    )
    from livelihoods.cooperatives.finance.incidence import Incidence, Terms, harvest_incidence
    from livelihoods.cooperatives.finance.loans import (
        Flow,
        effective_rate,
        loan_flows,
        present_value,
        year_fraction,
    )
    from livelihoods.cooperatives.finance.price_shocks import (
        Enterprise,
        JointShock,
        Solvency,
        solvency,
    )
    from livelihoods.cooperatives.finance.risk import (
        RiskReport,
        RiskSpec,
        read_risk,
        risk_from,
        risk_from_register,
        run_risk,
    )
    from livelihoods.cooperatives.finance.sources import (
        FinanceSource,
        FinanceSources,
        finance_sources,
    )
    from livelihoods.cooperatives.finance.takeup import assumed_price_curve, insurance_take_up
    from livelihoods.cooperatives.finance.takeup_result import TakeUp

# Name -> module of this folder that has it; nothing is imported until somebody asks.
_PUBLIC: dict[str, str] = {
    "CashShock": "cash",
    "CashStress": "cash",
    "Enterprise": "price_shocks",
    "FinanceSource": "sources",
    "FinanceSources": "sources",
    "Flow": "loans",
    "FundSpec": "fund",
    "Incidence": "incidence",
    "JointShock": "price_shocks",
    "Market": "harvest",
    "MutualFund": "fund_result",
    "RiskReport": "risk",
    "RiskSpec": "risk",
    "Solvency": "price_shocks",
    "TakeUp": "takeup_result",
    "Terms": "incidence",
    "assumed_price_curve": "takeup",
    "cash_from_register": "from_register",
    "cash_stress": "cash",
    "effective_rate": "loans",
    "enterprise_from_register": "from_register",
    "exact_ruin": "fund",
    "fair_premium": "harvest",
    "farm_payments": "harvest",
    "finance_sources": "sources",
    "harvest_incidence": "incidence",
    "insurance_take_up": "takeup",
    "loan_flows": "loans",
    "loans_from_register": "from_register",
    "months_of_cover": "cash",
    "mutual_fund": "fund_result",
    "paying_harvests": "harvest",
    "pooled_variance": "fund",
    "premium_for": "fund",
    "present_value": "loans",
    "read_risk": "risk",
    "risk_from": "risk",
    "risk_from_register": "risk",
    "run_risk": "risk",
    "simulated_ruin": "fund",
    "solvency": "price_shocks",
    "sources_from_register": "from_register",
    "year_fraction": "loans",
}

__all__ = [
    "CashShock",
    "CashStress",
    "Enterprise",
    "FinanceSource",
    "FinanceSources",
    "Flow",
    "FundSpec",
    "Incidence",
    "JointShock",
    "Market",
    "MutualFund",
    "RiskReport",
    "RiskSpec",
    "Solvency",
    "TakeUp",
    "Terms",
    "assumed_price_curve",
    "cash_from_register",
    "cash_stress",
    "effective_rate",
    "enterprise_from_register",
    "exact_ruin",
    "fair_premium",
    "farm_payments",
    "finance_sources",
    "harvest_incidence",
    "insurance_take_up",
    "loan_flows",
    "loans_from_register",
    "months_of_cover",
    "mutual_fund",
    "paying_harvests",
    "pooled_variance",
    "premium_for",
    "present_value",
    "read_risk",
    "risk_from",
    "risk_from_register",
    "run_risk",
    "simulated_ruin",
    "solvency",
    "sources_from_register",
    "year_fraction",
]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        value = getattr(importlib.import_module(f"{__name__}.{_PUBLIC[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(_PUBLIC)
