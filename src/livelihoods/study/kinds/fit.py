"""The model that the outcome's scale asks for, with least squares beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from livelihoods.estimate.coefficients import use_labels
from livelihoods.estimate.models import FitResult, fit
from livelihoods.study.analysis import AnalysisSpec, Outcome
from livelihoods.study.placed import Covariance, chosen_vcov, labels_of, placed
from livelihoods.study.sections import Section

if TYPE_CHECKING:
    from livelihoods.study.context import Context

Model = Literal[
    "logit", "probit", "ologit", "oprobit", "mlogit", "poisson", "tobit", "interval", "twopart"
]


class Band(Section):
    """Ends of a band; one left out is open."""

    low: float | None = None
    high: float | None = None


class Spec(AnalysisSpec):
    """Keys of ``kind = "fit"``.

    Attributes
    ----------
    model
        As in ``lv.fit``; left out, the codebook's scale of the outcome decides.
    vcov
        Default: ``"cluster"`` where a cluster is named, else ``"HC1"``.
    lower, upper
        Censoring points of a tobit.
    bounds
        Code of a band -> its ends, such as ``{ 1 = { high = 5000 }, 2 = { low = 5000 } }``.
    base
        Base level of a multinomial logit.
    """

    kind: Literal["fit"] = "fit"
    model: Model | None = None
    vcov: Covariance | None = None
    lower: float | None = 0.0
    upper: float | None = None
    bounds: dict[str, Band] | None = None
    base: float | None = None


def run(spec: Spec, context: Context) -> Outcome:
    """Fit every outcome; effects first, then coefficients, then the comparison."""
    with use_labels(labels_of(context)):
        return _run(spec, context)


def _run(spec: Spec, context: Context) -> Outcome:
    roles = context.need(spec, "outcomes")
    bounds = None
    if spec.bounds is not None:
        bounds = {float(code): (band.low, band.high) for code, band in spec.bounds.items()}
    tables, figures = [], []
    results: dict[str, FitResult] = {}
    for place, outcome in enumerate(roles.outcomes, start=1):
        found = fit(
            context.formula(outcome, roles.treatment, *roles.controls),
            context.survey,
            spec.model,
            chosen_vcov(spec.vcov, roles),
            roles.weights,
            roles.conf_level,
            limits=(spec.lower, spec.upper),
            bounds=bounds,
            base=spec.base,
        )
        results[outcome] = found
        tables += [placed(found.effects_table(), place), placed(found.summary(), place)]
        beside = found.beside_table()
        if beside is not None:
            tables.append(placed(beside, place))
        figures.append(placed(found.plot(), place))
    return Outcome(tables=tuple(tables), figures=tuple(figures), results=results)
