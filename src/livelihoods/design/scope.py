"""Columns as the language sees them: numbers, texts, true/false, each with nulls."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from livelihoods.design.language import Expr, Name, at, label, nearest
from livelihoods.errors import FormulaError

if TYPE_CHECKING:
    from livelihoods.survey.model import Survey
    from livelihoods.typing import Ints

Kind = Literal["number", "text", "truth", "other"]
TroubleReason = Literal[
    "divided_by_zero", "not_positive_log", "negative_root", "overflow", "no_previous", "no_peers"
]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Rows where an expression has no value although its columns have.

    Attributes
    ----------
    reason
        Which rule of arithmetic was broken, or that a household has no wave before or no peers.
    part
        The part of the expression, as printed.
    places
        Row numbers within the frame, ascending.
    within
        Columns that say who the peers are.
    """

    reason: TroubleReason
    part: str
    places: Ints
    within: tuple[str, ...] = ()


@dataclass(slots=True)
class Scope:
    """The frame an expression is evaluated on, and what happened on the way."""

    survey: Survey
    text: str
    troubles: list[Trouble] = field(default_factory=list)

    @property
    def height(self) -> int:
        """Rows of the frame."""
        return self.survey.frame.height

    def raw(self, name: Name) -> pl.Series:
        """Return a column as it is; an unknown one is an error with the nearest names."""
        columns = self.survey.frame.columns
        if name.name not in columns:
            near = nearest(name.name, columns) or columns
            where = at(self.text, name.at)
            raise FormulaError("design.unknown_name", name=name.name, nearest=near, **where)
        return self.survey.frame.get_column(name.name)

    def column(self, name: Name) -> pl.Series:
        """Return a column as Float64, String or Boolean; NaN and infinities become null."""
        return plain(self.raw(name))

    def refuse(self, expr: Expr, expected: Kind, found: Kind) -> FormulaError:
        """Return the error for a part that is of the wrong kind."""
        code = {
            "number": "design.needs_number",
            "truth": "design.needs_truth",
            "text": "design.needs_text",
            "other": "design.needs_number",
        }[expected]
        return FormulaError(code, part=label(expr), kind=found, **at(self.text, place_of(expr)))

    def checked(self, result: pl.Series, reason: TroubleReason, expr: Expr) -> pl.Series:
        """Turn values that do not exist into nulls and remember their rows."""
        bad = result.is_finite().not_()
        if not bad.any():
            return result
        places = np.flatnonzero(bad.fill_null(False).to_numpy())
        if len(result) == 1 and self.height != 1:
            places = np.arange(self.height, dtype=np.int64)
        self.troubles.append(Trouble(reason, label(expr), places.astype(np.int64)))
        return result.set(bad.fill_null(False), None)


def plain(series: pl.Series) -> pl.Series:
    """Return a column as Float64, String or Boolean, with null for every value that is none."""
    dtype = series.dtype
    if dtype == pl.Boolean or dtype == pl.String:
        return series
    if isinstance(dtype, pl.Categorical | pl.Enum):
        return series.cast(pl.String)
    if dtype == pl.Null or dtype.is_numeric():
        numbers = series.cast(pl.Float64)
        if dtype.is_float() and not numbers.is_finite().all():
            return numbers.set(numbers.is_finite().not_().fill_null(False), None)
        return numbers
    return series


def kind_of(series: pl.Series) -> Kind:
    """Return what a plain column holds."""
    if series.dtype == pl.Float64:
        return "number"
    if series.dtype == pl.String:
        return "text"
    return "truth" if series.dtype == pl.Boolean else "other"


def place_of(expr: Expr) -> int:
    """Return where an expression starts in its text."""
    from livelihoods.design.language import walk

    return min(node.at for node in walk(expr))


def stretched(series: pl.Series, height: int) -> pl.Series:
    """Return a column of the frame's height; a single value is repeated."""
    return series.new_from_index(0, height) if len(series) == 1 and height != 1 else series
