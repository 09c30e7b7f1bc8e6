"""Audit and screening of a register: which rules, on which day, with what said beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path

import polars as pl

from livelihoods.cooperatives.register import Register
from livelihoods.cooperatives.rulebook import Rule, RuleSet, governing, packaged, read_sets
from livelihoods.cooperatives.supervision.findings import Findings
from livelihoods.cooperatives.supervision.judge import Asked, judge
from livelihoods.errors import SpecError
from livelihoods.notes import Note

_SCREENING = ("shells-2019", "ledger")
_FORM = ("formal-supervision", "grants")


def audit_register(
    register: Register,
    *,
    as_of: date | None = None,
    overrides: Iterable[str | Path] = (),
) -> Findings:
    """Hold the law, supervision in form only, and the way of subsidies against the register.

    Parameters
    ----------
    register
        An open register.
    as_of
        The day; default: the last day on which anything was entered about business or meetings.
    overrides
        Local rule files; a set with the id of a packaged one takes its place.

    Returns
    -------
    Findings
        By article, with evidence and remedy. A rule whose value was not read in the primary text
        never says "broken", only "look". What cannot be judged is listed as such.

    Raises
    ------
    SpecError
        A local file that is no rule set, or a rule that names what is not measured.
    DataError
        If the register has no cooperative on that day.
    """
    return _found(register, "audit", as_of, overrides)


def screen_register(
    register: Register,
    *,
    as_of: date | None = None,
    overrides: Iterable[str | Path] = (),
) -> Findings:
    """Gather evidence of shell cooperatives, made-up ledgers and squeezes; never one score.

    The six classes are those of the 2019 clean-up (中农发〔2019〕3号), with a seventh, "evidence
    missing". Parameters, returns and errors are those of ``audit_register``.
    """
    return _found(register, "screen", as_of, overrides)


def _found(
    register: Register, what: str, as_of: date | None, overrides: Iterable[str | Path]
) -> Findings:
    day = as_of or last_day(register)
    known = {name: rules for name, rules in _sets().items() if name in _SCREENING}
    if what == "audit":
        known = dict(packaged()) | {n: r for n, r in _sets().items() if n in _FORM}
    kinds = register.frame("SELECT DISTINCT kind FROM cooperatives ORDER BY kind")["kind"]
    paths = [Path(path) for path in overrides]
    chosen: dict[str, RuleSet] = {}
    for kind in kinds:
        for rules in governing(known, kind, day, paths):
            if rules.jurisdiction == "CN":
                chosen[rules.id] = rules
    sets = [chosen[name] for name in sorted(chosen, key=_order)]
    frame = judge(register, sets, Asked(day))
    held = {(s.id, rule.id): rule for s in sets for rule in s.rule}
    return Findings(frame, held, day, what, _notes(frame, held), register.synthetic)


@cache
def _sets() -> Mapping[str, RuleSet]:
    return read_sets(files(__package__) / "rules")


def _order(name: str) -> tuple[int, str]:
    """Put the law first, then what only looks like supervision."""
    order = ("prc-2017", *_FORM, *_SCREENING)
    return (order.index(name), name) if name in order else (len(order), name)


def last_day(register: Register) -> date:
    """Return the last day on which anything happened, as far as the register knows."""
    tables = ("patronage", "assemblies", "filings", "cooperatives")
    columns = ("day", "day", "filed_on", "registered_on")
    parts = " UNION ALL ".join(
        f'SELECT max({column}) AS day FROM "{table}"'
        for table, column in zip(tables, columns, strict=True)
    )
    day = register.value(f"SELECT max(day) FROM ({parts})")
    if day is None:
        raise SpecError("cooperatives.no_day")
    return day if isinstance(day, date) else date.fromisoformat(str(day))


def _notes(frame: pl.DataFrame, rules: Mapping[tuple[str, str], Rule]) -> tuple[Note, ...]:
    unverified = sorted(name for (_, name), rule in rules.items() if not rule.verified)
    notes = []
    if unverified:
        notes.append(Note("cooperatives.unverified_rules", "caution", {"n": len(unverified)}))
    blind = int((frame["status"] == "not_judged").sum())
    if blind:
        coops = frame.filter(pl.col("status") == "not_judged")["cooperative"].n_unique()
        notes.append(
            Note("cooperatives.not_judged", "caution", {"n": blind, "cooperatives": coops})
        )
    return tuple(notes)
