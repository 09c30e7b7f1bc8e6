"""Does it matter who asked?"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from livelihoods.study.analysis import AnalysisSpec, Outcome
from livelihoods.study.describing import dressed
from livelihoods.survey.enumerators import enumerator_effects

if TYPE_CHECKING:
    from livelihoods.study.context import Context


class Spec(AnalysisSpec):
    """Keys of ``kind = "enumerators"``.

    Attributes
    ----------
    enumerator
        Column that names the enumerator.
    items
        Numeric questions; default: all numeric columns.
    area
        Village or district; effects are then also computed inside areas.
    minutes
        Length of the interview; or ``start`` and ``end``, columns of times.
    """

    part: ClassVar[Literal["explain", "describe", "none"]] = "describe"
    kind: Literal["enumerators"] = "enumerators"
    enumerator: str
    items: tuple[str, ...] = ()
    area: str | None = None
    minutes: str | None = None
    start: str | None = None
    end: str | None = None


def run(spec: Spec, context: Context) -> Outcome:
    """Measure enumerator effects."""
    found = enumerator_effects(
        context.survey,
        spec.enumerator,
        spec.items or None,
        area=spec.area,
        minutes=spec.minutes,
        start=spec.start,
        end=spec.end,
    )
    tables = (
        dressed(found.summary(), context, spec.title),
        dressed(found.by_person(), context),
    )
    return Outcome(tables, results={"enumerators": found.to_dict()})
