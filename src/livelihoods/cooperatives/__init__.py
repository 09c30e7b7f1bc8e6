"""Farmers' cooperatives: register, rules as data, fair surplus, votes, supervision, support."""

from __future__ import annotations

import importlib
from typing import Any

# Public name -> module that has it. Nothing is imported until somebody asks, as in livelihoods.
_PUBLIC: dict[str, str] = {
    # surplus and rules
    "Charter": "livelihoods.cooperatives.charter",
    "Delivery": "livelihoods.cooperatives.accounts",
    "MemberShare": "livelihoods.cooperatives.accounts",
    "MemberYear": "livelihoods.cooperatives.accounts",
    "Rule": "livelihoods.cooperatives.rulebook",
    "RuleSet": "livelihoods.cooperatives.rulebook",
    "SurplusSplit": "livelihoods.cooperatives.accounts",
    "YearAccounts": "livelihoods.cooperatives.accounts",
    "cents_text": "livelihoods.cooperatives.cents",
    "charter_from": "livelihoods.cooperatives.charter",
    "packaged": "livelihoods.cooperatives.rulebook",
    "patronage_weights": "livelihoods.cooperatives.surplus",
    "rules_for": "livelihoods.cooperatives.rulebook",
    "share_out": "livelihoods.cooperatives.cents",
    "split_surplus": "livelihoods.cooperatives.surplus",
    "to_cents": "livelihoods.cooperatives.cents",
    # synthetic county
    "County": "livelihoods.cooperatives.county",
    "county_truth": "livelihoods.cooperatives.county",
    "demo_county": "livelihoods.cooperatives.county",
    # closing a year
    "Calendar": "livelihoods.cooperatives.closing",
    "ClosingPlan": "livelihoods.cooperatives.closing",
    "close_year": "livelihoods.cooperatives.closing",
    "closed_year": "livelihoods.cooperatives.closing",
    "disclosure_file": "livelihoods.cooperatives.closing",
    "filing_calendar": "livelihoods.cooperatives.closing",
    "member_statement": "livelihoods.cooperatives.closing",
    "member_statements": "livelihoods.cooperatives.closing",
    "preview": "livelihoods.cooperatives.closing",
    "write_disclosure": "livelihoods.cooperatives.closing",
    "write_statements": "livelihoods.cooperatives.closing",
    # supervision
    "Findings": "livelihoods.cooperatives.supervision",
    "GrantTrail": "livelihoods.cooperatives.supervision",
    "audit_register": "livelihoods.cooperatives.supervision",
    "grant_trail": "livelihoods.cooperatives.supervision",
    "screen_register": "livelihoods.cooperatives.supervision",
    # register
    "Import": "livelihoods.cooperatives.register",
    "Register": "livelihoods.cooperatives.register",
    "create_register": "livelihoods.cooperatives.register",
    "import_file": "livelihoods.cooperatives.register",
    "open_register": "livelihoods.cooperatives.register",
    # targeting
    "MonitoredHouseholds": "livelihoods.cooperatives.targeting",
    "MonitoringCases": "livelihoods.cooperatives.targeting",
    "MonitoringRules": "livelihoods.cooperatives.targeting",
    "ProxyMeansTest": "livelihoods.cooperatives.targeting",
    "ReturnToPoverty": "livelihoods.cooperatives.targeting",
    "SupportMatch": "livelihoods.cooperatives.targeting",
    "SupportPlan": "livelihoods.cooperatives.targeting",
    "TwoLevelTargeting": "livelihoods.cooperatives.targeting",
    "Vulnerability": "livelihoods.cooperatives.targeting",
    "allocate_support": "livelihoods.cooperatives.targeting",
    "allocate_support_from_register": "livelihoods.cooperatives.targeting",
    "households_from_register": "livelihoods.cooperatives.targeting",
    "match_support_from_register": "livelihoods.cooperatives.targeting",
    "monitored_from_register": "livelihoods.cooperatives.targeting",
    "monitoring_cases_from_register": "livelihoods.cooperatives.targeting",
    "two_level_from_register": "livelihoods.cooperatives.targeting",
    "match_support": "livelihoods.cooperatives.targeting",
    "monitored_households": "livelihoods.cooperatives.targeting",
    "monitoring_cases": "livelihoods.cooperatives.targeting",
    "monitoring_rules": "livelihoods.cooperatives.targeting",
    "proxy_means_test": "livelihoods.cooperatives.targeting",
    "return_to_poverty": "livelihoods.cooperatives.targeting",
    "two_level_targeting": "livelihoods.cooperatives.targeting",
    "vulnerability": "livelihoods.cooperatives.targeting",
    # votes
    "AssemblyCheck": "livelihoods.cooperatives.votes",
    "Meeting": "livelihoods.cooperatives.votes",
    "MedianChoice": "livelihoods.cooperatives.votes",
    "Resolution": "livelihoods.cooperatives.votes",
    "VotingPower": "livelihoods.cooperatives.votes",
    "VotingRights": "livelihoods.cooperatives.votes",
    "allocate_additional": "livelihoods.cooperatives.votes",
    "assemblies_from_register": "livelihoods.cooperatives.votes",
    "check_assembly": "livelihoods.cooperatives.votes",
    "median_choice": "livelihoods.cooperatives.votes",
    "power_indices": "livelihoods.cooperatives.votes",
    "voting_power": "livelihoods.cooperatives.votes",
    "voting_rights": "livelihoods.cooperatives.votes",
    "voting_rights_from_register": "livelihoods.cooperatives.votes",
    # money and risk
    "assumed_price_curve": "livelihoods.cooperatives.finance.takeup",
    "cash_from_register": "livelihoods.cooperatives.finance.from_register",
    "cash_stress": "livelihoods.cooperatives.finance.cash",
    "CashShock": "livelihoods.cooperatives.finance.cash",
    "CashStress": "livelihoods.cooperatives.finance.cash",
    "effective_rate": "livelihoods.cooperatives.finance.loans",
    "Enterprise": "livelihoods.cooperatives.finance.price_shocks",
    "enterprise_from_register": "livelihoods.cooperatives.finance.from_register",
    "exact_ruin": "livelihoods.cooperatives.finance.fund",
    "fair_premium": "livelihoods.cooperatives.finance.harvest",
    "farm_payments": "livelihoods.cooperatives.finance.harvest",
    "finance_sources": "livelihoods.cooperatives.finance.sources",
    "FinanceSource": "livelihoods.cooperatives.finance.sources",
    "FinanceSources": "livelihoods.cooperatives.finance.sources",
    "Flow": "livelihoods.cooperatives.finance.loans",
    "FundSpec": "livelihoods.cooperatives.finance.fund",
    "harvest_incidence": "livelihoods.cooperatives.finance.incidence",
    "Incidence": "livelihoods.cooperatives.finance.incidence",
    "insurance_take_up": "livelihoods.cooperatives.finance.takeup",
    "JointShock": "livelihoods.cooperatives.finance.price_shocks",
    "loan_flows": "livelihoods.cooperatives.finance.loans",
    "loans_from_register": "livelihoods.cooperatives.finance.from_register",
    "Market": "livelihoods.cooperatives.finance.harvest",
    "months_of_cover": "livelihoods.cooperatives.finance.cash",
    "mutual_fund": "livelihoods.cooperatives.finance.fund_result",
    "MutualFund": "livelihoods.cooperatives.finance.fund_result",
    "paying_harvests": "livelihoods.cooperatives.finance.harvest",
    "pooled_variance": "livelihoods.cooperatives.finance.fund",
    "premium_for": "livelihoods.cooperatives.finance.fund",
    "read_risk": "livelihoods.cooperatives.finance.risk",
    "risk_from_register": "livelihoods.cooperatives.finance.risk",
    "RiskReport": "livelihoods.cooperatives.finance.risk",
    "RiskSpec": "livelihoods.cooperatives.finance.risk",
    "run_risk": "livelihoods.cooperatives.finance.risk",
    "simulated_ruin": "livelihoods.cooperatives.finance.fund",
    "Solvency": "livelihoods.cooperatives.finance.price_shocks",
    "solvency": "livelihoods.cooperatives.finance.price_shocks",
    "sources_from_register": "livelihoods.cooperatives.finance.from_register",
    "TakeUp": "livelihoods.cooperatives.finance.takeup_result",
    "Terms": "livelihoods.cooperatives.finance.incidence",
    # registry statistics
    "read_stock": "livelihoods.cooperatives.statistics.printed",
    "registry_report": "livelihoods.cooperatives.statistics.report",
    "registry_statistics": "livelihoods.cooperatives.statistics.registry",
    "RegistryReport": "livelihoods.cooperatives.statistics.report",
    "RegistryStatistics": "livelihoods.cooperatives.statistics.registry",
    "Specialisation": "livelihoods.cooperatives.statistics.places",
    "specialisation": "livelihoods.cooperatives.statistics.places",
    "specialisation_from_register": "livelihoods.cooperatives.statistics.from_register",
    "Stock": "livelihoods.cooperatives.statistics.stock",
    "stock_from_extract": "livelihoods.cooperatives.statistics.stock",
    "stock_from_register": "livelihoods.cooperatives.statistics.from_register",
    "Thresholds": "livelihoods.cooperatives.statistics.flags",
    # members' heterogeneity
    "heterogeneity_link": "livelihoods.cooperatives.inequality",
    "members_inequality": "livelihoods.cooperatives.inequality",
    "members_of_year": "livelihoods.cooperatives.inequality",
    # incentives
    "fees_from_register": "livelihoods.cooperatives.incentives",
    "frontier_from_register": "livelihoods.cooperatives.incentives",
    "thresholds_from_register": "livelihoods.cooperatives.incentives",
    "Frontier": "livelihoods.cooperatives.incentives",
    "Members": "livelihoods.cooperatives.incentives",
    "Technology": "livelihoods.cooperatives.incentives",
    "chair_choice": "livelihoods.cooperatives.incentives",
    "contract_frontier": "livelihoods.cooperatives.incentives",
    "contract_outcome": "livelihoods.cooperatives.incentives",
    "fee_schedule": "livelihoods.cooperatives.incentives",
    "membership_thresholds": "livelihoods.cooperatives.incentives",
}

__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        value = getattr(importlib.import_module(_PUBLIC[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
