"""From an IV formula and data to arrays: exogenous, endogenous and instrument columns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from livelihoods.design.build import Prepared
from livelihoods.design.language import parse_formula
from livelihoods.errors import EstimationError, SpecError
from livelihoods.notes import Note, Where
from livelihoods.numerics.instrumental import Partialled, partial_out
from livelihoods.numerics.linear import independent_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from livelihoods.design.model import Design
    from livelihoods.typing import Floats


@dataclass(frozen=True, slots=True)
class IvDesign:
    """Arrays of an instrumental-variable regression.

    Attributes
    ----------
    base
        Response, exogenous regressors (``X``), weights, clusters and the log of what was dropped.
    D, Z
        Endogenous regressors ``(n, K1)`` and excluded instruments ``(n, L1)``.
    endogenous, instruments
        Their names as printed.
    notes
        The design's notes and those on instruments left out.
    """

    base: Design
    D: Floats
    Z: Floats
    endogenous: tuple[str, ...]
    instruments: tuple[str, ...]
    notes: tuple[Note, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Coefficient names: endogenous regressors first."""
        return (*self.endogenous, *self.base.names)

    def partialled(self) -> Partialled:
        """Return the problem with the exogenous regressors projected out.

        Raises
        ------
        EstimationError
            If an endogenous regressor has no first stage at all.
        """
        base = self.base
        problem = partial_out(base.y, self.D, base.X, self.Z, base.weights)
        for j, name in enumerate(self.endogenous):
            column = problem.D[:, j]
            reach = float(np.abs(problem.Z.T @ column).max())
            size = float(np.linalg.norm(column)) * float(np.linalg.norm(problem.Z, axis=0).max())
            if reach <= 1e-10 * size:
                raise EstimationError(
                    "estimate.zero_first_stage",
                    endogenous=name,
                    instruments=list(self.instruments),
                )
        return problem


def build_iv_design(
    formula: str, data: Any, weights: str | None, cluster: Sequence[str]
) -> IvDesign:
    """Read ``"y ~ x | d ~ z"`` on data.

    Raises
    ------
    SpecError
        If the formula has no instrument part.
    EstimationError
        If instruments are too few once collinear ones are left out, or an endogenous regressor
        is collinear with the exogenous ones.
    """
    read = parse_formula(formula)
    if not read.endogenous:
        raise SpecError("estimate.iv_formula", formula=formula)
    prepared = Prepared(read, data, weights, cluster)
    base = prepared.design(prepared.block(read.rhs, read.intercept))
    within = prepared.block(read.endogenous, False)
    outside = prepared.block(read.instruments, False)
    notes = (*base.notes, *within.notes, *outside.notes)
    return check_iv_design(IvDesign(base, within.X, outside.X, within.names, outside.names, notes))


def check_iv_design(raw: IvDesign) -> IvDesign:
    """Leave collinear instruments out and refuse what cannot be estimated."""
    X, w = raw.base.X, raw.base.weights
    width = X.shape[1]
    gone = independent_columns(np.asfortranarray(np.hstack([X, raw.D])), w)[1]
    if gone.size:
        names = [(*raw.base.names, *raw.endogenous)[j] for j in gone]
        raise EstimationError("estimate.endogenous_collinear", variables=names)
    kept, gone = independent_columns(np.asfortranarray(np.hstack([X, raw.Z])), w)
    chosen = [int(j) - width for j in kept if j >= width]
    dropped = [raw.instruments[int(j) - width] for j in gone if j >= width]
    notes = raw.notes
    if dropped:
        values = {"instruments": dropped}
        notes += (Note("estimate.instruments_collinear", "warning", values, Where(tuple(dropped))),)
    if len(chosen) < raw.D.shape[1]:
        raise EstimationError(
            "estimate.too_few_instruments",
            instruments=[raw.instruments[j] for j in chosen],
            dropped=dropped,
            endogenous=list(raw.endogenous),
            have=len(chosen),
            need=raw.D.shape[1],
        )
    n, k = X.shape[0], width + max(raw.D.shape[1], len(chosen))
    if n <= k:
        raise EstimationError("estimate.too_few_rows", n=n, k=k, outcome=raw.base.outcome)
    return replace(
        raw,
        Z=np.asfortranarray(raw.Z[:, chosen]),
        instruments=tuple(raw.instruments[j] for j in chosen),
        notes=notes,
    )
