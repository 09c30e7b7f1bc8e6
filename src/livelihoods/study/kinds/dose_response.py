"""Average outcomes over a continuous dose, doubly robust."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from livelihoods.errors import StudyError
from livelihoods.estimate.coefficients import use_labels
from livelihoods.estimate.dose_response import DoseResponse, dose_response
from livelihoods.study.analysis import AnalysisSpec, Outcome
from livelihoods.study.placed import labels_of, placed
from livelihoods.study.sections import Name

if TYPE_CHECKING:
    from livelihoods.study.context import Context


class Spec(AnalysisSpec):
    """Keys of ``kind = "dose_response"``.

    Attributes
    ----------
    dose
        Numeric column; its curve takes the place of the treatment.
    scale, among, density, cap, bandwidth, folds
        As in ``lv.dose_response``.
    points
        Number of doses of the curve.
    draws
        Bootstrap draws, of clusters where one is named.
    """

    kind: Literal["dose_response"] = "dose_response"
    dose: Name
    scale: Literal["level", "log"] = "level"
    among: Literal["all", "positive"] = "all"
    density: Literal["normal", "kernel"] = "normal"
    cap: Annotated[float, Field(ge=1)] | None = 20.0
    bandwidth: Annotated[float, Field(gt=0)] | None = None
    folds: Annotated[int, Field(ge=2, le=50)] = 5
    points: Annotated[int, Field(ge=2, le=500)] = 25
    draws: Annotated[int, Field(ge=99, le=99_999)] = 499

    def beside(self) -> dict[str, tuple[str, ...]]:
        """Return the dose: it must not hide in the outcome index."""
        return {"moderator": (self.dose,)}


def run(spec: Spec, context: Context) -> Outcome:
    """Draw the curve of every outcome."""
    with use_labels(labels_of(context)):
        return _run(spec, context)


def _run(spec: Spec, context: Context) -> Outcome:
    roles = context.need(spec, "outcomes")
    if len(roles.cluster) > 1:
        raise StudyError("study.dose_clusters", id=spec.id, clusters=list(roles.cluster))
    results: dict[str, DoseResponse] = {}
    for outcome in roles.outcomes:
        results[outcome] = dose_response(
            context.formula(outcome, *roles.controls),
            context.survey,
            spec.dose,
            scale=spec.scale,
            among=spec.among,
            grid=spec.points,
            density=spec.density,
            cap=spec.cap,
            bandwidth=spec.bandwidth,
            folds=spec.folds,
            draws=spec.draws,
            seed=context.seed,
            cluster=roles.cluster[0] if roles.cluster else None,
            weights=roles.weights,
            conf_level=roles.conf_level,
        )
        context.progress(len(results), len(roles.outcomes), outcome)
    figures = [
        figure for found in results.values() for figure in (found.plot(), found.plot_slope())
    ]
    return Outcome(
        tables=tuple(
            placed(found.summary(), place) for place, found in enumerate(results.values(), start=1)
        ),
        figures=tuple(placed(figure, place) for place, figure in enumerate(figures, start=1)),
        results=results,
    )
