"""Rules as data: law, article, dates, metric, operator, value; read from ``rules/*.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from livelihoods.errors import SpecError

Operator = Literal[">=", "<=", ">", "<", "=="]


def _exact(value: object) -> object:
    return Fraction(str(value)) if isinstance(value, int | float | str) else value


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Rule(_Frozen):
    """One rule.

    Attributes
    ----------
    id, article
        Name within the rule set, and where the law says it.
    population
        To which cooperatives it applies, in words of the register (``"members > 20"``); "" for all.
    metric, operator, value
        What must hold: ``metric operator value``; ``fraction`` gives the value exactly
        (``"2/3"``).
    severity
        What follows from a breach.
    evidence
        What has to be seen before it is judged.
    verified
        Whether the value was read in the primary text. An unverified rule is reported as such and
        never refuses anything.
    text, remedy
        Wording by language.
    group
        Class of evidence to which it belongs; "" where the set has none.
    """

    id: str
    group: str = ""
    article: str
    population: str = ""
    metric: str
    operator: Operator
    value: Annotated[Fraction, BeforeValidator(_exact)]
    fraction: Annotated[Fraction | None, BeforeValidator(_exact)] = None
    severity: Literal["violation", "revocation", "ineligible", "check"]
    evidence: tuple[str, ...] = Field(min_length=1)
    verified: bool
    text: dict[str, str]
    remedy: dict[str, str]

    @property
    def bound(self) -> Fraction:
        """The value, exact."""
        return self.value if self.fraction is None else self.fraction

    def holds(self, measured: Fraction | int) -> bool:
        """Tell whether a measured value keeps the rule."""
        gap = Fraction(measured) - self.bound
        return {
            ">=": gap >= 0,
            "<=": gap <= 0,
            ">": gap > 0,
            "<": gap < 0,
            "==": gap == 0,
        }[self.operator]


class RuleSet(_Frozen):
    """The rules of one law for some kinds of cooperative, within its dates."""

    format: Literal[1]
    id: str
    jurisdiction: str
    kinds: tuple[str, ...]
    valid_from: date
    valid_to: date | None = None
    name: dict[str, str]
    rule: tuple[Rule, ...]

    def get(self, name: str) -> Rule:
        """Return a rule by its id.

        Raises
        ------
        SpecError
            If the set has no such rule.
        """
        for rule in self.rule:
            if rule.id == name:
                return rule
        raise SpecError("cooperatives.unknown_rule", rule=name, set=self.id)

    def applies(self, kind: str, on: date) -> bool:
        """Tell whether the set governs this kind of cooperative on a day."""
        ended = self.valid_to is not None and on > self.valid_to
        return kind in self.kinds and self.valid_from <= on and not ended


@cache
def packaged() -> Mapping[str, RuleSet]:
    """Return the rule sets that come with the program, by id."""
    return read_sets(files(__package__) / "rules")


def read_sets(folder: Traversable) -> dict[str, RuleSet]:
    """Return the rule sets of a folder that comes with the program, by id."""
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml"))
    sets = [_read(tomllib.loads((folder / name).read_text("utf-8")), name) for name in names]
    return {rules.id: rules for rules in sets}


def rules_for(kind: str, on: date, overrides: Iterable[Path] = ()) -> list[RuleSet]:
    """Return the rule sets that govern a kind of cooperative on a day.

    Parameters
    ----------
    kind
        Kind of cooperative, as in the register.
    on
        The day.
    overrides
        Local rule files of the same form; a set with the id of a packaged one takes its place.

    Raises
    ------
    SpecError
        A local file that is no rule set.
    """
    return governing(packaged(), kind, on, overrides)


def governing(
    known: Mapping[str, RuleSet], kind: str, on: date, overrides: Iterable[Path] = ()
) -> list[RuleSet]:
    """Return the sets among ``known`` that govern a kind on a day, local files taking precedence.

    Raises
    ------
    SpecError
        A local file that is no rule set.
    """
    sets = dict(known)
    for path in overrides:
        local = _read(tomllib.loads(path.read_text(encoding="utf-8")), path.name)
        sets[local.id] = local
    return [sets[name] for name in sorted(sets) if sets[name].applies(kind, on)]


def _read(raw: dict[str, Any], where: str) -> RuleSet:
    try:
        return RuleSet.model_validate(raw)
    except ValidationError as problem:
        first = problem.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise SpecError(
            "cooperatives.bad_rules", file=where, key=key, problem=first["msg"]
        ) from problem
