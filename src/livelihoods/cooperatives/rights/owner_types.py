"""Types of owners by a declared rule (``rules/owners/*.toml``), and the shares it looks at."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from livelihoods.errors import SpecError

MEASURES = (
    "core_capital",
    "outside_capital",
    "largest_capital",
    "core_members",
    "farmer_members",
)
Condition = Annotated[str, Field(pattern=rf"^({'|'.join(MEASURES)}) (>=|<=|>|<) \d+(\.\d+)?$")]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OwnerType(_Frozen):
    """One type: every condition of ``all`` holds and, where there are any, one of ``any``."""

    id: str
    all: tuple[Condition, ...] = ()
    any: tuple[Condition, ...] = ()
    text: dict[str, str]

    def holds(self, measures: Mapping[str, Fraction]) -> bool:
        """Tell whether a cooperative with these measures is of the type."""
        every = all(_holds(condition, measures) for condition in self.all)
        return every and (not self.any or any(_holds(c, measures) for c in self.any))


class OwnerRule(_Frozen):
    """The declared rule: types in the order in which they are tried."""

    format: Literal[1]
    id: str
    verified: bool
    source: str
    type: tuple[OwnerType, ...] = Field(min_length=1)

    def classify(self, measures: Mapping[str, Fraction]) -> str:
        """Return the first type that holds, "" if none does."""
        return next((kind.id for kind in self.type if kind.holds(measures)), "")

    def label(self, kind: str, language: str) -> str:
        """Return the wording of a type."""
        return next((k.text.get(language, k.id) for k in self.type if k.id == kind), kind or "–")


@dataclass(frozen=True, slots=True)
class Holding:
    """A member as an owner: contribution in cents, whether core, whether a farmer."""

    contribution: int
    core: bool
    farmer: bool


def measures_of(members: tuple[Holding, ...]) -> dict[str, Fraction]:
    """Return the measures that owner rules speak of, exact.

    Shares of capital are 0 where nobody has contributed.
    """
    capital = sum(m.contribution for m in members)

    def share(cents: int) -> Fraction:
        return Fraction(cents, capital) if capital else Fraction(0)

    heads = len(members) or 1
    return {
        "core_capital": share(sum(m.contribution for m in members if m.core)),
        "outside_capital": share(sum(m.contribution for m in members if not m.farmer)),
        "largest_capital": share(max((m.contribution for m in members), default=0)),
        "core_members": Fraction(sum(m.core for m in members), heads),
        "farmer_members": Fraction(sum(m.farmer for m in members), heads),
    }


def owner_rule(path: str | Path | None = None) -> OwnerRule:
    """Return the declared rule: the packaged one, or a local file of the same form.

    Raises
    ------
    SpecError
        If the file is no such rule.
    """
    if path is None:
        return _packaged()
    return _read(tomllib.loads(Path(path).read_text(encoding="utf-8")), Path(path).name)


@cache
def _packaged() -> OwnerRule:
    file = files("livelihoods.cooperatives") / "rules" / "owners" / "owner_types.toml"
    return _read(tomllib.loads(file.read_text("utf-8")), file.name)


def _read(raw: dict[str, Any], where: str) -> OwnerRule:
    try:
        return OwnerRule.model_validate(raw)
    except ValidationError as problem:
        first = problem.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise SpecError("rights.bad_rule", file=where, key=key, problem=first["msg"]) from problem


def _holds(condition: str, measures: Mapping[str, Fraction]) -> bool:
    measure, operator, bound = condition.split(" ")
    gap = measures[measure] - Fraction(bound)
    return {">=": gap >= 0, "<=": gap <= 0, ">": gap > 0, "<": gap < 0}[operator]
