"""What the treatment does when it is chosen: instruments, their tests, and least squares beside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from livelihoods import words
from livelihoods.estimate.coefficients import use_labels
from livelihoods.estimate.iv import IvResult, iv
from livelihoods.estimate.ols import OlsResult, ols
from livelihoods.estimate.peer_instrument import peer_instrument_checks
from livelihoods.estimate.plausible import plausibly_exogenous
from livelihoods.figures.coefficient import coefficient_plot
from livelihoods.study.analysis import AnalysisSpec, Outcome
from livelihoods.study.context import quoted
from livelihoods.study.placed import Covariance, chosen_vcov, labels_of, placed
from livelihoods.study.sections import Section
from livelihoods.tables.regression import regression_table

if TYPE_CHECKING:
    from livelihoods.estimate.sensitivity_result import SensitivityResult
    from livelihoods.study.context import Context, Resolved


class PeerChecks(Section):
    """Keys of ``peer``: checks of a share of others as the instrument.

    Attributes
    ----------
    of
        The participation that the share counts; None takes the treatment.
    village
        Column of the groups.
    traits
        Columns fixed before participation.
    direct
        Largest direct effect, as a part of the reduced form.
    permutations
        Number of random villages.
    """

    of: str | None = None
    village: str
    traits: tuple[str, ...] = ()
    direct: Annotated[float, Field(ge=0, le=1)] = 0.25
    permutations: Annotated[int, Field(ge=19, le=100_000)] = 499


class Spec(AnalysisSpec):
    """Keys of ``kind = "iv"``.

    Attributes
    ----------
    instruments
        Formula terms left out of the outcome equation.
    method
        ``"2sls"``, ``"liml"`` or ``"gmm"``.
    vcov
        Default: ``"cluster"`` where a cluster is named, else ``"HC1"``.
    small
        Small-sample factor and t instead of the normal.
    direct_effect
        (lowest, highest) direct effect of a single instrument on the outcome: bounds are given.
    peer
        The instrument is a share of peers: run the checks that can be run.
    """

    kind: Literal["iv"] = "iv"
    instruments: Annotated[tuple[str, ...], Field(min_length=1)]
    method: Literal["2sls", "liml", "gmm"] = "2sls"
    vcov: Covariance | None = None
    small: bool = False
    direct_effect: tuple[float, float] | None = None
    peer: PeerChecks | None = None

    def beside(self) -> dict[str, tuple[str, ...]]:
        """Instruments must not hide in the outcome index either."""
        return {"instrument": self.instruments}


def run(spec: Spec, context: Context) -> Outcome:
    """Instrument the treatment for every outcome, least squares beside it."""
    with use_labels(labels_of(context)):
        return _run(spec, context)


def _run(spec: Spec, context: Context) -> Outcome:
    roles = context.need(spec, "treatment", "outcomes")
    vcov = chosen_vcov(spec.vcov, roles)
    results: dict[str, IvResult] = {}
    columns: list[OlsResult | IvResult] = []
    extra: dict[str, SensitivityResult] = {}
    for outcome in roles.outcomes:
        plain = context.formula(outcome, roles.treatment, *roles.controls)
        formula = _formula(spec, context, roles, outcome)
        found = iv(
            formula,
            context.survey,
            vcov,
            spec.method,
            small=spec.small,
            weights=roles.weights,
            conf_level=roles.conf_level,
        )
        columns += [ols(plain, context.survey, vcov, roles.weights, roles.conf_level), found]
        results[outcome] = found
        extra |= _beyond(spec, context, roles, outcome, formula)
    labels = labels_of(context)
    table = regression_table(
        columns,
        context.output.preset,
        id="regression",
        title=spec.title or words.text("study.kind_iv"),
        labels=labels,
        rows={words.text("study.iv_estimator"): _estimators(spec, len(results))},
        decimals=context.output.decimals,
    )
    tables = [table]
    for place, found in enumerate(results.values(), start=1):
        tables += [placed(found.summary(), place), placed(found.tests_table(), place)]
    tables += [placed(each.summary(), place) for place, each in enumerate(extra.values(), 1)]
    figure = coefficient_plot(
        {context.label(outcome): found for outcome, found in results.items()},
        id="coefficients",
        title=words.text("study.ols_figure", treatment=context.label(str(roles.treatment))),
        keep=(str(roles.treatment),),
        labels=labels,
    )
    more = [placed(each.plot(), place) for place, each in enumerate(extra.values(), 1)]
    return Outcome(tables=tuple(tables), figures=(figure, *more), results={**results, **extra})


def _formula(spec: Spec, context: Context, roles: Resolved, outcome: str) -> str:
    columns = context.survey.frame.columns
    instruments = " + ".join(quoted(name) if name in columns else name for name in spec.instruments)
    treatment = str(roles.treatment)
    treated = quoted(treatment) if treatment in columns else treatment
    return f"{context.formula(outcome, *roles.controls)} | {treated} ~ {instruments}"


def _beyond(
    spec: Spec, context: Context, roles: Resolved, outcome: str, formula: str
) -> dict[str, SensitivityResult]:
    found: dict[str, SensitivityResult] = {}
    if spec.direct_effect is not None:
        found[f"direct:{outcome}"] = plausibly_exogenous(
            formula,
            context.survey,
            spec.direct_effect,
            vcov=chosen_vcov(spec.vcov, roles),
            weights=roles.weights,
            conf_level=roles.conf_level,
        )
    if spec.peer is not None:
        found[f"peer:{outcome}"] = peer_instrument_checks(
            formula,
            context.survey,
            of=spec.peer.of or str(roles.treatment),
            village=spec.peer.village,
            traits=spec.peer.traits,
            direct=spec.peer.direct,
            permutations=spec.peer.permutations,
            seed=context.seed,
            weights=roles.weights,
            conf_level=roles.conf_level,
        )
    return found


def _estimators(spec: Spec, outcomes: int) -> list[str]:
    return [words.text("study.iv_ols"), spec.method.upper()] * outcomes
