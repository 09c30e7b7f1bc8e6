"""Means of potential outcomes of several treatments, each with what every row adds to it.

T takes the categories 0 … J−1, p_t(x) = P(T = t | x), m_t(x) = E(y | T = t, x). The population is
the rows whose own category is in the set S (all: ATE; those who take part: ATT), e(x) = Σ_{S} p_t.
``rows`` are influence functions over n: their sums of squares and products, over rows or clusters,
are the joint covariance of the means (Cattaneo 2010).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from livelihoods.numerics.multinomial import MultinomialFit
from livelihoods.typing import Bools, Floats, Ints


@dataclass(frozen=True, slots=True)
class Means:
    """E(y(t)) over the population, shape ``(J,)``, its rows ``(n, J)`` and the weights behind it.

    ``load`` holds the weight with which each row's outcome stands for its own category in the
    population, shape ``(n,)``; zero where the method uses none.
    """

    values: Floats
    rows: Floats
    load: Floats


def aipw_means(
    y: Floats, choice: Ints, p: Floats, lines: Floats, inside: Bools, w: Floats | None = None
) -> Means:
    """Augmented inverse probability weighting: right if p or the lines are.

    μ_t = Σ [ s·m_t + 1{T=t}·e/p_t·(y − m_t) ] / Σ s.

    Parameters
    ----------
    p, lines
        p_t(x) and m_t(x), best from other rows (cross-fitting), shape ``(n, J)``.
    inside
        Which categories make the population, shape ``(J,)``.
    """
    share = _share(y, w)
    s = inside[choice].astype(np.float64)
    size = float(share @ s)
    own = _own(choice, p.shape[1])
    ratio = own * p[:, inside].sum(axis=1)[:, None] / p
    filled = s[:, None] * lines + ratio * (y[:, None] - lines)
    values = share @ filled / size
    rows = share[:, None] * (filled - s[:, None] * values) / size
    return Means(values, rows, ratio.sum(axis=1) * share)


def ipw_means(
    X: Floats,
    y: Floats,
    choice: Ints,
    p: Floats,
    fit: MultinomialFit,
    inside: Bools,
    w: Floats | None = None,
) -> Means:
    """Inverse probability weighting with weights that sum to one in each category.

    The rows count that the probabilities are estimates, by the scores of the multinomial logit.
    """
    share = _share(y, w)
    own = _own(choice, p.shape[1])
    focal = p[:, inside].sum(axis=1)
    ratio = own * focal[:, None] / p * share[:, None]
    total = ratio.sum(axis=0)
    values = (ratio * y[:, None]).sum(axis=0) / total
    rows = ratio * (y[:, None] - values) / total
    inner = np.where(inside, 1.0, 0.0) * p / focal[:, None]
    moved = fit.scores @ fit.covariance  # what each row adds to the coefficients
    for t in range(p.shape[1]):
        slope = inner - (np.arange(p.shape[1]) == t)
        pull = (slope[:, 1:] * rows[:, [t]]).T @ X  # derivative in each category's coefficients
        rows[:, t] = rows[:, t] + moved @ pull.ravel()
    return Means(values, rows, ratio.sum(axis=1))


def regression_means(
    X: Floats, y: Floats, choice: Ints, shared: Bools, inside: Bools, w: Floats | None = None
) -> Means:
    """Regression adjustment: a line in each category, averaged over the population.

    Parameters
    ----------
    shared
        Categories whose line has its own constant and the slopes of all rows, shape ``(J,)``; the
        others have slopes of their own.
    """
    share = _share(y, w)
    s = inside[choice].astype(np.float64)
    size = float(share @ s)
    centre = (share * s) @ X / size
    own_all = _own(choice, shared.size)
    values, rows = np.empty(shared.size), np.empty((y.size, shared.size))
    for t in range(shared.size):
        Z = np.hstack([own_all, X]) if shared[t] else X
        own = share if shared[t] else own_all[:, t] * share
        bread = np.linalg.pinv((Z * own[:, None]).T @ Z, hermitian=True)
        coef = bread @ ((Z * own[:, None]).T @ y)
        line = X @ coef[shared.size :] + coef[t] if shared[t] else X @ coef
        values[t] = float((share * s) @ line / size)
        mean = np.append(np.eye(shared.size)[t], centre) if shared[t] else centre
        spread = share * s * (line - values[t]) / size
        rows[:, t] = spread + (Z @ (bread @ mean)) * own * (y - Z @ coef)
    return Means(values, rows, np.zeros(y.size))


def category_lines(
    X: Floats, y: Floats, choice: Ints, shared: Bools, train: Ints, w: Floats | None = None
) -> Floats:
    """Return the line of each category at every row, fitted on the rows ``train``, ``(n, J)``."""
    root = np.ones(train.size) if w is None else np.sqrt(w[train])
    own = _own(choice, shared.size)
    out = np.empty((X.shape[0], shared.size))
    if shared.any():
        Z = np.hstack([own[train], X[train]]) * root[:, None]
        coef = np.linalg.lstsq(Z, y[train] * root, rcond=None)[0]
        out[:, shared] = (X @ coef[shared.size :])[:, None] + coef[: shared.size][shared]
    for t in np.flatnonzero(~shared):
        mine = choice[train] == t
        Z = X[train[mine]] * root[mine, None]
        out[:, t] = X @ np.linalg.lstsq(Z, y[train[mine]] * root[mine], rcond=None)[0]
    return out


def effective_rows(load: Floats, choice: Ints, categories: int) -> tuple[Floats, Floats]:
    """Return (Σw)²/Σw² of each category and the largest row's share of Σw."""
    total = np.bincount(choice, load, categories)
    square = np.bincount(choice, load * load, categories)
    largest = np.array([load[choice == t].max(initial=0.0) for t in range(categories)])
    with np.errstate(divide="ignore", invalid="ignore"):
        return total**2 / square, largest / total


def _share(y: Floats, w: Floats | None) -> Floats:
    return np.full(y.size, 1.0 / y.size) if w is None else np.asarray(w / w.sum())


def _own(choice: Ints, categories: int) -> Floats:
    out = np.zeros((choice.size, categories))
    out[np.arange(choice.size), choice] = 1.0
    return out
