"""Effects of groups with their joint covariance, without building the stacked regression.

Fitting every group apart is the fully interacted regression of the stacked rows. With
psi_gi = [(X_g'WX_g)^-1]_j x_i w_i e_gi the influence of row i on group g's coefficient j, the
covariance of two groups' effects is the sum over clusters c of (sum_{i in c} psi_gi)(sum_{i in c}
psi_hi); rows are their own clusters for HC. A control that serves two groups enters both sums.
Each group's small-sample factor is the one it has alone, factors of two groups meet as their
geometric mean, so that the diagonal is what ``lv.ols`` prints for the group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from livelihoods.numerics.covariance import LEVERAGE_ONE, intersect, leverage, nearest_psd
from livelihoods.numerics.linear import lstsq_columns
from livelihoods.typing import Floats, Ints


@dataclass(frozen=True, slots=True)
class GroupFit:
    """One group's effect.

    Attributes
    ----------
    estimate
        Coefficient of the treatment.
    influence
        Influence of each of the group's rows on it, shape ``(n,)``.
    places
        Positions of these rows in the whole sample, shape ``(n,)``.
    k
        Coefficients fitted.
    dropped
        Columns left out because others determine them within the group.
    """

    estimate: float
    influence: Floats
    places: Ints
    k: int
    dropped: tuple[int, ...]


def fit_group(
    X: Floats, y: Floats, w: Floats | None, places: Ints, treatment: int, kind: str = "HC1"
) -> GroupFit | None:
    """Fit one group; None if its treatment is determined by the other columns.

    Parameters
    ----------
    X, y, w
        The whole sample: shapes ``(n, k)``, ``(n,)`` and ``(n,)`` or None.
    places
        Positions of the group's rows.
    treatment
        Column number of the treatment; it is taken last, so that controls go before it.
    kind
        ``"HC2"`` and ``"HC3"`` divide residuals by the root of 1 − h, or by 1 − h.
    """
    order = np.array([j for j in range(X.shape[1]) if j != treatment] + [treatment])
    part = np.asfortranarray(X[np.ix_(places, order)])
    weights = None if w is None else w[places]
    fit = lstsq_columns(part, y[places], weights)
    if fit.kept.size == 0 or fit.kept[-1] != X.shape[1] - 1:
        return None
    used = np.asfortranarray(part[:, fit.kept])
    residuals = fit.residuals if weights is None else fit.residuals * weights
    n, k = used.shape
    if kind in ("HC2", "HC3"):
        h = leverage(used, fit.bread, weights)
        rest = np.where(h > LEVERAGE_ONE, (n - k) / n, 1.0 - h)
        residuals = residuals / (np.sqrt(rest) if kind == "HC2" else rest)
    influence = (used @ fit.bread[:, -1]) * residuals
    dropped = tuple(int(order[j]) for j in fit.dropped)
    return GroupFit(float(fit.coef[-1]), influence, places, k, dropped)


def fit_joint(
    fits: Sequence[GroupFit], n: int, kind: str, codes: Sequence[Ints] = ()
) -> tuple[Floats, Floats]:
    """Return the joint covariance ``(g, g)`` of the effects and each one's t degrees of freedom.

    Parameters
    ----------
    n
        Rows of the whole sample.
    kind
        ``"HC0"`` … ``"HC3"`` or ``"cluster"``.
    codes
        One or two vectors of cluster codes over the whole sample, for ``"cluster"``.
    """
    size = np.array([fit.places.size for fit in fits], dtype=np.float64)
    k = np.array([fit.k for fit in fits], dtype=np.float64)
    if kind != "cluster":
        factor = size / (size - k) if kind == "HC1" else np.ones(len(fits))
        return _summed(fits, np.arange(n), factor), size - k

    def term(code: Ints) -> tuple[Floats, Floats]:
        groups = np.array([float(np.unique(code[fit.places]).size) for fit in fits])
        factor = groups / (groups - 1) * (size - 1) / (size - k)
        return _summed(fits, code, factor), groups

    matrix, fewest = term(codes[0])
    if len(codes) == 2:
        other, groups = term(codes[1])
        matrix, _ = nearest_psd(matrix + other - term(intersect(codes))[0])
        fewest = np.minimum(fewest, groups)
    return matrix, fewest - 1


def _summed(fits: Sequence[GroupFit], code: Ints, factor: Floats) -> Floats:
    width = int(code.max()) + 1
    sums = np.array([np.bincount(code[f.places], f.influence, minlength=width) for f in fits])
    sums *= np.sqrt(factor)[:, None]
    return np.asarray(sums @ sums.T)
