"""What an index is made of and how: the one Spec that Python, command line and study file build."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from livelihoods.errors import SpecError
from livelihoods.measure.ready import expanded

Scheme = Literal["entropy", "equal", "critic", "pca", "cv"]
SCHEMES: tuple[Scheme, ...] = ("entropy", "equal", "critic", "pca", "cv")
# A share of rows, a level of schooling: what a direction may be.
Direction = Literal["+", "-"] | dict[Literal["target"], float]
Part = Direction | dict[str, Direction]
BoundsRule = Literal["pooled", "by"] | dict[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator with its place in the system.

    Attributes
    ----------
    name
        Column of the data.
    dimension, sub_dimension
        Where it belongs; ``sub_dimension`` is "" in a dimension without such a level.
    direction
        ``"+"`` more is better, ``"-"`` less is better, ``"target"`` nearer to ``target`` is better.
    target
        The best value of a ``"target"`` indicator.
    """

    name: str
    dimension: str
    sub_dimension: str
    direction: Literal["+", "-", "target"]
    target: float | None = None


class IndexSpec(BaseModel):
    """A composite index: dimensions, indicators, bounds, weights.

    Attributes
    ----------
    dimensions
        ``{dimension: {indicator: direction}}`` or, a level deeper,
        ``{dimension: {sub_dimension: {indicator: direction}}}``. A direction is ``"+"``, ``"-"``
        or ``{"target": x}``. An indicator belongs to one place only.
    weights
        ``"entropy"``, ``"equal"``, ``"critic"``, ``"cv"`` (coefficient of variation), ``"pca"``
        (first principal component), or given: ``{indicator: weight}`` for all indicators.
    shift
        The constant c added to the oriented values before logarithms are taken, in the entropy
        only and never in the score. It is a tuning knob: it is printed with the result.
    by
        Column of waves (or regions), needed by the two options that follow.
    weights_by
        ``"pooled"`` one vector of weights; ``"by"`` one a wave, which makes the scores of two
        waves incomparable (a warning says so).
    bounds
        Minimum and maximum of each indicator: over all rows (``"pooled"``), in each wave
        (``"by"``), or declared: ``{indicator: (low, high)}``, the others pooled.
    weights_from
        ``{column: value}``: weights are estimated on these rows only (a baseline wave, the
        controls) and used for all. Bounds stay as ``bounds`` says.
    levels
        ``"flat"``: all indicators compete for weight at once. ``"two-level"``: weights inside
        each dimension (first inside each sub-dimension where there are such), then over the
        dimensions' scores. With equal weights, ``"flat"`` gives every indicator 1/p, and
        ``"two-level"`` gives every dimension the same weight, every sub-dimension the same within
        its dimension, every indicator the same within its group.
    missing
        ``"listwise"``: a row with a missing indicator gets no score and is counted in a note.
    survey_weight
        Column of sampling weights (positive; their scale is of no importance), used in the
        statistics behind the weights. Bounds and scores do not depend on it.
    labels
        Wording of dimensions and sub-dimensions: name -> language -> words.

    Instead of ``dimensions``, three keys name a ready system (see ``index_system``):
    ``system``, ``columns`` (slot -> column) and ``leave_out``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    dimensions: dict[str, dict[str, Part]] = Field(min_length=1)
    weights: Scheme | dict[str, float] = "entropy"
    shift: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 1e-4
    by: str | None = None
    weights_by: Literal["pooled", "by"] = "pooled"
    bounds: BoundsRule = "pooled"
    weights_from: dict[str, str | int | float | bool] | None = None
    levels: Literal["flat", "two-level"] = "flat"
    missing: Literal["listwise"] = "listwise"
    survey_weight: str | None = None
    labels: dict[str, dict[str, str]] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _from_system(cls, keys: Any) -> Any:
        if isinstance(keys, dict) and "system" in keys:
            return expanded(keys)
        return keys

    @model_validator(mode="after")
    def _consistent(self) -> IndexSpec:
        indicators = self.indicators()
        _check_names(self.dimensions, indicators)
        _check_by(self)
        _check_declared(self.bounds, indicators)
        if isinstance(self.weights, dict):
            _check_given(self.weights, indicators, self)
        if self.weights_from is not None and len(self.weights_from) != 1:
            raise SpecError("measure.weights_from", columns=list(self.weights_from))
        return self

    def indicators(self) -> tuple[Indicator, ...]:
        """Return the indicators in the order they are written."""
        return tuple(
            indicator
            for dimension, parts in self.dimensions.items()
            for name, part in parts.items()
            for indicator in _indicators(dimension, name, part)
        )

    def scheme(self) -> str:
        """Return the name of the weights: one of the schemes, or ``"given"``."""
        return self.weights if isinstance(self.weights, str) else "given"

    def columns(self) -> tuple[str, ...]:
        """Return every data column the index needs, indicators first."""
        names = [indicator.name for indicator in self.indicators()]
        others = [self.by, self.survey_weight, *(self.weights_from or {})]
        return (*names, *(name for name in others if name is not None and name not in names))


def _indicators(dimension: str, name: str, part: Part) -> list[Indicator]:
    if _is_direction(part):
        return [_indicator(dimension, "", name, part)]
    assert isinstance(part, dict)
    return [_indicator(dimension, name, str(key), value) for key, value in part.items()]


def _is_direction(part: Part) -> bool:
    return isinstance(part, str) or (
        list(part) == ["target"] and isinstance(part["target"], int | float)
    )


def _indicator(dimension: str, sub: str, name: str, direction: Any) -> Indicator:
    if isinstance(direction, str):
        sign: Literal["+", "-"] = "+" if direction == "+" else "-"
        return Indicator(name, dimension, sub, sign)
    target = float(direction["target"])
    if not math.isfinite(target):
        raise SpecError("measure.target", variable=name, target=target)
    return Indicator(name, dimension, sub, "target", target)


def _check_names(
    dimensions: Mapping[str, Mapping[str, Part]], indicators: tuple[Indicator, ...]
) -> None:
    for dimension, parts in dimensions.items():
        empty = [name for name, part in parts.items() if isinstance(part, dict) and not part]
        if not parts or empty:
            raise SpecError("measure.empty_dimension", dimension=".".join([dimension, *empty[:1]]))
        if "score" in parts and not _is_direction(parts["score"]):
            raise SpecError("measure.reserved_name", dimension=dimension, name="score")
    names = [indicator.name for indicator in indicators]
    repeated = [name for place, name in enumerate(names) if name in names[:place]]
    if repeated:
        raise SpecError("measure.repeated_indicator", variables=repeated)


def _check_by(spec: IndexSpec) -> None:
    asked = [
        option
        for option, value in (("weights_by", spec.weights_by), ("bounds", spec.bounds))
        if value == "by"
    ]
    if asked and spec.by is None:
        raise SpecError("measure.by_needed", options=asked)
    if spec.weights_by == "by" and spec.weights_from is not None:
        raise SpecError("measure.by_and_from")


def _check_declared(bounds: BoundsRule, indicators: tuple[Indicator, ...]) -> None:
    if isinstance(bounds, str):
        return
    known = [indicator.name for indicator in indicators]
    strange = [name for name in bounds if name not in known]
    if strange:
        raise SpecError("measure.unknown_indicator", variables=strange, option="bounds")
    for name, (low, high) in bounds.items():
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            raise SpecError("measure.contradictory_bounds", variable=name, low=low, high=high)


def _check_given(
    weights: Mapping[str, float], indicators: tuple[Indicator, ...], spec: IndexSpec
) -> None:
    known = [indicator.name for indicator in indicators]
    strange = [name for name in weights if name not in known]
    if strange:
        raise SpecError("measure.unknown_indicator", variables=strange, option="weights")
    lacking = [name for name in known if name not in weights]
    if lacking:
        raise SpecError("measure.weights_lacking", variables=lacking)
    bad = [name for name, value in weights.items() if not (math.isfinite(value) and value > 0)]
    if bad:
        raise SpecError(
            "measure.weights_not_positive", variables=bad, values=[weights[name] for name in bad]
        )
    contrary = [
        option
        for option, differs in (
            ("levels", spec.levels != "flat"),
            ("weights_by", spec.weights_by != "pooled"),
            ("weights_from", spec.weights_from is not None),
        )
        if differs
    ]
    if contrary:
        raise SpecError("measure.given_and_estimated", options=contrary)
