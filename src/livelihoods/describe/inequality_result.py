"""What a measurement of inequality says: estimates, splits, curves, kinds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl
import polars.selectors as cs

from livelihoods.describe.inequality_cells import Estimate, Interval

if TYPE_CHECKING:
    from livelihoods.figures import Figure
    from livelihoods.notes import Note
    from livelihoods.tables import Table
    from livelihoods.typing import Floats


@dataclass(frozen=True, slots=True)
class SplitPart:
    """A group's part in Theil's T.

    Attributes
    ----------
    group
        Wording of the group.
    people, held
        Its share of the holders and of what is held.
    inside
        T within the group.
    between, within
        ``s ln(s/p)`` and ``s T``; over all groups they add up to T exactly.
    """

    group: str
    people: float
    held: float
    inside: float
    between: float
    within: float


@dataclass(frozen=True, slots=True)
class Spread:
    """One variable in one group of ``by`` (or in all rows).

    Attributes
    ----------
    variable, label, group
        Column, wording, the group's wording ("" for all rows).
    nobs, clusters
        Rows used; clusters they come from (0 without clusters).
    estimates
        Measures with their errors.
    split
        Groups' parts in Theil's T; empty without ``groups``.
    lorenz
        Share held by the poorest 0, 1, …, 100 %, shape ``(101,)``; None for kinds.
    kinds
        Wording and share of each kind, largest first; empty for amounts.
    """

    variable: str
    label: str
    group: str
    nobs: int
    clusters: int
    estimates: tuple[Estimate, ...]
    split: tuple[SplitPart, ...] = ()
    lorenz: Floats | None = None
    kinds: tuple[tuple[str, float], ...] = ()

    def get(self, measure: str) -> Estimate:
        """Return one measure; NaN where it was not measured."""
        nan = float("nan")
        found = (one for one in self.estimates if one.measure == measure)
        return next(found, Estimate(measure, nan, nan, nan, nan))


@dataclass(frozen=True, slots=True)
class Inequality:
    """Inequality of amounts and diversity of kinds.

    Attributes
    ----------
    spreads
        One a variable and group of ``by``.
    by, groups
        Wording of the columns, or "".
    interval, conf_level, alpha, replicates
        As asked.
    weight, cluster
        Columns, or "".
    notes
        What must be said.
    """

    spreads: tuple[Spread, ...]
    by: str
    groups: str
    interval: Interval
    conf_level: float
    alpha: float
    replicates: int
    weight: str
    cluster: str
    notes: tuple[Note, ...]

    def tidy(self) -> pl.DataFrame:
        """One row a variable, group and measure."""
        rows = [
            {
                "variable": spread.variable,
                "group": spread.group,
                "term": one.measure,
                "estimate": one.estimate,
                "std_error": one.std_error,
                "statistic": None,
                "p_value": None,
                "conf_low": one.low,
                "conf_high": one.high,
                "nobs": spread.nobs,
                "clusters": spread.clusters,
            }
            for spread in self.spreads
            for one in spread.estimates
        ]
        return pl.DataFrame(rows, schema=_SCHEMA).with_columns(cs.float().fill_nan(None))

    def glance(self) -> pl.DataFrame:
        """One row: variables, cells, how intervals were made."""
        row = {
            "variables": len({spread.variable for spread in self.spreads}),
            "cells": len(self.spreads),
            "interval": self.interval,
            "weight": self.weight,
            "cluster": self.cluster,
        }
        return pl.DataFrame([row])

    def summary(self) -> Table:
        """The first of ``tables()``."""
        return self.tables()[0]

    def tables(self) -> tuple[Table, ...]:
        """Amounts with their intervals, the split by groups, kinds: those that were measured."""
        from livelihoods.describe.inequality_tables import inequality_tables

        return inequality_tables(self)

    def plot(self) -> Figure:
        """Lorenz curves of up to five cells, or the Gini of each with its interval."""
        from livelihoods.describe.inequality_tables import inequality_figure

        return inequality_figure(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for the run record."""
        return {
            "measures": self.tidy().to_dicts(),
            "splits": [
                {"variable": s.variable, "by": s.group, **{n: getattr(part, n) for n in _PARTS}}
                for s in self.spreads
                for part in s.split
            ],
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        """Print the tables."""
        from livelihoods.tables.to_text import to_text

        return "\n".join(to_text(table) for table in self.tables())


_PARTS = SplitPart.__slots__
_SCHEMA: dict[str, Any] = {
    **dict.fromkeys(("variable", "group", "term"), pl.String),
    **dict.fromkeys(
        ("estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high"), pl.Float64
    ),
    **dict.fromkeys(("nobs", "clusters"), pl.Int64),
}
