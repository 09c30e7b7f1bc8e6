"""lv.match: one call for every way of matching."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from livelihoods.engine import Executor, use_executor
from livelihoods.estimate.matching.balance import Balance, balance
from livelihoods.estimate.matching.core import match_sample
from livelihoods.estimate.matching.errors import influence_errors, standard_errors
from livelihoods.estimate.matching.findings import (
    balance_notes,
    matching_notes,
    refuse_disjoint,
    refuse_empty,
    support_notes,
)
from livelihoods.estimate.matching.model import Matching
from livelihoods.estimate.matching.options import read_spec
from livelihoods.estimate.matching.prepare import Prepared, prepare
from livelihoods.estimate.matching.result import (
    MatchingResult,
    estimate_frame,
    support_frame,
    weights_frame,
)
from livelihoods.estimate.matching.spec import WEIGHTING, LocalLinearSpec, MatchSpec
from livelihoods.estimate.matching.weigh import weigh_sample
from livelihoods.estimate.test_result import Inapplicable
from livelihoods.notes import gather
from livelihoods.typing import Floats


def match(
    formula: str,
    data: Any,
    outcomes: str | Sequence[str],
    *,
    method: str = "nearest",
    estimand: Literal["ATT", "ATU", "ATE", "ATO"] | None = None,
    link: Literal["logit", "probit"] = "logit",
    score: str | None = None,
    exact: str | Sequence[str] = (),
    caliper: float | None = None,
    caliper_unit: str | None = None,
    neighbors: int | None = None,
    replace: bool | None = None,
    ties: str | None = None,
    order: str | None = None,
    kernel: str | None = None,
    bandwidth: float | None = None,
    local_linear: str | None = None,
    moments: int | None = None,
    folds: int | None = None,
    support: str | Mapping[str, float] = "minmax",
    weights: str | None = None,
    se: Any = "auto",
    seed: int | None = None,
    conf_level: float = 0.95,
    executor: Executor | str | None = None,
) -> MatchingResult:
    r"""Estimate effects of a 0/1 treatment by matching on the propensity score.

    Parameters
    ----------
    formula
        ``"treatment ~ x1 + C(region)"``: the covariates of the score and of the balance table.
    data
        A Survey, or any frame.
    outcomes
        One or several columns; they share scores, matches, weights and draws. Rows without one
        of them are left out.
    method
        Matching: ``"nearest"``, ``"radius"``, ``"kernel"``, ``"local_linear"``,
        ``"mahalanobis"``. Weighting: ``"ipw"``, ``"overlap"``, ``"entropy"``, ``"aipw"``.
    estimand
        Mean effect on the treated (the default), on the untreated, on all, or (``"overlap"``
        only) on the overlap population.
    link, score
        The model of the score, fitted by maximum likelihood without penalty; or a column of
        given scores strictly between 0 and 1.
    exact
        Columns on which matches must agree, within any method.
    caliper, caliper_unit
        How far a match may be: in units of the score (the default), or in standard deviations of
        its logit (``"sd_logit"``, distance then measured on the logit). Strict for ``"nearest"``,
        inclusive for ``"radius"`` (which needs it) and ``"mahalanobis"``.
    neighbors, replace, ties, order
        Of ``"nearest"``: how many (1), with replacement (true), equally near ones
        ``"average"`` (the default) or ``"first"``, and who chooses first without replacement
        (``"largest"`` score, ``"smallest"``, ``"data"``).
    kernel, bandwidth
        Of ``"kernel"`` and ``"local_linear"``: ``"epanechnikov"`` (the default), ``"gaussian"``,
        ``"biweight"``, ``"uniform"``, ``"tricube"``; half-width 0.06 in units of the score.
    local_linear
        ``"textbook"``: the intercept of the weighted line at the unit's own score; or
        ``"psmatch2"``: what psmatch2 does by default under this name, a smooth at every
        control's score of which each unit takes its nearest.
    moments
        Of ``"entropy"``: powers of each covariate that are balanced (1).
    folds
        Of ``"aipw"``: folds of the cross-fitting (5).
    support
        ``"minmax"``: focal units outside the others' [min, max] of the score leave (treated for
        the ATT, controls for the ATU, both for the ATE); ``"none"``; ``{"trim": q}``: those
        where the others' score density is zero or below its q-quantile.
    weights
        Column of sampling weights.
    se
        ``"auto"``: Abadie–Imbens where it is valid (neighbours with replacement, no weights),
        else Lechner. ``"abadie_imbens"`` or ``{"abadie_imbens": J, "variance": "sample"}``,
        ``"lechner"`` or ``{"lechner": "all"}``, ``{"bootstrap": B, "cluster": column}``, None.
        Weighting: by influence functions, ``{"cluster": column}`` sums them within clusters.
    seed
        Seed of the bootstrap (0 if not given).
    conf_level
        Level of the (normal) intervals.
    executor
        Where the bootstrap runs: an executor, or ``"threads:4"``, ``"dask-local:2"``,
        ``"dask://host:port"``. No digit depends on it.

    Raises
    ------
    SpecError
        An option does not belong to the method, or makes no sense.
    EstimationError
        The treatment is not 0/1, is perfectly predicted, or nobody finds a match.
    """
    options = {
        "caliper": caliper,
        "caliper_unit": caliper_unit,
        "neighbors": neighbors,
        "replace": replace,
        "ties": ties,
        "order": order,
        "kernel": kernel,
        "bandwidth": bandwidth,
        "local_linear": local_linear,
        "moments": moments,
        "folds": folds,
    }
    common = {
        "formula": formula,
        "outcomes": (outcomes,) if isinstance(outcomes, str) else tuple(outcomes),
        "estimand": estimand or ("ATO" if method == "overlap" else "ATT"),
        "link": link,
        "score": score,
        "exact": (exact,) if isinstance(exact, str) else tuple(exact),
        "support": support,
        "weights": weights,
        "se": se,
        "seed": seed,
        "conf_level": conf_level,
    }
    given = {name: value for name, value in options.items() if value is not None}
    spec = read_spec(common, method, given)
    with use_executor(executor) as running:
        return match_spec(spec, data, executor=running)


def match_spec(
    spec: MatchSpec,
    data: Any,
    *,
    identity: str = "match",
    executor: Executor | None = None,
    ready: Prepared | None = None,
) -> MatchingResult:
    """Run a checked spec.

    Parameters
    ----------
    spec, data
        What to do, on what.
    identity
        Name of the analysis; bootstraps of one name and seed share their draws.
    executor
        Where the bootstrap runs.
    ready
        The sample of another spec with the same roles, to share its scores.
    """
    ready = ready or prepare(spec, data)
    if isinstance(spec.method, WEIGHTING):
        refuse_disjoint(spec, ready)
        matching, influence = weigh_sample(spec, ready, spec.support)
        errors = influence_errors(spec, ready, influence)
    else:
        matching = match_sample(ready.sample, spec.method, spec.estimand, spec.support)
        refuse_empty(spec, ready, matching)
        errors = standard_errors(spec, ready, matching, identity=identity, executor=executor)
    everybody = _without_support(spec, ready, matching)
    found = _balance(spec, ready, matching)
    notes = gather(
        ready.notes,
        matching_notes(spec, ready, matching),
        support_notes(
            spec,
            matching.estimates.tolist(),
            None if everybody is None else everybody.tolist(),
        ),
        errors.notes,
        balance_notes(found) if isinstance(found, Balance) else (),
    )
    return MatchingResult(
        estimate=estimate_frame(spec, ready, matching, errors.values),
        propensity=ready.propensity,
        support=support_frame(ready, matching),
        weights=weights_frame(ready, matching),
        balance=found,
        notes=notes,
        spec=spec,
        ready=ready,
        matching=matching,
        errors=errors,
        everybody=everybody,
    )


def _without_support(spec: MatchSpec, ready: Prepared, matching: Matching) -> Floats | None:
    if not matching.off_support.any():
        return None
    if isinstance(spec.method, WEIGHTING):
        return weigh_sample(spec, ready, "none")[0].estimates
    full = match_sample(ready.sample, spec.method, spec.estimand, "none", weigh=False)
    return full.estimates if full.focal.any() else None


def _balance(spec: MatchSpec, ready: Prepared, matching: Matching) -> Balance | Inapplicable:
    if isinstance(spec.method, LocalLinearSpec) and spec.method.local_linear == "psmatch2":
        return Inapplicable("balance", "match_smoothed_donors")
    if not ready.names:
        return Inapplicable("balance", "match_no_covariates")
    return balance(ready.sample, matching, ready.names)
