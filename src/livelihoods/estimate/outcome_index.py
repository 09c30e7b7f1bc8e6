"""One index of several outcomes: a single test instead of many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from livelihoods.errors import SpecError
from livelihoods.estimate.ols import OlsResult, ols_of_design
from livelihoods.notes import Note
from livelihoods.typing import Floats

IndexKind = Literal["inverse_covariance", "mean"]


def index_of_outcomes(
    results: Sequence[OlsResult], term: str, kind: IndexKind, reverse: Sequence[str], name: str
) -> tuple[OlsResult, dict[str, float]]:
    """Regress an index of the results' outcomes on their common regressors.

    Outcomes are standardised by those without the treatment (``term`` is 0) where it is 0 or 1,
    else by all rows; those in ``reverse`` change sign. ``"mean"`` averages them (Kling, Liebman and
    Katz 2007); ``"inverse_covariance"`` weights them by Σ⁻¹1 / 1'Σ⁻¹1 (Anderson 2008), so that what
    the others already say counts less.

    Returns
    -------
    result, weights
        The regression, and outcome -> weight.

    Raises
    ------
    SpecError
        If there are fewer than two outcomes, their samples or regressors differ, an outcome is
        constant or repeats others, or ``reverse`` names none of them.
    """
    first = results[0]
    names = [result.outcome for result in results]
    alike = all(
        np.array_equal(result.design.rows, first.design.rows)
        and np.array_equal(result.design.X, first.design.X)
        for result in results
    )
    if len(set(names)) < 2 or len(set(names)) < len(names) or not alike:
        raise SpecError("estimate.multiple_index", outcomes=names)
    unknown = [one for one in reverse if one not in names]
    if unknown:
        raise SpecError("estimate.multiple_reverse", given=unknown, known=names)
    Z = _standardised(results, term, reverse, names)
    share = np.full(len(names), 1.0 / len(names))
    if kind == "inverse_covariance":
        sigma = np.cov(Z, rowvar=False)
        if np.linalg.cond(sigma) > 1e10:
            raise SpecError("estimate.multiple_index_singular", outcomes=names)
        share = np.linalg.solve(sigma, np.ones(len(names)))
        share = share / share.sum()
    found = ols_of_design(
        replace(first.design, y=np.asarray(Z @ share), outcome=name, notes=()),
        first.vcov,
        first.conf_level,
    )
    against = [one for one, weight in zip(names, share, strict=True) if weight < 0]
    if against:
        note = Note("estimate.multiple_negative_weight", "caution", {"outcomes": against})
        found = replace(found, notes=(*found.notes, note))
    return found, {one: float(weight) for one, weight in zip(names, share, strict=True)}


def _standardised(
    results: Sequence[OlsResult], term: str, reverse: Sequence[str], names: Sequence[str]
) -> Floats:
    design = results[0].design
    treatment = design.X[:, design.names.index(term)]
    base = treatment == 0 if np.isin(treatment, (0.0, 1.0)).all() else treatment == treatment
    Y = np.column_stack([result.design.y for result in results])
    spread = Y[base].std(axis=0, ddof=1)
    constant = [name for name, one in zip(names, spread, strict=True) if not one > 0]
    if constant:
        raise SpecError("estimate.multiple_index_constant", outcomes=constant)
    sign = np.array([-1.0 if name in reverse else 1.0 for name in names])
    return np.asarray(sign * (Y - Y[base].mean(axis=0)) / spread)
