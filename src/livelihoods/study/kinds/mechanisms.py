"""By what way does the treatment work? Mediators by their scale, compared, split, questioned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from livelihoods.estimate.coefficients import use_labels
from livelihoods.estimate.mechanisms import Mechanisms, mechanisms
from livelihoods.study.analysis import AnalysisSpec, Outcome
from livelihoods.study.placed import chosen_vcov, labels_of, placed
from livelihoods.study.sections import Name

if TYPE_CHECKING:
    from livelihoods.study.context import Context


class Spec(AnalysisSpec):
    """Keys of ``kind = "mechanisms"``.

    Attributes
    ----------
    mediators
        Columns, or groups to compare:
        ``{ exogenous = ["credit", "services"], endogenous = ["awareness", "governance"] }``.
    by
        Columns of groups, each asked for by itself: mechanisms in every group.
    interactions
        Pairs of mediators: complements or substitutes.
    vcov
        Default: ``"cluster"`` where a cluster is named, else ``"HC1"``.
    """

    kind: Literal["mechanisms"] = "mechanisms"
    mediators: tuple[Name, ...] | dict[str, tuple[Name, ...]]
    by: tuple[Name, ...] = ()
    interactions: tuple[tuple[Name, Name], ...] = ()
    vcov: Literal["HC0", "HC1", "cluster"] | None = None

    def beside(self) -> Mapping[str, tuple[str, ...]]:
        """Mediators must not hide in the outcome."""
        if isinstance(self.mediators, dict):
            named = tuple(name for members in self.mediators.values() for name in members)
        else:
            named = self.mediators
        return {"mediator": named, "moderator": self.by}


def run(spec: Spec, context: Context) -> Outcome:
    """Ask for every outcome."""
    with use_labels(labels_of(context)):
        return _run(spec, context)


def _run(spec: Spec, context: Context) -> Outcome:
    roles = context.need(spec, "treatment", "outcomes")
    treatment = str(roles.treatment)
    tables, figures = [], []
    results: dict[str, Mechanisms] = {}
    for outcome in roles.outcomes:
        formula = context.formula(outcome, treatment, *roles.controls)
        for group in spec.by or (None,):
            first = outcome not in results
            found = mechanisms(
                formula,
                context.survey,
                treatment,
                spec.mediators,
                by=group,
                interactions=spec.interactions if first else (),
                vcov=chosen_vcov(spec.vcov, roles),
                weights=roles.weights,
                conf_level=roles.conf_level,
            )
            if first:
                results[outcome] = found
                tables.append(found.summary())
                figures += [found.plot(), found.plot_sensitivity()]
                tables += [found.pairs.summary()] if found.pairs else []
            if found.by_group is not None:
                results[outcome if first else f"{outcome}:{group}"] = found
                tables.append(found.by_group.summary())
                figures.append(found.by_group.plot())
    return Outcome(
        tables=tuple(placed(table, place) for place, table in enumerate(tables, start=1)),
        figures=tuple(placed(figure, place) for place, figure in enumerate(figures, start=1)),
        results=results,
    )
