"""Regressors of fitted equations on further rows, and with variables moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from livelihoods.design.build import build_design
from livelihoods.design.language import Name
from livelihoods.errors import DataError, LivelihoodsError, SpecError
from livelihoods.estimate.mixed_process.arrays import OUT
from livelihoods.survey.model import Survey

if TYPE_CHECKING:
    from livelihoods.estimate.mixed_process.build import Built
    from livelihoods.typing import Bools, Floats

_STAND_IN = "(complete outcome)"


@dataclass(frozen=True, slots=True)
class Regressors:
    """X of every equation on the rows of the system, shape ``(n, k)`` each.

    Attributes
    ----------
    X
        By equation; rows not in ``known`` are zero.
    known
        Where every regressor of the equation has a value, shape ``(n,)`` each.
    """

    X: tuple[Floats, ...]
    known: tuple[Bools, ...]

    def rows(self, equations: list[int]) -> Bools:
        """Rows on which all of some equations have regressors."""
        inside = np.ones(self.known[0].size, dtype=np.bool_)
        for j in equations:
            inside &= self.known[j]
        return inside


def regressors(built: Built, changes: Mapping[str, Floats] | None = None) -> Regressors:
    """Rebuild the regressors of all equations, with some columns replaced.

    Parameters
    ----------
    built
        The fitted system.
    changes
        Column -> new values on the rows of the system, shape ``(n,)``.

    Raises
    ------
    SpecError
        ``estimate.cmp.cannot_move``: a term depends on the whole sample (an orthogonal ``poly``),
        so that moving a variable would change its meaning.
    """
    pairs = [_one(built, j, changes or {}) for j in range(len(built.equations))]
    return Regressors(tuple(X for X, _ in pairs), tuple(known for _, known in pairs))


def _one(built: Built, j: int, changes: Mapping[str, Floats]) -> tuple[Floats, Bools]:
    equation = built.system.equations[j]
    own = equation.code != OUT
    used = {name: v for name, v in changes.items() if name in built.equations[j].right_columns}
    for rows in (np.ones(own.size, dtype=np.bool_), own):
        found = _on_rows(built, j, rows, used)
        if found is None:
            continue
        X, moved, known = found
        if known[own].all() and np.allclose(X[own], equation.X[own], rtol=1e-9, atol=1e-12):
            return (moved if used else X), known
    if not used:
        return equation.X, own
    raise SpecError("estimate.cmp.cannot_move", equation=equation.name, variables=list(used))


def _on_rows(
    built: Built, j: int, rows: Bools, changes: Mapping[str, Floats]
) -> tuple[Floats, Floats, Bools] | None:
    """X as it is, X with the changes, and where they are known; None if the columns differ.

    Both halves are built together, so that factors have the same levels in both.
    """
    places = np.flatnonzero(rows)
    frame = built.survey.frame[built.at[places]]
    moved = frame.with_columns(
        [pl.Series(name, values[places]) for name, values in changes.items()]
    )
    both = pl.concat([_floats(frame, changes), _floats(moved, changes)]) if changes else frame
    stand_in = pl.Series(_STAND_IN, np.ones(both.height))
    survey = Survey(both.with_columns(stand_in), built.survey.codebook)
    formula = replace(built.equations[j].formula, outcome=Name(_STAND_IN))
    try:
        design = build_design(formula, survey)
    except (DataError, LivelihoodsError):
        return None
    k = built.system.equations[j].X.shape[1]
    wanted = built.system.equations[j].terms[:k]
    if any(name not in design.names for name in wanted):
        return None
    columns = [design.names.index(name) for name in wanted]
    wide = np.zeros((both.height, k))
    there = np.zeros(both.height, dtype=np.bool_)
    wide[design.rows] = design.X[:, columns]
    there[design.rows] = True
    half = places.size
    X, X_moved = np.zeros((rows.size, k)), np.zeros((rows.size, k))
    known = np.zeros(rows.size, dtype=np.bool_)
    X[places] = wide[:half]
    X_moved[places] = wide[half:] if changes else wide[:half]
    known[places] = there[:half] & (there[half:] if changes else True)
    return X, X_moved, known


def _floats(frame: pl.DataFrame, changes: Mapping[str, Floats]) -> pl.DataFrame:
    return frame.with_columns([pl.col(name).cast(pl.Float64) for name in changes])
