"""Designs made by hand, so that estimators are tested without the formula language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from livelihoods.design.model import Design


def design(
    y: np.ndarray,
    columns: Mapping[str, np.ndarray],
    *,
    outcome: str = "y",
    intercept: bool = True,
    weights: np.ndarray | None = None,
    clusters: Mapping[str, Sequence[int]] | None = None,
) -> Design:
    n = len(y)
    named = {"(Intercept)": np.ones(n), **columns} if intercept else dict(columns)
    return Design(
        outcome=outcome,
        y=np.asarray(y, dtype=float),
        X=np.asfortranarray(np.column_stack(list(named.values())), dtype=float),
        names=tuple(named),
        terms=tuple(named),
        intercept=intercept,
        rows=np.arange(n, dtype=np.int64),
        weights=weights,
        clusters={
            name: np.unique(np.asarray(codes), return_inverse=True)[1].astype(np.int64)
            for name, codes in (clusters or {}).items()
        },
    )
