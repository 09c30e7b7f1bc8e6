"""Effects that begin, or change, where a variable passes a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from livelihoods.estimate.coefficients import use_labels
from livelihoods.estimate.threshold import ThresholdResult, threshold
from livelihoods.study.analysis import AnalysisSpec, Outcome
from livelihoods.study.placed import Covariance, chosen_vcov, labels_of, placed
from livelihoods.study.sections import Name

if TYPE_CHECKING:
    from livelihoods.study.context import Context


class Spec(AnalysisSpec):
    """Keys of ``kind = "threshold"``.

    Attributes
    ----------
    variables
        Numeric columns in which a threshold is looked for, each in a regression of its own.
    changing
        Terms whose coefficients change, ``"1"`` for the constant; default: the treatment and the
        constant.
    add_control
        Whether the threshold variable is a control as well, where it is none yet.
    trim
        Least share of rows in either regime.
    draws
        Bootstrap draws of the test; 0 for none.
    vcov
        Default: ``"cluster"`` where a cluster is named, else ``"HC1"``.
    """

    kind: Literal["threshold"] = "threshold"
    variables: Annotated[tuple[Name, ...], Field(min_length=1)]
    changing: tuple[Name, ...] = ()
    add_control: bool = True
    trim: Annotated[float, Field(gt=0, lt=0.5)] = 0.15
    draws: Annotated[int, Field(ge=0, le=99_999)] = 999
    vcov: Covariance | None = None

    def beside(self) -> dict[str, tuple[str, ...]]:
        """Return the threshold variables: they must not hide in the outcome index."""
        return {"moderator": tuple(self.variables)}


def run(spec: Spec, context: Context) -> Outcome:
    """Look for a threshold in every variable, for every outcome."""
    with use_labels(labels_of(context)):
        return _run(spec, context)


def _run(spec: Spec, context: Context) -> Outcome:
    roles = context.need(spec, "treatment", "outcomes")
    treatment = str(roles.treatment)
    results: dict[str, ThresholdResult] = {}
    for outcome in roles.outcomes:
        for variable in spec.variables:
            terms = (treatment, *roles.controls)
            if spec.add_control and variable not in terms:
                terms = (*terms, variable)
            results[f"{outcome}:{variable}"] = threshold(
                context.formula(outcome, *terms),
                context.survey,
                variable,
                regime_dependent=spec.changing or (treatment, "1"),
                trim=spec.trim,
                bootstrap=spec.draws,
                seed=context.seed,
                vcov=chosen_vcov(spec.vcov, roles),
                weights=roles.weights,
                conf_level=roles.conf_level,
            )
            context.progress(len(results), len(roles.outcomes) * len(spec.variables), variable)
    several = list(enumerate(results.values(), start=1))
    return Outcome(
        tables=tuple(placed(found.summary(), place) for place, found in several),
        figures=tuple(placed(found.plot(), place) for place, found in several),
        results=results,
    )
