"""Money and risk of a cooperative: sources and their price, cash, solvency, harvests, insurance.

Everything is a pure function of numbers; ``*_from_register`` functions read the register.
"""

from livelihoods.cooperatives.finance.cash import (
    CashShock,
    CashStress,
    cash_stress,
    months_of_cover,
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
from livelihoods.cooperatives.finance.solvency import Enterprise, JointShock, Solvency, solvency
from livelihoods.cooperatives.finance.sources import (
    FinanceSource,
    FinanceSources,
    finance_sources,
)
from livelihoods.cooperatives.finance.takeup import (
    assumed_price_curve,
    insurance_take_up,
)
from livelihoods.cooperatives.finance.takeup_result import TakeUp

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
    "Solvency",
    "TakeUp",
    "Terms",
    "assumed_price_curve",
    "cash_stress",
    "effective_rate",
    "exact_ruin",
    "fair_premium",
    "farm_payments",
    "finance_sources",
    "harvest_incidence",
    "insurance_take_up",
    "loan_flows",
    "months_of_cover",
    "mutual_fund",
    "paying_harvests",
    "pooled_variance",
    "premium_for",
    "present_value",
    "simulated_ruin",
    "solvency",
    "year_fraction",
]
