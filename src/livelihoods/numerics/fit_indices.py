"""How well common factors fit a correlation matrix: χ², RMSEA, CFI, SRMR."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from livelihoods.numerics.factor import CommonFactors, maximum_likelihood
from livelihoods.typing import Floats


@dataclass(frozen=True, slots=True)
class FactorFit:
    """Fit of k common factors.

    Attributes
    ----------
    factors
        k.
    chi2, df, p_value
        Test of exact fit, with Bartlett's correction n − 1 − (2p + 5)/6 − 2k/3.
    rmsea
        √(max(χ² − df, 0)/(df (n − 1))); below .08 is called fair.
    cfi
        1 − max(χ² − df, 0)/max(χ₀² − df₀, χ² − df, 0) against uncorrelated items; above .90.
    srmr
        Root mean square of the residual correlations; below .08.
    converged
        Whether the likelihood was maximised.
    """

    factors: int
    chi2: float
    df: int
    p_value: float
    rmsea: float
    cfi: float
    srmr: float
    converged: bool


def factor_fit(R: Floats, n: int, k: int) -> FactorFit | None:
    """Return the fit of k factors, or None if no degree of freedom is left."""
    p = R.shape[0]
    df = ((p - k) ** 2 - (p + k)) // 2
    if df < 1:
        return None
    found = maximum_likelihood(R, k)
    scale = n - 1 - (2 * p + 5) / 6 - 2 * k / 3
    chi2 = max(0.0, scale * found.criterion)
    base = max(0.0, -(n - 1 - (2 * p + 5) / 6) * float(np.linalg.slogdet(R)[1]))
    excess, base_excess = max(chi2 - df, 0.0), max(base - p * (p - 1) / 2, 0.0)
    worst = max(base_excess, excess)
    return FactorFit(
        factors=k,
        chi2=chi2,
        df=df,
        p_value=float(chdtrc(df, chi2)),
        rmsea=float(np.sqrt(excess / (df * (n - 1)))),
        cfi=1.0 - excess / worst if worst > 0 else 1.0,
        srmr=_residual(R, found),
        converged=found.converged,
    )


def _residual(R: Floats, found: CommonFactors) -> float:
    implied = found.loadings @ found.loadings.T
    below = np.tril_indices(R.shape[0], -1)
    return float(np.sqrt(np.mean((R - implied)[below] ** 2)))
