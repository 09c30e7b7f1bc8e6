"""Coefficients with their covariance, as every regression in this room reports them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods import words
from livelihoods.numerics import special
from livelihoods.tables import Cell, Column, Row, Table, integer, interval, number, p_value, text
from livelihoods.words.terms import label_term

if TYPE_CHECKING:
    from livelihoods.notes import Note
    from livelihoods.typing import Floats


@dataclass(frozen=True, slots=True)
class Coefficients:
    """Named estimates, shape ``(k,)``, with their covariance ``(k, k)``.

    Attributes
    ----------
    names
        Terms as printed.
    values, covariance
        The estimates and their covariance.
    df
        Degrees of freedom of t; infinity for the normal.
    conf_level
        Level of the intervals.
    equations
        The equation of each coefficient; empty if there is one equation only.
    """

    names: tuple[str, ...]
    values: Floats
    covariance: Floats
    df: float
    conf_level: float = 0.95
    equations: tuple[str, ...] = ()

    @property
    def std_errors(self) -> Floats:
        """Square roots of the diagonal; NaN where it is negative."""
        with np.errstate(invalid="ignore"):
            return np.asarray(np.sqrt(np.diag(self.covariance)))

    def tidy(self) -> pl.DataFrame:
        """Return one row a coefficient in the common vocabulary."""
        errors = self.std_errors
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = self.values / errors
        reach = special.t_critical(self.conf_level, self.df) * errors
        columns: dict[str, Any] = {"equation": self.equations} if self.equations else {}
        columns |= {
            "term": self.names,
            "estimate": self.values,
            "std_error": errors,
            "statistic": ratio,
            "p_value": special.t_two_sided(ratio, self.df),
            "conf_low": self.values - reach,
            "conf_high": self.values + reach,
        }
        return pl.DataFrame(columns).fill_nan(None)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A tidy frame that a coefficient plot can draw."""

    frame: pl.DataFrame

    def tidy(self) -> pl.DataFrame:
        """Return the frame."""
        return self.frame


def check_level(conf_level: float) -> float:
    """Return the level if it lies strictly between 0 and 1.

    Raises
    ------
    SpecError
        If it does not.
    """
    if not 0.0 < conf_level < 1.0:
        from livelihoods.errors import SpecError

        raise SpecError("estimate.conf_level", given=conf_level)
    return conf_level


def label(key: str, **values: Any) -> str:
    """Return one of this room's labels in the current language."""
    return words.text(f"estimate.labels.{key}", **values)


_wordings: ContextVar[Mapping[str, str] | None] = ContextVar("wordings", default=None)


@contextmanager
def use_labels(labels: Mapping[str, str]) -> Iterator[None]:
    """Print variables by their wording inside the ``with`` block; records keep names."""
    token = _wordings.set(labels)
    try:
        yield
    finally:
        _wordings.reset(token)


def shown(term: str) -> str:
    """Return a variable or term as people read it."""
    return label_term(term, _wordings.get() or {}, words.language())


def stars(p: float | None) -> int:
    """Return 3, 2, 1, 0 stars at 1 %, 5 %, 10 %."""
    if p is None or math.isnan(p):
        return 0
    return sum(p < cut for cut in (0.01, 0.05, 0.10))


def _printed(value: float | int | str | None, decimals: int | None) -> Cell:
    if isinstance(value, str):
        return text(value)
    if isinstance(value, bool) or value is None:
        return text("–") if value is None else text(str(value))
    return integer(value) if isinstance(value, int) else number(value, decimals)


def coefficient_table(
    table_id: str,
    title: str,
    frame: pl.DataFrame,
    statistics: Sequence[tuple[str, float | int | str | None]],
    notes: Sequence[Note],
    *,
    conf_level: float,
    normal: bool = False,
    legend: Sequence[str] = (),
) -> Table:
    """Return estimates, standard errors, t or z, p and intervals, with statistics below.

    Parameters
    ----------
    frame
        A tidy frame; a column ``equation`` makes sections.
    statistics
        Label and value pairs printed under the coefficients.
    """
    grouped = "equation" in frame.columns
    rows: list[Row] = []
    section: str | None = None
    blank = Cell(None, "blank")
    for entry in frame.iter_rows(named=True):
        if grouped and entry["equation"] != section:
            section = entry["equation"]
            rows.append(Row((text(str(section)), *([blank] * 5)), "section", bool(rows)))
        low, high = entry["conf_low"], entry["conf_high"]
        cells = (
            text(shown(entry["term"])),
            number(entry["estimate"], stars=stars(entry["p_value"])),
            number(entry["std_error"]),
            number(entry["statistic"], 2),
            p_value(entry["p_value"]),
            blank if low is None or high is None else interval(low, high),
        )
        rows.append(Row(cells, indent=int(grouped)))
    for place, (name, value) in enumerate(statistics):
        rows.append(
            Row((text(name), _printed(value, None), *([blank] * 4)), "statistic", place == 0)
        )
    columns = (
        Column("term", label("term"), "left"),
        Column("estimate", label("estimate")),
        Column("std_error", label("std_error")),
        Column("statistic", "z" if normal else "t"),
        Column("p_value", label("p_value")),
        Column("interval", label("interval", level=f"{100 * conf_level:g}"), "center"),
    )
    said = (label("stars"), *legend)
    return Table(
        table_id,
        title,
        columns,
        tuple(rows),
        notes=tuple(notes),
        legend=said,
        language=words.language(),
    )


def record_values(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """Return a frame as plain rows for the run record."""
    return frame.to_dicts()
