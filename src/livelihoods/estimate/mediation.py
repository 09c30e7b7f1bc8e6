"""Causal mediation through one mediator: ACME, ADE, and how much confounding would undo it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from livelihoods.estimate.coefficients import Coefficients
from livelihoods.numerics import gelbach, special

if TYPE_CHECKING:
    from livelihoods.typing import Floats, Ints

RHOS = np.round(np.arange(-0.95, 0.951, 0.01), 2)


@dataclass(frozen=True, slots=True)
class Errors:
    """The covariance that all estimates of one analysis share.

    Attributes
    ----------
    codes
        Clusters; empty for none.
    small
        Whether the finite-sample factor applies (all but HC0).
    df, conf_level
        Of t, and of the intervals.
    """

    codes: tuple[Ints, ...]
    small: bool
    df: float
    conf_level: float

    def named(self, names: Sequence[str], values: Floats, rows: Floats, k: int) -> Coefficients:
        """Return estimates with the covariance that their rows give."""
        matrix = gelbach.joint_covariance(rows, k, self.codes, small=self.small)
        return Coefficients(tuple(names), values, matrix, self.df, self.conf_level)


@dataclass(frozen=True, slots=True)
class Mediation:
    """The effect through one mediator and beside it.

    Attributes
    ----------
    mediator
        Its name.
    effects
        ``acme`` (through it), ``ade`` (beside it), ``total``, which is their sum.
    rho_zero
        Correlation of the two equations' errors at which the ACME would be zero.
    rho_open
        The correlation nearest to zero at which its interval includes zero.
    curve
        ``rho``, ``acme``, ``conf_low``, ``conf_high``.
    """

    mediator: str
    effects: Coefficients
    rho_zero: float
    rho_open: float | None
    curve: pl.DataFrame


def mediate(
    mediator: str, X: Floats, m: Floats, y: Floats, column: int, w: Floats | None, errors: Errors
) -> Mediation:
    """Split the effect of one column of X on y into through and beside one mediator.

    Linear equations without an interaction of treatment and mediator (Imai, Keele and Yamamoto
    2010): ACME = δγ, ADE = the coefficient beside the mediator. Errors by the delta method from
    the stacked scores of both equations.
    """
    split = gelbach.fit_gelbach(X, m[:, None], y, column, w)
    values = np.array([split.parts[0], split.long, split.short])
    rows = np.column_stack([split.rows_parts[:, 0], split.rows_long, split.rows_short])
    effects = errors.named(("acme", "ade", "total"), values, rows, X.shape[1] + 1)
    moments, moment_rows = gelbach.residual_moments(split.e, split.V[:, 0], w)
    curve = _curve(split, moments, moment_rows, X.shape[1] + 1, errors)
    zero = float(moments[1] / np.sqrt(moments[0] * moments[2]))
    inside = curve.filter((pl.col("conf_low") <= 0) & (pl.col("conf_high") >= 0))["rho"].to_numpy()
    nearest = float(inside[np.argmin(np.abs(inside))]) if inside.size else None
    return Mediation(mediator, effects, zero, nearest, curve)


def _curve(
    split: gelbach.Gelbach, moments: Floats, moment_rows: Floats, k: int, errors: Errors
) -> pl.DataFrame:
    rows = np.column_stack([split.rows_first[:, 0], moment_rows])
    matrix = gelbach.joint_covariance(rows, k, errors.codes, small=errors.small)
    first = float(split.first[0])
    acme, spread = np.empty(RHOS.size), np.empty(RHOS.size)
    for place, rho in enumerate(RHOS):
        gamma, slope = gelbach.slope_at(moments, float(rho))
        gradient = np.append(gamma, first * slope)
        acme[place] = first * gamma
        spread[place] = np.sqrt(gradient @ matrix @ gradient)
    reach = special.t_critical(errors.conf_level, errors.df) * spread
    return pl.DataFrame(
        {"rho": RHOS, "acme": acme, "conf_low": acme - reach, "conf_high": acme + reach}
    )
