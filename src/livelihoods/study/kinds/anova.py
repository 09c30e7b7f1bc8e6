"""Several groups compared: F, η², Welch's F, and a Wald F with weights or clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from livelihoods.describe.anova import anova
from livelihoods.study.analysis import AnalysisSpec, Outcome
from livelihoods.study.describing import dressed, first_cluster

if TYPE_CHECKING:
    from livelihoods.study.context import Context


class Spec(AnalysisSpec):
    """Keys of ``kind = "anova"``.

    Attributes
    ----------
    items
        Numeric columns; default: the outcomes.
    by
        Column of groups.
    """

    part: ClassVar[Literal["explain", "describe", "none"]] = "describe"
    kind: Literal["anova"] = "anova"
    items: tuple[str, ...] = ()
    by: str


def run(spec: Spec, context: Context) -> Outcome:
    """Compare the items across the groups."""
    roles = context.resolve(spec)
    found = anova(
        context.survey,
        spec.items or roles.outcomes,
        spec.by,
        weights=roles.weights,
        cluster=first_cluster(spec, context),
    )
    table = dressed(found.summary(), context, spec.title)
    return Outcome((table,), results={"anova": found})
