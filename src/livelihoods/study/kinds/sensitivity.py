"""What if an assumption fails? Misreporting, placebo outcomes, hidden bias in pairs, E-values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from livelihoods.errors import StudyError
from livelihoods.estimate.coefficients import use_labels
from livelihoods.estimate.confounding import confounding
from livelihoods.estimate.matching import match
from livelihoods.estimate.misreport import misreport_bounds
from livelihoods.estimate.ols import ols
from livelihoods.estimate.placebo import placebo_outcomes
from livelihoods.estimate.rosenbaum import GAMMAS, e_value, rosenbaum_bounds
from livelihoods.estimate.sensitivity_result import SensitivityResult
from livelihoods.study.analysis import AnalysisSpec, Outcome
from livelihoods.study.placed import chosen_vcov, labels_of, placed
from livelihoods.study.sections import Section

if TYPE_CHECKING:
    from livelihoods.study.context import Context, Resolved

Share = Annotated[float, Field(ge=0, lt=1)]


class Misreport(Section):
    """Rates of misreporting the treatment: a number, or lowest and highest."""

    false_positive: Share | tuple[Share, Share] = 0.0
    false_negative: Share | tuple[Share, Share] = 0.0


class Pairs(Section):
    """Nearest-neighbour pairs for Rosenbaum's bounds."""

    caliper: Annotated[float, Field(gt=0)] | None = 0.05
    gammas: tuple[Annotated[float, Field(ge=1)], ...] = GAMMAS


class Spec(AnalysisSpec):
    """Keys of ``kind = "sensitivity"``; at least one of them.

    Attributes
    ----------
    benchmarks
        Controls with which a confounder is compared (Cinelli and Hazlett).
    misreport
        ``{ false_positive = [0, 0.05], false_negative = [0, 0.2] }``.
    placebo
        Columns that the treatment cannot have changed.
    pairs
        ``{ caliper = 0.05 }``: Rosenbaum's bounds for 1:1 pairs without replacement.
    e_value
        E-values of the effects, by the approximation for differences.
    """

    kind: Literal["sensitivity"] = "sensitivity"
    benchmarks: tuple[str, ...] = ()
    misreport: Misreport | None = None
    placebo: tuple[str, ...] = ()
    pairs: Pairs | None = None
    e_value: bool = False


def run(spec: Spec, context: Context) -> Outcome:
    """Run what was asked for, for every outcome."""
    with use_labels(labels_of(context)):
        return _run(spec, context)


def _run(spec: Spec, context: Context) -> Outcome:
    roles = context.need(spec, "treatment", "outcomes")
    found: dict[str, SensitivityResult] = {}
    prose: list[str] = []
    for outcome in roles.outcomes:
        found |= _of_outcome(spec, context, roles, outcome, prose)
    if spec.placebo:
        right = context.formula("y", roles.treatment, *roles.controls)
        found["placebo"] = placebo_outcomes(
            right,
            context.survey,
            str(roles.treatment),
            spec.placebo,
            vcov=chosen_vcov(None, roles),
            weights=roles.weights,
            conf_level=roles.conf_level,
        )
    if not found and not prose:
        raise StudyError("study.sensitivity_nothing", id=spec.id)
    several = list(enumerate(found.values(), start=1))
    return Outcome(
        tables=tuple(placed(each.summary(), place) for place, each in several),
        figures=tuple(placed(each.plot(), place) for place, each in several),
        prose=tuple(prose),
        results=found,
    )


def _of_outcome(
    spec: Spec, context: Context, roles: Resolved, outcome: str, prose: list[str]
) -> dict[str, SensitivityResult]:
    treatment = str(roles.treatment)
    formula = context.formula(outcome, treatment, *roles.controls)
    vcov = chosen_vcov(None, roles)
    found: dict[str, SensitivityResult] = {}
    if spec.benchmarks:
        found[f"confounding:{outcome}"] = confounding(
            formula,
            context.survey,
            treatment,
            benchmarks=spec.benchmarks,
            weights=roles.weights,
            conf_level=roles.conf_level,
        )
    if spec.misreport is not None:
        found[f"misreport:{outcome}"] = misreport_bounds(
            formula,
            context.survey,
            treatment,
            false_positive=spec.misreport.false_positive,
            false_negative=spec.misreport.false_negative,
            vcov=vcov,
            weights=roles.weights,
            conf_level=roles.conf_level,
        )
    if spec.pairs is not None:
        pairs = match(
            context.formula(treatment, *roles.controls),
            context.survey,
            [outcome],
            method="nearest",
            replace=False,
            ties="first",
            caliper=spec.pairs.caliper,
            se=None,
        )
        bounds = rosenbaum_bounds(pairs, outcome, gammas=spec.pairs.gammas)
        if isinstance(bounds, SensitivityResult):
            found[f"rosenbaum:{outcome}"] = bounds
        else:
            prose.append(f"{bounds.label}: {bounds.reason}")
    if spec.e_value:
        result = ols(formula, context.survey, vcov, roles.weights, roles.conf_level)
        row = next(r for r in result.tidy().iter_rows(named=True) if r["term"] == treatment)
        found[f"e_value:{outcome}"] = e_value(
            row["estimate"],
            conf_low=row["conf_low"],
            conf_high=row["conf_high"],
            measure="difference",
            sd=float(result.design.y.std(ddof=1)),
            outcome=context.label(outcome),
        )
    return found
