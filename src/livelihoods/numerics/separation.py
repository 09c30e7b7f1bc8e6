"""Does a maximum-likelihood estimate exist? Separation in binary and count models.

Binary (Albert and Anderson 1984; Konis 2007): the data are separated if some direction γ ≠ 0 has
qᵢ xᵢ'γ ≥ 0 for every row (q = ±1) and > 0 for one. Counts (Correia, Guimarães and Zylkin 2021):
the same with xᵢ'γ = 0 where y > 0 and xᵢ'γ ≤ 0 where y = 0. Both are linear programs; the cheap
column check comes first, for nearly every case in practice is a single column.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from livelihoods.typing import Bools, Floats

_TOLERANCE = 1e-7
_MOST_ROWS = 20_000  # the linear program is fed no more than this many rows


@dataclass(frozen=True, slots=True)
class Separation:
    """Which columns send the estimate to infinity, and which rows they fit perfectly.

    Attributes
    ----------
    columns
        Column numbers with a part in the separating direction.
    rows
        Positions of the rows fitted perfectly (of those examined).
    """

    columns: tuple[int, ...]
    rows: tuple[int, ...]


def separated_binary(X: Floats, y: Floats) -> Separation | None:
    """Return the separation of a 0/1 outcome by the columns of X, or None."""
    sign = np.where(y > 0.5, 1.0, -1.0)
    found = _by_dummy(X, y > 0.5)
    return found or _by_program(X * sign[:, None], None)


def separated_count(X: Floats, y: Floats) -> Separation | None:
    """Return the separation of a count (zero or positive) by the columns of X, or None."""
    zero = y <= 0
    if not np.any(zero):
        return None
    return _by_program(-X[zero], X[~zero])


def _by_dummy(X: Floats, one: Bools) -> Separation | None:
    """A 0/1 column that occurs with one outcome only."""
    for j in range(X.shape[1]):
        column = X[:, j]
        on = column == 1.0
        if not np.any(on) or np.all(on) or not np.all(on | (column == 0.0)):
            continue
        for side in (on, ~on):
            share = one[side]
            if share.size and (share.all() or not share.any()):
                return Separation((j,), tuple(int(i) for i in np.flatnonzero(side)))
    return None


def _by_program(A: Floats, equal: Floats | None) -> Separation | None:
    """max Σ Aγ subject to Aγ ≥ 0, equal·γ = 0, |γ| ≤ 1."""
    from scipy.optimize import linprog

    scale = np.abs(A).max(axis=0, initial=0.0)
    scale[scale == 0] = 1.0
    step = max(1, A.shape[0] // _MOST_ROWS)
    rows = A[::step] / scale
    fixed: Floats | None = None
    if equal is not None and equal.size:
        fixed = np.asarray(np.linalg.qr(equal / scale, mode="r"))
    done = linprog(
        -rows.mean(axis=0),
        A_ub=-rows,
        b_ub=np.zeros(rows.shape[0]),
        A_eq=fixed,
        b_eq=None if fixed is None else np.zeros(fixed.shape[0]),
        bounds=[(-1.0, 1.0)] * A.shape[1],
        method="highs",
    )
    if done.x is None or -float(done.fun) < _TOLERANCE / rows.shape[0]:
        return None
    margin = (A / scale) @ done.x
    if margin.min() < -1e-6 or margin.max() < _TOLERANCE:
        return None
    columns = tuple(int(j) for j in np.flatnonzero(np.abs(done.x) > 1e-6))
    return Separation(columns, tuple(int(i) for i in np.flatnonzero(margin > _TOLERANCE)))
