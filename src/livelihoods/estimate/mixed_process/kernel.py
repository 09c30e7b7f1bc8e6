"""Rows of one pattern: log probability of a box of one or two dimensions, with derivatives.

``Box`` derivatives are with respect to the standardised bounds w (one a slot, lower before upper)
and the correlation r of two boxes. Notation: F the density at a bound times the probability of the
other box given it, D the bivariate density at a corner, both divided by the probability.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import log_ndtr

from livelihoods.numerics.bivariate import log_box, log_cdf
from livelihoods.numerics.normal import HALF_LOG_2PI, inverse_mills, log_density, log_interval

if TYPE_CHECKING:
    from livelihoods.typing import Floats


@dataclass(frozen=True, slots=True)
class BoxDerivatives:
    """log P and its derivatives; entries that are zero for every row are absent.

    Attributes
    ----------
    value
        log P, shape ``(m,)``.
    slope
        ∂/∂w of each slot.
    bend
        (slot, slot′) with slot ≤ slot′ -> ∂²/∂w∂w′.
    slope_r, bend_r, bend_rr
        Derivatives in the correlation; None with one box.
    """

    value: Floats
    slope: tuple[Floats, ...] = ()
    bend: dict[tuple[int, int], Floats] | None = None
    slope_r: Floats | None = None
    bend_r: tuple[Floats, ...] = ()
    bend_rr: Floats | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """One box of a pattern in standardised form: bounds w (one or two) and the sign of one."""

    w: tuple[Floats, ...]
    sign: Floats | None


def box(sides: Sequence[Side], r: float, order: int) -> BoxDerivatives:
    """Log probability of one or two boxes; ``order`` 0 gives the value alone."""
    if len(sides) == 1:
        side = sides[0]
        return _half_line(side, order) if side.sign is not None else _interval(side, order)
    return _pair(sides, r, order)


def _half_line(side: Side, order: int) -> BoxDerivatives:
    assert side.sign is not None
    z = side.sign * side.w[0]
    value = log_ndtr(z)
    if order == 0:
        return BoxDerivatives(value)
    mills = inverse_mills(z, value)
    return BoxDerivatives(value, (side.sign * mills,), {(0, 0): -mills * (z + mills)})


def _interval(side: Side, order: int) -> BoxDerivatives:
    low, high = side.w
    value = log_interval(low, high)
    if order == 0:
        return BoxDerivatives(value)
    with np.errstate(over="ignore", invalid="ignore"):
        at_low = np.exp(log_density(low) - value)
        at_high = np.exp(log_density(high) - value)
    bend = {
        (0, 0): at_low * (low - at_low),
        (0, 1): at_low * at_high,
        (1, 1): -at_high * (high + at_high),
    }
    return BoxDerivatives(value, (-at_low, at_high), bend)


@dataclass(frozen=True, slots=True)
class _Edge:
    """A finite bound of one of two boxes, after reflecting one-sided boxes to lie below it."""

    box: int
    x: Floats
    end: float  # +1 upper, −1 lower
    sign: Floats | None


def _pair(sides: Sequence[Side], r: float, order: int) -> BoxDerivatives:
    signs = [side.sign for side in sides]
    turned = np.full_like(sides[0].w[0], r)
    for sign in signs:
        if sign is not None:
            turned = turned * sign
    edges = [
        _Edge(b, w if side.sign is None else side.sign * w, end, side.sign)
        for b, side in enumerate(sides)
        for w, end in zip(side.w, (1.0,) if len(side.w) == 1 else (-1.0, 1.0), strict=True)
    ]
    value = _pair_value(sides, edges, turned)
    if order == 0:
        return BoxDerivatives(value)
    return _pair_derivatives(edges, value, turned)


def _pair_value(sides: Sequence[Side], edges: Sequence[_Edge], r: Floats) -> Floats:
    if all(side.sign is not None for side in sides):
        return log_cdf(edges[0].x, edges[1].x, r)
    ends: list[tuple[Floats, Floats]] = []
    for b in (0, 1):
        own = [edge.x for edge in edges if edge.box == b]
        low = np.full_like(own[0], -np.inf) if len(own) == 1 else own[0]
        ends.append((low, own[-1]))
    (low1, high1), (low2, high2) = ends
    return log_box(low1, high1, low2, high2, r)


def _pair_derivatives(edges: Sequence[_Edge], value: Floats, r: Floats) -> BoxDerivatives:
    rest = np.maximum((1.0 - r) * (1.0 + r), 1e-300)
    corners: dict[tuple[int, int], Floats] = {}
    crossed: dict[tuple[int, int], tuple[Floats, Floats, Floats]] = {}
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        for i, p in enumerate(edges):
            for j, q in enumerate(edges):
                if p.box == 0 and q.box == 1:
                    x, y = p.x, q.x
                    distance = (x * x - 2.0 * r * x * y + y * y) / rest
                    log_d = -0.5 * distance - 2.0 * HALF_LOG_2PI - 0.5 * np.log(rest) - value
                    corners[i, j] = p.end * q.end * np.exp(log_d)
                    in_r = (r * rest + (1.0 + r * r) * x * y - r * (x * x + y * y)) / rest**2
                    crossed[i, j] = (-(x - r * y) / rest, -(y - r * x) / rest, in_r)
        slope = [_edge_slope(edge, edges, value, r, rest) for edge in edges]
        return _pair_assembled(edges, value, r, slope, corners, crossed)


def _edge_slope(
    edge: _Edge, edges: Sequence[_Edge], value: Floats, r: Floats, rest: Floats
) -> Floats:
    """±φ(x) P(other box | x) / P."""
    root = np.sqrt(rest)
    other = [(q.x - r * edge.x) / root for q in edges if q.box != edge.box]
    inside = log_ndtr(other[0]) if len(other) == 1 else log_interval(other[0], other[1])
    slope: Floats = edge.end * np.exp(log_density(edge.x) + inside - value)
    return slope


def _pair_assembled(
    edges: Sequence[_Edge],
    value: Floats,
    r: Floats,
    slope: list[Floats],
    corners: dict[tuple[int, int], Floats],
    crossed: dict[tuple[int, int], tuple[Floats, Floats, Floats]],
) -> BoxDerivatives:
    in_r = np.sum(list(corners.values()), axis=0)
    in_rr = np.sum([d * crossed[c][2] for c, d in corners.items()], axis=0) - in_r * in_r
    bend: dict[tuple[int, int], Floats] = {}
    bend_r = []
    for i, p in enumerate(edges):
        touching = [(c, d) for c, d in corners.items() if i in c]
        total = np.sum([d for _, d in touching], axis=0)
        bend[i, i] = -p.x * slope[i] - r * total - slope[i] ** 2
        slopes = [d * crossed[c][p.box] for c, d in touching]
        bend_r.append(np.sum(slopes, axis=0) - slope[i] * in_r)
        for j in range(i + 1, len(edges)):
            bend[i, j] = corners.get((i, j), np.zeros_like(r)) - slope[i] * slope[j]
    return _unturned(edges, BoxDerivatives(value, tuple(slope), bend, in_r, tuple(bend_r), in_rr))


def _unturned(edges: Sequence[_Edge], found: BoxDerivatives) -> BoxDerivatives:
    """Undo the reflection of one-sided boxes: each derivative takes the signs it passed."""
    assert found.bend is not None
    assert found.slope_r is not None
    boxes: dict[int, Floats] = {e.box: e.sign for e in edges if e.sign is not None}
    if not boxes:
        return found
    both = np.ones_like(found.value)
    for sign in boxes.values():
        both = both * sign
    own = [edge.sign if edge.sign is not None else 1.0 for edge in edges]
    return BoxDerivatives(
        found.value,
        tuple(s * g for s, g in zip(own, found.slope, strict=True)),
        {(i, j): own[i] * own[j] * h for (i, j), h in found.bend.items()},
        both * found.slope_r,
        tuple(both * s * h for s, h in zip(own, found.bend_r, strict=True)),
        found.bend_rr,
    )
