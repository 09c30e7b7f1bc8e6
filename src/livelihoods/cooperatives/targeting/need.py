"""What households need: consumption known, or known up to an error, and persons to feed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from livelihoods.cooperatives.targeting.optimum import expected_gap
from livelihoods.describe.setting import Setting, check_columns
from livelihoods.errors import DataError, SpecError
from livelihoods.notes import Note, Where

if TYPE_CHECKING:
    from livelihoods.survey.model import Survey
    from livelihoods.typing import Bools, Floats, Ints

_AT_LINE = 1e-9  # a household lifted to the line is not poor, whatever the last digit says


@dataclass(frozen=True, slots=True)
class Need:
    """Households that can be judged.

    Attributes
    ----------
    line
        Poverty line per head, z.
    consumption
        Per head, shape ``(n,)``; NaN where only a prediction exists.
    mean, spread
        Of ln c, shape ``(n,)``; spread 0 where consumption is known.
    persons
        Shape ``(n,)``.
    places, rows
        Row of each household within the frame, and in the original data.
    notes
        Who could not be judged.
    """

    line: float
    consumption: Floats
    mean: Floats
    spread: Floats
    persons: Floats
    places: Ints
    rows: Ints
    notes: tuple[Note, ...]

    @property
    def uncertain(self) -> bool:
        """Whether consumption is known only with error."""
        return bool(np.any(self.spread > 0))

    @property
    def central(self) -> Floats:
        """Consumption, or its median where it is predicted."""
        return np.exp(self.mean) if self.uncertain else self.consumption

    def loss(self, per_head: Floats, alpha: int) -> Floats:
        """Return persons · E[((z − c − t)₊/z)^α] of each household, shape ``(n,)``."""
        if self.uncertain:
            left = np.maximum(self.line - per_head, 0.0)
            return np.asarray(
                self.persons * expected_gap(self.mean, self.spread, left, alpha) / self.line**alpha
            )
        left = self.line - self.consumption - per_head
        if alpha == 0:
            return np.where(left > _AT_LINE * self.line, self.persons, 0.0)
        return np.asarray(self.persons * (np.maximum(left, 0.0) / self.line) ** alpha)


def read_need(
    survey: Survey,
    line: float,
    *,
    consumption: str | None,
    predicted: str | None,
    spread: str | float | None,
    persons: str | None,
) -> Need:
    """Read needs from columns.

    Raises
    ------
    SpecError
        Consumption given twice or not at all, a prediction without its error, or the reverse.
    DataError
        A negative consumption or error, a household without persons, nobody poor.
    """
    if (consumption is None) == (predicted is None):
        raise SpecError("targeting.consumption_or_prediction")
    if (predicted is None) != (spread is None):
        raise SpecError("targeting.prediction_needs_spread")
    named = [name for name in (consumption, predicted, persons) if name]
    check_columns(survey, [*named, *([spread] if isinstance(spread, str) else [])])
    where = Setting(survey)
    height = survey.frame.height
    known = where.numbers(consumption) if consumption else np.full(height, np.nan)
    mean = where.numbers(predicted) if predicted else np.full(height, np.nan)
    error = np.zeros(height)
    if spread is not None:
        error = where.numbers(spread) if isinstance(spread, str) else np.full(height, float(spread))
    heads = where.numbers(persons) if persons else np.ones(height)
    judged = ~np.isnan(mean if predicted else known) & ~np.isnan(error) & ~np.isnan(heads)
    _refuse(survey, judged & ~(heads > 0), "targeting.no_persons", persons)
    _refuse(survey, judged & (known < 0), "targeting.negative", consumption)
    if predicted:
        _refuse(survey, judged & ~(error > 0), "targeting.no_spread", str(spread))
    if not judged.any():
        raise DataError("targeting.nobody_judged")
    places = np.flatnonzero(judged)
    need = Need(
        line, known[places], mean[places], error[places], heads[places], places,
        survey.rows[places], _not_judged(survey, ~judged),
    )  # fmt: skip
    if not need.uncertain and not np.any(need.consumption < line):
        low, high = float(need.consumption.min()), float(need.consumption.max())
        raise DataError("targeting.nobody_poor", line=line, low=low, high=high)
    return need


def _refuse(survey: Survey, bad: Bools, code: str, name: str | None) -> None:
    if np.any(bad):
        rows = [int(row) for row in survey.rows[np.flatnonzero(bad)]]
        raise DataError(code, variable=name, rows=rows)


def _not_judged(survey: Survey, gone: Bools) -> tuple[Note, ...]:
    rows = tuple(int(row) for row in survey.rows[np.flatnonzero(gone)])
    if not rows:
        return ()
    return (
        Note("targeting.not_judged", "warning", {"n": len(rows), "rows": list(rows)},
             Where((), rows)),
    )  # fmt: skip
