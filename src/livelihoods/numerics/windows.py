"""Sums of polynomial kernels over sliding windows of sorted points, nearly linear and exact.

A kernel that is a polynomial in ``z = (point - query) / bandwidth`` on ``|z| <= 1`` needs no pass
over pairs: the window's sum is a difference of prefix sums of powers. Powers of raw points cancel
catastrophically, so the points are cut into cells one bandwidth wide, each with its own origin at
the centre and its own running sums from either end (no difference of large sums is ever formed);
a query shifts the powers of at most four cells to itself by the binomial theorem. Windows of few
points are summed directly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import comb
from typing import Literal

import numpy as np

from livelihoods.typing import Bools, Floats, Ints

PolynomialKernel = Literal["uniform", "epanechnikov", "biweight", "tricube"]

# Coefficients in ascending powers of |z|; the constant factor cancels in every weighted mean.
COEFFICIENTS: dict[str, tuple[float, ...]] = {
    "uniform": (1.0,),
    "epanechnikov": (1.0, 0.0, -1.0),
    "biweight": (1.0, 0.0, -2.0, 0.0, 1.0),
    "tricube": (1.0, 0.0, 0.0, -3.0, 0.0, 0.0, 3.0, 0.0, 0.0, -1.0),
}
THIN = 64
BLOCK = 16_384
_DIRECT_ELEMENTS = 1 << 18


def kernel_values(z: Floats, kernel: str) -> Floats:
    """Return K(z) up to its constant factor; the polynomial ones are 0 outside ``|z| <= 1``."""
    if kernel == "gaussian":
        return np.asarray(np.exp(-0.5 * z * z))
    size = np.abs(z)
    value = np.full_like(size, 0.0)
    for coefficient in reversed(COEFFICIENTS[kernel]):
        value *= size
        value += coefficient
    value[size > 1.0] = 0.0
    # 1 - z^2 and its powers cannot be negative inside; rounding at |z| = 1 can make them so.
    return np.asarray(np.maximum(value, 0.0))


def window_edges(
    points: Floats, queries: Floats, radius: float, *, strict: bool = False
) -> tuple[Ints, Ints]:
    """Return ``lo, hi`` such that ``points[lo:hi]`` are within ``radius`` of each query.

    The condition holds as floating point states it, ``abs(point - query) <= radius`` (``<`` if
    strict), not as ``query ± radius`` rounds.

    Parameters
    ----------
    points
        Ascending, shape ``(m,)``.
    queries
        Shape ``(q,)``; ascending order is faster.
    radius
        Positive, in the units of the points.
    strict
        Leave out points exactly ``radius`` away.
    """
    lo = np.searchsorted(points, queries - radius, "left")
    hi = np.searchsorted(points, queries + radius, "right")
    lo = np.minimum(_settle(points, queries, lo, radius, strict, -1), hi)
    hi = np.maximum(_settle(points, queries, hi, radius, strict, 1), lo)
    return lo.astype(np.int64), hi.astype(np.int64)


def _settle(
    points: Floats, queries: Floats, edge: Ints, radius: float, strict: bool, side: int
) -> Ints:
    """Move edges over whole groups of equal points until the condition is met exactly."""
    m = points.shape[0]
    edge = edge.copy()
    todo = np.arange(queries.shape[0])
    while todo.size:
        here, q = edge[todo], queries[todo]
        outer, inner = (here - 1, here) if side < 0 else (here, here - 1)
        grow = _within(points, q, outer, radius, strict)
        reached = points[np.clip(inner, 0, m - 1)]
        beside = (reached - q) * side > 0
        shrink = (inner >= 0) & (inner < m) & beside & ~_within(points, q, inner, radius, strict)
        for mask, places, step in ((grow, outer, side), (shrink & ~grow, inner, -side)):
            if mask.any():
                value = points[places[mask]]
                edge[todo[mask]] = np.searchsorted(points, value, "left" if step < 0 else "right")
        todo = todo[grow | shrink]
    return edge


def _within(points: Floats, queries: Floats, places: Ints, radius: float, strict: bool) -> Bools:
    inside = (places >= 0) & (places < points.shape[0])
    distance = np.abs(points[np.clip(places, 0, points.shape[0] - 1)] - queries)
    return np.asarray(inside & ((distance < radius) if strict else (distance <= radius)))


def kernel_sums(
    points: Floats,
    values: Floats,
    queries: Floats,
    bandwidth: float,
    kernel: PolynomialKernel,
    orders: Sequence[int],
    edges: tuple[Ints, Ints],
) -> Floats:
    r"""Return :math:`\sum_j K(z_{ij}) z_{ij}^r v_{kj}` with ``z_ij = (points_j - queries_i)/h``.

    Parameters
    ----------
    points
        Ascending, shape ``(m,)``.
    values
        What is summed, shape ``(k, m)``.
    queries
        Ascending, shape ``(q,)``.
    bandwidth
        Half-width h of the window, positive.
    kernel
        A polynomial kernel.
    orders
        Highest power r wanted for each row of ``values``, shape ``(k,)``.
    edges
        ``window_edges(points, queries, bandwidth)``.

    Returns
    -------
    numpy.ndarray
        Shape ``(k, max(orders) + 1, q)``; powers beyond a row's order are 0.
    """
    lo, hi = edges
    sums = np.zeros((values.shape[0], max(orders) + 1, queries.shape[0]))
    width = hi - lo
    thin = np.flatnonzero((width > 0) & (width <= THIN))
    dense = np.flatnonzero(width > THIN)
    if thin.size:
        part = direct_sums(points, values, queries[thin], bandwidth, kernel, orders,
                           (lo[thin], hi[thin]))  # fmt: skip
        sums[:, :, thin] = part
    if dense.size == 0:
        return sums
    degree = len(COEFFICIENTS[kernel]) - 1
    powers = [degree + order for order in orders]
    cells = _build_cells(points, values, powers, bandwidth, 1.0 if degree % 2 == 0 else 0.5)
    everything = dense.size == queries.shape[0]
    for start in range(0, dense.size, BLOCK):
        rows: slice | Ints = slice(start, start + BLOCK) if everything else dense[start:][:BLOCK]
        for first, last, coefficients in _sides(points, queries[rows], lo[rows], hi[rows], kernel):
            _add_block(sums, rows, cells, queries[rows], (first, last), coefficients, orders)
    return sums


def _sides(
    points: Floats, queries: Floats, lo: Ints, hi: Ints, kernel: str
) -> Iterator[tuple[Ints, Ints, tuple[float, ...]]]:
    """Even kernels are one polynomial in z; an odd power of |z| needs either side by itself."""
    coefficients = COEFFICIENTS[kernel]
    if not any(coefficients[1::2]):
        yield lo, hi, coefficients
        return
    middle = np.searchsorted(points, queries, "left")
    mirrored = tuple(c if j % 2 == 0 else -c for j, c in enumerate(coefficients))
    yield lo, middle, mirrored
    yield middle, hi, coefficients


@dataclass(frozen=True, slots=True)
class _Cells:
    """Running sums of powers inside cells.

    Attributes
    ----------
    bandwidth
        h.
    powers
        Highest power of each row of values.
    origin
        Centre of each cell that holds points, shape ``(c,)``.
    start
        First point of each cell, and m at the end, shape ``(c + 1,)``.
    cell
        Cell of each point, shape ``(m,)``.
    upto
        Sum from the cell's first point to this one, shape ``(rows, m + 1)``; the last is 0.
    onward
        Sum from this point to the cell's last one, shape ``(rows, m + 1)``; the last is 0.
    total
        Sum of the cell, shape ``(rows, c + 1)``; the last is 0.
    """

    bandwidth: float
    powers: tuple[int, ...]
    origin: Floats
    start: Ints
    cell: Ints
    upto: Floats
    onward: Floats
    total: Floats


def _build_cells(
    points: Floats, values: Floats, powers: Sequence[int], bandwidth: float, width: float
) -> _Cells:
    m = points.shape[0]
    number = np.floor((points - points[0]) / (bandwidth * width))
    start = np.concatenate(([0], np.flatnonzero(np.diff(number)) + 1, [m]))
    origin = points[0] + (number[start[:-1]] + 0.5) * (bandwidth * width)
    cell = np.repeat(np.arange(origin.shape[0]), np.diff(start))
    u = (points - origin[cell]) / bandwidth
    rows = sum(power + 1 for power in powers)
    onward = np.empty((rows, m + 1))
    onward[:, m] = 0.0
    row = 0
    for value, power in zip(values, powers, strict=True):
        onward[row, :m] = value
        for step in range(1, power + 1):
            np.multiply(onward[row + step - 1, :m], u, out=onward[row + step, :m])
        row += power + 1
    upto = np.empty_like(onward)
    upto[:, m] = 0.0
    for first, last in zip(start[:-1].tolist(), start[1:].tolist(), strict=True):
        block = onward[:, first:last]
        np.cumsum(block, axis=1, out=upto[:, first:last])
        np.cumsum(block[:, ::-1], axis=1, out=block[:, ::-1])
    total = np.zeros((rows, origin.shape[0] + 1))
    total[:, :-1] = onward[:, start[:-1]]
    return _Cells(bandwidth, tuple(powers), origin, start, cell, upto, onward, total)


def _add_block(
    sums: Floats,
    rows: slice | Ints,
    cells: _Cells,
    queries: Floats,
    window: tuple[Ints, Ints],
    coefficients: Sequence[float],
    orders: Sequence[int],
) -> None:
    """Add the kernel sums of one block of queries over index ranges at most four cells long.

    A piece is part of one cell: sums of u^k are picked up and weighted with the coefficients of
    u^k in ``K(u + delta) (u + delta)^r``, delta the distance of the cell's origin.
    """
    for source, place, cell in _pieces(cells, *window):
        delta = (cells.origin[cell] - queries) / cells.bandwidth
        powers = _powers(delta, len(coefficients) - 1 + max(orders))
        weights = {
            (r, k): _coefficient(coefficients, r, k, powers)
            for r in range(max(orders) + 1)
            for k in range(len(coefficients) + r)
        }
        row = 0
        for number, (power, order) in enumerate(zip(cells.powers, orders, strict=True)):
            for k in range(power + 1):
                moment = source[row + k][place]
                for r in range(order + 1):
                    weight = weights.get((r, k))
                    if weight is not None:
                        sums[number, r, rows] += weight * moment
            row += power + 1


def _pieces(cells: _Cells, lo: Ints, hi: Ints) -> Iterator[tuple[Floats, Ints, Ints]]:
    """Yield sums, places in them and cells; an absent piece points at a column of zeros."""
    some = hi > lo
    m = cells.cell.shape[0]
    left = cells.cell[np.minimum(lo, m - 1)]
    right = cells.cell[np.maximum(hi - 1, 0)]
    # A window wider than a cell and inside one cell reaches the cell's first or last point.
    first_part = some & ((left < right) | (lo > cells.start[left]))
    last_part = some & ((left < right) | ~first_part)
    yield cells.onward, np.where(first_part, lo, m), left
    yield cells.upto, np.where(last_part, hi - 1, m), right
    reach = int(np.max(right - left, where=some, initial=0))
    last = cells.origin.shape[0]
    for step in range(1, reach):
        middle = left + step
        place = np.where(some & (middle < right), middle, last)
        yield cells.total, place, np.minimum(middle, last - 1)


def _powers(delta: Floats, top: int) -> list[Floats]:
    powers = [np.ones_like(delta), delta]
    while len(powers) <= top:
        powers.append(powers[-1] * delta)
    return powers


def _coefficient(
    coefficients: Sequence[float], r: int, k: int, powers: list[Floats]
) -> Floats | float | None:
    """Return the coefficient of u^k in ``sum_j a_j (u + delta)^(j + r)``; None if it is zero."""
    weight: Floats | None = None
    for j, a in enumerate(coefficients):
        if a and j + r >= k:
            term = (a * comb(j + r, k)) * powers[j + r - k]
            weight = term if weight is None else weight + term
    return weight


def ragged_blocks(lo: Ints, hi: Ints) -> Iterator[tuple[slice, Ints, Ints, Ints]]:
    """Cut windows into blocks of bounded size: rows, flat point indices, their query, starts.

    Every window must hold at least one point.
    """
    counts = hi - lo
    ends = np.cumsum(counts)
    begin = 0
    while begin < counts.shape[0]:
        base = int(ends[begin - 1]) if begin else 0
        stop = int(np.searchsorted(ends, base + _DIRECT_ELEMENTS, "right"))
        stop = max(stop, begin + 1)
        size = counts[begin:stop]
        starts = np.concatenate(([0], np.cumsum(size)[:-1]))
        query = np.repeat(np.arange(begin, stop), size)
        flat = np.arange(int(size.sum())) - np.repeat(starts - lo[begin:stop], size)
        yield slice(begin, stop), flat, query, starts
        begin = stop


def direct_sums(
    points: Floats,
    values: Floats,
    queries: Floats,
    bandwidth: float,
    kernel: str,
    orders: Sequence[int],
    edges: tuple[Ints, Ints],
) -> Floats:
    """Return what :func:`kernel_sums` returns, point by point; no window may be empty."""
    sums = np.zeros((values.shape[0], max(orders) + 1, queries.shape[0]))
    for rows, flat, query, starts in ragged_blocks(*edges):
        z = (points[flat] - queries[query]) / bandwidth
        weight = kernel_values(z, kernel)
        for k, order in enumerate(orders):
            term = weight * values[k][flat]
            for r in range(order + 1):
                if r:
                    term = term * z
                sums[k, r, rows] = np.add.reduceat(term, starts)
    return sums


@dataclass(frozen=True, slots=True)
class Tied:
    """Points with equal values put together.

    Attributes
    ----------
    points
        Distinct values, ascending, shape ``(g,)``.
    start
        First sorted place of each group, and m at the end, shape ``(g + 1,)``.
    """

    points: Floats
    start: Ints

    def add_up(self, values: Floats) -> Floats:
        """Sum sorted values within groups, along the last axis."""
        if self.points.shape[0] == values.shape[-1]:
            return values
        return np.asarray(np.add.reduceat(values, self.start[:-1], axis=-1))

    def spread(self, values: Floats) -> Floats:
        """Give each sorted point its group's value."""
        return np.asarray(np.repeat(values, np.diff(self.start), axis=-1))


def tie(points: Floats) -> Tied:
    """Group equal ones among ascending points."""
    start = np.concatenate(([0], np.flatnonzero(points[1:] != points[:-1]) + 1, [points.shape[0]]))
    if points.shape[0] == 0:
        start = np.zeros(1, dtype=np.int64)
    return Tied(points[start[:-1]], start.astype(np.int64))
