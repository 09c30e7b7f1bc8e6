"""A grading scheme as data: criteria with weights, grades with rewards, rules of fair review."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from livelihoods.errors import SpecError

RewardKind = Literal["money", "title", "technical_support", "project_priority"]
Receiver = Literal["cooperative", "chair", "manager", "accountant", "supervisor"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Criterion(_Frozen):
    """What is scored: 0 to ``most`` points, rescaled to 0-100, weighted by ``weight``."""

    id: str
    weight: float = Field(gt=0)
    most: float = Field(gt=0)
    name: dict[str, str]


class Reward(_Frozen):
    """What a grade brings, to the cooperative or to whoever holds an office in it.

    ``amount`` is yuan for money and the cost borne for technical support; titles and priority
    cost nothing.
    """

    kind: RewardKind
    to: Receiver
    amount: int = Field(default=0, ge=0)


class Grade(_Frozen):
    """A grade from so many points on."""

    id: str
    from_: float = Field(alias="from", ge=0, le=100)
    rewards: tuple[Reward, ...] = ()


class Scheme(_Frozen):
    """A grading scheme.

    Attributes
    ----------
    id, name, verified
        What it is called; whether its figures were read in the primary text.
    least_reviewers
        Blind reviewers that a cooperative needs.
    most_rounds_together
        Rounds in a row in which one reviewer may score the same cooperative.
    appeal_days
        Days after the scores in which an appeal is heard.
    tolerance
        How far each weight may reasonably move, as a part of itself: rank intervals use it.
    criterion, grade
        Weights add up to 1; grades go from the best down to one that begins at 0.
    """

    format: Literal[1]
    id: str
    name: dict[str, str]
    verified: bool
    least_reviewers: int = Field(ge=1)
    most_rounds_together: int = Field(ge=1)
    appeal_days: int = Field(ge=0)
    tolerance: float = Field(ge=0, lt=1)
    criterion: tuple[Criterion, ...] = Field(min_length=1)
    grade: tuple[Grade, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Scheme:
        total = sum(criterion.weight for criterion in self.criterion)
        if abs(total - 1) > 1e-9:
            raise ValueError(f"the weights add up to {total:g}, not to 1")
        starts = [grade.from_ for grade in self.grade]
        if starts != sorted(starts, reverse=True) or starts[-1] != 0:
            raise ValueError("grades go from the best down, the last one from 0")
        if len({criterion.id for criterion in self.criterion}) < len(self.criterion):
            raise ValueError("a criterion stands twice")
        return self

    def graded(self, points: float) -> str:
        """Return the grade of a total of 0-100 points."""
        return next(grade.id for grade in self.grade if points >= grade.from_)


@cache
def schemes() -> Mapping[str, Scheme]:
    """Return the schemes that come with the program, by id."""
    folder = files(__package__) / "schemes"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml"))
    read = [_read((folder / name).read_text("utf-8"), name) for name in names]
    return {scheme.id: scheme for scheme in read}


def scheme(name: str, local: Iterable[str | Path] = ()) -> Scheme:
    """Return a scheme by id; a local file with the same id takes the place of a packaged one.

    Raises
    ------
    SpecError
        If nobody knows the id, or a file is no scheme.
    """
    known = dict(schemes())
    for path in local:
        own = _read(_text(Path(path)), Path(path).name)
        known[own.id] = own
    if name not in known:
        raise SpecError("cooperatives.unknown_scheme", scheme=name, known=list(known))
    return known[name]


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as problem:
        reason = problem.strerror or type(problem).__name__
        raise SpecError(
            "cooperatives.bad_scheme", file=str(path), key="", problem=reason
        ) from problem


def _read(text: str, where: str) -> Scheme:
    try:
        return Scheme.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as problem:
        raise SpecError(
            "cooperatives.bad_scheme", file=where, key="", problem=str(problem)
        ) from problem
    except ValidationError as problem:
        first = problem.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise SpecError(
            "cooperatives.bad_scheme", file=where, key=key, problem=first["msg"]
        ) from problem
