"""Choose cooperatives first, then members: what two levels of choice cost the poor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

from livelihoods.cooperatives.targeting.cutoffs import lowest_part
from livelihoods.cooperatives.targeting.need import read_need
from livelihoods.cooperatives.targeting.split import sums
from livelihoods.cooperatives.targeting.through import members, unknown
from livelihoods.describe.setting import Setting, check_columns
from livelihoods.errors import DataError, SpecError
from livelihoods.notes import Note
from livelihoods.survey.door import as_survey

if TYPE_CHECKING:
    from livelihoods.figures import Figure
    from livelihoods.tables import Table
    from livelihoods.typing import Bools, Floats, Ints

SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
RankBy = Literal["share", "number"]


@dataclass(frozen=True, slots=True)
class TwoLevelSelection:
    """Errors when cooperatives are chosen first, and then members.

    Attributes
    ----------
    frame
        One row a share of cooperatives chosen, and a last one (``cooperatives`` null) for choosing
        households directly: ``cooperatives, chosen, selected, exclusion, outside, unchosen,
        passed_over, leakage``. ``exclusion = outside + unchosen + passed_over``: shares of the poor
        in no cooperative, in one that was not chosen, and left out within a chosen one.
    quota
        Share of persons to be selected.
    poor_share
        Share of persons who are poor.
    rank_by
        How cooperatives were ranked.
    notes
        What must be said.
    """

    frame: pl.DataFrame
    quota: float
    poor_share: float
    rank_by: RankBy
    notes: tuple[Note, ...]

    def tidy(self) -> pl.DataFrame:
        """Return one row a share of cooperatives."""
        return self.frame

    def glance(self) -> pl.DataFrame:
        """Return one row: quota, poor, the best share of cooperatives, and choosing directly."""
        levels = self.frame.filter(pl.col("cooperatives").is_not_null())
        best = levels.sort("exclusion", "cooperatives").row(0, named=True)
        direct = self.frame.row(-1, named=True)
        return pl.DataFrame(
            {
                "quota": [self.quota],
                "poor_share": [self.poor_share],
                "best_cooperatives": [best["cooperatives"]],
                "best_exclusion": [best["exclusion"]],
                "direct_exclusion": [direct["exclusion"]],
            }
        )

    def summary(self) -> Table:
        """Return one line a share of cooperatives."""
        from livelihoods.cooperatives.targeting.through_show import selection_table

        return selection_table(self)

    def plot(self) -> Figure:
        """Draw where the poor are lost over the share of cooperatives chosen."""
        from livelihoods.cooperatives.targeting.through_show import selection_figure

        return selection_figure(self)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the run record."""
        return {
            "glance": self.glance().to_dicts()[0],
            "levels": self.frame.to_dicts(),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        """Print the table."""
        return repr(self.summary())


def two_level_selection(
    data: Any,
    line: float,
    *,
    cooperative: str,
    consumption: str,
    score: str,
    persons: str | None = None,
    quota: float | None = None,
    rank_by: RankBy = "share",
    cooperatives: Sequence[float] = SHARES,
) -> TwoLevelSelection:
    """Choose cooperatives by the poor they seem to carry, then their members with lowest scores.

    Parameters
    ----------
    data
        All households of the place, one row each, with true consumption.
    line
        Poverty line per head.
    cooperative
        Column: the household's cooperative, null for none.
    consumption, score
        True consumption per head, and what the selection sees instead (a proxy's prediction;
        lower is poorer). Naming one column twice selects without error.
    persons
        Household sizes; None counts households.
    quota
        Share of all persons to be selected; None takes the share of the poor.
    rank_by
        ``"share"`` of members or ``"number"`` of persons who seem poor: whose score is among the
        lowest ``quota`` of the place.
    cooperatives
        Shares of the cooperatives chosen, above 0 and at most 1.

    Raises
    ------
    SpecError
        A share that is none.
    DataError
        No member, nobody poor, a score unknown for all.
    """
    for name, value in (("quota", quota), *(("cooperatives", each) for each in cooperatives)):
        if value is not None and not (0 < value < 1 or (value == 1 and name == "cooperatives")):
            raise SpecError("targeting.bad_share", name=name, value=value)
    if rank_by not in ("share", "number"):
        raise SpecError("targeting.bad_rank", rank_by=rank_by)
    survey = as_survey(data)
    check_columns(survey, [cooperative, score])
    need = read_need(
        survey, line, consumption=consumption, predicted=None, spread=None, persons=persons
    )
    codes, _ = members(survey, need, cooperative)
    seen = Setting(survey).numbers(score)[need.places]
    known = ~np.isnan(seen)
    if not np.any(known & (codes >= 0)):
        raise DataError("targeting.nobody_judged")
    people, codes, seen = need.persons[known], codes[known], seen[known]
    poor = need.consumption[known] < line
    if not poor.any():
        raise DataError("targeting.no_poor_scored", line=line)
    share = float(people @ poor / people.sum())
    wanted = share if quota is None else quota
    order = _ranked(seen, people, codes, wanted, rank_by)
    rows = [
        _row(
            part, order[: int(np.ceil(part * order.size - 1e-9))], seen, people, codes, poor, wanted
        )
        for part in sorted(cooperatives)
    ]
    rows.append(_row(None, None, seen, people, codes, poor, wanted))
    notes = (*need.notes, *unknown(need.rows[~known], score))
    return TwoLevelSelection(pl.DataFrame(rows), wanted, share, rank_by, notes)


def _ranked(seen: Floats, people: Floats, codes: Ints, quota: float, by: RankBy) -> Ints:
    """Return cooperatives, those that seem to carry most poor first."""
    inside = codes >= 0
    seems = lowest_part(seen, people, 0.0, quota) * people
    count = int(codes.max()) + 1
    size = sums(codes[inside], people[inside], count)
    low = sums(codes[inside], seems[inside], count)
    present = np.flatnonzero(size > 0)
    value = low[present] / size[present] if by == "share" else low[present]
    return np.asarray(present[np.argsort(-value, kind="stable")])


def _row(
    part: float | None,
    chosen: Ints | None,
    seen: Floats,
    people: Floats,
    codes: Ints,
    poor: Bools,
    quota: float,
) -> dict[str, Any]:
    open_to = np.isin(codes, chosen) if chosen is not None else np.ones(codes.size, dtype=np.bool_)
    taken = np.zeros(codes.size)
    room, all_people = float(people[open_to].sum()), float(people.sum())
    taken[open_to] = lowest_part(
        seen[open_to], people[open_to], 0.0, min(1.0, quota * all_people / room)
    )
    bad = people * poor
    everybody = float(bad.sum())
    outside = codes < 0
    lost = {
        "outside": float(bad[outside] @ (1 - taken[outside])) / everybody,
        "unchosen": float(bad[~outside & ~open_to].sum()) / everybody,
        "passed_over": float(bad[~outside & open_to] @ (1 - taken[~outside & open_to])) / everybody,
    }
    got = float(people @ taken)
    return {
        "cooperatives": part,
        "chosen": None if chosen is None else int(chosen.size),
        "selected": got / all_people,
        "exclusion": sum(lost.values()),
        **lost,
        "leakage": 1.0 - float(bad @ taken) / got,
    }
