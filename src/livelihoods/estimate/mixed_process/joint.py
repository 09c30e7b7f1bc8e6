"""Average joint probabilities of the categories of two equations, with their errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods.errors import SpecError
from livelihoods.estimate.mixed_process import effects as ef
from livelihoods.estimate.mixed_process.asking import category_range, equation_number
from livelihoods.estimate.mixed_process.average import Question, Range, average, framed, known_rows
from livelihoods.estimate.mixed_process.regressors import regressors

if TYPE_CHECKING:
    from livelihoods.estimate.mixed_process.build import Built
    from livelihoods.estimate.mixed_process.result import CmpResult


def joint_probabilities(result: CmpResult, first: str, second: str) -> pl.DataFrame:
    """Return P(first = a, second = b), averaged over rows, for every pair of categories.

    Parameters
    ----------
    result
        A system with two probit or ordered equations of these names.
    first, second
        Names of the equations.

    Returns
    -------
    Tidy frame with a column for each equation holding its category; delta-method errors over all
    parameters. The estimates sum to one.

    Raises
    ------
    SpecError
        If an equation has no categories.
    """
    built, fit = result.built, result.fit
    j, k = equation_number(built, first), equation_number(built, second)
    frame = framed(built, fit, regressors(built))
    found: list[ef.Estimate] = []
    pairs: list[tuple[Any, Any]] = []
    for a, within in _categories(built, j):
        for b, condition in _categories(built, k):
            asked = Question("joint", j, within, k, condition)
            rows = known_rows(frame, asked)
            value, gradient = average(frame, asked, rows, ef.row_weights(built, rows))
            found.append(
                ef.Estimate(f"{first}={a}, {second}={b}", value, gradient, int(rows.sum()))
            )
            pairs.append((a, b))
    columns = {first: [a for a, _ in pairs], second: [b for _, b in pairs]}
    return ef.tidy_estimates(found, fit.covariance, result.conf_level, **columns)


def _categories(built: Built, j: int) -> list[tuple[Any, Range]]:
    spec, name = built.equations[j].spec, built.names[j]
    if spec.kind == "probit":
        return [(0, Range(-np.inf, 0.0)), (1, Range(0.0, np.inf))]
    if spec.kind == "oprobit":
        return [(level, category_range(built, j, level)) for level in built.levels[name]]
    raise SpecError("estimate.cmp.no_categories", equation=name, kind=spec.kind)
