"""Polychoric correlations: of the normals behind ordered answers.

Two steps (Olsson 1979): thresholds from the margins, then for each pair of items the correlation
that maximises Σ n_ab ln P_ab(ρ), P_ab the probability of the box between thresholds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from livelihoods.numerics.bivariate import bvn_cdf
from livelihoods.typing import Floats, Ints

_LIMIT = 0.9999
_STEPS = 60
_TINY = 1e-300


@dataclass(frozen=True, slots=True)
class Polychoric:
    """Correlations of p items.

    Attributes
    ----------
    R
        Shape ``(p, p)``; made positive definite if it was not.
    smallest
        Smallest eigenvalue before that.
    converged
        Whether every pair settled inside ±.9999.
    """

    R: Floats
    smallest: float
    converged: bool


def polychoric(answers: Sequence[Ints]) -> Polychoric:
    """Return the polychoric correlations of items.

    Parameters
    ----------
    answers
        One array a item, codes 0 … k − 1 without gaps, all of one length.
    """
    p = len(answers)
    cuts = [thresholds(codes) for codes in answers]
    R, settled = np.eye(p), True
    for i in range(p):
        for j in range(i):
            counts = _table(answers[i], answers[j])
            R[i, j], fine = pair_correlation(counts, cuts[i], cuts[j])
            R[j, i] = R[i, j]
            settled = settled and fine
    smallest = float(np.linalg.eigvalsh(R)[0])
    return Polychoric(R if smallest > 1e-8 else nearest(R), smallest, settled)


def thresholds(codes: Ints) -> Floats:
    """Return Φ⁻¹ of the cumulative shares, with −∞ and ∞ at the ends, shape ``(k + 1,)``."""
    shares = np.cumsum(np.bincount(codes))[:-1] / codes.size
    return np.concatenate([[-np.inf], ndtri(shares), [np.inf]])


def _table(first: Ints, second: Ints) -> Floats:
    rows, columns = int(first.max()) + 1, int(second.max()) + 1
    counts = np.bincount(first * columns + second, minlength=rows * columns)
    return counts.reshape(rows, columns).astype(np.float64)


def pair_correlation(counts: Floats, first: Floats, second: Floats) -> tuple[float, bool]:
    """Return ρ of one table by Fisher scoring with halved steps, and whether it settled.

    Parameters
    ----------
    counts
        Shape ``(a, b)``.
    first, second
        Thresholds, ``(a + 1,)`` and ``(b + 1,)``.
    """
    rho, total = 0.0, float(counts.sum())
    value = _log_likelihood(counts, boxes(first, second, rho))
    for _ in range(_STEPS):
        P = np.maximum(boxes(first, second, rho), _TINY)
        slope = _slopes(first, second, rho)
        score = float((counts * slope / P).sum())
        step = score / (total * float((slope**2 / P).sum()))
        while abs(step) > 1e-13:
            trial = float(np.clip(rho + step, -_LIMIT, _LIMIT))
            found = _log_likelihood(counts, boxes(first, second, trial))
            if found >= value - 1e-12 * abs(value):
                break
            step /= 2.0
        else:
            return rho, True
        moved, rho, value = abs(trial - rho), trial, found
        if moved < 1e-12:
            return rho, abs(rho) < _LIMIT
    return rho, False


def boxes(first: Floats, second: Floats, rho: float) -> Floats:
    """Return the probability of each box between thresholds, shape ``(a, b)``."""
    corners = np.zeros((first.size, second.size))
    corners[1:, -1], corners[-1, 1:] = ndtr(first[1:]), ndtr(second[1:])
    inner = np.ix_(range(1, first.size - 1), range(1, second.size - 1))
    if first.size > 2 and second.size > 2:
        corners[inner] = bvn_cdf(first[1:-1, None], second[None, 1:-1], rho)
    return np.asarray(np.diff(np.diff(corners, axis=0), axis=1))


def _slopes(first: Floats, second: Floats, rho: float) -> Floats:
    """Return ∂P/∂ρ of each box: differences of the bivariate density at the corners."""
    density = np.zeros((first.size, second.size))
    x, y = first[1:-1, None], second[None, 1:-1]
    rest = 1.0 - rho * rho
    density[1:-1, 1:-1] = np.exp(-(x * x - 2.0 * rho * x * y + y * y) / (2.0 * rest)) / (
        2.0 * np.pi * np.sqrt(rest)
    )
    return np.asarray(np.diff(np.diff(density, axis=0), axis=1))


def _log_likelihood(counts: Floats, P: Floats) -> float:
    return float((counts * np.log(np.maximum(P, _TINY))).sum())


def nearest(R: Floats, floor: float = 1e-6) -> Floats:
    """Return a positive definite correlation matrix: eigenvalues raised to a floor, rescaled."""
    values, vectors = np.linalg.eigh(R)
    lifted = (vectors * np.maximum(values, floor)) @ vectors.T
    spread = np.sqrt(np.diag(lifted))
    result = lifted / np.outer(spread, spread)
    np.fill_diagonal(result, 1.0)
    return np.asarray(result)
