"""Answers to a set of items as complete rows, their correlations, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from livelihoods.engine import ColumnSource, Executor, MappedSource, comoments, fold
from livelihoods.engine.states import Comoments
from livelihoods.errors import DataError, SpecError
from livelihoods.measure.orient import complete, keep_complete
from livelihoods.measure.prepare import left_out, numeric_column, refuse_empty, require_columns
from livelihoods.notes import Note, Where
from livelihoods.numerics.polychoric import Polychoric, polychoric
from livelihoods.typing import Bools, Floats

if TYPE_CHECKING:
    from livelihoods.survey.model import Survey

_SINGULAR = 1e-10
_FEW_ANSWERS = 5
MOST_ANSWERS = 10


@dataclass(frozen=True, slots=True)
class Items:
    """Complete answers to ``p`` items.

    Attributes
    ----------
    names
        The items.
    columns
        Answers of all rows, NaN where missing, each of shape ``(n,)``.
    used
        Complete rows, shape ``(n,)``.
    moments
        Means and cross-products over the complete rows.
    notes
        Rows left out, few answers.
    """

    names: tuple[str, ...]
    columns: dict[str, NDArray[Any]]
    used: Bools
    moments: Comoments
    notes: tuple[Note, ...]

    @property
    def nobs(self) -> int:
        """Complete rows."""
        return int(self.moments.rows[0])

    @property
    def correlation(self) -> Floats:
        """Correlations, shape ``(p, p)``."""
        return np.asarray(self.moments.correlation()[0])

    @property
    def covariance(self) -> Floats:
        """Covariances with divisor n − 1, shape ``(p, p)``."""
        return np.asarray(self.moments.covariance()[0])

    def standardised(self) -> list[Floats]:
        """Return (x − mean)/sd of each item over all rows, sd with n − 1."""
        spread = np.sqrt(np.diag(self.covariance))
        return [
            np.asarray((self.columns[name] - self.moments.mean[0, j]) / spread[j])
            for j, name in enumerate(self.names)
        ]


def read_items(
    survey: Survey, items: Sequence[str], executor: Executor | None = None, fewest: int = 2
) -> Items:
    """Return the complete answers to some items.

    Raises
    ------
    SpecError
        If fewer than ``fewest`` items are named, or one twice.
    DataError
        If an item is absent, not numeric, wholly missing or constant, or there are not more
        complete rows than items.
    """
    names = tuple(items)
    repeated = [name for place, name in enumerate(names) if name in names[:place]]
    if len(names) < fewest or repeated:
        raise SpecError("measure.item_list", items=list(names), repeated=repeated, fewest=fewest)
    require_columns(survey, names)
    columns: dict[str, NDArray[Any]] = {name: numeric_column(survey, name) for name in names}
    refuse_empty(names, columns)
    used = complete(names, columns)
    if used.sum() <= len(names):
        raise DataError(
            "measure.few_rows", rows=int(used.sum()), items=len(names), variables=list(names)
        )
    source = MappedSource(ColumnSource(columns), partial(keep_complete, names))
    moments = fold(comoments(names), source, executor)
    _refuse_constant(names, moments)
    notes = (*left_out(survey, used, names, columns), *_few_answers(names, columns, used))
    return Items(names, columns, used, moments, notes)


def _refuse_constant(names: Sequence[str], moments: Comoments) -> None:
    spread = np.diag(moments.cross[0])
    # What rounding leaves of a constant, and what is too small to be divided by.
    nothing = np.maximum(1e-26 * moments.rows[0] * moments.mean[0] ** 2, 1e-280)
    constant = [j for j in range(len(names)) if spread[j] <= nothing[j]]
    if constant:
        raise DataError(
            "measure.constant",
            variables=[names[j] for j in constant],
            values=[f"{moments.mean[0, j]:g}" for j in constant],
            group="",
        )


def _few_answers(
    names: Sequence[str], columns: dict[str, NDArray[Any]], used: Bools
) -> tuple[Note, ...]:
    few = [name for name in names if np.unique(columns[name][used]).size <= _FEW_ANSWERS]
    if not few:
        return ()
    return (Note("measure.few_answers", "info", {"n": len(few)}, Where(tuple(few))),)


def polychoric_of(answers: Items) -> Polychoric:
    """Return the polychoric correlations of the complete answers.

    Raises
    ------
    DataError
        If an item has more than ten different answers: it is no short ordered scale.
    """
    codes, many = [], []
    for name in answers.names:
        values, numbers = np.unique(answers.columns[name][answers.used], return_inverse=True)
        codes.append(numbers.astype(np.int64))
        if values.size > MOST_ANSWERS:
            many.append(name)
    if many:
        raise DataError("measure.too_many_answers", variables=many, most=MOST_ANSWERS)
    return polychoric(codes)


def refuse_singular(names: Sequence[str], R: Floats) -> None:
    """Raise if some items are an exact linear combination of others, naming them."""
    values, vectors = np.linalg.eigh(R)
    if values[0] > _SINGULAR:
        return
    involved = np.abs(vectors[:, values <= _SINGULAR]).max(axis=1) > 1e-6
    raise DataError(
        "measure.singular_items",
        variables=[name for name, bound in zip(names, involved, strict=True) if bound],
    )
