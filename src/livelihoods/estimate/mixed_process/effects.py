"""Effects in the outcome's own scale, with delta-method errors that include σ and ρ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods.design.scope import kind_of, plain
from livelihoods.errors import SpecError
from livelihoods.estimate.mixed_process.asking import (
    Within,
    category_range,
    equation_number,
    question,
)
from livelihoods.estimate.mixed_process.average import (
    Question,
    Range,
    average,
    framed,
    known_rows,
)
from livelihoods.estimate.mixed_process.regressors import regressors
from livelihoods.numerics import special

if TYPE_CHECKING:
    from livelihoods.estimate.mixed_process.build import Built
    from livelihoods.estimate.mixed_process.fit import Fit
    from livelihoods.typing import Bools, Floats

_STEP = 5e-4  # of a variable's standard deviation, for slopes


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its gradient in φ."""

    term: str
    value: float
    gradient: Floats
    n: int


def tidy_estimates(
    found: Sequence[Estimate], covariance: Floats, conf_level: float, **columns: Sequence[Any]
) -> pl.DataFrame:
    """Return estimates with delta-method errors in the common vocabulary."""
    values = np.array([one.value for one in found])
    with np.errstate(invalid="ignore", divide="ignore"):
        errors = np.array([np.sqrt(one.gradient @ covariance @ one.gradient) for one in found])
        ratio = values / errors
    reach = special.t_critical(conf_level, np.inf) * errors
    return pl.DataFrame(
        {
            **columns,
            "term": [one.term for one in found],
            "estimate": values,
            "std_error": errors,
            "statistic": ratio,
            "p_value": special.t_two_sided(ratio, np.inf),
            "conf_low": values - reach,
            "conf_high": values + reach,
            "n": [one.n for one in found],
        }
    ).fill_nan(None)


def row_weights(built: Built, rows: Bools) -> Floats:
    """Weights of some rows, summing to one."""
    weights = built.system.weights
    chosen = np.ones(int(rows.sum())) if weights is None else weights[rows]
    return np.asarray(chosen / chosen.sum())


def contrast(
    built: Built,
    fit: Fit,
    asked: Question,
    changes: tuple[Mapping[str, Floats], Mapping[str, Floats]],
    among: Bools | None = None,
    scale: Floats | None = None,
    term: str = "",
) -> Estimate:
    """Average of prediction(first changes) − prediction(second changes).

    Parameters
    ----------
    among
        Rows of the system that count; all on which both are known for None.
    scale
        Divides each row's difference (the width of a step), shape ``(n,)``.
    """
    frames = [framed(built, fit, regressors(built, change)) for change in changes]
    rows = known_rows(frames[0], asked) & known_rows(frames[1], asked)
    if among is not None:
        rows = rows & among
    weight = row_weights(built, rows)
    if scale is not None:
        weight = weight / scale[rows]
    (high, up), (low, down) = (average(frame, asked, rows, weight) for frame in frames)
    return Estimate(term, high - low, up - down, int(rows.sum()))


def margins(
    built: Built,
    fit: Fit,
    variables: Sequence[str] | None,
    kind: str,
    equation: str | None,
    within: Within,
    category: Any,
    condition: Mapping[str, Any] | None,
    discrete: bool,
) -> list[Estimate]:
    """Average marginal effects of variables on a prediction.

    A slope for a number, one against zero for a 0/1 variable (a slope too unless ``discrete``).
    """
    asked = question(built, kind, equation, within, category, condition)
    wanted = variables or _right_columns(built, asked)
    found: list[Estimate] = []
    for name in wanted:
        if name not in built.survey.frame.columns:
            raise SpecError(
                "estimate.cmp.unknown_column", column=name, nearest=_right_columns(built, asked)
            )
        found += _one_margin(built, fit, asked, name, discrete)
    return found


def _right_columns(built: Built, asked: Question) -> list[str]:
    """Columns of the equations asked about and of those whose latent variables feed them."""
    reached = list(asked.equations)
    for j in reached:
        for name in built.equations[j].latent:
            if built.names.index(name) not in reached:
                reached.append(built.names.index(name))
    found: dict[str, None] = {}
    for j in reached:
        found.update(dict.fromkeys(built.equations[j].right_columns))
    return list(found)


def _one_margin(
    built: Built, fit: Fit, asked: Question, name: str, discrete: bool
) -> list[Estimate]:
    series = plain(built.survey.frame.get_column(name)[built.at])
    if kind_of(series) == "text":
        raise SpecError("estimate.cmp.text_margin", variable=name)
    values = series.cast(pl.Float64).fill_null(0.0).to_numpy()
    if discrete and np.isin(values, (0.0, 1.0)).all():
        one, zero = np.ones_like(values), np.zeros_like(values)
        return [contrast(built, fit, asked, ({name: one}, {name: zero}), term=name)]
    step = _STEP * float(values.std())
    up, down = values + step, values - step
    return [contrast(built, fit, asked, ({name: up}, {name: down}), scale=up - down, term=name)]


def treatment_effects(
    built: Built, fit: Fit, treatment: str, outcome: str | None
) -> tuple[list[Estimate], list[str]]:
    """ATE, ATT and ATU of a 0/1 treatment, for each category of an ordered outcome.

    E[Y(1) − Y(0)] over all rows, over the treated and over the untreated. Where the outcome is
    limited, the treated and untreated differ in ε as well: their means condition on the
    treatment equation, P(·| T* > 0) and P(·| T* ≤ 0).

    Raises
    ------
    SpecError
        If the treatment is not the outcome of a probit here, or not on the right of the outcome.
    """
    t = _treatment_equation(built, treatment)
    j = _outcome_equation(built, treatment, outcome, t)
    values = _column(built, treatment)
    own = _own_scale(built, j)
    ones, zeros = np.ones_like(values), np.zeros_like(values)
    changes = ({treatment: ones}, {treatment: zeros})
    groups = (
        ("ATE", None, None),
        ("ATT", values > 0.5, Range(0.0, np.inf)),
        ("ATU", values <= 0.5, Range(-np.inf, 0.0)),
    )
    paired = (min(j, t), max(j, t)) in fit.layout.corr
    found, labels = [], []
    for label, asked in own:
        for name, among, condition in groups:
            if condition is not None and paired and asked.kind != "xb":
                asked_here = replace(asked, given=t, condition=condition)
            else:
                asked_here = asked
            found.append(contrast(built, fit, asked_here, changes, among, term=name))
            labels.append(label)
    return found, labels


def _treatment_equation(built: Built, treatment: str) -> int:
    for t, one in enumerate(built.equations):
        if one.response == treatment and one.spec.kind == "probit":
            return t
    known = [one.response for one in built.equations if one.spec.kind == "probit"]
    raise SpecError("estimate.cmp.no_treatment", treatment=treatment, known=known or ["–"])


def _outcome_equation(built: Built, treatment: str, outcome: str | None, t: int) -> int:
    if outcome is not None:
        j = equation_number(built, outcome)
        if treatment in built.equations[j].right_columns:
            return j
    else:
        for j, one in enumerate(built.equations):
            if j != t and treatment in one.right_columns:
                return j
    raise SpecError(
        "estimate.cmp.treatment_not_used", treatment=treatment, outcome=outcome or built.names[0]
    )


def _column(built: Built, name: str) -> Floats:
    series = plain(built.survey.frame.get_column(name)[built.at])
    return series.cast(pl.Float64).fill_null(0.0).to_numpy()


def _own_scale(built: Built, j: int) -> list[tuple[str, Question]]:
    """What the outcome's own scale is: its mean, its share of ones, its categories."""
    spec, name = built.equations[j].spec, built.names[j]
    if spec.kind in ("probit", "fractional"):
        return [(name, question(built, "pr", name))]
    if spec.kind == "tobit":
        return [(name, question(built, "ystar", name))]
    if spec.kind == "oprobit":
        return [
            (f"{name} = {level}", Question("pr", j, category_range(built, j, level)))
            for level in built.levels[name]
        ]
    return [(name, Question("xb", j))]
