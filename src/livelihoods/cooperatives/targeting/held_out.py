"""Predictions for groups that the fit has not seen; refitted for every bootstrap draw.

Cross products are kept by group. A draw of groups is a set of weights on them, so a refit costs a
few small sums instead of a pass over the data.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from livelihoods.errors import EstimationError
from livelihoods.numerics.glm import fit_logit
from livelihoods.numerics.linear import independent_columns
from livelihoods.typing import Bools, Floats, Ints

_GONE = 1e-10  # eigenvalue of the scaled cross products that counts as none


@dataclass(frozen=True, slots=True)
class GroupSums:
    """Cross products of centred, scaled columns by group.

    Attributes
    ----------
    basis
        Centred and scaled columns, shape ``(n, k)``.
    square, right
        Σ w z z' and Σ w z y of each group, shapes ``(G, k, k)`` and ``(G, k)``.
    rows
        Group of each row, shape ``(n,)``.
    """

    basis: Floats
    square: Floats
    right: Floats
    rows: Ints


def group_sums(X: Floats, y: Floats, weights: Floats, codes: Ints) -> GroupSums:
    """Return cross products by group.

    Parameters
    ----------
    X, y, weights
        Regressors with their constant ``(n, k)``, response ``(n,)``, weights ``(n,)``.
    codes
        Group of each row, 0 … G−1, shape ``(n,)``.
    """
    spread = X.std(axis=0)
    varies = spread > 0
    basis = np.where(varies, (X - X.mean(axis=0)) / np.where(varies, spread, 1.0), X)
    groups, k = int(codes.max()) + 1, X.shape[1]
    order = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[order], np.arange(groups))
    ends = np.append(starts[1:], codes.size)
    square, right = np.zeros((groups, k, k)), np.zeros((groups, k))
    for group in range(groups):
        rows = order[starts[group] : ends[group]]
        weighted = basis[rows] * weights[rows, None]
        square[group], right[group] = weighted.T @ basis[rows], weighted.T @ y[rows]
    return GroupSums(basis, square, right, codes)


def predict_held_out(sums: GroupSums, fold: Ints, drawn: Floats) -> tuple[Floats, Bools]:
    """Return each row's prediction by the fit on all other folds.

    Parameters
    ----------
    sums
        From :func:`group_sums`.
    fold
        Fold of each group, shape ``(G,)``.
    drawn
        How often each group counts, shape ``(G,)``; ones outside a bootstrap.

    Returns
    -------
    predicted
        Shape ``(n,)``.
    unseen
        Columns without variation in some training part, shape ``(k,)``: their coefficient counts
        as 0 there.
    """
    predicted = np.empty(sums.rows.size)
    unseen = np.zeros(sums.basis.shape[1], dtype=np.bool_)
    of_row = fold[sums.rows]
    for number in range(int(fold.max()) + 1):
        use = np.where(fold == number, 0.0, drawn)
        coef, flat = _solve(np.tensordot(use, sums.square, 1), use @ sums.right)
        unseen |= flat
        inside = of_row == number
        predicted[inside] = sums.basis[inside] @ coef
    return predicted, unseen


def _solve(square: Floats, right: Floats) -> tuple[Floats, Bools]:
    values, vectors = np.linalg.eigh(square)
    good = values > _GONE * values[-1]
    coef = vectors[:, good] @ ((vectors[:, good].T @ right) / values[good])
    # A column lies in the span that is gone if no kept direction carries any of it.
    flat = np.sum(vectors[:, ~good] ** 2, axis=1) > 0.5
    return np.asarray(coef), np.asarray(flat)


def chances_held_out(X: Floats, y: Floats, fold: Ints) -> tuple[Floats, Bools]:
    """Return each row's chance by a logit fitted on all other folds.

    Parameters
    ----------
    X, y
        Regressors with their constant ``(n, k)`` and 0/1 response ``(n,)``.
    fold
        Fold of each row, from 0.

    Returns
    -------
    chance
        Shape ``(n,)``.
    unseen
        Columns left out of some fit because they do not vary there, shape ``(k,)``.

    Raises
    ------
    EstimationError
        If the response is the same in all other folds, is separated, or the fit does not converge.
    """
    chance = np.empty(y.size)
    unseen = np.zeros(X.shape[1], dtype=np.bool_)
    for number in range(int(fold.max()) + 1):
        inside, rest = fold == number, fold != number
        kept, gone = independent_columns(np.asfortranarray(X[rest]))
        unseen[gone] = True
        if not 0 < y[rest].mean() < 1:
            raise EstimationError("targeting.fold_fails", fold=number + 1)
        fit = fit_logit(np.asfortranarray(X[np.ix_(rest, kept)]), y[rest])
        if not fit.converged or fit.separation is not None:
            raise EstimationError("targeting.fold_fails", fold=number + 1)
        chance[inside] = expit(X[np.ix_(inside, kept)] @ fit.coef)
    return chance, unseen
