"""From a study, a target and a formula to arrays: who is in which, on what they are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods.design.build import build_design, first_appearance_codes
from livelihoods.design.language.formulas import parse_formula
from livelihoods.errors import DataError, EstimationError, SpecError
from livelihoods.estimate.matching.scores import Propensity, estimate_scores
from livelihoods.estimate.transport.fit import Study, Target
from livelihoods.notes import Note, gather
from livelihoods.survey.door import as_survey
from livelihoods.survey.model import Survey
from livelihoods.survey.places import places_of

if TYPE_CHECKING:
    from livelihoods.design.model import Design
    from livelihoods.typing import Floats, Ints

_MEMBER = "livelihoods member"
_WEIGHT = "livelihoods weight"


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a transport works on.

    Attributes
    ----------
    design
        Treatment on all controls, in the study.
    study, target
        Arrays.
    propensity
        The model of treatment.
    names
        Columns on which populations are compared, with the constant, shape ``(k,)``.
    clusters, target_clusters
        Codes of the clusters of the study's and the target's rows; rows are their own without any.
    notes
        Rows left out, and so on.
    """

    design: Design
    study: Study
    target: Target
    propensity: Propensity
    names: tuple[str, ...]
    clusters: Ints
    target_clusters: Ints
    notes: tuple[Note, ...]


def prepare(
    formula: str,
    data: Any,
    target: Any,
    treatment: str,
    over: Sequence[str] | None,
    cluster: str | None,
    weights: str | None,
    target_weights: str | None,
) -> Prepared:
    """Read roles, leave incomplete rows out, fit the treatment's score, line up the target."""
    survey = as_survey(data)
    read = parse_formula(formula)
    terms = [term.label for term in read.rhs]
    if treatment not in terms:
        raise SpecError("estimate.no_such_term", term=treatment, known=terms)
    controls = [term for term in terms if term != treatment]
    chosen = tuple(controls if over is None else over)
    if not chosen or any(treatment in parse_formula(f"~ {term}").variables for term in chosen):
        raise SpecError("estimate.transport_over", over=list(chosen), treatment=treatment)
    design, y = _treatment_design(
        survey, read.response, treatment, controls, chosen, weights, cluster
    )
    q = np.ones(design.nobs) if design.weights is None else design.weights
    propensity = estimate_scores(design, "logit")
    for arm in (0.0, 1.0):
        n = int((design.y == arm).sum())
        if n <= design.X.shape[1]:
            found = {"treatment": treatment, "value": int(arm), "n": n, "k": design.X.shape[1]}
            raise EstimationError("estimate.transport_thin_arm", **found)
    equations = design.X * propensity.residual[:, None]
    kept = survey.keep(pl.Series(np.isin(survey.rows, design.rows)), "estimation")
    if isinstance(target, Mapping) and not _is_frame(target):
        X, names, found_target, notes = _means(kept, target, chosen)
        other = np.zeros(0, dtype=np.int64)
    else:
        X, names, found_target, other, notes = _rows(kept, target, chosen, target_weights, cluster)
    study = Study(
        y, design.y > 0.5, design.X, X, q, propensity.score, equations @ propensity.covariance
    )
    own = design.clusters[cluster] if cluster else np.arange(design.nobs)
    return Prepared(
        design, study, found_target, propensity, names, np.asarray(own, dtype=np.int64), other,
        gather(design.notes, notes),
    )  # fmt: skip


def _treatment_design(
    survey: Survey,
    outcome: str,
    treatment: str,
    controls: Sequence[str],
    over: Sequence[str],
    weights: str | None,
    cluster: str | None,
) -> tuple[Design, Floats]:
    """Build treatment on controls over rows that also have an outcome and what is compared."""
    extra = [term for term in over if term not in controls]
    right = " + ".join([*controls, *extra]) or "1"
    complete = build_design(f"{_quoted(outcome)} ~ {_quoted(treatment)} + {right}", survey)
    kept = survey.keep(pl.Series(np.isin(survey.rows, complete.rows)), "estimation")
    design = build_design(
        f"{_quoted(treatment)} ~ {' + '.join(controls) or '1'}",
        kept, weights=weights, cluster=(cluster,) if cluster else (),
    )  # fmt: skip
    values = np.unique(design.y)
    if values.size < 2 or not np.isin(values, (0.0, 1.0)).all():
        shown = [f"{value:g}" for value in values[:6]]
        raise EstimationError("estimate.transport_treatment", treatment=treatment, values=shown)
    return design, complete.y[places_of(complete.rows, design.rows)]


def _is_frame(target: Mapping[str, Any]) -> bool:
    """Tell a dict of columns, which is microdata, from a dict of means."""
    return all(
        hasattr(value, "__len__") and not isinstance(value, (str, Mapping))
        for value in target.values()
    )


def _rows(
    study: Survey, target: Any, over: Sequence[str], weights: str | None, cluster: str | None
) -> tuple[Floats, tuple[str, ...], Target, Ints, tuple[Note, ...]]:
    """Stack both, so that factors are coded alike, and take them apart again."""
    other = as_survey(target)
    needed = list(dict.fromkeys(v for term in over for v in parse_formula(f"~ {term}").variables))
    wanted = [*needed, *([weights] if weights else [])]
    absent = [name for name in wanted if name not in other.frame.columns]
    if absent:
        raise SpecError(
            "estimate.transport_columns", columns=absent, known=list(other.frame.columns)
        )
    n, rows = study.frame.height, other.frame.height
    pairs = {name: (study.frame[name], other.frame[name]) for name in needed}
    mixed = [name for name, (a, b) in pairs.items() if _number(a) != _number(b)]
    if mixed:
        raise DataError("estimate.transport_types", columns=mixed)
    load = other.frame[weights].cast(pl.Float64) if weights else pl.Series([1.0] * rows)
    stacked = pl.DataFrame(
        {name: _together(a, b) for name, (a, b) in pairs.items()}
        | {
            _MEMBER: [1.0] * n + [0.0] * rows,
            _WEIGHT: pl.concat([pl.Series([1.0] * n), load.rename("")]),
        }
    )
    survey = Survey(stacked, study.codebook)
    built = build_design(f"`{_MEMBER}` ~ {' + '.join(over)}", survey, weights=_WEIGHT)
    inside = built.y > 0.5
    if not (~inside).any():
        raise DataError("estimate.transport_nobody", n=rows)
    X, Z = built.X[inside], built.X[~inside]
    _refuse_unseen(X, Z, built.names)
    places = built.rows[~inside] - n
    assert built.weights is not None
    r = built.weights[~inside]
    lost = rows - places.size
    notes: tuple[Note, ...] = ()
    if lost:
        notes = (Note("estimate.transport_rows", "caution", {"n": lost, "all": rows}),)
    codes = np.arange(places.size)
    if cluster and cluster in other.frame.columns:
        codes = first_appearance_codes(other.frame[cluster].gather(places))
    found = Target(np.asarray(r @ Z / r.sum()), np.asarray(Z), r)
    return np.asarray(X), built.names, found, np.asarray(codes, dtype=np.int64), notes


def _together(first: pl.Series, second: pl.Series) -> pl.Series:
    kind = pl.Float64 if _number(first) else pl.String
    return pl.concat([first.cast(kind), second.cast(kind).rename(first.name)])


def _number(series: pl.Series) -> bool:
    return series.dtype.is_numeric() or series.dtype == pl.Boolean


def _refuse_unseen(X: Floats, Z: Floats, names: Sequence[str]) -> None:
    """Refuse groups that only one of the two has: their effect cannot be read from the other."""
    for one, other, code in ((X, Z, "transport_unseen"), (Z, X, "transport_absent")):
        columns = [
            name
            for name, a, b in zip(names, one.T, other.T, strict=True)
            if np.ptp(a) == 0 and not np.array_equal(np.unique(a), np.unique(b))
            and np.isin(np.unique(np.concatenate([a, b])), (0.0, 1.0)).all()
        ]  # fmt: skip
        if columns:
            raise EstimationError(f"estimate.{code}", columns=columns)


def _means(
    study: Survey, target: Mapping[str, Any], over: Sequence[str]
) -> tuple[Floats, tuple[str, ...], Target, tuple[Note, ...]]:
    """Read the target's means: a number a column, or level -> share for a set of categories."""
    marked = study.with_columns({_MEMBER: pl.Series([1.0] * study.frame.height)}, {_MEMBER: ()})
    built = build_design(f"`{_MEMBER}` ~ {' + '.join(over)}", marked)
    mean, absent = np.empty(len(built.names)), []
    for place, (name, term) in enumerate(zip(built.names, built.terms, strict=True)):
        value = 1.0 if name == "(Intercept)" else _given(target, name, term)
        if value is None:
            absent.append(name)
        else:
            mean[place] = value
    if absent:
        raise SpecError("estimate.transport_means", columns=absent, known=list(target))
    known = {*built.names, *built.terms}
    known |= {v for term in built.terms for v in _variables(term)}
    strange = [name for name in target if name not in known]
    notes: tuple[Note, ...] = (Note("estimate.transport_fixed_means", "info"),)
    if strange:
        notes += (Note("estimate.transport_unused_means", "caution", {"columns": strange}),)
    k = len(built.names)
    return np.asarray(built.X), built.names, Target(mean, np.empty((0, k)), np.empty(0)), notes


def _given(target: Mapping[str, Any], name: str, term: str) -> float | None:
    """Find the mean of a design column: by its name, or as a share of its variable's levels."""
    value = target.get(name)
    if value is None and name.endswith("]"):
        level = name[name.rindex("[") + 1 : -1]
        shares = next((target[v] for v in (term, *_variables(term)) if v in target), None)
        if isinstance(shares, Mapping):
            value = {str(key): share for key, share in shares.items()}.get(level, 0.0)
    if isinstance(value, (int, float)) and np.isfinite(value):
        return float(value)
    return None


def _variables(term: str) -> tuple[str, ...]:
    return () if term == "(Intercept)" else tuple(parse_formula(f"~ {term}").variables)


def _quoted(name: str) -> str:
    return name if name.isidentifier() and name.isascii() else f"`{name}`"
