"""Many outcomes: which effects remain once all of them are counted, and what could be detected."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from livelihoods import words
from livelihoods.estimate.across_outcomes import across_outcomes
from livelihoods.estimate.coefficients import use_labels
from livelihoods.estimate.multiplicity import multiplicity
from livelihoods.estimate.ols import ols
from livelihoods.study.analysis import AnalysisSpec, Outcome
from livelihoods.study.placed import chosen_vcov, labels_of

if TYPE_CHECKING:
    from livelihoods.study.context import Context


class Spec(AnalysisSpec):
    """Keys of ``kind = "multiplicity"``.

    Attributes
    ----------
    draws
        Bootstrap draws for Romano–Wolf (of whole clusters where a cluster is named); 0 for none.
    index
        Also test one index of all outcomes: ``"inverse_covariance"`` or ``"mean"``.
    reverse
        Outcomes where less is better; they change sign in the index.
    compare
        Also compare the effects with each other, per ``"sd"`` of the outcome, per its ``"range"``
        or ``"raw"``: equality, and how sure the ranking is.
    alpha, power
        Level of the tests, and power of the detectable effect.
    """

    kind: Literal["multiplicity"] = "multiplicity"
    draws: Annotated[int, Field(ge=0, le=100_000)] = 2000
    index: Literal["inverse_covariance", "mean"] | None = None
    reverse: tuple[str, ...] = ()
    compare: Literal["sd", "range", "raw"] | None = None
    alpha: Annotated[float, Field(gt=0, lt=0.5)] = 0.05
    power: Annotated[float, Field(gt=0.5, lt=1)] = 0.80


def run(spec: Spec, context: Context) -> Outcome:
    """Regress every outcome on treatment and controls, and adjust for their number."""
    roles = context.need(spec, "treatment", "outcomes")
    treatment = str(roles.treatment)
    fitted = [
        ols(
            context.formula(outcome, treatment, *roles.controls),
            context.survey,
            chosen_vcov(None, roles),
            roles.weights,
            roles.conf_level,
        )
        for outcome in roles.outcomes
    ]
    with use_labels(labels_of(context)):
        found = multiplicity(
            fitted,
            treatment,
            draws=spec.draws,
            seed=context.seed,
            family=spec.id,
            index=spec.index,
            reverse=spec.reverse,
            alpha=spec.alpha,
            power=spec.power,
            executor=context.executor,
        )
        title = spec.title or words.text("study.kind_multiplicity")
        table = replace(found.summary(), title=title, decimals=context.output.decimals)
        if spec.compare is None:
            return Outcome(tables=(table,), figures=(found.plot(),), results={"family": found})
        beside = across_outcomes(
            fitted,
            treatment,
            spec.compare,
            seed=context.seed,
            conf_level=roles.conf_level,
            family=f"{spec.id}:compare",
        )
        return Outcome(
            tables=(table, beside.summary()),
            figures=(found.plot(), beside.plot()),
            results={"family": found, "compare": beside},
        )
