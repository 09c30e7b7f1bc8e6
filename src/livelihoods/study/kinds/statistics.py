"""Summary statistics of any variables, for all rows or by wave or other groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from livelihoods.describe.summary import summary_statistics
from livelihoods.study.analysis import AnalysisSpec, Outcome
from livelihoods.study.describing import dressed, first_cluster

if TYPE_CHECKING:
    from livelihoods.study.context import Context


class Spec(AnalysisSpec):
    """Keys of ``kind = "statistics"``.

    Attributes
    ----------
    items
        Numeric columns; default: all that are no identifiers, weights or groups.
    by
        Column of groups (a wave, a treatment); two groups get the difference and its test.
    """

    part: ClassVar[Literal["explain", "describe", "none"]] = "describe"
    kind: Literal["statistics"] = "statistics"
    items: tuple[str, ...] | None = None
    by: str | None = None


def run(spec: Spec, context: Context) -> Outcome:
    """Describe the items."""
    found = summary_statistics(
        context.survey,
        spec.items,
        spec.by,
        weights=context.resolve(spec).weights,
        cluster=first_cluster(spec, context),
        executor=context.executor,
    )
    table = dressed(found.summary(), context, spec.title)
    return Outcome((table,), results={"statistics": found})
