"""Who is to be monitored, by local rules that are data: lines with dates, types, deadlines."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from livelihoods.errors import SpecError

Step = Literal["village_review", "township_review", "aid", "closed"]
STEPS: tuple[Step, ...] = ("village_review", "township_review", "aid", "closed")
Share = Annotated[float, Field(gt=0, lt=10)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class MonitoringLine(_Frozen):
    """A monitoring line and the days on which it is in force.

    Attributes
    ----------
    from_, to
        First and last day (``from`` in the file).
    cut_date
        Day up to which the twelve months of income are counted.
    amount
        Income per head below which a household is monitored.
    verified
        Whether the amount was read in the primary text.
    source
        Where it stands.
    """

    from_: date = Field(alias="from")
    to: date
    cut_date: date
    amount: float = Field(gt=0)
    verified: bool
    source: str = Field(min_length=1)


class SuddenRule(_Frozen):
    """When a household above the line is in sudden severe difficulty.

    Attributes
    ----------
    events
        What must have happened.
    rigid_share
        Spending that cannot be put off, as a share of yearly income, from which it is severe.
    income_fall
        Share of last year's income lost, from which it is severe.
    """

    events: tuple[str, ...] = Field(min_length=1)
    rigid_share: Share | None = None
    income_fall: Annotated[float, Field(gt=0, le=1)] | None = None


class MonitoringRules(_Frozen):
    """Local rules of monitoring.

    Attributes
    ----------
    id, jurisdiction, name, verified
        Which rules, whose, and whether they were read in the primary text.
    per_head
        What income per head means here, by language.
    line
        Lines with their days; days may not overlap.
    sudden
        The third type.
    days
        Step -> days allowed since the last dated step before; a step without an entry has no
        deadline.
    """

    format: Literal[1]
    id: str
    jurisdiction: str
    verified: bool
    name: dict[str, str]
    per_head: dict[str, str] = Field(min_length=1)
    line: tuple[MonitoringLine, ...] = Field(min_length=1)
    sudden: SuddenRule
    days: dict[Step, Annotated[int, Field(gt=0)]] = {}

    def line_on(self, day: date) -> MonitoringLine:
        """Return the line in force on a day.

        Raises
        ------
        SpecError
            If no line covers the day.
        """
        for line in self.line:
            if line.from_ <= day <= line.to:
                return line
        known = [f"{line.from_} – {line.to}" for line in self.line]
        raise SpecError("targeting.no_line_on", day=day.isoformat(), rules=self.id, known=known)


def monitoring_rules(source: str | Path = "cn-unverified") -> MonitoringRules:
    """Return monitoring rules: packaged ones by id, or those of a local file.

    Raises
    ------
    SpecError
        An unknown id; a file that is no monitoring rules; a line without dates; lines whose days
        overlap or run backwards.
    """
    if isinstance(source, str) and source in packaged_monitoring():
        return packaged_monitoring()[source]
    path = Path(source)
    if not path.is_file():
        known = list(packaged_monitoring())
        raise SpecError("targeting.unknown_monitoring", rules=str(source), known=known)
    return _read(path.read_text(encoding="utf-8"), path.name)


@cache
def packaged_monitoring() -> Mapping[str, MonitoringRules]:
    """Return the monitoring rules that come with the program, by id."""
    folder = files("livelihoods.cooperatives") / "rules" / "monitoring"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml"))
    found = [_read((folder / name).read_text("utf-8"), name) for name in names]
    return {rules.id: rules for rules in found}


def _read(text: str, where: str) -> MonitoringRules:
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise SpecError("targeting.bad_monitoring", file=where, key="TOML", problem=str(problem)) \
            from problem  # fmt: skip
    _dated(raw, where)
    try:
        rules = MonitoringRules.model_validate(raw)
    except ValidationError as problem:
        first = problem.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise SpecError(
            "targeting.bad_monitoring", file=where, key=key, problem=first["msg"]
        ) from problem
    _ordered(rules, where)
    return rules


def _dated(raw: Mapping[str, Any], where: str) -> None:
    """Refuse lines that do not say from when to when they hold."""
    lines = raw.get("line")
    for place, line in enumerate(lines if isinstance(lines, list) else [], start=1):
        if isinstance(line, Mapping):
            absent = [key for key in ("from", "to", "cut_date") if key not in line]
            if absent:
                raise SpecError("targeting.undated_line", file=where, place=place, keys=absent)


def _ordered(rules: MonitoringRules, where: str) -> None:
    lines = sorted(rules.line, key=lambda line: line.from_)
    for line in lines:
        if line.to < line.from_:
            raise SpecError("targeting.line_backwards", file=where, start=str(line.from_),
                            end=str(line.to))  # fmt: skip
    for earlier, later in pairwise(lines):
        if later.from_ <= earlier.to:
            raise SpecError("targeting.lines_overlap", file=where, first=str(earlier.to),
                            second=str(later.from_))  # fmt: skip
