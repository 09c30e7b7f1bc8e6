"""Who holds how much: inequality of amounts, its split by groups, diversity of kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from livelihoods.describe.inequality import inequality
from livelihoods.study.analysis import AnalysisSpec, Outcome
from livelihoods.study.describing import dressed, first_cluster

if TYPE_CHECKING:
    from livelihoods.study.context import Context


class Spec(AnalysisSpec):
    """Keys of ``kind = "inequality"``.

    Attributes
    ----------
    items
        Columns: amounts get Gini, Theil and the like, kinds get Blau and Simpson.
    by
        Measure apart for each value of this column.
    groups
        Split Theil's T by the groups of this column.
    alpha
        Exponent of Esteban and Ray.
    interval
        ``"analytic"`` or ``"bootstrap"``.
    replicates
        Draws of the bootstrap.
    figure
        Draw Lorenz curves.
    """

    part: ClassVar[Literal["explain", "describe", "none"]] = "describe"
    kind: Literal["inequality"] = "inequality"
    items: tuple[str, ...] = Field(min_length=1)
    by: str | None = None
    groups: str | None = None
    alpha: float = Field(default=1.0, gt=0, le=1.6)
    interval: Literal["analytic", "bootstrap"] = "analytic"
    replicates: int = Field(default=999, ge=99)
    figure: bool = True


def run(spec: Spec, context: Context) -> Outcome:
    """Measure each item."""
    roles = context.resolve(spec)
    found = inequality(
        context.survey,
        spec.items,
        spec.by,
        spec.groups,
        weights=roles.weights,
        cluster=first_cluster(spec, context),
        alpha=spec.alpha,
        interval=spec.interval,
        replicates=spec.replicates,
        seed=context.seed,
        conf_level=roles.conf_level,
        executor=context.executor,
    )
    first, *others = found.tables()
    tables = [dressed(first, context, spec.title), *(dressed(table, context) for table in others)]
    drawn = any(spread.lorenz is not None for spread in found.spreads)
    figures = (found.plot(),) if spec.figure and drawn else ()
    return Outcome(tuple(tables), figures, results={"inequality": found})
