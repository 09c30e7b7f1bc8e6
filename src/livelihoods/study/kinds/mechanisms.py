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
    vcov
        Default: ``"cluster"`` where a cluster is named, else ``"HC1"``.
    """

    kind: Literal["mechanisms"] = "mechanisms"
    mediators: tuple[Name, ...] | dict[str, tuple[Name, ...]]
    vcov: Literal["HC0", "HC1", "cluster"] | None = None

    def beside(self) -> Mapping[str, tuple[str, ...]]:
        """Mediators must not hide in the outcome."""
        if isinstance(self.mediators, dict):
            named = tuple(name for members in self.mediators.values() for name in members)
        else:
            named = self.mediators
        return {"mediator": named}


def run(spec: Spec, context: Context) -> Outcome:
    """Ask for every outcome."""
    with use_labels(labels_of(context)):
        return _run(spec, context)


def _run(spec: Spec, context: Context) -> Outcome:
    roles = context.need(spec, "treatment", "outcomes")
    treatment = str(roles.treatment)
    tables, figures = [], []
    results: dict[str, Mechanisms] = {}
    for place, outcome in enumerate(roles.outcomes, start=1):
        found = mechanisms(
            context.formula(outcome, treatment, *roles.controls),
            context.survey,
            treatment,
            spec.mediators,
            vcov=chosen_vcov(spec.vcov, roles),
            weights=roles.weights,
            conf_level=roles.conf_level,
        )
        results[outcome] = found
        tables.append(placed(found.summary(), place))
        figures += [placed(found.plot(), place), placed(found.plot_sensitivity(), place)]
    return Outcome(tables=tuple(tables), figures=tuple(figures), results=results)
