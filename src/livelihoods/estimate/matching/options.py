"""From what a person wrote to a MatchSpec: an option that does not belong is an error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from livelihoods.errors import SpecError
from livelihoods.estimate.matching.spec import (
    AipwSpec,
    EntropySpec,
    IpwSpec,
    KernelSpec,
    LocalLinearSpec,
    MahalanobisSpec,
    MatchSpec,
    NearestSpec,
    OverlapSpec,
    RadiusSpec,
)

METHODS: dict[str, type[BaseModel]] = {
    "nearest": NearestSpec,
    "radius": RadiusSpec,
    "kernel": KernelSpec,
    "local_linear": LocalLinearSpec,
    "mahalanobis": MahalanobisSpec,
    "ipw": IpwSpec,
    "overlap": OverlapSpec,
    "entropy": EntropySpec,
    "aipw": AipwSpec,
}


def read_spec(common: Mapping[str, Any], method: str, options: Mapping[str, Any]) -> MatchSpec:
    """Build the spec; ``options`` holds only what was given.

    Raises
    ------
    SpecError
        If the method is unknown, an option does not belong to it, or a value makes no sense.
    """
    if method not in METHODS:
        raise SpecError("estimate.match_method", given=method, known=list(METHODS))
    allowed = [name for name in METHODS[method].model_fields if name != "method"]
    foreign = [name for name in options if name not in allowed]
    if foreign:
        homes = [name for name, spec in METHODS.items() if foreign[0] in spec.model_fields]
        raise SpecError(
            "estimate.match_option",
            options=foreign,
            method=method,
            allowed=allowed,
            first=foreign[0],
            homes=homes,
        )
    try:
        return MatchSpec.model_validate({**common, "method": {"method": method, **options}})
    except ValidationError as wrong:
        raise _as_spec_error(wrong, method) from None


def _as_spec_error(wrong: ValidationError, method: str) -> SpecError:
    first = wrong.errors()[0]
    places = [str(part) for part in first["loc"]]
    names = [*MatchSpec.model_fields, *METHODS[method].model_fields]
    name = next((part for part in reversed(places) if part in names), places[0] if places else "")
    if first["type"] == "missing":
        return SpecError("estimate.match_missing_option", option=name, method=method)
    if first["type"] == "value_error":
        problem = str(first["msg"]).removeprefix("Value error, ")
        return SpecError("estimate.match_contradiction", problem=problem)
    given = first.get("input")
    return SpecError(
        "estimate.match_value", option=name, given=repr(given), problem=str(first["msg"])
    )
