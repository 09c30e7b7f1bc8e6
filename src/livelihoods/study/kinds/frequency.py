"""How often each answer was given: Likert batteries, single choices, money in bands."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from livelihoods import words
from livelihoods.describe.frequency import frequency_table
from livelihoods.study.analysis import AnalysisSpec, Outcome
from livelihoods.study.describing import dressed
from livelihoods.survey.model import Scale

if TYPE_CHECKING:
    from livelihoods.study.context import Context


class Spec(AnalysisSpec):
    """Keys of ``kind = "frequency"``.

    Attributes
    ----------
    items
        Columns; items that share one set of answers make a battery with an average row.
    scale
        Level of measurement, for all or by item; default: the codebook's.
    bands
        Item -> ``[low, high]`` of each answer in order, ``inf`` for an open end.
    average
        ``"shares"`` (each item counts the same), ``"counts"`` (all answers pooled), ``"none"``.
    weighted
        Weigh shares by the declared weights.
    figure
        Draw stacked bars.
    """

    part: ClassVar[Literal["explain", "describe", "none"]] = "describe"
    kind: Literal["frequency"] = "frequency"
    items: tuple[str, ...] = Field(min_length=1)
    scale: Scale | dict[str, Scale] | None = None
    bands: dict[str, tuple[tuple[float, float], ...]] = Field(default_factory=dict)
    average: Literal["shares", "counts", "none"] = "shares"
    weighted: bool = True
    figure: bool = True


def run(spec: Spec, context: Context) -> Outcome:
    """Count the answers."""
    found = frequency_table(
        context.survey,
        spec.items,
        scale=spec.scale,
        bands=spec.bands,
        average=None if spec.average == "none" else spec.average,
        weights=context.resolve(spec).weights if spec.weighted else False,
        title=spec.title or words.text("study.kind_frequency"),
        executor=context.executor,
    )
    figures = (found.plot(),) if spec.figure else ()
    table = dressed(found.summary(), context)
    return Outcome((table,), figures, results={"frequency": found})
