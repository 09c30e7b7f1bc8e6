"""``lv.threshold``: from what value of a variable on does an effect hold?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods.design.language import parse_formula
from livelihoods.engine import map_replicates
from livelihoods.errors import EstimationError, SpecError
from livelihoods.estimate import coefficients as co
from livelihoods.estimate.extra_variable import design_with
from livelihoods.estimate.test_result import AnyTest, Inapplicable, TestResult
from livelihoods.estimate.threshold.result import ThresholdResult
from livelihoods.estimate.vcov import (
    Vcov,
    VcovSpec,
    cluster_codes,
    covariance_notes,
    linear_covariance,
    parse_vcov,
)
from livelihoods.notes import Note, Where, gather
from livelihoods.numerics import threshold as th
from livelihoods.numerics.linear import lstsq_columns
from livelihoods.numerics.multiplicity import bootstrap_p
from livelihoods.survey.door import as_survey

if TYPE_CHECKING:
    from livelihoods.design.model import Design
    from livelihoods.survey.model import Survey
    from livelihoods.typing import Floats, Ints

MOST_VALUES = 1000
_DISCRETE = 20
_CONSTANT = "(Intercept)"


@dataclass(frozen=True, slots=True)
class _Regimes:
    """The regression at the threshold found."""

    coefficients: co.Coefficients
    jump: Floats
    residuals: Floats
    notes: tuple[Note, ...]


def threshold(
    formula: str,
    data: Any,
    threshold_variable: str,
    *,
    regime_dependent: Sequence[str] | None = None,
    trim: float = 0.15,
    bootstrap: int = 999,
    seed: int = 0,
    vcov: Vcov = "HC1",
    weights: str | None = None,
    conf_level: float = 0.95,
) -> ThresholdResult:
    """Find the value of a variable at which coefficients change, and test whether any exists.

    y = x'β + z'δ·1{q > γ} + e. The threshold γ̂ minimises the sum of squares over the values of q
    in the sample (Hansen 2000). Its confidence set holds the γ with
    n(S(γ) − S(γ̂))/(S(γ̂)η²) ≤ −2 ln(1 − √level), η² = 1 with classical covariance, else Hansen's
    ratio of conditional means by quadratics in q. Whether there is a threshold at all is tested by
    the largest robust score statistic and the largest F over γ (the one to read stands first: F
    with clusters), with p-values from the fixed-regressor bootstrap (Hansen 1996), one multiplier
    a row or cluster.

    Parameters
    ----------
    formula
        ``"resilience ~ rii + age + C(year)"``.
    data
        A Survey, or any frame.
    threshold_variable
        Numeric column q, best with many values; itself a control where its level matters.
    regime_dependent
        Terms whose coefficients change, ``"1"`` for the constant; None takes all of them.
    trim
        Least share of the rows in either regime.
    bootstrap
        Draws of the test; 0 for no test.
    seed
        Seed of the draws.
    vcov
        As in ``lv.ols``; one way of clusters at most.
    weights
        Column of analytic weights.
    conf_level
        Level of the intervals and of the threshold's confidence set.

    Raises
    ------
    SpecError
        If a term or column is unknown or not numeric, or ``trim``, ``bootstrap``, ``vcov`` make no
        sense.
    EstimationError
        If no value of q leaves two regimes that identify their coefficients.
    """
    spec = _checked(trim, bootstrap, vcov, conf_level)
    survey = as_survey(data)
    design, q = _sample(formula, survey, threshold_variable, weights, spec)
    changing, labels = _changing(design, regime_dependent)
    if design.nobs <= design.X.shape[1] + changing.size:
        k = design.X.shape[1] + int(changing.size)
        raise EstimationError("estimate.too_few_rows", n=design.nobs, k=k, outcome=design.outcome)
    candidates, selected = th.candidate_values(q, trim, MOST_VALUES)
    code = next(iter(cluster_codes(design, spec)), None)
    if candidates.size:
        profile = th.scan(design.X, changing, design.y, q, candidates, design.weights, code)
    if not candidates.size or not np.isfinite(profile.rss).any():
        values = {"variable": threshold_variable, "trim": trim, "values": np.unique(q).size}
        raise EstimationError("estimate.threshold_no_candidate", **values)
    gamma = float(candidates[int(np.nanargmin(profile.rss))])
    fitted = _regimes(design, changing, labels, q, gamma, spec, conf_level)
    scale = 1.0
    if spec.kind != "classical":
        scale = th.heteroskedasticity_scale(fitted.jump, fitted.residuals, q, gamma, design.weights)
    usable = scale if np.isfinite(scale) else 1.0
    found = th.confidence_set(profile, conf_level, usable)
    tests = _tests(profile, bootstrap, seed, threshold_variable)
    notes = gather(
        design.notes,
        fitted.notes,
        _notes(formula, threshold_variable, q, profile, found, tests, spec, scale, selected),
    )
    return ThresholdResult(
        formula,
        design.outcome,
        threshold_variable,
        labels,
        gamma,
        found.low,
        found.high,
        usable,
        int((q <= gamma).sum()),
        int((q > gamma).sum()),
        fitted.coefficients,
        tests,
        _profile_frame(profile, found, usable),
        design.nobs,
        bootstrap,
        spec,
        conf_level,
        notes,
    )


def _checked(trim: float, bootstrap: int, vcov: Vcov, conf_level: float) -> VcovSpec:
    co.check_level(conf_level)
    if not 0.0 < trim < 0.5:
        raise SpecError("estimate.threshold_trim", given=trim)
    if bootstrap != 0 and bootstrap < 99:
        raise SpecError("estimate.threshold_bootstrap", given=bootstrap)
    spec = parse_vcov(vcov)
    if len(spec.clusters) > 1:
        raise SpecError("estimate.threshold_two_way", clusters=list(spec.clusters))
    return spec


def _sample(
    formula: str, survey: Survey, variable: str, weights: str | None, spec: VcovSpec
) -> tuple[Design, Floats]:
    """Return the regression's arrays on rows that have q, and q."""
    read = parse_formula(formula)
    columns = survey.frame.columns
    if variable not in columns:
        raise SpecError("estimate.heterogeneity_no_column", variable=variable)
    if variable == read.response:
        raise SpecError("estimate.threshold_is_outcome", variable=variable)
    dtype = survey.frame.schema[variable]
    if not (dtype.is_numeric() or dtype == pl.Boolean):
        raise SpecError("estimate.threshold_numeric", variable=variable)
    return design_with(formula, survey, variable, weights, spec.clusters)


def _changing(
    design: Design, regime_dependent: Sequence[str] | None
) -> tuple[Ints, tuple[str, ...]]:
    """Return the columns whose coefficients change, and their terms."""
    if regime_dependent is None:
        return np.arange(len(design.names), dtype=np.int64), tuple(dict.fromkeys(design.terms))
    given = (regime_dependent,) if isinstance(regime_dependent, str) else tuple(regime_dependent)
    wanted = tuple(dict.fromkeys(_CONSTANT if term == "1" else term for term in given))
    labels = [
        _CONSTANT if name == _CONSTANT else term.strip("`")
        for name, term in zip(design.names, design.terms, strict=True)
    ]
    absent = [term for term in wanted if term.strip("`") not in labels]
    if absent or not wanted:
        known = list(dict.fromkeys(labels))
        raise SpecError("estimate.no_such_term", term=", ".join(absent) or "–", known=known)
    inside = {term.strip("`") for term in wanted}
    places = [j for j, label in enumerate(labels) if label in inside]
    return np.array(places, dtype=np.int64), wanted


def _regimes(
    design: Design,
    changing: Ints,
    labels: tuple[str, ...],
    q: Floats,
    gamma: float,
    spec: VcovSpec,
    conf_level: float,
) -> _Regimes:
    """Fit both regimes at the threshold; its errors take the threshold as known."""
    X = th.regimes(design.X, changing, q, gamma)
    fit = lstsq_columns(X, design.y, design.weights, check=False)
    found = linear_covariance(design, X, fit.residuals, fit.bread, spec)
    s, rest = changing.size, X.shape[1] - 2 * changing.size
    turn = np.eye(X.shape[1] + s, X.shape[1])
    turn[-s:, rest : rest + s], turn[-s:, rest + s :] = -np.eye(s), np.eye(s)
    moved = [design.names[j] for j in changing]
    kept = [name for j, name in enumerate(design.names) if j not in set(changing.tolist())]
    coefficients = co.Coefficients(
        (*kept, *moved, *moved, *moved),
        turn @ fit.coef,
        turn @ found.matrix @ turn.T,
        found.df,
        conf_level,
        ("common",) * rest + ("below",) * s + ("above",) * s + ("difference",) * s,
    )
    jump = design.X[:, changing] @ coefficients.values[-s:]
    notes = covariance_notes(design, spec, found)
    return _Regimes(coefficients, np.asarray(jump), fit.residuals, notes)


def _tests(profile: th.Profile, bootstrap: int, seed: int, variable: str) -> tuple[AnyTest, ...]:
    if not bootstrap:
        return ()
    sup_f, sup_score = th.sup_statistics(profile)
    drawn = np.array(
        map_replicates(
            th.draw_sup, bootstrap, seed=seed, identity=f"threshold:{variable}", shared=(profile,)
        )
    )
    named = {"variable": co.shown(variable)}
    tests: list[AnyTest] = []
    both = [("sup_score", sup_score, 1), ("sup_f", sup_f, 0)]
    # With few clusters the score test rejects too often (docs/threshold.md): sup-F comes first.
    for name, statistic, column in both[::-1] if profile.codes is not None else both:
        if not np.isfinite(statistic):
            width = {"k": profile.Z.shape[1], **named}
            tests.append(Inapplicable(name, "singular_covariance", width))
            continue
        tail = float(bootstrap_p(np.array([statistic]), drawn[:, [column]])[0])
        tests.append(TestResult(name, statistic, "none", (), tail, values=named))
    return tuple(tests)


def _profile_frame(profile: th.Profile, found: th.ConfidenceSet, scale: float) -> pl.DataFrame:
    inside = np.zeros(profile.candidates.size, dtype=np.bool_)
    inside[found.inside] = True
    return pl.DataFrame(
        {
            "value": profile.candidates,
            "rss": profile.rss,
            "lr": th.likelihood_ratio(profile, scale),
            "inside": inside,
        }
    ).fill_nan(None)


def _notes(
    formula: str,
    variable: str,
    q: Floats,
    profile: th.Profile,
    found: th.ConfidenceSet,
    tests: tuple[AnyTest, ...],
    spec: VcovSpec,
    scale: float,
    selected: bool,
) -> tuple[Note, ...]:
    """Say what the search did and what its answer is worth."""
    where = Where((variable,))
    notes = [Note("estimate.threshold_known", "info", {"variable": variable}, where)]
    named: dict[str, Any] = {"variable": variable}

    def add(code: str, severity: Any, **values: Any) -> None:
        notes.append(Note(f"estimate.threshold_{code}", severity, {**named, **values}, where))

    tails = [t.p_value for t in tests if isinstance(t, TestResult)]
    if tails and tails[0] >= 0.05:
        add("no_evidence", "warning", p=tails[0])
    if selected:
        add("selected", "info", n=profile.candidates.size, all=int(np.unique(q).size))
    values = int(np.unique(q).size)
    if values <= _DISCRETE:
        add("discrete", "caution", n=values)
    skipped = int(np.isnan(profile.rss).sum())
    if skipped:
        add("skipped", "caution", n=skipped, all=profile.candidates.size)
    if found.gaps:
        add("gaps", "caution", low=found.low, high=found.high)
    known = profile.candidates[np.isfinite(profile.rss)]
    if found.low == known[0] or found.high == known[-1]:
        add("edge", "warning", low=float(known[0]), high=float(known[-1]))
    if not np.isfinite(scale):
        add("unscaled", "caution")
    if spec.clusters:
        add("independent", "caution", clusters=list(spec.clusters))
    if variable not in parse_formula(formula).variables:
        add("not_control", "caution")
    return tuple(notes)
