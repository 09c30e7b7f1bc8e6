"""From data and a MatchSpec to arrays: rows with every outcome, a design, scores, cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from livelihoods.design.build import build_design, first_appearance_codes
from livelihoods.design.model import Design
from livelihoods.errors import DataError, EstimationError, SpecError
from livelihoods.estimate.matching.model import Sample
from livelihoods.estimate.matching.scores import Propensity, estimate_scores, given_scores
from livelihoods.estimate.matching.spec import Bootstrap, Clustered, MatchSpec
from livelihoods.notes import Note, Where
from livelihoods.survey.door import as_survey
from livelihoods.survey.model import Survey
from livelihoods.typing import Floats, Ints


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a matching works on.

    Attributes
    ----------
    design
        Treatment on covariates; its ``rows`` are the original row numbers.
    sample
        The arrays.
    names
        Covariates of ``sample.X``, as printed.
    propensity
        Scores and where they come from.
    notes
        Rows left out, and the design's own findings.
    survey, places
        The data after rows without an outcome left, and where the sample's rows stand in them.
    """

    design: Design
    sample: Sample
    names: tuple[str, ...]
    propensity: Propensity
    notes: tuple[Note, ...]
    survey: Survey
    places: Ints


def prepare(spec: MatchSpec, data: Any) -> Prepared:
    """Read roles, leave incomplete rows out, estimate scores.

    Raises
    ------
    SpecError
        If a column does not exist, or an outcome stands in the formula.
    DataError
        If an outcome is not numeric or a given score is not strictly between 0 and 1.
    EstimationError
        If the treatment is not 0/1, is the same in every row, or is predicted perfectly.
    """
    survey = as_survey(data)
    wanted = [*spec.outcomes, *spec.exact, *([spec.score] if spec.score else [])]
    known = survey.frame.columns
    absent = [name for name in wanted if name not in known]
    if absent:
        raise SpecError("design.unknown_columns", columns=absent, known=known)
    survey, notes = _complete(survey, tuple(dict.fromkeys(wanted)), spec)
    cluster = (isinstance(spec.se, Bootstrap | Clustered) and spec.se.cluster) or ()
    design = build_design(spec.formula, survey, weights=spec.weights, cluster=cluster)
    inside = [name for name in spec.outcomes if name in design.variables]
    if inside:
        raise SpecError("estimate.match_outcome_in_formula", outcomes=inside, formula=spec.formula)
    _check_treatment(design)
    places = _places(survey, design.rows)
    if spec.score:
        scores = _numbers(survey, spec.score)[places]
        propensity = given_scores(scores, spec.score, design)
    else:
        propensity = estimate_scores(design, spec.link)
    covariates = [j for j, name in enumerate(design.names) if name != "(Intercept)"]
    sample = Sample(
        treated=design.y > 0.5,
        outcomes=np.stack([_numbers(survey, name)[places] for name in spec.outcomes]),
        score=propensity.score,
        X=np.asfortranarray(design.X[:, covariates]),
        weights=np.ones(design.nobs) if design.weights is None else design.weights,
        strata=_strata(survey, spec.exact, places),
    )
    names = tuple(design.names[j] for j in covariates)
    return Prepared(design, sample, names, propensity, (*notes, *design.notes), survey, places)


def _complete(
    survey: Survey, columns: tuple[str, ...], spec: MatchSpec
) -> tuple[Survey, tuple[Note, ...]]:
    """Leave out rows without an outcome, an exact column or a given score: all share scores."""
    notes: list[Note] = []
    for name in columns:
        series = survey.frame.get_column(name)
        if name not in spec.exact and not (series.dtype.is_numeric() or series.dtype == pl.Boolean):
            raise DataError("estimate.match_not_numeric", variable=name, type=str(series.dtype))
        missing = series.is_null()
        if series.dtype.is_float():
            missing = missing | series.is_nan().fill_null(True)
        count = int(missing.sum())
        if not count:
            continue
        rows = tuple(int(row) for row in survey.rows[missing.to_numpy()])
        if count == survey.frame.height:
            raise DataError("estimate.match_all_missing", variable=name, n=count)
        values = {"n": count, "variable": name}
        notes.append(Note("estimate.match_rows_missing", "caution", values, Where((name,), rows)))
        survey = survey.keep(~missing, "matching", name)
    return survey, tuple(notes)


def _check_treatment(design: Design) -> None:
    values = np.unique(design.y)
    if not np.isin(values, (0.0, 1.0)).all():
        shown = [f"{value:g}" for value in values[:6]]
        raise EstimationError(
            "estimate.match_treatment_values", treatment=design.outcome, values=shown
        )
    if values.shape[0] == 1:
        raise EstimationError(
            "estimate.match_one_arm",
            treatment=design.outcome,
            value=int(values[0]),
            n=design.nobs,
        )


def _places(survey: Survey, rows: Ints) -> Ints:
    order = np.argsort(survey.rows, kind="stable")
    return np.asarray(order[np.searchsorted(survey.rows[order], rows)])


def _numbers(survey: Survey, name: str) -> Floats:
    return survey.frame.get_column(name).cast(pl.Float64).to_numpy().astype(np.float64)


def _strata(survey: Survey, exact: tuple[str, ...], places: Ints) -> Ints:
    codes = np.zeros(places.shape[0], dtype=np.int64)
    for name in exact:
        part = first_appearance_codes(survey.frame.get_column(name))[places]
        pairs = np.stack([codes, part])
        codes = np.unique(pairs, axis=1, return_inverse=True)[1].reshape(-1).astype(np.int64)
    return codes
