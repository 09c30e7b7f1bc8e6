"""What goes with what: a correlation matrix with stars, as a table and a heat map."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from livelihoods.describe.correlations import correlations
from livelihoods.study.analysis import AnalysisSpec, Outcome
from livelihoods.study.describing import dressed

if TYPE_CHECKING:
    from livelihoods.study.context import Context


class Spec(AnalysisSpec):
    """Keys of ``kind = "correlations"``.

    Attributes
    ----------
    items
        Two or more numeric columns.
    method
        ``"pearson"`` or ``"spearman"``.
    missing
        ``"pairwise"`` or ``"listwise"``.
    figure
        Draw a heat map.
    """

    part: ClassVar[Literal["explain", "describe", "none"]] = "describe"
    kind: Literal["correlations"] = "correlations"
    items: tuple[str, ...] = Field(min_length=2)
    method: Literal["pearson", "spearman"] = "pearson"
    missing: Literal["pairwise", "listwise"] = "pairwise"
    figure: bool = True


def run(spec: Spec, context: Context) -> Outcome:
    """Correlate the items."""
    found = correlations(
        context.survey,
        spec.items,
        method=spec.method,
        missing=spec.missing,
        weights=context.resolve(spec).weights,
    )
    figures = (found.plot(),) if spec.figure else ()
    table = dressed(found.summary(), context, spec.title)
    return Outcome((table,), figures, results={"correlations": found})
