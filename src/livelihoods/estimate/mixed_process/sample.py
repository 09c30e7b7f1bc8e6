"""Which rows an equation may use, and the values of its limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from livelihoods.design.evaluate import evaluate
from livelihoods.design.language import nearest, parse_expression
from livelihoods.design.scope import Scope, kind_of, plain
from livelihoods.errors import SpecError
from livelihoods.notes import Note, Where

if TYPE_CHECKING:
    from livelihoods.estimate.mixed_process.build import ReadEquation
    from livelihoods.survey.model import Survey
    from livelihoods.typing import Bools, Floats


def condition_rows(one: ReadEquation, survey: Survey) -> tuple[Bools, tuple[Note, ...]]:
    """Return rows that meet ``where`` and have an offset, with what must be said about it.

    Raises
    ------
    SpecError
        If ``where`` is not a condition.
    """
    chosen = np.ones(survey.frame.height, dtype=np.bool_)
    notes: list[Note] = []
    if one.spec.where is not None:
        scope = Scope(survey, one.spec.where)
        values = evaluate(parse_expression(one.spec.where), scope)
        if kind_of(values) == "number":
            values = values != 0
        if values.dtype != pl.Boolean:
            raise SpecError(
                "estimate.cmp.where_no_condition", where=one.spec.where, equation=one.name
            )
        if len(values) == 1 and survey.frame.height != 1:
            values = values.new_from_index(0, survey.frame.height)
        chosen &= values.fill_null(False).to_numpy()
    if one.spec.offset is not None:
        gaps = ~np.isfinite(limit_values(one.spec.offset, survey)) & chosen
        if gaps.any():
            lost = tuple(int(row) for row in survey.rows[gaps])
            said = {"n": len(lost), "variable": one.spec.offset, "equation": one.name}
            notes.append(
                Note("estimate.cmp.offset_rows", "caution", said, Where((one.spec.offset,), lost))
            )
            chosen &= ~gaps
    return chosen, tuple(notes)


def limit_values(limit: float | str | None, survey: Survey, empty: float = np.nan) -> Floats:
    """Return a limit a row: a number repeated, or a column with ``empty`` where it is missing.

    Raises
    ------
    SpecError
        If the column does not exist or holds no numbers.
    """
    height = survey.frame.height
    if limit is None:
        return np.full(height, empty)
    if not isinstance(limit, str):
        return np.full(height, float(limit))
    columns = survey.frame.columns
    if limit not in columns:
        near = nearest(limit, columns) or columns
        raise SpecError("estimate.cmp.unknown_column", column=limit, nearest=near)
    series = plain(survey.frame.get_column(limit))
    if kind_of(series) != "number":
        raise SpecError("estimate.cmp.not_numeric", column=limit)
    return series.fill_null(empty).to_numpy()
