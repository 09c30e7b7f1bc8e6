"""How often would a proxy means test be wrong, on places that it has not seen?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from livelihoods.cooperatives.targeting import ProxyMeansTest, proxy_means_test
from livelihoods.estimate.coefficients import use_labels
from livelihoods.study.analysis import AnalysisSpec, Outcome
from livelihoods.study.placed import labels_of, placed
from livelihoods.study.sections import Name, Section

if TYPE_CHECKING:
    from livelihoods.study.context import Context


class Poorest(Section):
    """A line below which a share of the persons lives."""

    poorest: Annotated[float, Field(gt=0, lt=1)]


Line = Annotated[float, Field(gt=0)] | Poorest


def line_of(line: Line) -> float | dict[str, float]:
    """Return the line as the functions take it."""
    return {"poorest": line.poorest} if isinstance(line, Poorest) else line


class Spec(AnalysisSpec):
    """Keys of ``kind = "targeting"``.

    The outcomes are consumption per head, the controls the characteristics, the cluster what is
    held out; a treatment plays no part.

    Attributes
    ----------
    line
        Poverty line in money per head, or ``{ poorest = 0.25 }``.
    scale
        ``"ln"`` if the outcome is a logarithm, ``"money"`` if it is an amount.
    persons
        Column of household sizes, so that errors count persons.
    folds, replicates
        Parts held out in turn, and bootstrap draws of clusters.
    poorest
        Part of the population in the CGH index; left out, the share of the poor.
    weights_table
        Print the weights of the test as a score sheet.
    """

    kind: Literal["targeting"] = "targeting"
    line: Line
    scale: Literal["ln", "money"] = "ln"
    persons: Name | None = None
    folds: Annotated[int, Field(ge=2)] = 10
    replicates: Annotated[int, Field(ge=0)] = 200
    poorest: Annotated[float, Field(gt=0, lt=1)] | None = None
    weights_table: bool = True


def run(spec: Spec, context: Context) -> Outcome:
    """Test every outcome."""
    with use_labels(labels_of(context)):
        return _run(spec, context)


def _run(spec: Spec, context: Context) -> Outcome:
    roles = context.need(spec, "outcomes", "controls")
    tables, figures = [], []
    results: dict[str, ProxyMeansTest] = {}
    for place, outcome in enumerate(roles.outcomes, start=1):
        context.progress(place - 1, len(roles.outcomes), spec.id)
        found = proxy_means_test(
            context.formula(outcome, *roles.controls),
            context.survey,
            line_of(spec.line),
            scale=spec.scale,
            weights=roles.weights,
            persons=spec.persons,
            cluster=roles.cluster[0] if roles.cluster else None,
            folds=spec.folds,
            poorest=spec.poorest,
            replicates=spec.replicates,
            conf_level=roles.conf_level,
            seed=context.seed,
            identity=f"{spec.id}/{outcome}",
            executor=context.executor,
        )
        results[outcome] = found
        tables.append(placed(found.summary(), place))
        if spec.weights_table and found.regression is not None:
            tables.append(placed(found.coefficient_table(), place))
        figures += [placed(found.plot(what), place) for what in ("errors", "cgh", "incidence")]
    return Outcome(tables=tuple(tables), figures=tuple(figures), results=results)
