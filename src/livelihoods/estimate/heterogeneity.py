"""Does the effect differ between groups, or between kinds of treatment?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods.design.build import build_design
from livelihoods.design.language.formulas import parse_formula
from livelihoods.errors import DataError, EstimationError, LivelihoodsError, SpecError
from livelihoods.estimate import coefficients as co
from livelihoods.estimate.differences import differences
from livelihoods.estimate.effect_groups import (
    CATEGORIES,
    Categories,
    Group,
    Groups,
    by_kind,
    by_level,
)
from livelihoods.estimate.group_effects import GroupFit, fit_group, fit_joint
from livelihoods.estimate.heterogeneity_result import HeterogeneityResult
from livelihoods.estimate.vcov import Vcov, VcovSpec, cluster_codes, covariance_notes, parse_vcov
from livelihoods.notes import Note, Where, gather
from livelihoods.numerics import special
from livelihoods.survey.door import as_survey
from livelihoods.survey.places import places_of

if TYPE_CHECKING:
    from livelihoods.design.model import Design
    from livelihoods.estimate.matching import MatchComparison, MatchingResult
    from livelihoods.survey.model import Survey
    from livelihoods.typing import Floats, Ints

_ESTIMATORS = ("ols", "matching")
_COLUMNS = ("estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high")
_FEW_IN_ARM = 10


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked for, checked."""

    formula: str
    treatment: str
    estimators: tuple[str, ...]
    vcov: VcovSpec
    weights: str | None
    conf_level: float
    matching: Mapping[str, Any]


def heterogeneity(
    formula: str,
    data: Any,
    treatment: str,
    by: str | Sequence[str],
    *,
    across: Sequence[str] = (),
    categories: Categories = "each",
    estimator: str | Sequence[str] = "ols",
    vcov: Vcov = "HC1",
    weights: str | None = None,
    conf_level: float = 0.95,
    matching: Mapping[str, Any] | None = None,
) -> HeterogeneityResult:
    """Estimate an effect by group, or by kind of treatment, and test the differences.

    Each group has its own regression, coefficients of controls included. Differences are tested
    with the joint covariance of all groups' effects: the clustered scores of the stacked
    regression, so groups that share controls, or villages, are not taken as independent. Those
    between the groups' matching estimates are tested by ``lv.compare_matches``, likewise.

    Parameters
    ----------
    formula
        ``"learning ~ rii + age + C(year)"``; the treatment is one of its terms.
    data
        A Survey, or any frame.
    treatment
        Column; 0/1 for kinds of treatment and for matching.
    by
        One column whose levels are the groups; or several 0/1 columns, kinds of treatment: the
        takers of each are compared with the same non-participants (``treatment == 0``).
    across
        Further 0/1 columns: every kind is crossed with each (modes by organisation forms).
    categories
        Of kinds: ``"each"`` (all who take it, whatever else they take), ``"alone"`` (each kind
        alone, and several together), ``"combinations"`` (each combination that occurs),
        ``"number"`` (one kind, two kinds …: breadth).
    estimator
        ``"ols"``, ``"matching"`` or both, then side by side.
    vcov
        As in ``lv.ols``, but not ``"classical"``, which says nothing of groups sharing rows.
    weights
        Column of weights.
    conf_level
        Level of the intervals.
    matching
        Further arguments of ``lv.match``, such as ``{"method": "kernel"}``.

    Raises
    ------
    SpecError
        If the request makes no sense: unknown estimator, category or column, too many groups.
    DataError
        If a kind is not 0/1, or non-participants have one.
    EstimationError
        If no group has an effect.
    """
    kinds = (by,) if isinstance(by, str) else tuple(by)
    asked = _asked(
        formula, treatment, estimator, parse_vcov(vcov), weights, conf_level, matching or {}
    )
    if categories not in CATEGORIES:
        known = list(CATEGORIES)
        raise SpecError("estimate.heterogeneity_categories", given=categories, known=known)
    if not kinds or (isinstance(by, str) and (across or categories != "each")):
        raise SpecError("estimate.heterogeneity_kinds", by=list(kinds))
    if across and categories != "each":
        raise SpecError("estimate.heterogeneity_kinds", by=list(kinds))
    survey = as_survey(data)
    design = build_design(formula, survey, weights=weights, cluster=asked.vcov.clusters)
    if treatment not in design.names:
        if any(term.label == treatment for term in parse_formula(formula).rhs):
            raise EstimationError("estimate.treatment_no_variation", treatment=treatment)
        raise SpecError("estimate.no_such_term", term=treatment, known=list(design.names))
    counted = replace(survey, rows=np.arange(survey.frame.height, dtype=np.int64))
    used = build_design(formula, counted, weights=weights, cluster=asked.vcov.clusters).rows
    if isinstance(by, str):
        groups = by_level(survey, by, used)
    else:
        groups = by_kind(survey, treatment, kinds, across, categories, used)
    return _estimate(asked, survey, design, used, groups, kinds + tuple(across))


def _asked(
    formula: str,
    treatment: str,
    estimator: str | Sequence[str],
    vcov: VcovSpec,
    weights: str | None,
    conf_level: float,
    matching: Mapping[str, Any],
) -> _Asked:
    chosen = (estimator,) if isinstance(estimator, str) else tuple(estimator)
    if not chosen or any(name not in _ESTIMATORS for name in chosen):
        known = list(_ESTIMATORS)
        raise SpecError("estimate.heterogeneity_estimator", given=list(chosen), known=known)
    if vcov.kind == "classical":
        raise SpecError("estimate.heterogeneity_vcov")
    co.check_level(conf_level)
    return _Asked(formula, treatment, chosen, vcov, weights, conf_level, matching)


def _estimate(
    asked: _Asked,
    survey: Survey,
    design: Design,
    used: Ints,
    groups: Groups,
    by: tuple[str, ...],
) -> HeterogeneityResult:
    fits, notes = _fits(asked, design, used, groups)
    if not fits:
        raise EstimationError(
            "estimate.heterogeneity_nothing",
            by=list(by),
            treatment=asked.treatment,
            reasons=[note.sentence() for note in (*groups.notes, *notes)],
        )
    codes = cluster_codes(design, asked.vcov)
    kind = asked.vcov.kind
    matrix, df = fit_joint([fit for _, fit in fits], design.nobs, kind, codes)
    effects = np.array([fit.estimate for _, fit in fits])
    frames = []
    kept = [group for group, _ in fits]
    if "ols" in asked.estimators:
        frames.append(_frame(asked, design, fits, effects, np.sqrt(np.diag(matrix)), df))
    matched: MatchComparison | None = None
    if "matching" in asked.estimators:
        found, said, matched = _matched(asked, survey, kept)
        frames += found
        notes += said
    if not frames:
        raise EstimationError(
            "estimate.heterogeneity_nothing",
            by=list(by),
            treatment=asked.treatment,
            reasons=[note.sentence() for note in (*groups.notes, *notes)],
        )
    apart, tested = differences([group.name for group in kept], effects, matrix, df)
    with_ols = "ols" in asked.estimators
    return HeterogeneityResult(
        asked.formula,
        design.outcome,
        asked.treatment,
        by,
        pl.concat(frames),
        apart if with_ols else apart.clear(),
        tested if with_ols else None,
        matrix,
        {group.name: group.wording for group in kept},
        asked.vcov,
        asked.conf_level,
        gather(design.notes, covariance_notes_of(design, asked.vcov), groups.notes, notes),
        matched,
    )


def covariance_notes_of(design: Design, vcov: VcovSpec) -> tuple[Note, ...]:
    """Say what a reader must know about the clusters of the whole sample."""
    from livelihoods.numerics.covariance import Covariance

    return covariance_notes(design, vcov, Covariance(np.empty((0, 0)), 1.0))


def _fits(
    asked: _Asked, design: Design, used: Ints, groups: Groups
) -> tuple[list[tuple[Group, GroupFit]], tuple[Note, ...]]:
    place = design.names.index(asked.treatment)
    found: list[tuple[Group, GroupFit]] = []
    notes: tuple[Note, ...] = ()
    for group in groups.groups:
        places = places_of(used, group.rows)
        doses = design.X[places, place]
        values = {"group": group.wording, "n": int(places.size), "treatment": asked.treatment}
        if places.size == 0 or np.ptp(doses) == 0:
            code = "group_of_one" if places.size == 1 else "no_variation"
            notes += (Note(f"estimate.heterogeneity_{code}", "warning", values),)
            continue
        fit = fit_group(design.X, design.y, design.weights, places, place, asked.vcov.kind)
        if fit is None or places.size <= fit.k:
            k = len(design.names) if fit is None else fit.k
            code = "too_few" if places.size <= k else "collinear"
            notes += (Note(f"estimate.heterogeneity_{code}", "warning", {**values, "k": k}),)
            continue
        alone = [
            name
            for name in asked.vcov.clusters
            if np.unique(design.clusters[name][places]).size < 2
        ]
        if alone:
            said = {**values, "variable": alone[0]}
            notes += (Note("estimate.heterogeneity_one_cluster", "warning", said),)
            continue
        arms = np.unique(doses, return_counts=True)[1]
        if arms.size == 2 and arms.min() < _FEW_IN_ARM:
            said = {**values, "few": int(arms.min()), "least": _FEW_IN_ARM}
            notes += (Note("estimate.heterogeneity_thin", "caution", said),)
        if fit.dropped:
            gone = [design.names[j] for j in fit.dropped]
            said = {"group": group.wording, "variables": gone}
            notes += (Note("estimate.heterogeneity_dropped", "info", said, Where(tuple(gone))),)
        found.append((group, fit))
    return found, notes


def _frame(
    asked: _Asked,
    design: Design,
    fits: Sequence[tuple[Group, GroupFit]],
    effects: Floats,
    errors: Floats,
    df: Floats,
) -> pl.DataFrame:
    doses = design.X[:, design.names.index(asked.treatment)]
    binary = bool(np.isin(doses, (0.0, 1.0)).all())
    treated = [int(doses[fit.places].sum()) if binary else None for _, fit in fits]
    size = [int(fit.places.size) for _, fit in fits]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = effects / errors
    reach = errors * np.array([special.t_critical(asked.conf_level, float(d)) for d in df])
    tails = [float(special.t_two_sided(float(t), float(d))) for t, d in zip(ratio, df, strict=True)]
    return pl.DataFrame(
        {
            "estimator": ["ols"] * len(fits),
            "group": [group.name for group, _ in fits],
            "term": [asked.treatment] * len(fits),
            "nobs": size,
            "treated": pl.Series(treated, dtype=pl.Int64),
            "estimate": effects,
            "std_error": errors,
            "statistic": ratio,
            "p_value": tails,
            "conf_low": effects - reach,
            "conf_high": effects + reach,
        }
    ).fill_nan(None)


def _matched(
    asked: _Asked, survey: Survey, groups: Sequence[Group]
) -> tuple[list[pl.DataFrame], tuple[Note, ...], MatchComparison | None]:
    """Match within each group; a group that cannot be matched is left out and said so."""
    from livelihoods.estimate.matching import compare_matches, match

    read = parse_formula(asked.formula)
    controls = [term.label for term in read.rhs if term.label != asked.treatment]
    formula = f"{asked.treatment} ~ {' + '.join(controls) or '1'}"
    frames: list[pl.DataFrame] = []
    notes: tuple[Note, ...] = ()
    done: dict[str, MatchingResult] = {}
    options = {"weights": asked.weights, "conf_level": asked.conf_level, **asked.matching}
    for group in groups:
        inside = replace(
            survey, frame=survey.frame[group.rows.tolist()], rows=survey.rows[group.rows]
        )
        try:
            found = match(formula, inside, read.response, **options)
        except (DataError, EstimationError) as error:
            values = {"group": group.wording, "reason": _first_line(error)}
            notes += (Note("estimate.heterogeneity_unmatched", "warning", values),)
            continue
        done[group.name] = found
        glance = found.glance().row(0, named=True)
        sizes = {"nobs": int(glance["nobs"]), "treated": int(glance["treated_used"])}
        frames.append(
            found.tidy().select(
                pl.lit("matching").alias("estimator"),
                pl.lit(group.name).alias("group"),
                "term",
                *(pl.lit(value, pl.Int64).alias(key) for key, value in sizes.items()),
                *_COLUMNS,
            )
        )
    if len(done) < 2:
        return frames, notes, None
    compared = compare_matches(
        done,
        cluster=asked.vcov.clusters,
        covariance="influence",
        conf_level=asked.conf_level,
        labels={group.name: group.wording for group in groups},
    )
    return frames, (*notes, *compared.notes), compared


def _first_line(error: LivelihoodsError) -> str:
    return error.message().splitlines()[0]
