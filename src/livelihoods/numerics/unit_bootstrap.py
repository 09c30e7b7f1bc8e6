"""One coefficient of many regressions in the same bootstrap draw of units (rows or clusters).

The design is factored once, X = QR with the coefficient's column last; a draw re-weights rows by
how often their unit was drawn. In the basis Q the cross products of a draw are near the identity,
so its inverse is safe; dummies whose unit was not drawn drop out through the pseudo-inverse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from livelihoods.typing import Floats, Ints

_GONE = 1e-10  # eigenvalue of Q'MQ, relative to the largest, that counts as zero
_LEAN = 1e-6  # share of a direction that is gone which the coefficient may lean on


@dataclass(frozen=True, slots=True)
class Block:
    """Regressions that share rows and regressors, rows sorted by unit.

    Attributes
    ----------
    basis
        Q, shape ``(n, k)``; its last column carries the coefficient.
    responses
        One column a regression, shape ``(n, m)``, times the root of the weights.
    scale
        Last diagonal element of R: coefficient = last of Q's coefficients / scale.
    units
        Unit of each row, ascending, shape ``(n,)``.
    present, starts
        Units that occur, and the first row of each.
    """

    basis: Floats
    responses: Floats
    scale: float
    units: Ints
    present: Ints
    starts: Ints


def factor_block(X: Floats, Y: Floats, w: Floats | None, units: Ints, place: int) -> Block:
    """Factor a design for the coefficient at column ``place``.

    Parameters
    ----------
    X, Y
        Regressors ``(n, k)`` and responses ``(n, m)``.
    w
        Weights of the rows, or None.
    units
        Code of the unit of each row, from 0.
    place
        Column of X whose coefficient is meant.
    """
    order = np.argsort(units, kind="stable")
    columns = [j for j in range(X.shape[1]) if j != place] + [place]
    root = np.ones(units.size) if w is None else np.sqrt(w)
    left, right = (M * root[:, None] for M in (X[:, columns], Y))
    q, r = np.linalg.qr(left[order])
    present, starts = np.unique(units[order], return_index=True)
    return Block(
        np.ascontiguousarray(q),
        np.ascontiguousarray(right[order]),
        float(r[-1, -1]),
        np.asarray(units[order], dtype=np.int64),
        np.asarray(present, dtype=np.int64),
        np.asarray(starts, dtype=np.int64),
    )


def refit(block: Block, counts: Floats) -> tuple[Floats, Floats]:
    """Return coefficients ``(m,)`` and each unit's influence on them ``(units present, m)``.

    ``counts`` says how often each unit was drawn. The cluster-robust standard error (without
    small-sample factor) is the root of Σ count · influence². NaN where the drawn rows do not
    identify the coefficient.
    """
    Q, Y = block.basis, block.responses
    weighted = (Q * counts[block.units][:, None]).T
    values, vectors = np.linalg.eigh(weighted @ Q)
    good = values > _GONE * values[-1]
    if not good.all() and float(np.abs(vectors[-1, ~good]).max()) > _LEAN:
        nothing = np.full(Y.shape[1], np.nan)
        return nothing, np.full((block.present.size, Y.shape[1]), np.nan)
    inverse = (vectors[:, good] / values[good]) @ vectors[:, good].T
    coef = inverse @ (weighted @ Y)
    parts = (Q @ inverse[-1])[:, None] * (Y - Q @ coef)
    return coef[-1] / block.scale, np.add.reduceat(parts, block.starts, axis=0) / block.scale


def refit_all(blocks: Sequence[Block], counts: Floats) -> tuple[Floats, Floats]:
    """Return coefficients and standard errors of all blocks, one after another."""
    coefs, errors = [], []
    for block in blocks:
        coef, influence = refit(block, counts)
        coefs.append(coef)
        errors.append(np.sqrt(counts[block.present] @ influence**2))
    return np.concatenate(coefs), np.concatenate(errors)


def influences(blocks: Sequence[Block], units: int) -> Floats:
    """Return each unit's influence on every coefficient as estimated, shape ``(units, m)``."""
    parts = []
    for block in blocks:
        whole = np.zeros((units, block.responses.shape[1]))
        whole[block.present] = refit(block, np.ones(units))[1]
        parts.append(whole)
    return np.hstack(parts)


def draw_once(
    generator: np.random.Generator, blocks: Sequence[Block], units: int
) -> tuple[Floats, Floats]:
    """Return coefficients and standard errors in one draw of ``units`` units with replacement."""
    drawn = generator.integers(0, units, size=units)
    return refit_all(blocks, np.bincount(drawn, minlength=units).astype(np.float64))
