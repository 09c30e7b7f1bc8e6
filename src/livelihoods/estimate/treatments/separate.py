"""Each category against the reference by itself, as papers do it, and what these fits share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from livelihoods.estimate import coefficients as co
from livelihoods.estimate.group_effects import GroupFit, fit_group, fit_joint
from livelihoods.notes import Note

if TYPE_CHECKING:
    from livelihoods.design.model import Design
    from livelihoods.estimate.vcov import VcovSpec
    from livelihoods.typing import Floats, Ints


@dataclass(frozen=True, slots=True)
class Separate:
    """Binary least-squares fits of categories 1 … J−1 against category 0.

    Attributes
    ----------
    fits
        None where the controls determine the category.
    errors, df
        Of the fits there are.
    correlation
        Of their estimates, which share the reference category's rows, shape ``(f, f)``.
    conf_level
        Level of the intervals.
    """

    fits: tuple[GroupFit | None, ...]
    errors: Floats
    df: Floats
    correlation: Floats
    conf_level: float

    def frame(self, names: Sequence[str]) -> pl.DataFrame:
        """Return one row a category that has a fit, in the common columns."""
        rows, place = [], 0
        for name, fit in zip(names[1:], self.fits, strict=True):
            if fit is None:
                continue
            one = co.Coefficients(
                (name,),
                np.array([fit.estimate]),
                np.array([[self.errors[place] ** 2]]),
                float(self.df[place]),
                self.conf_level,
            )
            size = pl.lit(int(fit.places.size), pl.Int64).alias("nobs")
            rows.append(one.tidy().with_columns(size))
            place += 1
        empty = co.Coefficients((), np.empty(0), np.empty((0, 0)), 1.0, self.conf_level)
        schema = {"term": pl.String, **dict.fromkeys(empty.tidy().columns[1:], pl.Float64)}
        return pl.concat(rows) if rows else pl.DataFrame(schema={**schema, "nobs": pl.Int64})

    def notes(self, wording: Sequence[str]) -> tuple[Note, ...]:
        """Say how related the separate estimates are, and which do not exist."""
        gone = [wording[1 + j] for j, fit in enumerate(self.fits) if fit is None]
        notes = []
        if gone:
            notes.append(Note("estimate.treatments_collinear", "warning", {"categories": gone}))
        if self.correlation.shape[0] > 1:
            above = self.correlation[np.triu_indices(self.correlation.shape[0], 1)]
            values = {"mean": float(above.mean()), "most": float(above.max())}
            notes.append(Note("estimate.treatments_shared", "info", values))
        return tuple(notes)


def separate_fits(
    design: Design,
    choice: Ints,
    categories: int,
    spec: VcovSpec,
    codes: Sequence[Ints],
    conf_level: float,
) -> Separate:
    """Regress on each category's dummy and the controls, in its rows and the reference's."""
    fits: list[GroupFit | None] = []
    for t in range(1, categories):
        dummy = (choice == t).astype(np.float64)
        X = np.asfortranarray(np.column_stack([design.X, dummy]))
        rows = np.flatnonzero((choice == t) | (choice == 0))
        fits.append(fit_group(X, design.y, design.weights, rows, X.shape[1] - 1, spec.kind))
    found = [fit for fit in fits if fit is not None]
    if not found:
        none = np.empty(0)
        return Separate(tuple(fits), none, none, np.empty((0, 0)), conf_level)
    matrix, df = fit_joint(found, design.nobs, spec.kind, codes)
    errors = np.sqrt(np.diag(matrix))
    with np.errstate(divide="ignore", invalid="ignore"):
        correlation = matrix / np.outer(errors, errors)
    return Separate(tuple(fits), errors, df, correlation, conf_level)
