"""Average marginal effects with delta-method standard errors.

A variable is moved in the data, not a column in the matrix: with ``age + age^2`` or ``a * b`` all
its columns move. Continuous variables: derivative; 0/1 variables: from 0 to 1; factors: from the
reference to each level.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from livelihoods.design.build import Prepared
from livelihoods.design.language import parse_formula
from livelihoods.errors import SpecError
from livelihoods.estimate.coefficients import Coefficients
from livelihoods.notes import Note, Where

if TYPE_CHECKING:
    from livelihoods.design.model import Design
    from livelihoods.estimate.model_kinds import MlFit
    from livelihoods.survey.model import Survey
    from livelihoods.typing import Floats

_STEP = 1e-4  # of a standard deviation: truncation 1e-9, rounding 1e-12


@dataclass(frozen=True, slots=True)
class _Move:
    """A change of the regressors: from ``X0`` to ``X1``, ``width`` apart."""

    term: str
    X1: Floats
    X0: Floats
    width: float


def average_effects(
    fit: MlFit, design: Design, survey: Survey, formula: str, covariance: Floats, level: float
) -> tuple[Coefficients, tuple[Note, ...]]:
    """Return the average marginal effect of each variable on each predicted response."""
    w = np.ones(design.nobs) if design.weights is None else design.weights
    w = w / w.sum()
    terms: list[str] = []
    responses: list[str] = []
    values: list[float] = []
    gradients: list[Floats] = []
    skipped: list[str] = []
    for move in _moves(design, survey, formula, skipped):
        effect = (
            w @ (fit.predict(move.X1, fit.coef) - fit.predict(move.X0, fit.coef))
        ) / move.width
        gradient = _gradient(fit, move, w, covariance)
        for r, response in enumerate(fit.responses):
            terms.append(move.term)
            responses.append(response)
            values.append(float(effect[r]))
            gradients.append(gradient[r])
    G = np.array(gradients).reshape(len(values), fit.coef.shape[0])
    notes: tuple[Note, ...] = ()
    if skipped:
        where = Where(tuple(skipped))
        notes = (Note("estimate.ame_skipped", "info", {"variables": skipped}, where),)
    several = fit.responses != ("",)
    equations = tuple(responses) if several else ()
    found = Coefficients(
        tuple(terms), np.array(values), G @ covariance @ G.T, float("inf"), level, equations
    )
    return found, notes


def predictive_margins(
    fit: MlFit,
    design: Design,
    survey: Survey,
    formula: str,
    covariance: Floats,
    name: str,
    values: Floats,
) -> tuple[Floats, Floats]:
    """Return the mean prediction with one variable set to each value, and its standard error.

    Parameters
    ----------
    fit, design, survey, formula, covariance
        A fitted model of one response and what it was fitted on.
    name
        Numeric variable of the formula; every column made from it moves.
    values
        Shape ``(m,)``.

    Returns
    -------
    tuple
        Means and delta-method standard errors, shapes ``(m,)``.
    """
    if fit.slope is None:
        raise SpecError("estimate.no_margins", variable=name)
    w = np.ones(design.nobs) if design.weights is None else design.weights
    w = w / w.sum()
    sample = survey.keep(pl.Series(np.isin(survey.rows, design.rows)), "estimation")
    means, errors = np.empty(values.shape[0]), np.empty(values.shape[0])
    for place, value in enumerate(values.tolist()):
        X = _with_value(design, sample, formula, name, np.full(design.nobs, value))
        gradient = (w * fit.slope(X @ fit.coef)) @ X
        means[place] = float((w @ fit.predict(X, fit.coef))[0])
        errors[place] = float(np.sqrt(gradient @ covariance @ gradient))
    return means, errors


def _gradient(fit: MlFit, move: _Move, w: Floats, covariance: Floats) -> Floats:
    """Derivative of the effect in θ, shape ``(R, p)``."""
    theta = fit.coef
    if fit.slope is not None:
        one = (w * fit.slope(move.X1 @ theta)) @ move.X1
        two = (w * fit.slope(move.X0 @ theta)) @ move.X0
        return np.asarray(((one - two) / move.width)[None, :])
    steps = 1e-4 * np.sqrt(np.maximum(np.diag(covariance), 1e-24))
    out = np.empty((len(fit.responses), theta.shape[0]))
    for j, step in enumerate(steps):
        sides = []
        for sign in (1.0, -1.0):
            moved = theta.copy()
            moved[j] += sign * step
            sides.append(w @ (fit.predict(move.X1, moved) - fit.predict(move.X0, moved)))
        out[:, j] = (sides[0] - sides[1]) / (2.0 * step * move.width)
    return out


def _moves(design: Design, survey: Survey, formula: str, skipped: list[str]) -> Iterator[_Move]:
    read = parse_formula(formula)
    names: dict[str, None] = {}
    for term in read.rhs:
        names.update(dict.fromkeys(_variables(term.label, design)))
    kept = np.isin(survey.rows, design.rows)
    sample = survey.keep(pl.Series(kept), "estimation")
    for name in names:
        mains = [term for term in dict.fromkeys(design.terms) if _is_factor(term, name, sample)]
        if mains:
            if any(":" in term and mains[0] in term.split(":") for term in design.terms):
                skipped.append(name)
                continue
            yield from _factor_moves(design, mains[0])
        else:
            yield _numeric_move(design, sample, formula, name)


def _variables(label: str, design: Design) -> list[str]:
    read = parse_formula(f"~ {label}")
    return [name for name in read.variables if name in design.variables]


def _is_factor(term: str, name: str, sample: Survey) -> bool:
    if ":" in term:
        return False
    if term.startswith("C("):
        return name in parse_formula(f"~ {term}").variables
    dtype = sample.frame.get_column(name).dtype
    return term.strip("`") == name and not (dtype.is_numeric() or dtype == pl.Boolean)


def _factor_moves(design: Design, term: str) -> Iterator[_Move]:
    columns = [j for j, own in enumerate(design.terms) if own == term]
    base = design.X.copy(order="F")
    base[:, columns] = 0.0
    for j in columns:
        moved = base.copy(order="F")
        moved[:, j] = 1.0
        yield _Move(design.names[j], moved, base, 1.0)


def _numeric_move(design: Design, sample: Survey, formula: str, name: str) -> _Move:
    column = sample.frame.get_column(name).cast(pl.Float64)
    values = column.to_numpy()
    if bool(np.all((values == 0.0) | (values == 1.0))):
        up, down = np.ones_like(values), np.zeros_like(values)
        width = 1.0
    else:
        half = _STEP * (float(values.std()) or 1.0)
        up, down = values + half, values - half
        width = 2.0 * half
    X1, X0 = (_with_value(design, sample, formula, name, side) for side in (up, down))
    return _Move(name, X1, X0, width)


def _with_value(design: Design, sample: Survey, formula: str, name: str, values: Floats) -> Floats:
    """The design's columns with one variable set to other values, built anew only where needed."""
    plain = [j for j, term in enumerate(design.terms) if name in _variables_of(term)]
    if len(plain) != 1 or design.names[plain[0]] != name:
        return _rebuilt(design, sample, formula, name, values)
    X = design.X.copy(order="F")
    X[:, plain[0]] = values
    return X


def _variables_of(term: str) -> tuple[str, ...]:
    if term == "(Intercept)":
        return ()
    return parse_formula(f"~ {term}").variables


def _rebuilt(design: Design, sample: Survey, formula: str, name: str, values: Floats) -> Floats:
    """The design's columns with one variable set to other values."""
    changed = sample.with_columns({name: pl.Series(name, values)}, {})
    read = parse_formula(formula)
    prepared = Prepared(read, changed, None, ())
    block = prepared.block(read.rhs, read.intercept)
    places = [block.names.index(column) for column in design.names]
    if block.X.shape[0] != design.nobs:
        from livelihoods.errors import EstimationError

        raise EstimationError("estimate.ame_undefined", variable=name)
    return np.asfortranarray(block.X[:, places])
