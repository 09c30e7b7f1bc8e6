"""Effects that depend on a moderator: interaction and marginal effects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from livelihoods.estimate.coefficients import use_labels
from livelihoods.estimate.moderation import ModerationResult, moderation
from livelihoods.study.analysis import AnalysisSpec, Outcome
from livelihoods.study.placed import Covariance, chosen_vcov, labels_of, placed
from livelihoods.study.sections import Name

if TYPE_CHECKING:
    from livelihoods.study.context import Context


class Spec(AnalysisSpec):
    """Keys of ``kind = "moderation"``.

    Attributes
    ----------
    moderators
        Numeric columns, each in a regression of its own.
    vcov
        Default: ``"cluster"`` where a cluster is named, else ``"HC1"``.
    """

    kind: Literal["moderation"] = "moderation"
    moderators: Annotated[tuple[Name, ...], Field(min_length=1)]
    vcov: Covariance | None = None

    def beside(self) -> dict[str, tuple[str, ...]]:
        """Return the moderators: they must not hide in the outcome index."""
        return {"moderator": tuple(self.moderators)}


def run(spec: Spec, context: Context) -> Outcome:
    """Run every outcome with every moderator."""
    with use_labels(labels_of(context)):
        return _run(spec, context)


def _run(spec: Spec, context: Context) -> Outcome:
    roles = context.need(spec, "treatment", "outcomes")
    treatment = str(roles.treatment)
    results: dict[str, ModerationResult] = {}
    for outcome in roles.outcomes:
        for moderator in spec.moderators:
            results[f"{outcome}:{moderator}"] = moderation(
                context.formula(outcome, treatment, *roles.controls),
                context.survey,
                treatment,
                moderator,
                vcov=chosen_vcov(spec.vcov, roles),
                weights=roles.weights,
                conf_level=roles.conf_level,
            )
    several = list(enumerate(results.values(), start=1))
    return Outcome(
        tables=tuple(placed(found.summary(), place) for place, found in several),
        figures=tuple(placed(found.plot(), place) for place, found in several),
        results=results,
    )
