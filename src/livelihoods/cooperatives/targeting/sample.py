"""From a survey to the arrays of targeting: consumption, persons, groups, and the line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from livelihoods.cooperatives.targeting.cutoffs import weighted_quantile
from livelihoods.describe.setting import Setting, check_columns, codes_of
from livelihoods.design.build import build_design
from livelihoods.errors import DataError, SpecError
from livelihoods.notes import Note, Where
from livelihoods.survey.door import as_survey
from livelihoods.survey.places import places_of

if TYPE_CHECKING:
    from livelihoods.design.model import Design
    from livelihoods.survey.model import Survey
    from livelihoods.typing import Floats, Ints

Scale = Literal["ln", "money"]
Line = float | Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Sample:
    """What a targeting method works on: n rows.

    Attributes
    ----------
    design
        Regressors and the log of what was left out; ``y`` is as in the formula.
    log_consumption
        ln c, shape ``(n,)``.
    weights
        Weights of the fit, shape ``(n,)``.
    people
        Persons that a row stands for in the errors, shape ``(n,)``.
    groups
        Code of the cluster of each row, 0 … G−1; its own code each where no cluster is named.
    cluster
        Name of the cluster column, or "".
    notes
        What must be said of the sample.
    """

    design: Design
    log_consumption: Floats
    weights: Floats
    people: Floats
    groups: Ints
    cluster: str
    notes: tuple[Note, ...]


def read_sample(
    formula: str,
    data: Any,
    *,
    scale: Scale = "ln",
    weights: str | None = None,
    persons: str | None = None,
    cluster: str | None = None,
) -> Sample:
    """Take data in.

    Raises
    ------
    SpecError
        A column that does not exist; a scale that is none.
    DataError
        Consumption in money that is not positive; a household without persons.
    """
    if scale not in ("ln", "money"):
        raise SpecError("targeting.unknown_scale", scale=scale)
    survey = as_survey(data)
    check_columns(survey, [name for name in (weights, persons, cluster) if name])
    design = build_design(formula, survey, weights=weights, cluster=cluster or ())
    y = design.y
    if scale == "money":
        bad = y <= 0
        if bad.any():
            rows = [int(row) for row in design.rows[bad]]
            raise DataError("targeting.not_positive", variable=design.outcome, rows=rows)
        y = np.log(y)
    if not float(np.ptp(y)) > 0:
        raise DataError("targeting.no_variation", variable=design.outcome)
    w = np.ones(design.nobs) if design.weights is None else design.weights
    heads = np.ones(design.nobs) if persons is None else people_of(survey, persons, design.rows)
    every = np.arange(design.nobs, dtype=np.int64)
    groups = design.clusters[cluster] if cluster else every
    notes = list(design.notes)
    if not cluster:
        notes.append(Note("targeting.no_cluster", "caution"))
    return Sample(design, y, w, w * heads, groups, cluster or "", tuple(notes))


def people_of(survey: Survey, name: str, rows: Ints) -> Floats:
    """Return the persons of each household used.

    Raises
    ------
    DataError
        A household with no, a negative or an unknown number of persons.
    """
    values = Setting(survey).numbers(name)[places_of(survey.rows, rows)]
    bad = ~(values > 0)
    if bad.any():
        raise DataError("targeting.no_persons", variable=name, rows=[int(r) for r in rows[bad]])
    return values


def group_codes(survey: Survey, name: str) -> tuple[Ints, tuple[str, ...]]:
    """Return codes 0 … G−1 (−1 unknown) and the wording of each group."""
    check_columns(survey, [name])
    series = survey.frame.get_column(name)
    codes, values = codes_of(series)
    entry = survey.codebook.variables.get(name)
    from livelihoods import words

    wording = {} if entry is None else entry.values.get(words.language(), {})
    return codes, tuple(wording.get(str(value), str(value)) for value in values)


def check_line(line: Line) -> Line:
    """Return a line that makes sense.

    Raises
    ------
    SpecError
        A line that is no positive amount and no ``{"poorest": share}``.
    """
    if isinstance(line, Mapping):
        share = line.get("poorest")
        good = len(line) == 1 and isinstance(share, int | float) and 0 < share < 1
    else:
        good = isinstance(line, int | float) and bool(np.isfinite(line)) and line > 0
    if not good:
        raise SpecError("targeting.bad_line", line=str(line))
    return line


def log_line(line: Line, log_consumption: Floats, people: Floats) -> float:
    """Return ln z: of an amount, or of the consumption below which a share of people is."""
    if isinstance(line, Mapping):
        at = weighted_quantile(log_consumption, people, line["poorest"])
        # Poor is strictly below: the person at the quantile belongs to the poorest part.
        return float(np.nextafter(at, np.inf))
    return float(np.log(line))


def place_rows(rows: Ints) -> Where:
    """Return the place of some rows, for a note."""
    return Where((), tuple(int(row) for row in rows))
