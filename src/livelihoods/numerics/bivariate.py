"""Bivariate standard normal probabilities: the distribution function, boxes, and their logarithms.

The distribution function follows Genz (2004, Statistics and Computing 14:251–260; after Drezner
and Wesolowsky 1990), in blocks of NumPy columns. Where a probability is so small that the
difference of distribution functions loses its digits, the logarithm is found by quadrature of the
log-concave one-dimensional integrand around its mode.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtr

from livelihoods.numerics.normal import log_density, log_interval

if TYPE_CHECKING:
    from livelihoods.typing import Floats

BLOCK = 8192
TWO_PI = 2.0 * np.pi
# Φ(-40) = 4e-350 is zero in double precision: nothing is lost by clipping there.
_FAR = 40.0
# Genz's regimes of |ρ| and the Gauss-Legendre points that each needs.
_REGIMES = ((0.3, 6), (0.75, 12), (0.925, 20))
_STEEP = 0.925
# Below this probability the absolute error 1e-16 becomes a relative one that a log would show.
TAIL = 1e-5
_TAIL_DROP = 38.0  # e^-38 = 3e-17: what lies beyond does not count
_TAIL_NODES = 40


def bvn_cdf(h: Any, k: Any, rho: Any) -> Floats:
    """Return P(X ≤ h, Y ≤ k) for standard normal X, Y with correlation ρ.

    Parameters
    ----------
    h, k
        Upper bounds; anything that broadcasts; may be infinite.
    rho
        Correlation in [−1, 1]; a scalar or one a row.

    Returns
    -------
    Probabilities, absolute error at most 2e-15.
    """
    h, k, rho = np.broadcast_arrays(
        np.asarray(h, dtype=float), np.asarray(k, dtype=float), np.asarray(rho, dtype=float)
    )
    shape = h.shape
    flat = [np.ascontiguousarray(a).ravel() for a in (h, k, rho)]
    out = np.empty(flat[0].size)
    for start in range(0, out.size, BLOCK):
        part = slice(start, start + BLOCK)
        out[part] = _cdf_block(*(a[part] for a in flat))
    return out.reshape(shape)


def _cdf_block(h: Floats, k: Floats, rho: Floats) -> Floats:
    h = np.clip(h, -_FAR, _FAR)
    k = np.clip(k, -_FAR, _FAR)
    size = np.abs(rho)
    first = size[0] if size.size else 0.0
    if bool(np.all(size == first)):
        return _one_strength(h, k, rho, float(first))
    out = np.empty_like(h)
    low = -1.0
    for limit, nodes in _REGIMES:
        chosen = (size > low) & (size < limit) if low < 0 else (size >= low) & (size < limit)
        if chosen.any():
            out[chosen] = _gentle(h[chosen], k[chosen], rho[chosen], nodes)
        low = limit
    steep = size >= _STEEP
    if steep.any():
        out[steep] = _steep(h[steep], k[steep], rho[steep], size[steep])
    return out


def _one_strength(h: Floats, k: Floats, rho: Floats, size: float) -> Floats:
    """All rows share |ρ| and differ at most in its sign, as the rows of a probit pair do."""
    if size >= _STEEP:
        return _steep(h, k, rho, size)
    nodes = next(count for limit, count in _REGIMES if size < limit)
    x, weights = np.polynomial.legendre.leggauss(nodes)
    angle = np.arcsin(size)
    sines = np.sin(0.5 * angle * (x + 1.0))
    product = np.copysign(1.0, rho) * h * k
    half_square = 0.5 * (h * h + k * k)
    total = np.zeros_like(h)
    term = np.empty_like(h)
    for sine, weight in zip(sines, weights, strict=True):
        np.multiply(product, sine, out=term)
        term -= half_square
        term *= 1.0 / (1.0 - sine * sine)
        np.exp(term, out=term)
        term *= weight
        total += term
    result: Floats = ndtr(h) * ndtr(k) + np.copysign(angle / (2.0 * TWO_PI), rho) * total
    return np.clip(result, 0.0, 1.0)


def _gentle(h: Floats, k: Floats, rho: Floats, nodes: int) -> Floats:
    """Φ(h)Φ(k) + ∫₀^asin ρ exp(−(h² + k² − 2hk sin θ)/(2cos² θ)) dθ / 2π."""
    x, weights = np.polynomial.legendre.leggauss(nodes)
    angle = np.arcsin(rho)
    product = h * k
    half_square = 0.5 * (h * h + k * k)
    total, term = np.zeros_like(h), np.empty_like(h)
    sine, rest = np.empty_like(h), np.empty_like(h)
    for node, weight in zip(x, weights, strict=True):
        np.multiply(angle, 0.5 * (node + 1.0), out=sine)
        np.sin(sine, out=sine)
        np.multiply(sine, sine, out=rest)
        np.subtract(1.0, rest, out=rest)
        np.multiply(sine, product, out=term)
        term -= half_square
        term /= rest
        np.exp(term, out=term)
        term *= weight
        total += term
    result: Floats = ndtr(h) * ndtr(k) + angle / (2.0 * TWO_PI) * total
    return np.clip(result, 0.0, 1.0)


def _steep(h: Floats, k: Floats, rho: Floats, size: Any) -> Floats:
    """Genz's expansion about |ρ| = 1, written for the upper tail as in the paper."""
    upper_h, upper_k = -h, -k
    negative = rho < 0.0
    upper_k = np.where(negative, -upper_k, upper_k)
    product = upper_h * upper_k
    correction = _steep_correction(upper_h, upper_k, product, size)
    positive: Floats = ndtr(-np.maximum(upper_h, upper_k)) + correction
    gap = np.where(upper_h < 0.0, ndtr(upper_k) - ndtr(upper_h), ndtr(-upper_h) - ndtr(-upper_k))
    between = np.where(upper_h >= upper_k, 0.0, gap)
    return np.clip(np.where(negative, between - correction, positive), 0.0, 1.0)


def _steep_correction(h: Floats, k: Floats, product: Floats, size: Any) -> Floats:
    square = (1.0 - size) * (1.0 + size)
    root = np.sqrt(square)
    gap = (h - k) ** 2
    c = (4.0 - product) / 8.0
    d = (12.0 - product) / 16.0
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        exponent = -0.5 * (gap / square + product)
        series = 1.0 - c * (gap - square) * (1.0 - d * gap / 5.0) / 3.0 + c * d * square**2 / 5.0
        total = np.where(exponent > -100.0, root * np.exp(exponent) * series, 0.0)
        distance = np.sqrt(gap)
        tail = np.sqrt(TWO_PI) * ndtr(-distance / root) * distance
        tail = tail * (1.0 - c * gap * (1.0 - d * gap / 5.0) / 3.0)
        total -= np.where(-product < 100.0, np.exp(-0.5 * product) * tail, 0.0)
        total += _steep_quadrature(gap, product, c, d, 0.5 * root)
    return np.where(size < 1.0, -total / TWO_PI, 0.0)


def _steep_quadrature(gap: Floats, product: Floats, c: Floats, d: Floats, half: Any) -> Floats:
    """What the expansion leaves over: small and smooth, by 20 points.

    Rows are sorted by (h − k)², so that each point is taken on the first rows only: beyond them it
    adds less than e^-40 (−hk never exceeds (h − k)²/4).
    """
    nodes, weights = np.polynomial.legendre.leggauss(20)
    order = np.argsort(gap)
    gap, product, c, d = gap[order], product[order], c[order], d[order]
    same = np.ndim(half) == 0
    wide = half if same else half[order]
    total = np.zeros_like(gap)
    for node, weight in zip(nodes, weights, strict=True):
        reach = float(np.max((np.max(wide) * (node + 1.0)) ** 2))
        rows = slice(0, int(np.searchsorted(gap, 80.0 / (1.0 / reach - 0.25))))
        part = wide if same else wide[rows]
        xs = (part * (node + 1.0)) ** 2
        rs = np.sqrt(1.0 - xs)
        smooth = c[rows] * xs
        smooth *= 1.0 + d[rows] * xs
        smooth += 1.0
        work = np.exp(product[rows] * (-xs / (2.0 * (1.0 + rs) ** 2)))
        work /= rs
        work -= smooth
        np.multiply(gap[rows], 1.0 / xs, out=smooth)
        smooth += product[rows]
        smooth *= -0.5
        np.exp(smooth, out=smooth)
        work *= smooth
        work *= part * weight
        total[rows] += work
    out = np.empty_like(total)
    out[order] = total
    return out


def log_box(low1: Floats, high1: Floats, low2: Floats, high2: Floats, rho: Floats) -> Floats:
    """Return log P(low1 < X ≤ high1, low2 < Y ≤ high2), shape ``(n,)``.

    Bounds may be infinite. Probabilities above 1e-5 come from the distribution function, smaller
    ones from quadrature in logs, accurate to about 1e-11 relative down to e^-700 and beyond.
    """
    with np.errstate(invalid="ignore"):
        flip1, flip2 = low1 + high1 > 0.0, low2 + high2 > 0.0
    a1, b1 = np.where(flip1, -high1, low1), np.where(flip1, -low1, high1)
    a2, b2 = np.where(flip2, -high2, low2), np.where(flip2, -low2, high2)
    r = np.where(flip1 == flip2, rho, -rho)
    probability = bvn_cdf(b1, b2, r)
    inner1, inner2 = np.isfinite(a1), np.isfinite(a2)
    for inner, x, y, sign in (
        (inner1, a1, b2, -1.0),
        (inner2, b1, a2, -1.0),
        (inner1 & inner2, a1, a2, 1.0),
    ):
        if inner.all():
            probability = probability + sign * bvn_cdf(x, y, r)
        elif inner.any():
            probability[inner] += sign * bvn_cdf(x[inner], y[inner], r[inner])
    small = ~(probability > TAIL)
    with np.errstate(divide="ignore", invalid="ignore"):
        value: Floats = np.log(probability)
    if small.any():
        value[small] = _log_box_tail(a1[small], b1[small], a2[small], b2[small], r[small])
    return value


def log_cdf(h: Floats, k: Floats, rho: Floats) -> Floats:
    """Return log P(X ≤ h, Y ≤ k), shape ``(n,)``, with the tail branch of :func:`log_box`."""
    probability = bvn_cdf(h, k, rho)
    small = ~(probability > TAIL)
    with np.errstate(divide="ignore", invalid="ignore"):
        value: Floats = np.log(probability)
    if small.any():
        open_end = np.full(int(small.sum()), -np.inf)
        value[small] = _log_box_tail(open_end, h[small], open_end, k[small], rho[small])
    return value


def _log_box_tail(a1: Floats, b1: Floats, a2: Floats, b2: Floats, rho: Floats) -> Floats:
    """Log of ∫ φ(x) P(a2 < Y ≤ b2 | X = x) dx over (a1, b1], by Gauss-Legendre pieces."""
    root = np.sqrt((1.0 - rho) * (1.0 + rho))
    root = np.maximum(root, 1e-150)

    def height(x: Floats) -> Floats:
        with np.errstate(over="ignore", invalid="ignore"):
            return log_density(x) + log_interval((a2 - rho * x) / root, (b2 - rho * x) / root)

    mode = _mode(a1, b1, a2, b2, rho, root)
    top = height(mode)
    reach = np.sqrt(2.0 * _TAIL_DROP)
    left = _fall(height, mode, np.maximum(a1, mode - reach), top)
    right = _fall(height, mode, np.minimum(b1, mode + reach), top)
    cuts = _breakpoints(left, mode, right, a2, b2, rho, root)
    nodes, weights = np.polynomial.legendre.leggauss(_TAIL_NODES)
    total = np.zeros_like(top)
    for start, stop in itertools.pairwise(cuts):
        half = 0.5 * (stop - start)
        if not (half > 0.0).any():
            continue
        middle = 0.5 * (stop + start)
        for node, weight in zip(nodes, weights, strict=True):
            with np.errstate(invalid="ignore", under="ignore"):
                total += weight * half * np.exp(height(middle + half * node) - top)
    with np.errstate(divide="ignore"):
        value: Floats = top + np.log(total)
    return np.where(np.isfinite(value), value, -np.inf)


def _mode(a1: Floats, b1: Floats, a2: Floats, b2: Floats, rho: Floats, root: Floats) -> Floats:
    """Where the log-concave integrand is largest within [a1, b1], by bisection of its slope."""
    strength = np.where(np.abs(rho) < 1e-12, np.copysign(1e-12, rho), rho)
    edges = np.stack([a2 / strength, b2 / strength])
    edges = np.where(np.isfinite(edges), edges, 0.0)
    low = np.maximum(a1, np.minimum(np.minimum(0.0, edges.min(axis=0)), b1) - 1.0)
    high = np.minimum(b1, np.maximum(np.maximum(0.0, edges.max(axis=0)), a1) + 1.0)
    for _ in range(80):
        x = 0.5 * (low + high)
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            u, v = (a2 - rho * x) / root, (b2 - rho * x) / root
            mass = log_interval(u, v)
            pull = np.exp(log_density(v) - mass) - np.exp(log_density(u) - mass)
            slope = -x - rho / root * pull
        up = slope > 0.0
        low, high = np.where(up, x, low), np.where(up, high, x)
    middle: Floats = 0.5 * (low + high)
    return middle


def _fall(height: Any, mode: Floats, end: Floats, top: Floats) -> Floats:
    """Point between mode and end where the integrand has fallen by e^-38, or the end."""
    near, far = mode.copy(), end.copy()
    reached = height(end) < top - _TAIL_DROP
    for _ in range(40):
        x = 0.5 * (near + far)
        low = height(x) < top - _TAIL_DROP
        far, near = np.where(low, x, far), np.where(low, near, x)
    return np.where(reached, far, end)


def _breakpoints(
    left: Floats,
    mode: Floats,
    right: Floats,
    a2: Floats,
    b2: Floats,
    rho: Floats,
    root: Floats,
) -> Floats:
    """Ends of the pieces, sorted, shape ``(pieces + 1, n)``: the soft edges get their own."""
    strength = np.where(np.abs(rho) < 1e-12, np.copysign(1e-12, rho), rho)
    blur = 9.0 * root / np.abs(strength)
    points = [left, mode, right]
    for edge in (a2 / strength, b2 / strength):
        for shift in (-blur, blur):
            points.append(np.where(np.isfinite(edge), edge + shift, left))
    stacked: Floats = np.sort(np.clip(np.stack(points), left, right), axis=0)
    return stacked
