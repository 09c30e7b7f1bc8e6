"""The weights of an index on arrays in memory: what is asked a thousand times over.

The same formulas as the additive states of ``measure.system``, for resampled or altered data.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from livelihoods.engine import map_blocks
from livelihoods.measure.orient import BY, FROM, WEIGHT
from livelihoods.measure.prepare import Prepared
from livelihoods.measure.spec import IndexSpec
from livelihoods.measure.system import equal_weights, tree
from livelihoods.typing import Bools, Floats, Ints


@dataclass(frozen=True, slots=True)
class Plan:
    """Complete rows of an index and how they become weights; n rows, p indicators.

    Attributes
    ----------
    X
        Answers, shape ``(n, p)``.
    h
        Sampling weights ``(n,)`` or None.
    base
        Rows that the weights are estimated on ``(n,)``, or None for all.
    codes
        Wave of each row when bounds are by wave ``(n,)``, or None.
    signs
        1 for ``"+"``, −1 for ``"-"``, 0 for a target, ``(p,)``.
    targets
        Best values, NaN where there is none, ``(p,)``.
    low, high
        Declared bounds, NaN where they come from the data, ``(p,)``.
    scheme, shift
        As in the spec.
    steps
        Parents of each node, from the indicators up; empty when flat.
    equal
        Equal weights of the spec, ``(p,)``.
    given
        Given weights scaled to sum to 1, ``(p,)``, or None.
    """

    X: Floats
    h: Floats | None
    base: Bools | None
    codes: Ints | None
    signs: Floats
    targets: Floats
    low: Floats
    high: Floats
    scheme: str
    shift: float
    steps: tuple[Ints, ...]
    equal: Floats
    given: Floats | None

    @property
    def rows(self) -> int:
        """Rows."""
        return int(self.X.shape[0])

    def take(self, rows: Ints | Bools) -> Plan:
        """Return the plan on some rows, repeated where they are."""
        return replace(
            self,
            X=self.X[rows],
            h=None if self.h is None else self.h[rows],
            base=None if self.base is None else self.base[rows],
            codes=None if self.codes is None else self.codes[rows],
        )


def plan_of(prepared: Prepared, spec: IndexSpec) -> Plan:
    """Return the plan of prepared data; waves' own weights are pooled."""
    from livelihoods.measure.system import given_weights

    indicators = spec.indicators()
    names = [indicator.name for indicator in indicators]
    blocks = map_blocks(dict, prepared.source)
    whole = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    declared = spec.bounds if isinstance(spec.bounds, dict) else {}
    pairs = np.array([declared.get(name, (np.nan, np.nan)) for name in names], dtype=np.float64)
    signs = {"+": 1.0, "-": -1.0, "target": 0.0}
    by_wave = spec.bounds == "by" and len(prepared.waves) > 1
    nested = spec.levels == "two-level"
    return Plan(
        X=np.column_stack([whole[name] for name in names]),
        h=whole.get(WEIGHT),
        base=whole.get(FROM),
        codes=whole[BY] if by_wave else None,
        signs=np.array([signs[indicator.direction] for indicator in indicators]),
        targets=np.array([np.nan if i.target is None else i.target for i in indicators]),
        low=pairs[:, 0],
        high=pairs[:, 1],
        scheme=spec.scheme(),
        shift=spec.shift,
        steps=tuple(parents for parents, _ in tree(indicators)) if nested else (),
        equal=equal_weights(spec),
        given=given_weights(spec) if isinstance(spec.weights, dict) else None,
    )


def without(plan: Plan, indicator: int) -> Plan:
    """Return the plan without one indicator, flat or with its emptied groups gone."""
    kept = np.arange(plan.signs.size) != indicator
    return columns(plan, np.flatnonzero(kept))


def columns(plan: Plan, places: Ints) -> Plan:
    """Return the plan with some of its indicators, repeated where they are."""
    steps: list[Ints] = []
    nodes = places
    for parents in plan.steps:
        chosen = parents[nodes]
        distinct, renumbered = np.unique(chosen, return_inverse=True)
        steps.append(renumbered.astype(np.int64))
        nodes = distinct
    equal = _equal(tuple(steps), places.size)
    given = None if plan.given is None else plan.given[places] / plan.given[places].sum()
    return replace(
        plan,
        X=plan.X[:, places],
        signs=plan.signs[places],
        targets=plan.targets[places],
        low=plan.low[places],
        high=plan.high[places],
        steps=tuple(steps),
        equal=equal,
        given=given,
    )


def _equal(steps: tuple[Ints, ...], count: int) -> Floats:
    result, place = np.ones(count), np.arange(count)
    for parents in steps:
        result /= np.bincount(parents)[parents[place]]
        place = parents[place]
    return result if steps else np.full(count, 1.0 / count)


def oriented_matrix(plan: Plan) -> Floats | None:
    """Return z, shape ``(n, p)``; None if an indicator is constant (in a wave)."""
    if plan.codes is None:
        return _oriented(plan, plan.X)
    z = np.empty_like(plan.X)
    for wave in np.unique(plan.codes):
        rows = plan.codes == wave
        part = _oriented(plan, plan.X[rows])
        if part is None:
            return None
        z[rows] = part
    return z


def _oriented(plan: Plan, X: Floats) -> Floats | None:
    low = np.where(np.isnan(plan.low), X.min(axis=0), plan.low)
    high = np.where(np.isnan(plan.high), X.max(axis=0), plan.high)
    if np.any(high <= low):
        return None
    inside = X if np.isnan(plan.low).all() else np.clip(X, low, high)
    z: Floats = (inside - low) / (high - low)
    falling = plan.signs < 0
    if falling.any():
        z[:, falling] = (high[falling] - inside[:, falling]) / (high[falling] - low[falling])
    for j in np.flatnonzero(plan.signs == 0):
        best = plan.targets[j]
        reach = max(abs(low[j] - best), abs(high[j] - best))
        z[:, j] = 1.0 - np.abs(inside[:, j] - best) / reach
    return z


def weights_of(plan: Plan, z: Floats) -> Floats | None:
    """Return the weights, shape ``(p,)``; None where they do not exist."""
    if plan.given is not None:
        return plan.given
    if plan.scheme == "equal":
        return plan.equal
    base, h = z, plan.h
    if plan.base is not None:
        base, h = z[plan.base], None if h is None else h[plan.base]
    if base.shape[0] < 2 or np.any(base.max(axis=0) <= base.min(axis=0)):
        return None
    if not plan.steps:
        return scheme_of(base, h, plan.scheme, plan.shift)
    return _nested(plan, base, h)


def _nested(plan: Plan, z: Floats, h: Floats | None) -> Floats | None:
    nodes = np.eye(z.shape[1])
    current = z
    for parents in plan.steps:
        count = int(parents.max()) + 1
        joined = np.zeros((z.shape[1], count))
        for parent in range(count):
            members = np.flatnonzero(parents == parent)
            inner = scheme_of(current[:, members], h, plan.scheme, plan.shift)
            if inner is None:
                return None
            for member, weight in zip(members, inner, strict=True):
                joined[:, parent] += nodes[:, member] * weight
        nodes = joined
        current = np.einsum("ij,jk->ik", z, nodes)
    return np.asarray(nodes[:, 0])


def scheme_of(z: Floats, h: Floats | None, scheme: str, shift: float) -> Floats | None:
    """Return the weights of the columns of z by one scheme; None if they are not positive."""
    p = z.shape[1]
    if p == 1:
        return np.ones(1)
    raw = _raw(z, h, scheme, shift)
    if not np.all(raw > 0):
        return None
    return np.asarray(raw / raw.sum())


def _raw(z: Floats, h: Floats | None, scheme: str, shift: float) -> Floats:
    if scheme == "equal":
        return np.ones(z.shape[1])
    if scheme == "entropy":
        return divergences(z, h, shift)
    mean, cross = _moments(z, h)
    spread = np.sqrt(np.diag(cross))
    if scheme == "cv":
        return np.asarray(spread / mean)
    R = cross / np.outer(spread, spread)
    if scheme == "critic":
        return np.asarray(spread * (1.0 - R).sum(axis=1))
    return first_component(z, h) / spread


def divergences(z: Floats, h: Floats | None, shift: float) -> Floats:
    """Return 1 − e of each column, up to the common factor ln n: ln n − ln S + T/S."""
    shifted = z + shift
    logs = np.log(shifted, out=np.zeros_like(shifted), where=shifted > 0) * shifted
    if h is None:
        total, log_total = shifted.sum(axis=0), logs.sum(axis=0)
    else:
        scaled = h * (h.size / h.sum())
        total = np.einsum("i,ij->j", scaled, shifted)
        log_total = np.einsum("i,ij->j", scaled, logs)
    return np.asarray(np.log(z.shape[0]) - np.log(total) + log_total / total)


def first_component(z: Floats, h: Floats | None) -> Floats:
    """Return the first eigenvector of the correlations, its sum not negative, shape ``(p,)``."""
    _, cross = _moments(z, h)
    spread = np.sqrt(np.diag(cross))
    _, vectors = np.linalg.eigh(cross / np.outer(spread, spread))
    first = vectors[:, -1]
    return np.asarray(-first if first.sum() < 0 else first)


def _moments(z: Floats, h: Floats | None) -> tuple[Floats, Floats]:
    """Return means and cross-products up to a common factor."""
    w: Any = np.ones(z.shape[0]) if h is None else h
    mean = np.einsum("i,ij->j", w, z) / w.sum()
    dev = z - mean
    return mean, np.einsum("ij,ik->jk", dev * w[:, None], dev)


def score(z: Floats, weights: Floats) -> Floats:
    """Return Σ_j w_j z_ij, summed in the order of the indicators, shape ``(n,)``."""
    total = np.zeros(z.shape[0])
    for j, weight in enumerate(weights):
        total += weight * z[:, j]
    return total
