"""Can the data tell the parameters apart at all? Checked before the search.

Latent regressors: with free correlations, an equation that has m of them needs m columns elsewhere
in the system that it leaves out (the order condition), and its own columns together with the
predictions of those latent variables must be independent (the rank condition at the start).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from livelihoods.errors import EstimationError
from livelihoods.estimate.mixed_process.arrays import OUT
from livelihoods.estimate.mixed_process.build import observed_edges
from livelihoods.numerics.linear import independent_columns

if TYPE_CHECKING:
    from livelihoods.estimate.mixed_process.build import Built
    from livelihoods.typing import Floats


def refuse_unidentified(built: Built) -> None:
    """Raise if an equation is identified by nothing.

    Raises
    ------
    EstimationError
        ``estimate.cmp.not_identified``.
    """
    for a in range(len(built.equations)):
        _order(built, a)
    _linear_pairs(built)


def _order(built: Built, a: int) -> None:
    system = built.system
    equation = system.equations[a]
    if not equation.feeds:
        return
    rows = equation.code != OUT
    own = equation.X[rows]
    others = [
        other.X[rows]
        for b, other in enumerate(system.equations)
        if b != a and (other.code[rows] != OUT).all()
    ]
    if not others:
        return
    kept, _ = independent_columns(np.asfortranarray(np.hstack([own, *others])))
    excluded = sum(1 for j in kept if j >= own.shape[1])
    if excluded < len(equation.feeds):
        raise EstimationError(
            "estimate.cmp.not_identified",
            equation=equation.name,
            endogenous=[system.equations[b].name for b in equation.feeds],
            need=len(equation.feeds),
            have=excluded,
        )


def _linear_pairs(built: Built) -> None:
    """A linear outcome on the right of a linear one, with a free correlation, needs exclusion."""
    read, system = built.equations, built.system
    for a, b in observed_edges(read):
        if read[a].spec.kind != "linear" or read[b].spec.kind != "linear":
            continue
        both = (system.equations[a].code != OUT) & (system.equations[b].code != OUT)
        own, other = system.equations[a], system.equations[b]
        columns = own.X[both]
        response = other.low[both]
        kept, _ = independent_columns(
            np.asfortranarray(np.column_stack([_without(columns, response), other.X[both]]))
        )
        if sum(1 for j in kept) <= _without(columns, response).shape[1]:
            raise EstimationError(
                "estimate.cmp.not_identified",
                equation=own.name,
                endogenous=[other.name],
                need=1,
                have=0,
            )


def _without(X: Floats, response: Floats) -> Floats:
    """Columns that are not the endogenous outcome itself."""
    same = [j for j in range(X.shape[1]) if not np.array_equal(X[:, j], response)]
    return X[:, same]
