"""Is a plan fair? Need against money, by group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from livelihoods.cooperatives.targeting.sample import group_codes

if TYPE_CHECKING:
    from livelihoods.cooperatives.targeting.need import Need
    from livelihoods.survey.model import Survey
    from livelihoods.typing import Floats

SCHEMA = {
    "group": pl.String,
    "persons": pl.Float64,
    "poor": pl.Float64,
    "share_of_poor": pl.Float64,
    "share_of_gap": pl.Float64,
    "share_of_money": pl.Float64,
    "money_per_poor": pl.Float64,
    "reached": pl.Float64,
    "gap_before": pl.Float64,
    "gap_after": pl.Float64,
}


def fairness(survey: Survey, need: Need, per_head: Floats, by: str) -> pl.DataFrame:
    """Return one row a group: its share of the poor, of the gap and of the money.

    Parameters
    ----------
    survey, need, per_head
        Data, needs, and what each household gets per head, shape ``(n,)``.
    by
        Column of groups; households without one stand in a row with the group null.

    Returns
    -------
    polars.DataFrame
        ``poor`` is expected persons below the line before, ``reached`` the share of the persons
        centrally below the line whose household gets something, ``gap_before`` and ``gap_after``
        the poverty gap P₁ within the group.
    """
    codes, labels = group_codes(survey, by)
    codes = codes[need.places]
    zero = np.zeros(need.persons.size)
    poor, gap = need.loss(zero, 0), need.loss(zero, 1)
    after, money = need.loss(per_head, 1), per_head * need.persons
    below = (need.central < need.line) * need.persons
    rows = []
    for code in [*range(len(labels)), -1]:
        mine = codes == code
        if not mine.any():
            continue
        heads, count = float(need.persons[mine].sum()), float(poor[mine].sum())
        under = float(below[mine].sum())
        got = float(below[mine] @ (per_head[mine] > 0))
        rows.append(
            {
                "group": None if code < 0 else labels[code],
                "persons": heads,
                "poor": count,
                "share_of_poor": count / float(poor.sum()),
                "share_of_gap": float(gap[mine].sum() / gap.sum()),
                "share_of_money": float(money[mine].sum() / money.sum()) if money.any() else None,
                "money_per_poor": float(money[mine].sum()) / count if count > 0 else None,
                "reached": got / under if under > 0 else None,
                "gap_before": float(gap[mine].sum()) / heads,
                "gap_after": float(after[mine].sum()) / heads,
            }
        )
    return pl.DataFrame(rows, schema=SCHEMA)
