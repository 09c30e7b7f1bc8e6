"""Do two answers of the same people have the same distribution? Tests on a square table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from livelihoods.numerics.special import chi2_tail
from livelihoods.typing import Floats

_RANK = 1e-10


@dataclass(frozen=True, slots=True)
class Homogeneity:
    """Tests of equal margins.

    Attributes
    ----------
    stuart_maxwell, bhapkar
        χ² statistics; Bhapkar's is ``S/(1 − S/n)`` of Stuart and Maxwell's ``S``.
    df
        Degrees of freedom of both.
    p_stuart_maxwell, p_bhapkar
        Upper tail probabilities.
    """

    stuart_maxwell: float
    bhapkar: float
    df: int
    p_stuart_maxwell: float
    p_bhapkar: float


def marginal_homogeneity(table: Floats) -> Homogeneity | None:
    """Test whether row and column margins of a square table are equal.

    With d = row − column margins and S the matrix with Sᵢᵢ = nᵢ. + n.ᵢ − 2nᵢᵢ and
    Sᵢⱼ = −(nᵢⱼ + nⱼᵢ), the statistic is d'S⁺d (Stuart 1955, Maxwell 1970; Bhapkar 1966), with as
    many degrees of freedom as S has rank.

    Parameters
    ----------
    table
        Counts of pairs, shape ``(k, k)``, the same categories in rows and columns.

    Returns
    -------
    Homogeneity or None
        None if nobody is off the diagonal: the margins are then equal by themselves.
    """
    counts = np.asarray(table, dtype=np.float64)
    n = float(counts.sum())
    d = counts.sum(axis=1) - counts.sum(axis=0)
    spread = -(counts + counts.T)
    np.fill_diagonal(spread, 0.0)
    np.fill_diagonal(spread, -spread.sum(axis=1))
    values, vectors = np.linalg.eigh(spread)
    real = values > _RANK * max(float(values[-1]), 1e-300)
    df = int(np.count_nonzero(real))
    if df == 0:
        return None
    along = vectors[:, real].T @ d
    statistic = float(np.sum(along * along / values[real]))
    bhapkar = statistic / (1.0 - statistic / n) if statistic < n else float("inf")
    return Homogeneity(statistic, bhapkar, df, chi2_tail(statistic, df), chi2_tail(bhapkar, df))
