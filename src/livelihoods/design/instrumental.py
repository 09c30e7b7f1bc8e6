"""The arrays of an instrumental-variable formula, all on one sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from livelihoods.design.build import Prepared
from livelihoods.design.language import Formula, parse_formula
from livelihoods.design.model import Design
from livelihoods.errors import FormulaError
from livelihoods.notes import Note
from livelihoods.numerics.linear import independent_columns

if TYPE_CHECKING:
    from livelihoods.typing import Floats


@dataclass(frozen=True, slots=True)
class IvDesign:
    """Arrays of ``y ~ exogenous | endogenous ~ instruments``: n rows.

    Attributes
    ----------
    exogenous
        Outcome, included exogenous regressors (with the constant), weights, clusters, log.
    D
        Endogenous regressors, shape ``(n, p)``, Fortran order.
    endogenous
        Their printed names.
    Z
        Excluded instruments, shape ``(n, q)``, those left out that the exogenous regressors (or
        earlier instruments) determine.
    instruments
        Their printed names.
    """

    exogenous: Design
    D: Floats
    endogenous: tuple[str, ...]
    Z: Floats
    instruments: tuple[str, ...]


def build_iv_design(
    formula: str | Formula,
    data: Any,
    *,
    weights: str | None = None,
    cluster: str | Sequence[str] = (),
) -> IvDesign:
    """Turn an IV formula and data into arrays of one common sample.

    Arguments are those of ``build_design``.

    Raises
    ------
    FormulaError
        If the formula has no second part, or the exogenous regressors determine an endogenous one.
    DataError
        If no row is left.
    """
    read = parse_formula(formula) if isinstance(formula, str) else formula
    if not read.endogenous:
        raise FormulaError("design.no_instruments", formula=read.text)
    prepared = Prepared(read, data, weights, (cluster,) if isinstance(cluster, str) else cluster)
    base = prepared.design(prepared.block(read.rhs, read.intercept))
    first = prepared.block(read.endogenous, intercept=False)
    second = prepared.block(read.instruments, intercept=False)
    D, endogenous, gone = _independent(base.X, first.X, first.names)
    if gone:
        raise FormulaError("design.endogenous_determined", columns=list(gone))
    Z, instruments, gone = _independent(base.X, second.X, second.names)
    notes = [*base.notes, *first.notes, *second.notes]
    if gone:
        notes.append(Note("design.instruments_determined", "caution", {"columns": list(gone)}))
    collinear = (*base.collinear, *gone)
    base = replace(base, collinear=collinear, notes=tuple(notes))
    return IvDesign(base, D, endogenous, Z, instruments)


def _independent(
    X: Floats, added: Floats, names: tuple[str, ...]
) -> tuple[Floats, tuple[str, ...], tuple[str, ...]]:
    """Keep those of the added columns that X and the earlier ones do not determine."""
    both = np.asfortranarray(np.hstack([X, added]))
    kept, dropped = independent_columns(both)
    k = X.shape[1]
    keep = [int(j) - k for j in kept if j >= k]
    gone = tuple(names[int(j) - k] for j in dropped if j >= k)
    return np.asfortranarray(added[:, keep]), tuple(names[j] for j in keep), gone
