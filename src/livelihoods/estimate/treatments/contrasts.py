"""Do two treatments together do more than each alone?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from livelihoods.estimate import coefficients as co

if TYPE_CHECKING:
    from livelihoods.estimate.treatments.categories import Kinds
    from livelihoods.typing import Floats


def together(
    kinds: Kinds, values: Floats, matrix: Floats, df: float, conf_level: float
) -> co.Coefficients | None:
    """Return both − first − second + neither of every pair of columns that has all four cells."""
    place = {members: j for j, members in enumerate(kinds.members)}
    if len(place) != len(kinds.members):  # "several" and crossings by nobody share a name
        place = {m: j for m, j in place.items() if list(kinds.members).count(m) == 1}
    names, rows = [], []
    for members, both in place.items():
        if len(members) != 2:
            continue
        first, second = sorted(members)
        cells = [place.get(frozenset({name})) for name in (first, second)]
        none = place.get(frozenset())
        if none is None or cells[0] is None or cells[1] is None:
            continue
        row = np.zeros(len(kinds.names))
        row[[both, none]] += 1.0
        row[[cells[0], cells[1]]] -= 1.0
        names.append(f"{first}+{second}")
        rows.append(row)
    if not rows:
        return None
    R = np.array(rows)
    return co.Coefficients(tuple(names), R @ values, R @ matrix @ R.T, df, conf_level)
