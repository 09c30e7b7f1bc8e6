"""Would selection on what was not observed explain the effect away? Oster; Cinelli and Hazlett."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from livelihoods.estimate.coefficients import use_labels
from livelihoods.estimate.confounding import confounding
from livelihoods.estimate.oster import oster
from livelihoods.study.analysis import AnalysisSpec, Outcome
from livelihoods.study.placed import chosen_vcov, labels_of, placed

if TYPE_CHECKING:
    from livelihoods.study.context import Context
    from livelihoods.typing import Result


class Spec(AnalysisSpec):
    """Keys of ``kind = "oster"``.

    Attributes
    ----------
    rmax
        ``"1.3r"`` or a number.
    delta
        Assumed selection on unobservables relative to the controls.
    always
        Controls in the short regression too.
    bootstrap
        Draws for intervals (of whole clusters where a cluster is named); 0 for none.
    benchmarks, multiples
        Controls to compare a confounder with (Cinelli and Hazlett), and how many times.
    """

    kind: Literal["oster"] = "oster"
    rmax: Annotated[float, Field(gt=0, le=1)] | str = "1.3r"
    delta: float = 1.0
    always: tuple[str, ...] = ()
    bootstrap: Annotated[int, Field(ge=0, le=100_000)] = 0
    benchmarks: tuple[str, ...] = ()
    multiples: tuple[Annotated[float, Field(gt=0)], ...] = (1.0, 2.0, 3.0)


def run(spec: Spec, context: Context) -> Outcome:
    """Bound every outcome's effect."""
    with use_labels(labels_of(context)):
        return _run(spec, context)


def _run(spec: Spec, context: Context) -> Outcome:
    roles = context.need(spec, "treatment", "outcomes", "controls")
    treatment = str(roles.treatment)
    tables, figures = [], []
    results: dict[str, Result] = {}
    for place, outcome in enumerate(roles.outcomes, start=1):
        formula = context.formula(outcome, treatment, *roles.controls)
        found = oster(
            formula,
            context.survey,
            treatment,
            spec.rmax,
            spec.delta,
            always=spec.always,
            vcov=chosen_vcov(None, roles),
            weights=roles.weights,
            conf_level=roles.conf_level,
            bootstrap=spec.bootstrap,
            cluster=roles.cluster[0] if roles.cluster and spec.bootstrap else None,
            seed=context.seed,
        )
        strength = confounding(
            formula,
            context.survey,
            treatment,
            benchmarks=spec.benchmarks,
            multiples=spec.multiples,
            weights=roles.weights,
            conf_level=roles.conf_level,
        )
        results |= {outcome: found, f"confounding:{outcome}": strength}
        tables += [placed(found.summary(), place), placed(strength.summary(), place)]
        figures += [placed(found.plot(), place), placed(strength.plot(), place)]
    return Outcome(tables=tuple(tables), figures=tuple(figures), results=results)
