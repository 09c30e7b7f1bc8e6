"""A plan of support as a value: who gets what, what it leaves, whether it is fair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from livelihoods.cooperatives.targeting.need import Need
    from livelihoods.figures import Figure
    from livelihoods.notes import Note
    from livelihoods.tables import Table
    from livelihoods.typing import Floats


@dataclass(frozen=True, slots=True)
class SupportPlan:
    """Who gets how much of a support budget.

    Attributes
    ----------
    need
        Households, consumption, persons and line.
    per_head
        Transfer per head, shape ``(n,)``.
    budget, alpha, grants
        What was asked.
    level
        Consumption to which the poorest are raised; None if the plan has no such level.
    comparison
        Poverty after this plan and after simple ones that cost as much: ``plan, spent,
        recipients, fgt0, fgt1, fgt2``. Expected values where consumption is uncertain.
    fairness
        Column -> one row a group.
    labels
        Column -> its wording.
    notes
        What must be said.
    """

    need: Need
    per_head: Floats
    budget: float
    alpha: int
    grants: tuple[float, ...]
    level: float | None
    comparison: pl.DataFrame
    fairness: Mapping[str, pl.DataFrame]
    labels: Mapping[str, str]
    notes: tuple[Note, ...]

    @property
    def spent(self) -> float:
        """Money given."""
        return float(self.per_head @ self.need.persons)

    def tidy(self) -> pl.DataFrame:
        """Return poverty after each plan."""
        return self.comparison

    def households(self) -> pl.DataFrame:
        """Return who gets what: row of the data, consumption before and after, money."""
        need = self.need
        return pl.DataFrame(
            {
                "row": need.rows,
                "consumption": need.central,
                "persons": need.persons,
                "per_head": self.per_head,
                "amount": self.per_head * need.persons,
                "after": need.central + self.per_head,
            }
        )

    def glance(self) -> pl.DataFrame:
        """Return one row: budget, spent, need, recipients, level."""
        need = self.need
        gap = np.maximum(0.0, need.line - need.central) @ need.persons
        return pl.DataFrame(
            {
                "households": [need.persons.size],
                "persons": [float(need.persons.sum())],
                "line": [need.line],
                "alpha": [self.alpha],
                "budget": [self.budget],
                "spent": [self.spent],
                "gap": [float(gap)],
                "recipients": [int(np.sum(self.per_head > 0))],
                "level": [self.level],
            },
            schema_overrides={"level": pl.Float64},
        )

    def summary(self) -> Table:
        """Return this plan beside simple ones."""
        from livelihoods.cooperatives.targeting.allocation_show import plans_table

        return plans_table(self)

    def fairness_tables(self) -> tuple[Table, ...]:
        """Return one table for each grouping asked for."""
        from livelihoods.cooperatives.targeting.allocation_show import fairness_table

        return tuple(fairness_table(self, name) for name in self.fairness)

    def plot(self) -> Figure:
        """Draw consumption per head before and after, from the poorest person up."""
        from livelihoods.cooperatives.targeting.allocation_show import plan_figure

        return plan_figure(self)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        return {
            "glance": self.glance().to_dicts()[0],
            "plans": self.comparison.to_dicts(),
            "fairness": {name: frame.to_dicts() for name, frame in self.fairness.items()},
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        """Print the table."""
        return repr(self.summary())
