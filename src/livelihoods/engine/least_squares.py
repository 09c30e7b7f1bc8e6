"""Least squares in two passes over blocks: cross-products first, then what residuals are for.

Pass one sums the centred cross-products of regressors and response. Pass two knows the
coefficients and sums squared residuals, the scores' products (heteroskedasticity) or the scores
of each cluster. Columns are centred and scaled before they are multiplied, so that a year of birth
and an income in yuan do not spoil each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from livelihoods.engine.blocks import Columns
from livelihoods.engine.fold import State
from livelihoods.engine.states import Comoments
from livelihoods.typing import Floats, Ints

COLLINEAR = 1e-12  # squared length left of a column after the earlier ones, relative to its own


@dataclass(frozen=True, slots=True)
class BlockwiseFit:
    """Coefficients from cross-products: ``k`` of them, the constant first if there is one.

    Attributes
    ----------
    names
        Columns kept, without the constant.
    dropped
        Columns that earlier ones determine.
    intercept
        Whether there is a constant.
    coef
        Shape ``(k,)``.
    centre, scale
        Of the columns kept, shape ``(k',)``; the constant is apart.
    inner
        Inverse of the scaled cross-products, shape ``(k, k)``; divided by Σw.
    back
        Coefficients of scaled columns -> coefficients, shape ``(k, k)``.
    rows, weight
        Rows used, and the sum of their weights.
    mean, total
        Mean of the response, and its sum of squares about the mean (about 0 without constant).
    condition
        Condition number of the scaled columns.
    """

    names: tuple[str, ...]
    dropped: tuple[str, ...]
    intercept: bool
    coef: Floats
    centre: Floats
    scale: Floats
    inner: Floats
    back: Floats
    rows: int
    weight: float
    mean: float
    total: float
    condition: float

    @property
    def bread(self) -> Floats:
        """(X'WX)⁻¹, shape ``(k, k)``."""
        return np.asarray(self.back @ self.inner @ self.back.T)


def solve_comoments(found: Comoments, names: Sequence[str], *, intercept: bool) -> BlockwiseFit:
    """Solve the normal equations; the last column of ``found`` is the response.

    Of two collinear columns the later one goes.
    """
    rows, weight = int(found.rows[0]), float(found.weight[0])
    mean, cross = found.mean[0], found.cross[0]
    if not intercept:
        cross = cross + weight * np.outer(mean, mean)
    p = len(names)
    spread = np.sqrt(np.diag(cross) / weight)
    flat = spread[:p] <= 1e-13 * np.abs(mean[:p])
    scale = np.where(flat | (spread[:p] == 0), 1.0, spread[:p])
    square = cross[:p, :p] / np.outer(scale, scale) / weight
    lengths = _lengths_left(square)
    keep = np.flatnonzero(~flat & (spread[:p] > 0) & (lengths > COLLINEAR))
    kept = set(keep.tolist())
    square, scale = square[np.ix_(keep, keep)], scale[keep]
    right = cross[keep, p] / scale / weight
    centre = mean[keep] if intercept else np.zeros(keep.size)
    inverse = np.linalg.inv(square) if keep.size else np.zeros((0, 0))
    gamma = np.linalg.solve(square, right) if keep.size else np.zeros(0)
    back, inner = np.diag(1.0 / scale), (inverse + inverse.T) / 2
    coef = gamma / scale
    if intercept:
        back = np.block(
            [[np.ones((1, 1)), -(centre / scale)[None, :]], [np.zeros((keep.size, 1)), back]]
        )
        inner = np.block(
            [[np.ones((1, 1)), np.zeros((1, keep.size))], [np.zeros((keep.size, 1)), inner]]
        )
        coef = np.concatenate([[mean[p] - float(np.sum(centre * coef))], coef])
    return BlockwiseFit(
        names=tuple(names[j] for j in keep.tolist()),
        dropped=tuple(name for j, name in enumerate(names) if j not in kept),
        intercept=intercept,
        coef=coef,
        centre=centre,
        scale=scale,
        inner=inner / weight,
        back=back,
        rows=rows,
        weight=weight,
        mean=float(mean[p]),
        total=float(cross[p, p]),
        condition=float(np.sqrt(np.linalg.cond(square))) if keep.size else 1.0,
    )


def _bordered(matrix: Floats, row: Floats) -> Floats:
    """Return the matrix with a first row (1, row) and a first column (1, 0 …)."""
    size = matrix.shape[0] + 1
    result = np.zeros((size, size))
    result[0, 0], result[0, 1:], result[1:, 1:] = 1.0, row, matrix
    return result


def _lengths_left(square: Floats) -> Floats:
    """Return the squared length of each column left after the earlier ones, relative to its own."""
    left = square.copy()
    own = np.where(np.diag(square) > 0, np.diag(square), 1.0)
    lengths = np.zeros(square.shape[0])
    for j in range(square.shape[0]):
        lengths[j] = left[j, j] / own[j]
        if lengths[j] > COLLINEAR:
            left = left - np.outer(left[:, j], left[j, :]) / left[j, j]
    return lengths


@dataclass(frozen=True, slots=True)
class Residuals:
    """What the second pass sums.

    Attributes
    ----------
    squares
        Σ w e².
    largest
        max |e|.
    meat
        Σ (we)² zz' of the scaled columns, shape ``(k, k)``; empty unless asked for.
    scores
        Σ w e z by cluster, shape ``(G, k)``; empty unless asked for.
    sizes
        Rows by cluster, shape ``(G,)``.
    """

    squares: float
    largest: float
    meat: Floats
    scores: Floats
    sizes: Ints


@dataclass(frozen=True, slots=True)
class _Pass:
    """Where a block's columns are, and what is to be summed."""

    fit: BlockwiseFit
    outcome: str
    weight: str | None
    robust: bool
    cluster: str | None
    groups: int


def residual_sums(
    fit: BlockwiseFit,
    outcome: str,
    weight: str | None = None,
    *,
    robust: bool = False,
    cluster: str | None = None,
    groups: int = 0,
) -> State[Residuals, Residuals]:
    """State of squared residuals, and of scores' products or scores by cluster if asked for."""
    asked = _Pass(fit, outcome, weight, robust, cluster, groups)
    return State(partial(_start, asked), partial(_update, asked), _merge, _itself)


def _start(asked: _Pass) -> Residuals:
    k = asked.fit.coef.size
    groups = asked.groups if asked.cluster is not None else 0
    return Residuals(
        0.0,
        0.0,
        np.zeros((k, k) if asked.robust else (0, 0)),
        np.zeros((groups, k)),
        np.zeros(groups, np.int64),
    )


def _update(asked: _Pass, state: Residuals, columns: Columns) -> Residuals:
    fit = asked.fit
    residual = np.array(columns[asked.outcome], dtype=np.float64)
    if fit.intercept:
        residual -= fit.coef[0]
    for value, name in zip(fit.coef[int(fit.intercept) :], fit.names, strict=True):
        residual -= columns[name] * value
    if not residual.size:
        return state
    w = None if asked.weight is None else columns[asked.weight]
    scores = residual if w is None else residual * w
    meat, sums, sizes = state.meat, state.scores, state.sizes
    if asked.robust:
        meat = meat + _meat(fit, scores, columns)
    if asked.cluster is not None:
        codes = columns[asked.cluster]
        sizes = sizes + np.bincount(codes, minlength=asked.groups)
        sums = sums.copy()
        for j, z in enumerate(_scaled(fit, columns, residual.size)):
            sums[:, j] += np.bincount(codes, weights=scores * z, minlength=asked.groups)
    return Residuals(
        state.squares + float(np.sum(scores * residual)),
        max(state.largest, float(np.abs(residual).max())),
        meat,
        sums,
        sizes,
    )


def _scaled(fit: BlockwiseFit, columns: Columns, rows: int) -> list[Floats]:
    """Return the scaled columns, the constant first."""
    first = [np.ones(rows)] if fit.intercept else []
    rest = [
        (columns[name] - centre) / scale
        for name, centre, scale in zip(fit.names, fit.centre, fit.scale, strict=True)
    ]
    return [*first, *rest]


def _meat(fit: BlockwiseFit, scores: Floats, columns: Columns) -> Floats:
    parts = [scores * z for z in _scaled(fit, columns, scores.size)]
    result = np.empty((len(parts), len(parts)))
    room = np.empty(scores.size)
    for j, first in enumerate(parts):
        for k in range(j + 1):
            result[j, k] = result[k, j] = np.sum(np.multiply(first, parts[k], out=room))
    return result


def _merge(left: Residuals, right: Residuals) -> Residuals:
    return Residuals(
        left.squares + right.squares,
        max(left.largest, right.largest),
        left.meat + right.meat,
        left.scores + right.scores,
        left.sizes + right.sizes,
    )


def _itself(state: Any) -> Any:
    return state
