"""Effects by group or by kind of treatment, with their differences tested."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from livelihoods.estimate.coefficients import use_labels
from livelihoods.estimate.effect_groups import Categories
from livelihoods.estimate.heterogeneity import heterogeneity
from livelihoods.estimate.heterogeneity_result import HeterogeneityResult
from livelihoods.study.analysis import AnalysisSpec, Outcome
from livelihoods.study.placed import chosen_vcov, labels_of, placed
from livelihoods.study.sections import Name

if TYPE_CHECKING:
    from livelihoods.study.context import Context
    from livelihoods.tables import Table


class Spec(AnalysisSpec):
    """Keys of ``kind = "heterogeneity"``.

    Attributes
    ----------
    by
        A column of groups, or a list of 0/1 columns: kinds of treatment.
    across
        Further 0/1 columns with which every kind is crossed.
    categories
        ``"each"``, ``"alone"``, ``"combinations"`` or ``"number"``.
    estimator
        ``["ols"]``, ``["matching"]`` or both.
    method
        Method of ``lv.match``.
    vcov
        Default: ``"cluster"`` where a cluster is named, else ``"HC1"``.
    """

    kind: Literal["heterogeneity"] = "heterogeneity"
    by: Name | Annotated[tuple[Name, ...], Field(min_length=1)]
    across: tuple[Name, ...] = ()
    categories: Categories = "each"
    estimator: Annotated[tuple[Literal["ols", "matching"], ...], Field(min_length=1)] = ("ols",)
    method: str = "nearest"
    vcov: Literal["HC0", "HC1", "cluster"] | None = None

    def beside(self) -> dict[str, tuple[str, ...]]:
        """Return the groups: a group made of the outcome's own items is no group."""
        by = (self.by,) if isinstance(self.by, str) else self.by
        return {"moderator": (*by, *self.across)}


def run(spec: Spec, context: Context) -> Outcome:
    """Estimate every outcome by group."""
    with use_labels(labels_of(context)):
        return _run(spec, context)


def _run(spec: Spec, context: Context) -> Outcome:
    roles = context.need(spec, "treatment", "outcomes")
    treatment = str(roles.treatment)
    tables, figures = [], []
    results: dict[str, HeterogeneityResult] = {}
    for place, outcome in enumerate(roles.outcomes, start=1):
        found = heterogeneity(
            context.formula(outcome, treatment, *roles.controls),
            context.survey,
            treatment,
            spec.by,
            across=spec.across,
            categories=spec.categories,
            estimator=spec.estimator,
            vcov=chosen_vcov(spec.vcov, roles),
            weights=roles.weights,
            conf_level=roles.conf_level,
            matching={"method": spec.method},
        )
        results[outcome] = found
        tables.append(placed(found.summary(), place))
        if found.differences.height:
            tables.append(placed(found.difference_table(), place))
        if found.matched is not None:
            tables.append(placed(_without_notes(found.matched.summary()), place))
        figures.append(placed(found.plot(), place))
    return Outcome(tables=tuple(tables), figures=tuple(figures), results=results)


def _without_notes(table: Table) -> Table:
    """Return the table without notes: they stand under the effects already."""
    return replace(table, notes=())
