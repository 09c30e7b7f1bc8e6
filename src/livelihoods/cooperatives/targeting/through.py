"""The poor reached through cooperatives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods.cooperatives.targeting import split as sp
from livelihoods.cooperatives.targeting.need import Need, read_need
from livelihoods.cooperatives.targeting.sample import group_codes
from livelihoods.describe.setting import Setting, check_columns
from livelihoods.errors import DataError
from livelihoods.notes import Note, Where
from livelihoods.survey.door import as_survey

if TYPE_CHECKING:
    from livelihoods.figures import Figure
    from livelihoods.survey.model import Survey
    from livelihoods.tables import Table
    from livelihoods.typing import Ints


@dataclass(frozen=True, slots=True)
class TwoLevelTargeting:
    """How benefits through cooperatives reach the poor.

    Attributes
    ----------
    names
        Cooperatives, shape ``(G,)``.
    split
        Exact decomposition over members; None if no member got anything.
    funnel
        From all poor to those who get something.
    outside
        Money to households in no cooperative; not part of the split.
    notes
        What must be said.
    """

    names: tuple[str, ...]
    split: sp.Split
    funnel: sp.Funnel
    outside: float
    notes: tuple[Note, ...]

    def tidy(self) -> pl.DataFrame:
        """Return one row a cooperative: members, poor, money, and its two parts of S − H."""
        found = self.split
        return pl.DataFrame(
            {
                "cooperative": self.names,
                "persons": found.people,
                "poor": found.poor,
                "poor_share": found.poor / found.people,
                "money": found.money,
                "money_poor": found.money_poor,
                "between": found.between,
                "within": found.within,
            }
        )

    def glance(self) -> pl.DataFrame:
        """Return one row: shares, both parts, and the steps on the way to the poor."""
        found, steps = self.split, self.funnel.steps()
        return pl.DataFrame(
            {
                "cooperatives": [len(self.names)],
                "share_of_poor": [found.share_of_poor],
                "poor_share_of_money": [found.poor_share_of_money],
                "between": [float(found.between.sum())],
                "within": [float(found.within.sum())],
                "gap": [found.gap],
                "gap_between": [found.gap_between],
                "gap_within": [found.gap_within],
                "poor": [self.funnel.poor],
                "member": [steps[0]],
                "supported": [steps[1]],
                "reached": [steps[2]],
            }
        )

    def summary(self) -> Table:
        """Return the way to the poor and the decomposition as a table."""
        from livelihoods.cooperatives.targeting.through_show import two_level_table

        return two_level_table(self)

    def plot(self) -> Figure:
        """Draw how many of the poor are left at each step."""
        from livelihoods.cooperatives.targeting.through_show import funnel_figure

        return funnel_figure(self)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        return {
            "glance": self.glance().to_dicts()[0],
            "cooperatives": self.tidy().to_dicts(),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        """Print the table."""
        return repr(self.summary())


def two_level_targeting(
    data: Any,
    line: float,
    *,
    cooperative: str,
    consumption: str,
    benefit: str,
    persons: str | None = None,
) -> TwoLevelTargeting:
    """Follow benefits through cooperatives to poor members.

    Parameters
    ----------
    data
        All households of the place, members and others, one row each.
    line
        Poverty line per head.
    cooperative
        Column that names the household's cooperative; null for none.
    consumption
        Consumption or income per head.
    benefit
        Money to the household, not negative.
    persons
        Household sizes; None counts households.

    Raises
    ------
    DataError
        No member, nobody poor, no benefit to any member, or a negative one.
    """
    survey = as_survey(data)
    check_columns(survey, [cooperative, benefit])
    need = read_need(
        survey, line, consumption=consumption, predicted=None, spread=None, persons=persons
    )
    codes, names = members(survey, need, cooperative)
    money = Setting(survey).numbers(benefit)[need.places]
    known = ~np.isnan(money)
    if np.any(money[known] < 0):
        rows = need.rows[known][money[known] < 0]
        raise DataError("targeting.negative", variable=benefit, rows=[int(r) for r in rows])
    notes = [*need.notes, *unknown(need.rows[~known], benefit)]
    poor = need.consumption < line
    member = known & (codes >= 0)
    if not money[member].sum() > 0:
        raise DataError("targeting.no_benefit", variable=benefit)
    used, kept = renumber(codes[member], names)
    split = sp.split_by_cooperative(money[member], poor[member], need.persons[member], used)
    path = sp.funnel(money[known], poor[known], need.persons[known], codes[known])
    outside = float(money[known & (codes < 0)].sum())
    if outside > 0:
        notes.append(Note("targeting.money_outside", "info", {"money": outside}))
    return TwoLevelTargeting(kept, split, path, outside, tuple(notes))


def members(survey: Survey, need: Need, cooperative: str) -> tuple[Ints, tuple[str, ...]]:
    """Return the cooperative of each household (−1 for none) and the names of all."""
    codes, names = group_codes(survey, cooperative)
    mine = codes[need.places]
    if not np.any(mine >= 0):
        raise DataError("targeting.no_members", variable=cooperative)
    return mine, names


def renumber(codes: Ints, names: tuple[str, ...]) -> tuple[Ints, tuple[str, ...]]:
    """Return codes without gaps and the names that go with them."""
    present, used = np.unique(codes, return_inverse=True)
    return used.astype(np.int64), tuple(names[code] for code in present)


def unknown(rows: Ints, name: str) -> list[Note]:
    """Return the note that a value is unknown in some rows."""
    if not rows.size:
        return []
    listed = tuple(int(row) for row in rows)
    values = {"variable": name, "n": len(listed), "rows": list(listed)}
    return [Note("targeting.value_unknown", "warning", values, Where((name,), listed))]
