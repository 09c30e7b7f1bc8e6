"""From a system of arrays to a problem: patterns, blocks, standardisation, places of parameters.

Inside, regressors are centred (where there is a constant) and scaled, and the outcomes that have a
free σ are scaled, so that yuan beside shares do no harm. φ = Mφ̃ + m takes the way back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from livelihoods.errors import EstimationError
from livelihoods.estimate.mixed_process.arrays import (
    ONE,
    OUT,
    POINT,
    TWO,
    Block,
    Bound,
    Box,
    EquationArrays,
    Layout,
    Pattern,
    Problem,
    System,
)

if TYPE_CHECKING:
    from livelihoods.typing import Bools, Floats, Ints

BLOCK_ROWS = 16384


def make_layout(system: System) -> Layout:
    """Give every parameter its place: equations in turn, then ln σ, then correlations."""
    beta, cuts, feeds = [], [], []
    at = 0
    for j, equation in enumerate(system.equations):
        columns = equation.X.shape[1]
        beta.append(slice(at, at + columns + len(equation.feeds)))
        feeds += [(j, b, at + columns + i) for i, b in enumerate(equation.feeds)]
        at = beta[-1].stop
        cuts.append(slice(at, at + equation.cuts))
        at += equation.cuts
    scale = {}
    for j, equation in enumerate(system.equations):
        if equation.free_scale:
            scale[j] = at
            at += 1
    corr = {}
    J = len(system.equations)
    for j in range(J):
        for k in range(j + 1, J):
            if _meet(system.equations[j], system.equations[k]):
                corr[j, k] = at
                at += 1
    return Layout(tuple(beta), tuple(cuts), tuple(feeds), scale, corr, at)


def _meet(one: EquationArrays, other: EquationArrays) -> bool:
    return bool(((one.code != OUT) & (other.code != OUT)).any())


@dataclass(frozen=True, slots=True)
class _Scaling:
    """Centre and scale of one equation's columns, and of its outcome."""

    centre: Floats
    spread: Floats
    outcome: float


def _scaling(equation: EquationArrays) -> _Scaling:
    used = equation.code != OUT
    X = equation.X if used.all() else equation.X[used]
    m = max(X.shape[0], 1)
    square = np.einsum("ij,ij->j", X, X) / m
    if equation.constant is None and not equation.cuts:
        centre, spread = np.zeros(X.shape[1]), np.sqrt(square)
    else:
        centre = X.sum(axis=0) / m
        # A scale need not be exact, so cancellation does no harm here.
        spread = np.sqrt(np.maximum(square - centre**2, 1e-12 * square))
    spread = np.where(spread > 0, spread, 1.0)
    if equation.constant is not None:
        centre[equation.constant], spread[equation.constant] = 0.0, 1.0
    return _Scaling(centre, spread, _outcome_scale(equation))


def _outcome_scale(equation: EquationArrays) -> float:
    if not equation.free_scale:
        return 1.0
    ends = np.concatenate(
        [v[(equation.code != OUT) & np.isfinite(v)] for v in (equation.low, equation.high)]
    )
    spread = float(ends.std()) if ends.size else 1.0
    return spread if spread > 0 else 1.0


def prepare(system: System, layout: Layout | None = None) -> Problem:
    """Sort rows by pattern and standardise.

    Raises
    ------
    EstimationError
        ``estimate.cmp.three_censored``: a row has three or more equations known only up to bounds.
    """
    layout = layout or make_layout(system)
    scalings = [_scaling(equation) for equation in system.equations]
    expanded = _expand(system, scalings)
    patterns = _patterns(expanded)
    to_natural, shift = _way_back(system, layout, scalings)
    return Problem(
        patterns=patterns,
        layout=layout,
        to_natural=to_natural,
        shift=shift,
        jacobian=_jacobian(system, scalings),
        n=system.n,
        total=_total(system),
    )


def _total(system: System) -> float:
    if system.weights is not None and system.weight_kind == "frequency":
        return float(system.weights.sum())
    return float(system.n)


def _jacobian(system: System, scalings: list[_Scaling]) -> float:
    total = 0.0
    for equation, scaling in zip(system.equations, scalings, strict=True):
        points = equation.code == POINT
        count = points.sum() if system.weights is None else system.weights[points].sum()
        total -= float(count) * float(np.log(scaling.outcome))
    return total


def _way_back(system: System, layout: Layout, scalings: list[_Scaling]) -> tuple[Floats, Floats]:
    M, m = np.zeros((layout.size, layout.size)), np.zeros(layout.size)
    for j, (equation, s) in enumerate(zip(system.equations, scalings, strict=True)):
        place = layout.beta[j]
        k = equation.X.shape[1]
        columns = np.arange(place.start, place.start + k)
        M[columns, columns] = s.outcome / s.spread
        moved = s.outcome * s.centre / s.spread
        if equation.constant is not None:
            M[place.start + equation.constant, columns] -= moved
        for cut in range(layout.cuts[j].start, layout.cuts[j].stop):
            M[cut, cut] = s.outcome
            M[cut, columns] += moved
        if j in layout.scale:
            M[layout.scale[j], layout.scale[j]] = 1.0
            m[layout.scale[j]] = np.log(s.outcome)
    for a, b, at in layout.feeds:
        M[at, at] = scalings[a].outcome / scalings[b].outcome
    for at in layout.corr.values():
        M[at, at] = 1.0
    return M, m


@dataclass(frozen=True, slots=True)
class _Expanded:
    """Standardised arrays over pseudo rows: a fractional outcome makes two of one row."""

    unit: Ints
    weight: Floats | None
    equations: tuple[EquationArrays, ...]
    scalings: list[_Scaling]


def _standardised(equation: EquationArrays, scaling: _Scaling) -> EquationArrays:
    """Scale the outcome; regressors follow block by block."""
    size, cut = scaling.outcome, equation.truncation
    return replace(
        equation,
        low=equation.low / size,
        high=equation.high / size,
        offset=None if equation.offset is None else equation.offset / size,
        truncation=None if cut is None else (cut[0] / size, cut[1] / size),
    )


def _expand(system: System, scalings: list[_Scaling]) -> _Expanded:
    equations = tuple(
        _standardised(one, scaling) for one, scaling in zip(system.equations, scalings, strict=True)
    )
    unit = np.arange(system.n)
    weight = system.weights
    for j, equation in enumerate(equations):
        if equation.share is not None:
            equations, unit, weight = _split_shares(equations, j, unit, weight)
    return _Expanded(unit, weight, equations, scalings)


def _split_shares(
    equations: tuple[EquationArrays, ...], j: int, unit: Ints, weight: Floats | None
) -> tuple[tuple[EquationArrays, ...], Ints, Floats]:
    """Split each row into y* > 0 with weight y and y* < 0 with weight 1 − y."""
    share = equations[j].share
    assert share is not None
    share = np.where(equations[j].code == OUT, 1.0, share)
    above, below = share > 0.0, share < 1.0
    take = np.concatenate([np.flatnonzero(above), np.flatnonzero(below)])
    part = np.concatenate([share[above], 1.0 - share[below]])
    down = np.concatenate([np.zeros(int(above.sum()), bool), np.ones(int(below.sum()), bool)])
    old = np.ones(unit.size) if weight is None else weight
    moved = []
    for k, equation in enumerate(equations):
        taken = _take(equation, take)
        if k == j:
            low = np.where(down, -np.inf, 0.0)
            high = np.where(down, 0.0, np.inf)
            taken = replace(taken, low=low, high=high, share=None)
        moved.append(taken)
    return tuple(moved), unit[take], old[take] * part


def _take(equation: EquationArrays, rows: Ints) -> EquationArrays:
    cut = equation.truncation
    return replace(
        equation,
        X=equation.X[rows],
        code=equation.code[rows],
        low=equation.low[rows],
        high=equation.high[rows],
        low_cut=_cut(equation.low_cut, rows),
        high_cut=_cut(equation.high_cut, rows),
        share=None if equation.share is None else equation.share[rows],
        offset=_offset(equation, rows),
        truncation=None if cut is None else (cut[0][rows], cut[1][rows]),
    )


def _truncation_code(equation: EquationArrays) -> Ints:
    if equation.truncation is None:
        return np.zeros(equation.code.size, dtype=np.int64)
    low, high = (np.isfinite(v) for v in equation.truncation)
    return np.where(equation.code == OUT, 0, low.astype(np.int64) + high)


def _patterns(expanded: _Expanded) -> tuple[Pattern, ...]:
    key = np.zeros(expanded.unit.size, dtype=np.int64)
    for equation in expanded.equations:
        key = key * 12 + equation.code * 3 + _truncation_code(equation)
    order = np.argsort(key, kind="stable")
    found = []
    if key.size:
        edges = np.flatnonzero(np.diff(key[order])) + 1
        for rows in np.split(order, edges):
            pattern = _pattern(expanded, rows)
            if pattern is not None:
                found.append(pattern)
    return tuple(found)


def _pattern(expanded: _Expanded, rows: Ints) -> Pattern | None:
    first = int(rows[0])
    codes = [int(equation.code[first]) for equation in expanded.equations]
    sample = tuple(j for j, code in enumerate(codes) if code != OUT)
    if not sample:
        return None
    boxes = tuple(Box(j, 1 if codes[j] == ONE else 2) for j in sample if codes[j] in (ONE, TWO))
    sides = [int(_truncation_code(e)[first]) for e in expanded.equations]
    truncation = tuple(Box(j, sides[j]) for j in sample if sides[j])
    for several in (boxes, truncation):
        if len(several) > 2:
            names = [expanded.equations[box.equation].name for box in several]
            raise EstimationError("estimate.cmp.three_censored", equations=names, n=int(rows.size))
    pattern = Pattern(sample, tuple(j for j in sample if codes[j] == POINT), boxes, truncation, ())
    blocks = tuple(
        _block(expanded, pattern, rows[start : start + BLOCK_ROWS])
        for start in range(0, rows.size, BLOCK_ROWS)
    )
    return Pattern(sample, pattern.points, boxes, truncation, blocks)


def _block(expanded: _Expanded, pattern: Pattern, rows: Ints) -> Block:
    equations = expanded.equations
    bounds = [
        bound
        for box in pattern.boxes
        for bound in _bounds(
            equations[box.equation].low[rows],
            equations[box.equation].high[rows],
            _cut(equations[box.equation].low_cut, rows),
            _cut(equations[box.equation].high_cut, rows),
        )
    ]
    truncation = []
    for box in pattern.truncation:
        pair = equations[box.equation].truncation
        assert pair is not None
        truncation += _bounds(pair[0][rows], pair[1][rows], None, None)
    return Block(
        unit=expanded.unit[rows],
        weight=None if expanded.weight is None else expanded.weight[rows],
        X=tuple(_columns(equations[j].X, expanded.scalings[j], rows) for j in pattern.sample),
        offset=tuple(_offset(equations[j], rows) for j in pattern.sample),
        points=tuple(equations[j].low[rows] for j in pattern.points),
        bounds=tuple(bounds),
        truncation=tuple(truncation),
    )


def _columns(X: Floats, scaling: _Scaling, rows: Ints) -> Floats:
    """Standardised regressors of a block, column by column in memory."""
    out = np.empty((rows.size, X.shape[1]), order="F")
    first = int(rows[0])
    whole = rows.size == int(rows[-1]) - first + 1  # sorted rows without gaps: no gathering
    part = X[first : first + rows.size] if whole else X[rows]
    np.subtract(part, scaling.centre, out=out)
    out /= scaling.spread
    return out


def _offset(equation: EquationArrays, rows: Ints) -> Floats | None:
    return None if equation.offset is None else equation.offset[rows]


def _cut(cuts: Ints | None, rows: Ints) -> Ints | None:
    return None if cuts is None else cuts[rows]


def _bounds(low: Floats, high: Floats, low_cut: Ints | None, high_cut: Ints | None) -> list[Bound]:
    open_low: Bools = np.isinf(low) if low_cut is None else low_cut < 0
    open_high: Bools = np.isinf(high) if high_cut is None else high_cut < 0
    if not open_low.any() and not open_high.any():
        return [Bound(low, None, low_cut), Bound(high, None, high_cut)]
    sign = np.where(open_low, 1.0, -1.0)
    value = np.where(open_low, high, low)
    if low_cut is None or high_cut is None:
        return [Bound(value, sign, None)]
    return [Bound(np.zeros(low.size), sign, np.where(open_low, high_cut, low_cut))]
