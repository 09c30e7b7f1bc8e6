"""Log likelihood of a system, its gradient, Hessian and scores, pattern by pattern.

Derivatives are taken in each linear predictor and in the few parameters of the covariance, then
summed against the regressors as X′WX, in blocks that stay in the cache. The cost grows with the
square of the number of equations, not of coefficients.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from livelihoods.estimate.mixed_process.errors import Errors, conditional, errors_at
from livelihoods.estimate.mixed_process.terms import TermDerivatives, term

if TYPE_CHECKING:
    from livelihoods.estimate.mixed_process.arrays import (
        Block,
        Bound,
        Box,
        Layout,
        Pattern,
        Problem,
    )
    from livelihoods.estimate.mixed_process.errors import Conditional
    from livelihoods.typing import Floats

NOWHERE = float("-inf")


def log_likelihood(problem: Problem, phi: Floats) -> float:
    """Return the standardised log likelihood, or −∞ where a covariance is not definite."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore", under="ignore"):
        errors = errors_at(phi, problem.layout)
        total = 0.0
        for pattern in problem.patterns:
            view = _view(pattern, errors, problem.layout)
            if view is None:
                return NOWHERE
            for block in pattern.blocks:
                total += float(
                    sum(np.sum(part.value) for part, _ in _terms(view, block, phi, 0, True))
                )
    return total if np.isfinite(total) else NOWHERE


def derivatives(problem: Problem, phi: Floats) -> tuple[float, Floats, Floats]:
    """Return log likelihood, gradient ``(p,)`` and Hessian ``(p, p)``."""
    p = problem.layout.size
    errors = errors_at(phi, problem.layout)
    total, gradient, hessian = 0.0, np.zeros(p), np.zeros((p, p))
    for pattern in problem.patterns:
        view = _view(pattern, errors, problem.layout)
        if view is None:
            return NOWHERE, np.full(p, np.nan), np.full((p, p), np.nan)
        total += _Sums(view, problem.layout, gradient, hessian).add(phi)
    return total, gradient, hessian


def scores(problem: Problem, phi: Floats) -> Iterator[tuple[Block, Floats]]:
    """Yield each block with its score matrix ``(m, p)``, weights not multiplied in."""
    errors = errors_at(phi, problem.layout)
    for pattern in problem.patterns:
        view = _view(pattern, errors, problem.layout)
        if view is None:
            raise FloatingPointError("scores are taken where the likelihood exists")
        for block in pattern.blocks:
            yield block, _score_block(view, block, phi, problem.layout)


def index_scores(problem: Problem, phi: Floats) -> Iterator[tuple[Block, Floats]]:
    """Yield each block with ∂ℓ/∂η of the first equation, shape ``(m,)``: generalised residuals."""
    errors = errors_at(phi, problem.layout)
    for pattern in problem.patterns:
        view = _view(pattern, errors, problem.layout)
        if view is None or pattern.sample[0] != 0:
            continue
        for block in pattern.blocks:
            total = np.zeros(block.unit.size)
            for found, owners in _terms(view, block, phi, 1, False):
                for slope, owner in zip(found.slope, owners, strict=True):
                    if owner == 0:
                        total -= slope
            yield block, total


@dataclass(frozen=True, slots=True)
class _View:
    """A pattern at one value of the parameters."""

    pattern: Pattern
    layout: Layout
    feed: Floats | None
    """A restricted to the pattern's sample, or None."""
    main: Conditional
    truncation: Conditional | None


def _view(pattern: Pattern, errors: Errors, layout: Layout) -> _View | None:
    main = conditional(errors.omega, pattern.points, pattern.boxes)
    cut = conditional(errors.omega, (), pattern.truncation) if pattern.truncation else None
    if main is None or (pattern.truncation and cut is None):
        return None
    feed = None
    if errors.feed is not None:
        at = list(pattern.sample)
        feed = errors.feed.value[np.ix_(at, at)]
    return _View(pattern, layout, feed, main, cut)


def means(view_feed: Floats | None, block: Block, etas: list[Floats]) -> list[Floats]:
    """Reduced-form means μ = Aη of the equations in the sample."""
    if view_feed is None:
        return etas
    return [
        np.asarray(sum(view_feed[i, k] * etas[k] for k in range(len(etas)) if view_feed[i, k]))
        for i in range(len(etas))
    ]


def _etas(view: _View, block: Block, phi: Floats) -> list[Floats]:
    out = []
    for place, equation in enumerate(view.pattern.sample):
        X, offset = block.X[place], block.offset[place]
        start = view.layout.beta[equation].start
        eta = X @ phi[start : start + X.shape[1]]
        out.append(eta if offset is None else eta + offset)
    return out


def _terms(
    view: _View, block: Block, phi: Floats, order: int, weighted: bool
) -> list[tuple[TermDerivatives, list[int]]]:
    """The density-and-box term and the truncation term, each with the equation of each slot."""
    mu = means(view.feed, block, _etas(view, block, phi))
    return _terms_at(view, block, phi, mu, order, weighted)


def _terms_at(
    view: _View, block: Block, phi: Floats, mu: list[Floats], order: int, weighted: bool
) -> list[tuple[TermDerivatives, list[int]]]:
    pattern = view.pattern
    where = {equation: place for place, equation in enumerate(pattern.sample)}
    weight = block.weight if weighted else None
    e = [y - mu[where[j]] for y, j in zip(block.points, pattern.points, strict=True)]
    owners = list(pattern.points)
    t, signs, boxed = _centred(pattern.boxes, block.bounds, mu, where, view.layout, phi)
    parts = []
    if e or t:
        found = term(view.main, pattern.boxes, e, t, signs, weight, order)
        parts.append((found, owners + boxed))
    if view.truncation is not None:
        t, signs, boxed = _centred(
            pattern.truncation, block.truncation, mu, where, view.layout, phi
        )
        minus = -np.ones(t[0].size) if weight is None else -weight
        parts.append((term(view.truncation, pattern.truncation, [], t, signs, minus, order), boxed))
    return parts


def _centred(
    boxes: tuple[Box, ...],
    bounds: tuple[Bound, ...],
    mu: list[Floats],
    where: dict[int, int],
    layout: Layout,
    phi: Floats,
) -> tuple[list[Floats], list[Floats | None], list[int]]:
    owners = [box.equation for box in boxes for _ in range(box.sides)]
    t: list[Floats] = []
    for bound, j in zip(bounds, owners, strict=True):
        place = bound.value
        if bound.cut is not None:
            place = place + phi[layout.cuts[j]][bound.cut]
        t.append(place - mu[where[j]])
    return t, [bound.sign for bound in bounds], owners


@dataclass(frozen=True, slots=True)
class _Channel:
    """Parameters that move some slots together: a linear predictor, or cut points."""

    place: slice
    Z: Floats
    moves: tuple[tuple[int, float], ...]


def _channels(
    view: _View, block: Block, mu: list[Floats], owners: list[int], bounds: tuple[Bound, ...]
) -> list[_Channel]:
    """Channels of a term: dslot/dη is −A, dslot/dcut is 1."""
    layout, sample = view.layout, view.pattern.sample
    out = []
    for k, equation in enumerate(sample):
        moves = []
        for slot, owner in enumerate(owners):
            i = sample.index(owner)
            factor = (1.0 if i == k else 0.0) if view.feed is None else float(view.feed[i, k])
            if factor:
                moves.append((slot, -factor))
        if moves:
            Z = extended(block.X[k], mu, equation, sample, layout)
            out.append(_Channel(layout.beta[equation], Z, tuple(moves)))
    first = len(owners) - len(bounds)
    for number, bound in enumerate(bounds):
        if bound.cut is not None:
            equation = owners[first + number]
            place = layout.cuts[equation]
            hot = (bound.cut[:, None] == np.arange(place.stop - place.start)).astype(float)
            out.append(_Channel(place, hot, ((first + number, 1.0),)))
    return out


def extended(
    X: Floats, mu: list[Floats], equation: int, sample: tuple[int, ...], layout: Layout
) -> Floats:
    """X with a column μ_b for each latent regressor: dμ/dγ_ab = A e_a μ_b."""
    extra = [mu[sample.index(b)] for a, b, _ in layout.feeds if a == equation]
    return np.column_stack([X, *extra]) if extra else X


def _moved(arrays: list[Floats], moves: tuple[tuple[int, float], ...]) -> Floats:
    total = moves[0][1] * arrays[moves[0][0]]
    for slot, factor in moves[1:]:
        total = total + factor * arrays[slot]
    return total


@dataclass(frozen=True, slots=True)
class _Sums:
    """Adds one pattern into the gradient and the Hessian."""

    view: _View
    layout: Layout
    gradient: Floats
    hessian: Floats

    def add(self, phi: Floats) -> float:
        """Return the pattern's log likelihood; gradient and Hessian grow in place."""
        view = self.view
        p = self.layout.size
        total = 0.0
        kinds = [c for c in (view.main, view.truncation) if c is not None]
        slopes = [np.zeros(c.kappa.value.size) for c in kinds]
        bends = [np.zeros((s.size, s.size)) for s in slopes]
        mixed = [np.zeros((p, s.size)) for s in slopes]
        for block in view.pattern.blocks:
            mu = means(view.feed, block, _etas(view, block, phi))
            parts = _terms_at(view, block, phi, mu, 2, True)
            skip = len(kinds) - len(parts)
            for number, (found, owners) in enumerate(parts, start=skip):
                total += float(np.sum(found.value))
                bounds = block.truncation if number else block.bounds
                channels = _channels(view, block, mu, owners, bounds)
                self._add_channels(channels, found, mixed[number])
                if view.feed is not None:
                    self._add_feed(block, mu, found, owners)
                assert found.kappa is not None
                assert found.kappa_bend is not None
                slopes[number] += found.kappa.sum(axis=1)
                bends[number] += found.kappa_bend
        for given, slope, bend, cross in zip(kinds, slopes, bends, mixed, strict=True):
            self._add_errors(given, slope, bend, cross)
        return total

    def _add_channels(
        self, channels: list[_Channel], found: TermDerivatives, mixed: Floats
    ) -> None:
        for number, one in enumerate(channels):
            slope = _moved(found.slope, one.moves)
            cross = found.mixed[one.moves[0][0]] * one.moves[0][1]
            for slot, factor in one.moves[1:]:
                cross = cross + factor * found.mixed[slot]
            both = np.vstack([slope[None, :], cross]) @ one.Z
            self.gradient[one.place] += both[0]
            mixed[one.place] += both[1:].T
            for other in channels[number:]:
                weight = _pair_weight(found, one, other)
                if weight is None:
                    continue
                part = (one.Z.T * weight) @ other.Z
                self.hessian[one.place, other.place] += part
                if other is not one:
                    self.hessian[other.place, one.place] += part.T

    def _add_feed(
        self, block: Block, mu: list[Floats], found: TermDerivatives, owners: list[int]
    ) -> None:
        """∂²μ/∂γ∂β: for γ_ab and equation k, A_bk X_k′s_a, and its transpose."""
        view, layout = self.view, self.layout
        sample = view.pattern.sample
        assert view.feed is not None
        for a, b, place in layout.feeds:
            if a not in sample:
                continue
            ia, ib = sample.index(a), sample.index(b)
            moves = tuple(
                (slot, -float(view.feed[sample.index(owner), ia]))
                for slot, owner in enumerate(owners)
            )
            structural = _moved(found.slope, moves)
            for k, equation in enumerate(sample):
                factor = float(view.feed[ib, k])
                if factor:
                    Z = extended(block.X[k], mu, equation, sample, layout)
                    part = factor * (structural @ Z)
                    self.hessian[place, layout.beta[equation]] += part
                    self.hessian[layout.beta[equation], place] += part

    def _add_errors(self, given: Conditional, slope: Floats, bend: Floats, mixed: Floats) -> None:
        at = self.layout.error_places
        if not at.size:
            return
        J = given.kappa.first
        self.gradient[at] += J @ slope
        part = mixed @ J.T
        self.hessian[:, at] += part
        self.hessian[at, :] += part.T
        second = np.einsum("abk,k->ab", given.kappa.second, slope)
        self.hessian[np.ix_(at, at)] += J @ bend @ J.T + second


def _pair_weight(found: TermDerivatives, one: _Channel, other: _Channel) -> Floats | None:
    total: Floats | None = None
    for slot, factor in one.moves:
        for after, again in other.moves:
            bend = found.bend.get((min(slot, after), max(slot, after)))
            if bend is not None:
                piece = factor * again * bend
                total = piece if total is None else total + piece
    return total


def _score_block(view: _View, block: Block, phi: Floats, layout: Layout) -> Floats:
    mu = means(view.feed, block, _etas(view, block, phi))
    parts = _terms_at(view, block, phi, mu, 1, False)
    out = np.zeros((block.unit.size, layout.size))
    kinds = [c for c in (view.main, view.truncation) if c is not None]
    skip = len(kinds) - len(parts)
    at = layout.error_places
    for number, (found, owners) in enumerate(parts, start=skip):
        bounds = block.truncation if number else block.bounds
        for one in _channels(view, block, mu, owners, bounds):
            out[:, one.place] += _moved(found.slope, one.moves)[:, None] * one.Z
        assert found.kappa is not None
        if at.size:
            out[:, at] += (kinds[number].kappa.first @ found.kappa).T
    return out
