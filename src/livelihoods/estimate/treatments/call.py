"""``lv.treatments``: the effects of several kinds of treatment, estimated together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from livelihoods.design.build import build_design
from livelihoods.design.language import parse_formula
from livelihoods.errors import EstimationError, SpecError
from livelihoods.estimate import coefficients as co
from livelihoods.estimate.differences import differences
from livelihoods.estimate.folds import fold_numbers
from livelihoods.estimate.treatments.categories import (
    COMBINE,
    Combine,
    Kinds,
    keep_categories,
    kinds_of_column,
    kinds_of_marks,
)
from livelihoods.estimate.treatments.contrasts import together
from livelihoods.estimate.treatments.result import TreatmentsResult
from livelihoods.estimate.treatments.separate import Separate, separate_fits
from livelihoods.estimate.vcov import Vcov, VcovSpec, cluster_codes, cluster_notes, parse_vcov
from livelihoods.notes import Note, gather
from livelihoods.numerics import potential as po
from livelihoods.numerics.gelbach import joint_covariance
from livelihoods.numerics.multinomial import fit_multinomial, probabilities
from livelihoods.survey.door import as_survey

if TYPE_CHECKING:
    from livelihoods.design.model import Design
    from livelihoods.survey.model import Survey
    from livelihoods.typing import Bools, Floats, Ints

Method = Literal["aipw", "ipw", "regression"]
METHODS: tuple[Method, ...] = ("aipw", "ipw", "regression")
FOLDS = 5
_FEW = 10  # rows below which a category has no effect of its own
_ROWS_A_SLOPE = 10  # rows a column below which a category borrows the slopes of all
_THIN = 0.01  # probabilities below which weights grow large
_NEVER = 1e-8  # a probability that only perfect prediction gives
_HEAVY = 0.10  # share of a category's weight in one row that is worth a note


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked for, checked."""

    formula: str
    method: Method
    estimand: str
    focal: str | None
    folds: int
    seed: int
    vcov: VcovSpec
    weights: str | None
    conf_level: float


def treatments(
    formula: str,
    data: Any,
    treatment: str | Sequence[str],
    *,
    across: Sequence[str] = (),
    combine: Combine = "combinations",
    reference: str | float | None = None,
    method: Method = "aipw",
    estimand: str = "ATE",
    focal: str | None = None,
    folds: int | None = None,
    seed: int = 0,
    vcov: Vcov = "HC1",
    weights: str | None = None,
    conf_level: float = 0.95,
) -> TreatmentsResult:
    """Estimate what each of several treatments does, in one population, with one covariance.

    The probability of every category comes from a multinomial logit (the generalised propensity
    score, Imbens 2000). Means of all potential outcomes have joint influence functions (Cattaneo
    2010), so every contrast is tested with what the estimates share. Beside them stand the separate
    binary regressions of each category against the reference, and how their errors correlate.

    Parameters
    ----------
    formula
        ``"resilience ~ age + C(year)"``: outcome and controls, without the treatment.
    data
        A Survey, or any frame.
    treatment
        A column of categories; or several 0/1 columns (cooperative, enterprise) put together.
    across
        Further 0/1 columns whose combinations are crossed with those of ``treatment`` among its
        takers: modes by organisation forms.
    combine
        For 0/1 columns: ``"combinations"`` (none, each alone, each combination that occurs),
        ``"alone"`` (none, each alone, several) or ``"number"`` (none, one, two …).
    reference
        Category compared with; default the lowest, or none of the 0/1 columns.
    method
        ``"aipw"`` (doubly robust, cross-fitted), ``"ipw"`` or ``"regression"`` (a line in each
        category).
    estimand
        ``"ATE"``: everybody; ``"ATT"``: those not in the reference category, or in ``focal``.
    focal
        Category whose members make the population of the ATT.
    folds
        Folds of the cross-fitting (default 5; ``"aipw"`` only); whole clusters with clustered
        errors.
    seed
        Seed of the folds.
    vcov
        ``"HC0"``, ``"HC1"``, ``{"cluster": a}`` or ``{"cluster": (a, b)}``.
    weights
        Column of weights of the rows.
    conf_level
        Level of the intervals.

    Raises
    ------
    SpecError
        If an option or column is unknown or contradicts another.
    DataError
        If there are fewer than two categories, or 0/1 columns hold other values.
    EstimationError
        If fewer than two categories have rows enough, or the probabilities cannot be fitted.
    """
    asked = _asked(formula, method, estimand, focal, folds, seed, vcov, weights, conf_level)
    survey = as_survey(data)
    columns = (treatment,) if isinstance(treatment, str) else tuple(treatment)
    _check_roles(formula, columns, tuple(across))
    if isinstance(treatment, str):
        if across or combine != "combinations":
            raise SpecError("estimate.treatments_columns", treatment=treatment)
        kinds = kinds_of_column(survey, treatment, reference)
    else:
        if combine not in COMBINE or not columns:
            raise SpecError("estimate.treatments_combine", given=combine, known=list(COMBINE))
        kinds = kinds_of_marks(survey, columns, combine, across, reference)
    kinds, survey, design, choice = _sample(asked, survey, kinds)
    inside = _population(asked, kinds)
    codes = cluster_codes(design, asked.vcov)
    means, prob, said = _means(asked, design, choice, kinds, inside, codes)
    matrix = joint_covariance(means.rows, 1, codes, small=asked.vcov.kind != "HC0")
    df = float(min((int(c.max()) for c in codes), default=design.nobs - 1))
    apart, test = differences(kinds.names, means.values, matrix, np.full(len(kinds.names), df))
    beside = separate_fits(design, choice, len(kinds.names), asked.vcov, codes, conf_level)
    notes = gather(
        design.notes, kinds.notes, cluster_notes(design, asked.vcov), said,
        _overlap_notes(kinds, choice, prob, means, method), beside.notes(kinds.wording),
    )  # fmt: skip
    return _result(asked, columns + tuple(across), kinds, design, choice, means, matrix, df, prob,
                   apart, test, beside, notes)  # fmt: skip


def _asked(
    formula: str,
    method: Method,
    estimand: str,
    focal: str | None,
    folds: int | None,
    seed: int,
    vcov: Vcov,
    weights: str | None,
    conf_level: float,
) -> _Asked:
    co.check_level(conf_level)
    spec = parse_vcov(vcov)
    if spec.kind in ("classical", "HC2", "HC3"):
        raise SpecError("estimate.treatments_vcov", given=spec.kind)
    if method not in METHODS:
        raise SpecError("estimate.treatments_method", given=method, known=list(METHODS))
    if estimand not in ("ATE", "ATT"):
        raise SpecError("estimate.treatments_estimand", given=estimand, known=["ATE", "ATT"])
    if focal is not None and estimand == "ATE":
        raise SpecError("estimate.treatments_option", option="focal", needs='estimand = "ATT"')
    if folds is not None and method != "aipw":
        raise SpecError("estimate.treatments_option", option="folds", needs='method = "aipw"')
    count = FOLDS if folds is None else folds
    if not 2 <= count <= 50:
        raise SpecError("estimate.treatments_folds", given=count)
    return _Asked(formula, method, estimand, focal, count, seed, spec, weights, conf_level)


def _check_roles(formula: str, columns: tuple[str, ...], across: tuple[str, ...]) -> None:
    read = parse_formula(formula)
    inside = [n for n in (*columns, *across) if n in read.variables or n == read.response]
    if inside:
        raise SpecError("estimate.treatments_in_formula", names=inside)
    every = (*columns, *across)
    twice = [name for name in dict.fromkeys(every) if every.count(name) > 1]
    if twice:
        raise SpecError("estimate.treatments_twice", names=twice)


def _sample(asked: _Asked, survey: Survey, kinds: Kinds) -> tuple[Kinds, Survey, Design, Ints]:
    """Leave out small categories, then return the regression's arrays and each row's category."""

    def design_of(chosen: Survey) -> Design:
        return build_design(
            asked.formula, chosen, weights=asked.weights, cluster=asked.vcov.clusters
        )

    everywhere = replace(survey, rows=np.arange(survey.frame.height, dtype=np.int64))
    first = design_of(everywhere)
    places = first.rows[kinds.code[first.rows] >= 0]
    sizes = np.bincount(kinds.code[places], minlength=len(kinds.names))
    gone = [j for j in range(len(kinds.names)) if sizes[j] < _FEW]
    if 0 in gone or len(kinds.names) - len(gone) < 2:
        raise EstimationError(
            "estimate.treatments_too_few",
            categories=[f"{kinds.wording[j]} ({sizes[j]})" for j in range(len(kinds.names))],
            least=_FEW,
        )
    kinds = keep_categories(kinds, gone, places, survey)
    mask = kinds.code >= 0
    kept = survey.keep(pl.Series(mask), "estimation")
    design = design_of(kept)
    counted = replace(kept, rows=np.flatnonzero(mask).astype(np.int64))
    choice = kinds.code[design_of(counted).rows]
    unknown = int(first.nobs - design.nobs)
    if unknown and not gone:
        said = Note("estimate.treatments_unknown", "caution", {"n": unknown})
        kinds = replace(kinds, notes=(*kinds.notes, said))
    return kinds, kept, design, choice


def _population(asked: _Asked, kinds: Kinds) -> Bools:
    inside = np.ones(len(kinds.names), dtype=np.bool_)
    if asked.estimand == "ATT":
        inside[0] = False
        if asked.focal is not None:
            if asked.focal not in kinds.names:
                raise SpecError(
                    "estimate.treatments_reference", given=asked.focal, known=list(kinds.names)
                )
            inside = np.array([name == asked.focal for name in kinds.names])
    return inside


def _means(
    asked: _Asked,
    design: Design,
    choice: Ints,
    kinds: Kinds,
    inside: Bools,
    codes: Sequence[Ints],
) -> tuple[po.Means, Floats, tuple[Note, ...]]:
    """Return the means, and the probabilities behind them."""
    X, y, w, count = design.X, design.y, design.weights, len(kinds.names)
    whole = fit_multinomial(X, choice, count, None if w is None else w / w.mean())
    prob = probabilities(X, whole.coef)
    sizes = np.bincount(choice, minlength=count)
    shared = sizes < _ROWS_A_SLOPE * X.shape[1]
    said: tuple[Note, ...] = ()
    if shared.any() and asked.method != "ipw":
        named = [kinds.wording[j] for j in np.flatnonzero(shared)]
        values = {"categories": named, "least": _ROWS_A_SLOPE * X.shape[1]}
        said = (Note("estimate.treatments_slopes", "info", values),)
    if asked.method == "regression":
        return po.regression_means(X, y, choice, shared, inside, w), prob, said
    _check_fit(whole.converged, prob, kinds, design.nobs)
    if asked.method == "ipw":
        return po.ipw_means(X, y, choice, prob, whole, inside, w), prob, ()
    groups = codes[0] if codes else np.arange(choice.size, dtype=np.int64)
    fold = fold_numbers(groups, asked.folds, asked.seed, "treatments")
    p, lines = np.empty_like(prob), np.empty_like(prob)
    for number in range(asked.folds):
        rows, held = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        left = np.bincount(choice[rows], minlength=count)
        if held.size == 0:
            continue
        if np.any(left <= np.where(shared, 1, X.shape[1])):
            short = kinds.wording[int(np.argmin(left))]
            raise EstimationError(
                "estimate.treatments_fold", fold=number + 1, category=short, n=int(left.min())
            )
        part = None if w is None else w[rows] / w[rows].mean()
        fit = fit_multinomial(X[rows], choice[rows], count, part)
        p[held] = probabilities(X[held], fit.coef)
        _check_fit(fit.converged, p[held, choice[held]], kinds, held.size)
        lines[held] = po.category_lines(X, y, choice, shared, rows, w)[held]
    return po.aipw_means(y, choice, p, lines, inside, w), p, said


def _check_fit(converged: bool, own: Floats, kinds: Kinds, n: int) -> None:
    if not converged or not np.isfinite(own).all() or own.min() < _NEVER:
        raise EstimationError("estimate.treatments_score", categories=list(kinds.wording), n=n)


def _overlap_notes(
    kinds: Kinds, choice: Ints, prob: Floats, means: po.Means, method: str
) -> tuple[Note, ...]:
    notes: list[Note] = []
    low = (prob < _THIN).sum(axis=0)
    worst = int(np.argmax(low))
    if low[worst]:
        values = {"category": kinds.wording[worst], "n": int(low[worst]), "limit": _THIN}
        notes.append(Note("estimate.treatments_overlap", "warning", values))
    if method != "regression":
        _, largest = po.effective_rows(means.load, choice, len(kinds.names))
        heavy = int(np.argmax(largest))
        if largest[heavy] > _HEAVY:
            values = {"category": kinds.wording[heavy], "share": 100 * float(largest[heavy])}
            notes.append(Note("estimate.treatments_heavy", "warning", values))
    else:
        notes.append(Note("estimate.treatments_lines", "info", {}))
    return tuple(notes)


def _result(
    asked: _Asked,
    columns: tuple[str, ...],
    kinds: Kinds,
    design: Design,
    choice: Ints,
    means: po.Means,
    matrix: Floats,
    df: float,
    prob: Floats,
    apart: pl.DataFrame,
    test: Any,
    beside: Separate,
    notes: tuple[Note, ...],
) -> TreatmentsResult:
    count = len(kinds.names)
    contrast = np.eye(count)[1:] - np.eye(count)[0]
    sizes = np.bincount(choice, minlength=count)
    effective, largest = po.effective_rows(means.load, choice, count)
    overlap = pl.DataFrame(
        {
            "category": kinds.names,
            "nobs": sizes,
            "p_smallest": prob.min(axis=0),
            "p_1": np.quantile(prob, 0.01, axis=0),
            "p_median": np.median(prob, axis=0),
            "p_below_1": (prob < _THIN).mean(axis=0),
            "effective": effective,
            "largest": largest,
        }
    ).fill_nan(None)
    return TreatmentsResult(
        asked.formula,
        design.outcome,
        columns,
        asked.method,
        asked.estimand,
        asked.focal,
        dict(zip(kinds.names, kinds.wording, strict=True)),
        co.Coefficients(kinds.names, means.values, matrix, df, asked.conf_level),
        co.Coefficients(
            kinds.names[1:],
            contrast @ means.values,
            contrast @ matrix @ contrast.T,
            df,
            asked.conf_level,
        ),
        apart,
        test,
        together(kinds, means.values, matrix, df, asked.conf_level),
        overlap,
        beside.frame(kinds.names),
        beside.correlation,
        design.nobs,
        asked.vcov,
        asked.conf_level,
        notes,
    )
