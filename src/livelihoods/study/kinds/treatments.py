"""Several kinds of treatment estimated together: modes, forms, combinations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from livelihoods.estimate.coefficients import use_labels
from livelihoods.estimate.treatments import TreatmentsResult, treatments
from livelihoods.estimate.treatments.categories import Combine
from livelihoods.study.analysis import AnalysisSpec, Outcome
from livelihoods.study.placed import chosen_vcov, labels_of, placed
from livelihoods.study.sections import Name

if TYPE_CHECKING:
    from livelihoods.study.context import Context


class Spec(AnalysisSpec):
    """Keys of ``kind = "treatments"``.

    Attributes
    ----------
    kinds
        A column of categories, or a list of 0/1 columns put together.
    across
        Further 0/1 columns whose combinations are crossed with the kinds.
    combine
        ``"combinations"``, ``"alone"`` or ``"number"``.
    reference
        Category compared with; default the lowest, or none.
    method
        ``"aipw"``, ``"ipw"`` or ``"regression"``.
    estimand, focal
        ``"ATE"`` or ``"ATT"``; the category whose members make the population of the ATT.
    folds
        Folds of the cross-fitting, for ``"aipw"``.
    vcov
        Default: ``"cluster"`` where a cluster is named, else ``"HC1"``.
    """

    kind: Literal["treatments"] = "treatments"
    kinds: Name | Annotated[tuple[Name, ...], Field(min_length=1)]
    across: tuple[Name, ...] = ()
    combine: Combine = "combinations"
    reference: str | int | float | None = None
    method: Literal["aipw", "ipw", "regression"] = "aipw"
    estimand: Literal["ATE", "ATT"] = "ATE"
    focal: str | None = None
    folds: Annotated[int, Field(ge=2, le=50)] | None = None
    vcov: Literal["HC0", "HC1", "cluster"] | None = None

    def beside(self) -> dict[str, tuple[str, ...]]:
        """Return the kinds: they must not hide in the outcome index."""
        kinds = (self.kinds,) if isinstance(self.kinds, str) else self.kinds
        return {"moderator": (*kinds, *self.across)}


def run(spec: Spec, context: Context) -> Outcome:
    """Estimate every outcome under every kind of treatment."""
    with use_labels(labels_of(context)):
        return _run(spec, context)


def _run(spec: Spec, context: Context) -> Outcome:
    roles = context.need(spec, "outcomes")
    tables, figures = [], []
    results: dict[str, TreatmentsResult] = {}
    for outcome in roles.outcomes:
        found = treatments(
            context.formula(outcome, *roles.controls),
            context.survey,
            spec.kinds,
            across=spec.across,
            combine=spec.combine,
            reference=spec.reference,
            method=spec.method,
            estimand=spec.estimand,
            focal=spec.focal,
            folds=spec.folds,
            seed=context.seed,
            vcov=chosen_vcov(spec.vcov, roles),
            weights=roles.weights,
            conf_level=roles.conf_level,
        )
        results[outcome] = found
        tables += [found.summary(), found.difference_table(), found.overlap_table()]
        figures.append(found.plot())
    return Outcome(
        tables=tuple(placed(table, place) for place, table in enumerate(tables, start=1)),
        figures=tuple(placed(figure, place) for place, figure in enumerate(figures, start=1)),
        results=results,
    )
