"""One rule a file. A rule is found by its file: it exports ``RULE``; no list is to be edited.

A rule gets one table and the whole paper and returns a ``Verdict``: findings, how many comparisons
it made, or why it could make none. It compares intervals of what was printed, never points, so that
honest rounding is never a finding.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from livelihoods.audit.finding import Verdict
from livelihoods.audit.page import Page, Paper
from livelihoods.audit.paper import TableKind


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule.

    Attributes
    ----------
    name
        Name of its file.
    kinds
        Kinds of table it is asked about.
    check
        ``check(page, paper)``.
    """

    name: str
    kinds: tuple[TableKind, ...]
    check: Callable[[Page, Paper], Verdict]


@cache
def all_rules() -> tuple[Rule, ...]:
    """Return every rule of this folder, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return tuple(importlib.import_module(f"{__name__}.{name}").RULE for name in names)
