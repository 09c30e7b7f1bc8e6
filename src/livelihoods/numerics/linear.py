"""Weighted least squares on arrays, careful about conditioning.

The cross products are taken of columns centred and scaled by their own spread (so that a year of
birth and an income in yuan do not spoil each other), in blocks that stay in the cache. X'X squares
the condition number: where the scaled cross products are worse conditioned than
``GRAM_CONDITION``, the same problem is solved by a blockwise QR decomposition instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.linalg import cho_factor, cho_solve, solve_triangular

from livelihoods.typing import Floats, Ints

BLOCK = 8_192
GRAM_CONDITION = 1e6  # digits lost by the cross products: at most six of sixteen
COLLINEAR = 1e-9  # length left of a column after the earlier ones, relative to its own
_SUSPECT = 1e-6  # same, in cross products (squared): below it the exact check runs


@dataclass(frozen=True, slots=True)
class Lstsq:
    """A least-squares fit.

    Attributes
    ----------
    coef
        Coefficients, shape ``(k,)``; NaN for columns left out.
    bread
        (X'WX)⁻¹ of the columns kept, shape ``(r, r)``.
    residuals
        y − Xβ, unweighted, shape ``(n,)``.
    kept, dropped
        Column numbers used, and those that earlier columns determine.
    method
        ``"gram"`` or ``"qr"``.
    condition
        Condition number of the scaled (and, with a constant, centred) columns kept.
    """

    coef: Floats
    bread: Floats
    residuals: Floats
    kept: Ints
    dropped: Ints
    method: Literal["gram", "qr"]
    condition: float


@dataclass(frozen=True, slots=True)
class _Frame:
    """How columns are centred and scaled: z = (x − centre)/scale; the constant stays apart."""

    centre: Floats
    scale: Floats
    constant: int | None
    total: float


def blocks(n: int, size: int = BLOCK) -> Iterator[slice]:
    """Yield slices that cut n rows into blocks."""
    for start in range(0, n, size):
        yield slice(start, min(start + size, n))


def constant_column(X: Floats) -> int | None:
    """Return the first column that is one non-zero number all the way down, or None."""
    n, k = X.shape
    for j in range(k):
        first = X[0, j] if n else 0.0
        if first != 0.0 and X[n - 1, j] == first and bool(np.all(X[:, j] == first)):
            return j
    return None


def gram(X: Floats, w: Floats | None = None) -> Floats:
    """Return X'WX, shape ``(k, k)``, summed over blocks."""
    total = np.zeros((X.shape[1], X.shape[1]))
    for rows in blocks(X.shape[0]):
        part = X[rows]
        total += part.T @ part if w is None else (part * w[rows, None]).T @ part
    return total


def cross(X: Floats, v: Floats) -> Floats:
    """Return X'v for a vector or a matrix v."""
    return np.asarray(X.T @ v, dtype=np.float64)


def independent_columns(X: Floats, w: Floats | None = None) -> tuple[Ints, Ints]:
    """Split columns into those to keep and those that earlier ones determine.

    Columns are taken from left to right, so that of two collinear columns the later one goes.

    Parameters
    ----------
    X
        Columns, shape ``(n, k)``.
    w
        Weights of the rows, or None.

    Returns
    -------
    kept, dropped
        Column numbers, ascending.
    """
    frame = _frame(X, w)
    scaled = _scaled_gram(X, None, w, frame)[0]
    lengths = _pivot_lengths(scaled)
    if frame.constant is not None:
        lengths[frame.constant] = 1.0
    dead = frame.scale == 0.0
    if np.any((lengths < _SUSPECT) & ~dead):
        lengths = _exact_lengths(X, w, frame) ** 2
    gone = dead | (lengths < COLLINEAR**2)
    if frame.constant is not None:
        gone[frame.constant] = False
    every = np.arange(X.shape[1], dtype=np.int64)
    return every[~gone], every[gone]


def lstsq_columns(X: Floats, y: Floats, w: Floats | None = None, *, check: bool = True) -> Lstsq:
    """Fit y on the columns of X by weighted least squares.

    Minimises Σ wᵢ (yᵢ − xᵢ'β)².

    Parameters
    ----------
    X
        Regressors, shape ``(n, k)``; Fortran order is fastest.
    y
        Response, shape ``(n,)``.
    w
        Analytic weights, positive, shape ``(n,)``, or None.
    check
        Look for collinear columns first; False when the caller has done so.

    Returns
    -------
    Lstsq
        Coefficients, bread, residuals and what was left out.
    """
    k = X.shape[1]
    kept = np.arange(k, dtype=np.int64)
    dropped = np.empty(0, dtype=np.int64)
    if check:
        kept, dropped = independent_columns(X, w)
    used = X if dropped.size == 0 else np.asfortranarray(X[:, kept])
    beta, bread, method, condition = _solve(used, y, w)
    coef = np.full(k, np.nan)
    coef[kept] = beta
    return Lstsq(coef, bread, y - used @ beta, kept, dropped, method, condition)


def scaled_basis(X: Floats, w: Floats | None = None) -> tuple[Floats, Floats]:
    """Centre and scale columns (the constant stays) and tell the way back.

    Returns
    -------
    Z
        Shape ``(n, k)``, spanning the same space; exactly orthogonal to the constant, if any.
    back
        Shape ``(k, k)``: if y = Zγ then y = Xβ with β = back·γ.
    """
    frame = _frame(X, w)
    return np.asfortranarray(_prepared(X, frame)), _way_back(frame, X)


def residualise(X: Floats, V: Floats, w: Floats | None = None) -> Floats:
    """Return what is left of the columns of V after regression on X (shapes (n, k), (n, m)).

    Every column is projected twice, so that what is left is orthogonal to X to rounding.
    """
    if X.shape[1] == 0:
        return V.copy(order="F")
    kept, _ = independent_columns(X, w)
    used = X if kept.size == X.shape[1] else np.asfortranarray(X[:, kept])
    return project_out(scaled_basis(used, w)[0], V, w)[0]


def project_out(Z: Floats, V: Floats, w: Floats | None = None) -> tuple[Floats, Floats]:
    """Return V − Zγ and γ (shape ``(k, m)``), for columns Z from :func:`scaled_basis`."""
    square = gram(Z, w)
    scale = np.sqrt(np.diag(square))
    solver: Floats
    if float(np.linalg.cond(square / np.outer(scale, scale))) <= GRAM_CONDITION:
        solver = cho_solve(cho_factor(square), np.eye(Z.shape[1]))
    else:
        root = Z if w is None else Z * np.sqrt(w)[:, None]
        inverse = solve_triangular(np.linalg.qr(root, mode="r"), np.eye(Z.shape[1]))
        solver = np.asarray(inverse @ inverse.T)
    left = np.asfortranarray(V, dtype=np.float64)
    gamma = np.zeros((Z.shape[1], V.shape[1]))
    for _ in range(2):
        step = solver @ (Z.T @ (left if w is None else left * w[:, None]))
        left = left - Z @ step
        gamma += step
    return np.asfortranarray(left), gamma


def _frame(X: Floats, w: Floats | None) -> _Frame:
    n, k = X.shape
    constant = constant_column(X)
    total = float(n) if w is None else float(w.sum())
    centre = np.zeros(k)
    scale = np.ones(k)
    for j in range(k):
        if j == constant:
            continue
        column = X[:, j]
        weighted = column if w is None else column * w
        if constant is not None:
            centre[j] = float(weighted.sum()) / total
            left = column - centre[j]
            square = float(left @ left if w is None else left @ (left * w))
            size = float(np.abs(column).max(initial=0.0))
            spread = np.sqrt(square / total)
            scale[j] = spread if spread > 1e-13 * size else 0.0
        else:
            scale[j] = np.sqrt(float(column @ weighted) / total)
    return _Frame(centre, scale, constant, total)


def _way_back(frame: _Frame, X: Floats) -> Floats:
    back = np.diag(1.0 / frame.scale)
    if frame.constant is not None:
        c = frame.constant
        back[c, :] = -frame.centre / frame.scale / float(X[0, c])
        back[c, c] = 1.0
    return back


def _prepared(part: Floats, frame: _Frame) -> Floats:
    safe = np.where(frame.scale > 0, frame.scale, 1.0)
    z = (part - frame.centre) / safe
    return np.asarray(z, dtype=np.float64)


def _scaled_gram(
    X: Floats, y: Floats | None, w: Floats | None, frame: _Frame
) -> tuple[Floats, Floats]:
    """Return Z'WZ/Σw and Z'Wy/Σw of the centred, scaled columns (the constant as it is)."""
    k = X.shape[1]
    square, right = np.zeros((k, k)), np.zeros(k)
    for rows in blocks(X.shape[0]):
        z = _prepared(X[rows], frame)
        if w is None:
            square += z.T @ z
            if y is not None:
                right += z.T @ y[rows]
        else:
            zw = z * w[rows, None]
            square += zw.T @ z
            if y is not None:
                right += zw.T @ y[rows]
    if frame.constant is not None:  # exactly orthogonal by construction
        keep = square[frame.constant, frame.constant]
        square[frame.constant, :] = square[:, frame.constant] = 0.0
        square[frame.constant, frame.constant] = keep
    return square / frame.total, right / frame.total


def _pivot_lengths(square: Floats) -> Floats:
    """Return the squared length left of each column after the earlier ones, relative to its own."""
    k = square.shape[0]
    left = square.copy()
    own = np.where(np.diag(square) > 0, np.diag(square), 1.0)
    lengths = np.zeros(k)
    for j in range(k):
        lengths[j] = left[j, j] / own[j]
        if lengths[j] > _SUSPECT * 1e-3:
            left -= np.outer(left[:, j], left[j, :]) / left[j, j]
    return lengths


def _exact_lengths(X: Floats, w: Floats | None, frame: _Frame) -> Floats:
    """Same by QR, skipping columns once found dependent."""
    k = X.shape[1]
    r = _stacked_r(X, None, w, frame)
    lengths = np.zeros(k)
    basis: list[Floats] = []
    for j in range(k):
        column = r[:, j].copy()
        norm = float(np.linalg.norm(column))
        for _ in range(2):
            for unit in basis:
                column -= unit * float(unit @ column)
        rest = float(np.linalg.norm(column))
        lengths[j] = rest / norm if norm > 0 else 0.0
        if lengths[j] >= COLLINEAR:
            basis.append(column / rest)
    return lengths


def _stacked_r(X: Floats, y: Floats | None, w: Floats | None, frame: _Frame) -> Floats:
    """Return R of the QR decomposition of √w·[Z, y], block after block."""
    size = max(BLOCK, 4 * X.shape[1])
    r: Floats | None = None
    for rows in blocks(X.shape[0], size):
        part = _prepared(X[rows], frame)
        if y is not None:
            part = np.column_stack([part, y[rows]])
        if w is not None:
            part = part * np.sqrt(w[rows])[:, None]
        stacked = part if r is None else np.vstack([r, part])
        r = np.asarray(np.linalg.qr(stacked, mode="r"), dtype=np.float64)
    assert r is not None
    return r


def _solve(
    X: Floats, y: Floats, w: Floats | None
) -> tuple[Floats, Floats, Literal["gram", "qr"], float]:
    k = X.shape[1]
    frame = _frame(X, w)
    mean = float(y.mean() if w is None else y @ w / frame.total)
    shifted = y - mean if frame.constant is not None else y
    square, right = _scaled_gram(X, shifted, w, frame)
    condition = float(np.linalg.cond(square)) if k else 1.0
    method: Literal["gram", "qr"] = "gram"
    if condition <= GRAM_CONDITION:
        factor = cho_factor(square)
        gamma = cho_solve(factor, right)
        inner = cho_solve(factor, np.eye(k)) / frame.total
    else:
        method = "qr"
        r = _stacked_r(X, shifted, w, frame)
        upper, side = r[:k, :k], r[:k, k]
        gamma = solve_triangular(upper, side)
        inverse = solve_triangular(upper, np.eye(k))
        inner = inverse @ inverse.T
        condition = float(np.linalg.cond(upper)) ** 2
    back = _way_back(frame, X)
    beta = back @ gamma
    if frame.constant is not None:
        beta[frame.constant] += mean / float(X[0, frame.constant])
    bread = back @ inner @ back.T
    return beta, np.asarray((bread + bread.T) / 2), method, float(np.sqrt(condition))
