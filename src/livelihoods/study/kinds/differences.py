"""Two groups compared: t with the error the design asks for, ranks, effect size, variances."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from livelihoods.describe.differences import group_differences
from livelihoods.errors import StudyError
from livelihoods.study.analysis import AnalysisSpec, Outcome
from livelihoods.study.describing import dressed, first_cluster

if TYPE_CHECKING:
    from livelihoods.study.context import Context


class Spec(AnalysisSpec):
    """Keys of ``kind = "differences"``.

    Attributes
    ----------
    items
        Numeric columns; default: the outcomes.
    by
        Column with two values; default: the treatment.
    split
        ``"mean"`` or ``"median"`` cuts a numeric ``by`` in two (and a note says what that costs).
    """

    part: ClassVar[Literal["explain", "describe", "none"]] = "describe"
    kind: Literal["differences"] = "differences"
    items: tuple[str, ...] = Field(default=())
    by: str | None = None
    split: Literal["mean", "median"] | None = None


def run(spec: Spec, context: Context) -> Outcome:
    """Compare the items between the two groups."""
    roles = context.resolve(spec)
    by = spec.by or roles.treatment
    if by is None:
        raise StudyError("study.role_empty", id=spec.id, kind=spec.kind, role="treatment")
    found = group_differences(
        context.survey,
        spec.items or roles.outcomes,
        by,
        split=spec.split,
        weights=roles.weights,
        cluster=first_cluster(spec, context),
        conf_level=roles.conf_level,
    )
    table = dressed(found.summary(), context, spec.title)
    return Outcome((table,), results={"differences": found})
