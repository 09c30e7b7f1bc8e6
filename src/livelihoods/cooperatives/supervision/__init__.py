"""Supervision: the law held against the register, and evidence of shells, ledgers and squeezes."""

from livelihoods.cooperatives.supervision.findings import Findings
from livelihoods.cooperatives.supervision.run import audit_register, screen_register
from livelihoods.cooperatives.supervision.trail import GrantTrail, grant_trail

__all__ = ["Findings", "GrantTrail", "audit_register", "grant_trail", "screen_register"]
