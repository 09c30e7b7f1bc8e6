"""Predictions for every row of the data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods.errors import SpecError
from livelihoods.estimate.mixed_process.arrays import POINT
from livelihoods.estimate.mixed_process.asking import Within, equation_number, question
from livelihoods.estimate.mixed_process.average import Frame, answer, framed, known_rows
from livelihoods.estimate.mixed_process.regressors import regressors

if TYPE_CHECKING:
    from livelihoods.estimate.mixed_process.build import Built
    from livelihoods.estimate.mixed_process.fit import Fit
    from livelihoods.typing import Bools, Floats


def predicted(
    built: Built,
    fit: Fit,
    kind: str,
    equation: str | None,
    within: Within,
    category: Any,
    condition: Mapping[str, Any] | None,
    reduced_form: bool,
) -> pl.DataFrame:
    """Return predictions of the data's height; see ``CmpResult.predict``."""
    frame = framed(built, fit, regressors(built))
    j = equation_number(built, equation)
    if kind == "residual":
        return _residual(built, frame, j)
    if not reduced_form:
        if kind != "xb":
            raise SpecError("estimate.cmp.reduced_only", kind=kind)
        return _column(built, "xb", frame.own[j], frame.known[j])
    ordered = built.equations[j].spec.kind == "oprobit"
    if kind in ("pr", "joint") and ordered and category is None and within is None:
        columns = [
            _asked(built, frame, kind, equation, within, level, condition, f"pr_{level}")
            for level in built.levels[built.names[j]]
        ]
        return pl.concat(columns, how="horizontal")
    return _asked(built, frame, kind, equation, within, category, condition, kind)


def _asked(
    built: Built,
    frame: Frame,
    kind: str,
    equation: str | None,
    within: Within,
    category: Any,
    condition: Mapping[str, Any] | None,
    name: str,
) -> pl.DataFrame:
    asked = question(built, kind, equation, within, category, condition)
    rows = known_rows(frame, asked)
    values = np.zeros(rows.size)
    values[rows] = answer(frame, asked, rows)
    return _column(built, name, values, rows)


def _residual(built: Built, frame: Frame, j: int) -> pl.DataFrame:
    arrays = built.system.equations[j]
    rows = frame.known[j] & (arrays.code == POINT)
    return _column(built, "residual", arrays.low - frame.mu[j], rows)


def _column(built: Built, name: str, values: Floats, rows: Bools) -> pl.DataFrame:
    """Spread values on the rows of the system over the whole data; null elsewhere."""
    out = np.full(built.survey.frame.height, np.nan)
    out[built.at[rows]] = values[rows]
    return pl.DataFrame({name: out}).fill_nan(None)
