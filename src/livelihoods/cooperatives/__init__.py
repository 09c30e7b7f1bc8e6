"""Farmers' cooperatives: rules as data, and the fair surplus."""

from livelihoods.cooperatives.accounts import (
    Delivery,
    MemberShare,
    MemberYear,
    SurplusSplit,
    YearAccounts,
)
from livelihoods.cooperatives.cents import cents_text, share_out, to_cents
from livelihoods.cooperatives.charter import Charter, charter_from
from livelihoods.cooperatives.rulebook import Rule, RuleSet, packaged, rules_for
from livelihoods.cooperatives.surplus import patronage_weights, split_surplus

__all__ = [
    "Charter",
    "Delivery",
    "MemberShare",
    "MemberYear",
    "Rule",
    "RuleSet",
    "SurplusSplit",
    "YearAccounts",
    "cents_text",
    "charter_from",
    "packaged",
    "patronage_weights",
    "rules_for",
    "share_out",
    "split_surplus",
    "to_cents",
]
