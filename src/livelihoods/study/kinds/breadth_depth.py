"""One more mode against more intensity, in one regression and on one scale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from livelihoods.estimate.breadth import breadth_depth
from livelihoods.estimate.breadth_result import BreadthDepth
from livelihoods.estimate.coefficients import use_labels
from livelihoods.study.analysis import AnalysisSpec, Outcome
from livelihoods.study.placed import Covariance, chosen_vcov, labels_of, placed
from livelihoods.study.sections import Name

if TYPE_CHECKING:
    from livelihoods.study.context import Context


class Spec(AnalysisSpec):
    """Keys of ``kind = "breadth_depth"``.

    Attributes
    ----------
    modes
        0/1 columns; their number is the breadth.
    depth
        Numeric column of intensity.
    among
        ``"all"`` or ``"takers"`` (at least one mode).
    cost
        ``{ mode = 3000, depth = 1 }``: what one more mode and one unit of depth cost.
    vcov
        Default: ``"cluster"`` where a cluster is named, else ``"HC1"``.
    """

    kind: Literal["breadth_depth"] = "breadth_depth"
    modes: Annotated[tuple[Name, ...], Field(min_length=2)]
    depth: Name
    among: Literal["all", "takers"] = "all"
    cost: dict[Literal["mode", "depth"], float] | None = None
    vcov: Covariance | None = None

    def beside(self) -> dict[str, tuple[str, ...]]:
        """Return modes and depth: they must not hide in the outcome index."""
        return {"moderator": (*self.modes, self.depth)}


def run(spec: Spec, context: Context) -> Outcome:
    """Compare breadth and depth for every outcome."""
    with use_labels(labels_of(context)):
        return _run(spec, context)


def _run(spec: Spec, context: Context) -> Outcome:
    roles = context.need(spec, "outcomes")
    results: dict[str, BreadthDepth] = {
        outcome: breadth_depth(
            context.formula(outcome, *roles.controls),
            context.survey,
            spec.modes,
            spec.depth,
            among=spec.among,
            cost=spec.cost,  # type: ignore[arg-type]
            vcov=chosen_vcov(spec.vcov, roles),
            weights=roles.weights,
            conf_level=roles.conf_level,
        )
        for outcome in roles.outcomes
    }
    several = list(enumerate(results.values(), start=1))
    return Outcome(
        tables=tuple(placed(found.summary(), place) for place, found in several),
        figures=tuple(placed(found.plot(), place) for place, found in several),
        results=results,
    )
