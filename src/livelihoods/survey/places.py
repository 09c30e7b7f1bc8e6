"""Where rows stand: a survey keeps its original row numbers, in whatever order it was sorted."""

from __future__ import annotations

import numpy as np

from livelihoods.typing import Ints


def places_of(every: Ints, rows: Ints) -> Ints:
    """Return where original row numbers stand; −1 for those that do not.

    Parameters
    ----------
    every
        Original row number at each place, in any order: a panel is sorted by household.
    rows
        Row numbers looked for.
    """
    order = np.argsort(every, kind="stable")
    found = np.minimum(np.searchsorted(every, rows, sorter=order), every.size - 1)
    places = order[found]
    return np.asarray(np.where(every[places] == rows, places, -1), dtype=np.int64)
