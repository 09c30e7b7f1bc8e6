"""Who was lost between waves, and whether they were different."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from livelihoods.study.analysis import AnalysisSpec, Outcome
from livelihoods.study.describing import dressed
from livelihoods.survey.attrition import attrition

if TYPE_CHECKING:
    from livelihoods.study.context import Context


class Spec(AnalysisSpec):
    """Keys of ``kind = "attrition"``.

    Attributes
    ----------
    unit
        Column that names the household or farm across waves.
    wave
        Column of the wave; default: the one declared under ``[data]``.
    variables
        Numeric columns of the first wave: those lost against those found.
    """

    part: ClassVar[Literal["explain", "describe", "none"]] = "describe"
    kind: Literal["attrition"] = "attrition"
    unit: str
    wave: str | None = None
    variables: tuple[str, ...] = ()


def run(spec: Spec, context: Context) -> Outcome:
    """Count losses and compare those lost with those found."""
    found = attrition(context.survey, spec.unit, spec.wave, spec.variables)
    tables = [dressed(found.summary(), context, spec.title)]
    if found.differences:
        tables.append(dressed(found.balance(), context))
    return Outcome(tuple(tables), results={"attrition": found.to_dict()})
