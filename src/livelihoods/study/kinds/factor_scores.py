"""What a set of questions has in common: adequacy, components, loadings, scores."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

from livelihoods import words
from livelihoods.errors import StudyError
from livelihoods.measure.factors import FactorScores, factor_scores
from livelihoods.study.analysis import AnalysisSpec, Outcome
from livelihoods.study.load import nearest_words
from livelihoods.study.sections import Name

if TYPE_CHECKING:
    from livelihoods.study.context import Context


class Spec(AnalysisSpec):
    """Keys of ``kind = "factor_scores"``; each ``[factor.NAME]`` gets one by itself.

    Attributes
    ----------
    factor
        Name under ``[factor]``; or else
    items
        Columns to analyse here only, with ``retain`` and ``rotation`` as in ``[factor]``.
    loadings_map
        Draw the loadings as a heat map as well.
    """

    part: ClassVar[Literal["explain", "describe", "none"]] = "none"
    kind: Literal["factor_scores"] = "factor_scores"
    factor: Name | None = None
    items: tuple[Name, ...] = ()
    retain: Literal["kaiser", "parallel"] | int = "kaiser"
    rotation: Literal["varimax", "none"] = "varimax"
    loadings_map: bool = True


def run(spec: Spec, context: Context) -> Outcome:
    """Show loadings, variance explained, the scree plot and the loadings as a heat map."""
    found = _result(spec, context)
    label = context.label(spec.factor) if spec.factor else words.text("study.factor_items")
    loadings = replace(
        found.summary(),
        id="loadings",
        title=words.text("study.factor_loadings", factor=label),
        preset=context.output.preset,
    )
    variance = replace(found.variance(), id="variance", preset=context.output.preset)
    figures = [replace(found.plot(), id="scree")]
    if spec.loadings_map:
        figures.append(replace(found.plot("loadings"), id="loadings-map"))
    return Outcome((loadings, variance), tuple(figures), results={spec.factor or "items": found})


def _result(spec: Spec, context: Context) -> FactorScores:
    if (spec.factor is None) == (not spec.items):
        raise StudyError("study.factor_or_items", id=spec.id)
    if spec.factor is None:
        rotation = None if spec.rotation == "none" else spec.rotation
        return factor_scores(
            context.survey,
            spec.items,
            spec.retain,
            rotation,
            seed=context.seed,
            executor=context.executor,
        )
    if spec.factor not in context.factors:
        hint = nearest_words(spec.factor, list(context.factors))
        raise StudyError("study.unknown_factor", name=spec.factor, nearest=hint)
    found: FactorScores = context.factors[spec.factor]
    return found
