"""One term of a row's log likelihood in e = y − μ of the observed part and t = bound − μ.

    ℓ = −½ c log 2π − ½ log|Ω_CC| − ½ e′Ke + log P(box of w; r),   w = (t − Ω_BC K e)/s

Slots are the e of the points, then the t of the bounds. κ is what :func:`.errors.conditional`
returns. All weights are multiplied in here, once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from livelihoods.estimate.mixed_process.kernel import BoxDerivatives, Side, box
from livelihoods.numerics.normal import HALF_LOG_2PI

if TYPE_CHECKING:
    from livelihoods.estimate.mixed_process.arrays import Box
    from livelihoods.estimate.mixed_process.errors import Conditional
    from livelihoods.typing import Floats


@dataclass(slots=True)
class TermDerivatives:
    """Value and derivatives of a term, a row each, ready to be summed against regressors.

    Attributes
    ----------
    value
        Shape ``(m,)``.
    slope
        ∂ℓ/∂slot.
    bend
        (slot, slot′), slot ≤ slot′.
    kappa
        ∂ℓ/∂κ: shape ``(d, m)``.
    mixed
        slot -> ∂²ℓ/∂slot∂κ, shape ``(d, m)``.
    kappa_bend
        Σ over rows of ∂²ℓ/∂κ∂κ′, shape ``(d, d)``.
    """

    value: Floats
    slope: list[Floats] = field(default_factory=list)
    bend: dict[tuple[int, int], Floats] = field(default_factory=dict)
    kappa: Floats | None = None
    mixed: list[Floats] = field(default_factory=list)
    kappa_bend: Floats | None = None


def term(
    given: Conditional,
    boxes: tuple[Box, ...],
    e: list[Floats],
    t: list[Floats],
    signs: list[Floats | None],
    weight: Floats | None,
    order: int,
) -> TermDerivatives:
    """Evaluate a term for the rows of a block.

    Parameters
    ----------
    given
        Ω split for this pattern.
    boxes
        The censored equations; ``t`` and ``signs`` hold one or two entries for each.
    e
        y − μ of each observed equation.
    t, signs
        bound − μ, and +1/−1 where y* lies below/above a single bound.
    weight
        Multiplied into everything; None for one. A truncation is passed with weights negated.
    order
        0: value; 1: also slopes; 2: also bends.
    """
    w, owner = _standardise(given, boxes, e, t)
    m = (e[0] if e else t[0]).size
    value = np.full(m, -len(e) * HALF_LOG_2PI - 0.5 * given.log_det)
    lean = [_dot(given.precision[k], e) for k in range(len(e))]
    for k, point in enumerate(e):
        value -= 0.5 * point * lean[k]
    probability = None
    if boxes:
        probability = box(_sides(boxes, w, signs), given.corr, order)
        value += probability.value
    found = TermDerivatives(value if weight is None else weight * value)
    if order:
        if probability is not None and weight is not None:
            probability = _weighted(probability, weight)
        _Rows(given, boxes, owner, e, lean, w, probability, weight).fill(found, order)
    return found


def _dot(row: Floats, columns: list[Floats]) -> Floats:
    total: Floats = row[0] * columns[0]
    for factor, column in zip(row[1:], columns[1:], strict=True):
        total = total + factor * column
    return total


def _standardise(
    given: Conditional, boxes: tuple[Box, ...], e: list[Floats], t: list[Floats]
) -> tuple[list[Floats], list[int]]:
    w, owner = [], []
    at = 0
    for b, one in enumerate(boxes):
        mean = _dot(given.slopes[b], e) if e else None
        for _ in range(one.sides):
            centred = t[at] if mean is None else t[at] - mean
            w.append(centred / given.spread[b])
            owner.append(b)
            at += 1
    return w, owner


def _sides(boxes: tuple[Box, ...], w: list[Floats], signs: list[Floats | None]) -> list[Side]:
    sides, at = [], 0
    for one in boxes:
        sides.append(Side(tuple(w[at : at + one.sides]), signs[at]))
        at += one.sides
    return sides


def _weighted(found: BoxDerivatives, weight: Floats) -> BoxDerivatives:
    return BoxDerivatives(
        found.value,
        tuple(weight * g for g in found.slope),
        {pair: weight * h for pair, h in (found.bend or {}).items()},
        None if found.slope_r is None else weight * found.slope_r,
        tuple(weight * h for h in found.bend_r),
        None if found.bend_rr is None else weight * found.bend_rr,
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    """The chain rule from (w, r, e) to slots and κ for the rows of a block."""

    given: Conditional
    boxes: tuple[Box, ...]
    owner: list[int]
    e: list[Floats]
    lean: list[Floats]
    w: list[Floats]
    box: BoxDerivatives | None
    weight: Floats | None

    def fill(self, found: TermDerivatives, order: int) -> None:
        """Write slopes and, for order 2, bends."""
        slope_w = list(self.box.slope) if self.box is not None else []
        found.slope = self._slot_slopes(slope_w)
        in_kappa = self._w_in_kappa()
        found.kappa = self._kappa_slopes(slope_w, in_kappa)
        if order == 2:
            found.bend = self._slot_bends()
            found.mixed = self._mixed(slope_w, in_kappa)
            found.kappa_bend = self._kappa_bends(slope_w, in_kappa)

    def _w_in_slot(self, i: int, p: int) -> float:
        """∂w_i/∂slot p, a constant of the pattern."""
        b, c = self.owner[i], len(self.e)
        if p < c:
            return float(-self.given.slopes[b, p] / self.given.spread[b])
        return float(1.0 / self.given.spread[b]) if p - c == i else 0.0

    def _times(self, array: Floats) -> Floats:
        return array if self.weight is None else self.weight * array

    def _slot_slopes(self, slope_w: list[Floats]) -> list[Floats]:
        slopes = [self._times(-lean) for lean in self.lean]
        slopes += [np.zeros(0)] * len(self.w)
        for i, g in enumerate(slope_w):
            for p in range(len(self.e)):
                slopes[p] = slopes[p] + self._w_in_slot(i, p) * g
            slopes[len(self.e) + i] = g / self.given.spread[self.owner[i]]
        return slopes

    def _bend_w(self, i: int, j: int) -> Floats:
        assert self.box is not None
        assert self.box.bend is not None
        return self.box.bend[min(i, j), max(i, j)]

    def _bend_by_slot(self) -> list[list[Floats | None]]:
        """U[i][p] = Σ_j ∂²log P/∂w_i∂w_j · ∂w_j/∂slot p."""
        slots = len(self.e) + len(self.w)
        out: list[list[Floats | None]] = []
        for i in range(len(self.w)):
            row: list[Floats | None] = []
            for p in range(slots):
                total: Floats | None = None
                for j in range(len(self.w)):
                    factor = self._w_in_slot(j, p)
                    if factor:
                        piece = factor * self._bend_w(i, j)
                        total = piece if total is None else total + piece
                row.append(total)
            out.append(row)
        return out

    def _slot_bends(self) -> dict[tuple[int, int], Floats]:
        c, slots = len(self.e), len(self.e) + len(self.w)
        by_slot = self._bend_by_slot()
        size = self.lean[0].size if self.lean else self.w[0].size
        bends: dict[tuple[int, int], Floats] = {}
        for p in range(slots):
            for s in range(p, slots):
                total: Floats | None = None
                for i in range(len(self.w)):
                    factor, piece = self._w_in_slot(i, p), by_slot[i][s]
                    if factor and piece is not None:
                        total = factor * piece if total is None else total + factor * piece
                if s < c:
                    own = -self.given.precision[p, s]
                    plain = own if self.weight is None else own * self.weight
                    total = np.full(size, plain) if total is None else total + plain
                if total is not None:
                    bends[p, s] = total
        return bends

    def _places(self) -> tuple[int, int, int, int]:
        """Start in κ of: K, slopes, ln s, r."""
        c, b = len(self.e), len(self.boxes)
        k = 1 if c else 0
        slopes = k + c * (c + 1) // 2
        spread = slopes + b * c
        return k, slopes, spread, spread + b

    def _w_in_kappa(self) -> list[dict[int, Floats]]:
        """∂w_i/∂κ, only what is not zero."""
        _, slopes, spread, _ = self._places()
        c = len(self.e)
        out = []
        for i, w in enumerate(self.w):
            b = self.owner[i]
            own = {slopes + b * c + k: self.e[k] / -self.given.spread[b] for k in range(c)}
            own[spread + b] = -w
            out.append(own)
        return out

    def _kappa_slopes(self, slope_w: list[Floats], in_kappa: list[dict[int, Floats]]) -> Floats:
        k_at, _, _, r_at = self._places()
        size = self.given.kappa.value.size
        m = self.lean[0].size if self.lean else self.w[0].size
        out = np.zeros((size, m))
        c = len(self.e)
        if c:
            out[0] = -0.5 if self.weight is None else -0.5 * self.weight
            place = k_at
            for k in range(c):
                for s in range(k, c):
                    out[place] = self._times((-0.5 if s == k else -1.0) * self.e[k] * self.e[s])
                    place += 1
        for g, own in zip(slope_w, in_kappa, strict=True):
            for place, change in own.items():
                out[place] += g * change
        if self.box is not None and self.box.slope_r is not None:
            out[r_at] = self.box.slope_r
        return out

    def _mixed(self, slope_w: list[Floats], in_kappa: list[dict[int, Floats]]) -> list[Floats]:
        k_at, slopes, spread, r_at = self._places()
        c, slots = len(self.e), len(self.e) + len(self.w)
        size = self.given.kappa.value.size
        m = self.lean[0].size if self.lean else self.w[0].size
        by_slot = self._bend_by_slot()
        out = [np.zeros((size, m)) for _ in range(slots)]
        place = k_at
        for k in range(c):
            for s in range(k, c):
                out[k][place] -= self._times(self.e[s])
                if s != k:
                    out[s][place] -= self._times(self.e[k])
                place += 1
        for i, g in enumerate(slope_w):
            b = self.owner[i]
            for p in range(slots):
                piece = by_slot[i][p]
                if piece is not None:
                    for where, change in in_kappa[i].items():
                        out[p][where] += piece * change
                factor = self._w_in_slot(i, p)
                if factor:
                    out[p][spread + b] -= factor * g
                    if self.box is not None and self.box.slope_r is not None:
                        out[p][r_at] += factor * self.box.bend_r[i]
                if p < c:
                    out[p][slopes + b * c + p] -= g / self.given.spread[b]
        return out

    def _kappa_bends(self, slope_w: list[Floats], in_kappa: list[dict[int, Floats]]) -> Floats:
        _, slopes, spread, r_at = self._places()
        c = len(self.e)
        size = self.given.kappa.value.size
        out = np.zeros((size, size))
        for i, own in enumerate(in_kappa):
            for j, other in enumerate(in_kappa):
                bend = self._bend_w(i, j)
                for p, change in own.items():
                    moved = bend * change
                    for s, after in other.items():
                        out[p, s] += float(moved @ after)
            b = self.owner[i]
            out[spread + b, spread + b] += float(slope_w[i] @ self.w[i])
            for k in range(c):
                place = slopes + b * c + k
                add = float(slope_w[i] @ self.e[k]) / self.given.spread[b]
                out[place, spread + b] += add
                out[spread + b, place] += add
            if self.box is not None and self.box.slope_r is not None:
                for p, change in own.items():
                    add = float(self.box.bend_r[i] @ change)
                    out[p, r_at] += add
                    out[r_at, p] += add
        if self.box is not None and self.box.bend_rr is not None:
            out[r_at, r_at] += float(np.sum(self.box.bend_rr))
        return out
