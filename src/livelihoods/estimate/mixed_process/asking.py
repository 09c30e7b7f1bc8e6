"""From a user's words to a question about one equation, perhaps given another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from livelihoods.errors import SpecError
from livelihoods.estimate.mixed_process.average import Question, Range
from livelihoods.estimate.mixed_process.moments import Moment
from livelihoods.estimate.mixed_process.sample import limit_values

if TYPE_CHECKING:
    from livelihoods.estimate.mixed_process.build import Built

Within = tuple[float | None, float | None] | None


def equation_number(built: Built, name: str | None) -> int:
    """Return the place of a named equation; the first one for None.

    Raises
    ------
    SpecError
        If there is none of this name.
    """
    if name is None:
        return 0
    if name not in built.names:
        raise SpecError("estimate.cmp.unknown_equation", name=name, known=list(built.names))
    return built.names.index(name)


def question(
    built: Built,
    kind: str,
    equation: str | None = None,
    within: Within = None,
    category: Any = None,
    condition: Mapping[str, Any] | None = None,
) -> Question:
    """Check a question and complete it with the usual range of its kind of equation.

    Raises
    ------
    SpecError
        If the kind is unknown, a range is missing, or more than one equation is conditioned on.
    """
    if kind not in get_args(Moment):
        raise SpecError("estimate.cmp.unknown_moment", kind=kind, known=list(get_args(Moment)))
    j = equation_number(built, equation)
    chosen = _range(built, j, kind, within, category)
    if not condition:
        if kind in ("part", "joint"):
            raise SpecError("estimate.cmp.part_needs_condition", kind=kind)
        return Question(kind, j, chosen)  # type: ignore[arg-type]
    if len(condition) != 1:
        raise SpecError("estimate.cmp.one_condition", given=list(condition))
    name, value = next(iter(condition.items()))
    k = equation_number(built, name)
    if k == j:
        raise SpecError("estimate.cmp.own_condition", name=name)
    return Question(kind, j, chosen, k, _condition(built, k, value))  # type: ignore[arg-type]


def _range(built: Built, j: int, kind: str, within: Within, category: Any) -> Range:
    spec = built.equations[j].spec
    if category is not None:
        return category_range(built, j, category)
    if within is not None:
        return Range(*_ends(within))
    if kind in ("pr", "joint"):
        if spec.kind in ("probit", "fractional"):
            return Range(0.0, np.inf)
        raise SpecError("estimate.cmp.pr_needs_range", equation=built.names[j], kind=spec.kind)
    if kind == "ystar":
        low = limit_values(spec.lower, built.survey, -np.inf)[built.at]
        high = limit_values(spec.upper, built.survey, np.inf)[built.at]
        return Range(low, high)
    return Range()


def category_range(built: Built, j: int, category: Any) -> Range:
    """Return the cut points around a category of an ordered outcome.

    Raises
    ------
    SpecError
        If the equation is not ordered or has no such category.
    """
    levels = built.levels.get(built.names[j], ())
    if category not in levels:
        raise SpecError(
            "estimate.cmp.unknown_category",
            category=category,
            equation=built.names[j],
            known=list(levels) or ["–"],
        )
    place = levels.index(category)
    high = place if place < len(levels) - 1 else -1
    return Range(low_cut=place - 1, high_cut=high)


def _condition(built: Built, k: int, value: Any) -> Range:
    if isinstance(value, tuple | list):
        return Range(*_ends((value[0], value[1])))
    spec = built.equations[k].spec
    if spec.kind == "oprobit":
        return category_range(built, k, value)
    if spec.kind == "probit" and value in (0, 1):
        return Range(0.0, np.inf) if value else Range(-np.inf, 0.0)
    raise SpecError("estimate.cmp.bad_condition", equation=built.names[k], value=repr(value))


def _ends(within: tuple[float | None, float | None]) -> tuple[float, float]:
    low, high = within
    ends = (-np.inf if low is None else float(low), np.inf if high is None else float(high))
    if not ends[0] < ends[1]:
        raise SpecError("estimate.cmp.empty_range", low=ends[0], high=ends[1])
    return ends
