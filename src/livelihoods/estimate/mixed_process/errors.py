"""From a few parameters to the covariance of the errors, and on to what each pattern needs.

Σ_jk = σ_j σ_k ρ_jk with ρ = tanh(a). With latent variables on the right, y* = Γy* + η + ε, so
y* = A(η + ε) with A = (I − Γ)⁻¹ and the covariance is Ω = AΣA′. A pattern of kinds then needs
K = Ω_CC⁻¹ of the observed part C, and of the boxes B the coefficients Ω_BC K, the conditional
standard deviations s and the conditional correlation r. All are jets, so that second derivatives
come with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from livelihoods.numerics import jets
from livelihoods.numerics.jets import Jet

if TYPE_CHECKING:
    from livelihoods.estimate.mixed_process.arrays import Box, Layout
    from livelihoods.typing import Floats

_DEFINITE = 1e-14


@dataclass(frozen=True, slots=True)
class Errors:
    """Covariance of the errors and the way latent variables feed into each other.

    Attributes
    ----------
    sigma
        Σ, shape ``(J, J)``; pairs that are never seen together have ρ = 0.
    feed
        A = (I − Γ)⁻¹, shape ``(J, J)``, or None when nothing feeds.
    omega
        Ω = AΣA′.
    """

    sigma: Jet
    feed: Jet | None
    omega: Jet


def errors_at(phi: Floats, layout: Layout) -> Errors:
    """Build Σ, A and Ω with derivatives in γ, ln σ and a (``layout.error_places``)."""
    theta = jets.variable(phi[layout.error_places])
    q = theta.value.size
    J = layout.equations
    place = {int(p): i for i, p in enumerate(layout.error_places)}
    one, zero = jets.constant(1.0, q), jets.constant(0.0, q)
    sd = [jets.exp(theta[place[layout.scale[j]]]) if j in layout.scale else one for j in range(J)]
    free = {pair: theta[place[p]] for pair, p in layout.corr.items()}
    if layout.partial:
        rho = _from_partial(free, J, one)
    else:
        rho = {pair: jets.tanh(a) for pair, a in free.items()}

    def entry(j: int, k: int) -> Jet:
        if j == k:
            return sd[j] * sd[j]
        pair = (min(j, k), max(j, k))
        return sd[j] * sd[k] * rho[pair] if pair in rho else zero

    upper = {(j, k): entry(j, k) for j in range(J) for k in range(j, J)}
    sigma = jets.matrix([[upper[min(j, k), max(j, k)] for k in range(J)] for j in range(J)])
    if not layout.feeds:
        return Errors(sigma, None, sigma)
    gamma = {(a, b): theta[place[p]] for a, b, p in layout.feeds}
    left = jets.matrix(
        [[(one if a == b else zero) - gamma.get((a, b), zero) for b in range(J)] for a in range(J)]
    )
    feed = jets.inverse(left)
    return Errors(sigma, feed, feed @ sigma @ feed.transposed)


def _from_partial(
    partial: dict[tuple[int, int], Jet], J: int, one: Jet
) -> dict[tuple[int, int], Jet]:
    """Correlations from partial ones, row by row of the Cholesky factor (Joe 2006)."""
    L: dict[tuple[int, int], Jet] = {(0, 0): one}
    for k in range(1, J):
        rest = one  # √(1 − Σ L²) so far, as a product: no cancellation near ±1
        for j in range(k):
            L[k, j] = jets.tanh(partial[j, k]) * rest
            rest = rest * jets.sech(partial[j, k])
        L[k, k] = rest
    out = {}
    for j, k in partial:
        total = L[k, 0] * L[j, 0]
        for m in range(1, j + 1):
            total = total + L[k, m] * L[j, m]
        out[j, k] = total
    return out


@dataclass(frozen=True, slots=True)
class Conditional:
    """What the rows of one pattern need of Ω, as numbers and as one jet κ.

    Attributes
    ----------
    precision
        K, shape ``(c, c)``.
    log_det
        log \\|Ω_CC\\|.
    slopes
        Ω_BC K, shape ``(b, c)``.
    spread
        Conditional standard deviations of the boxes, shape ``(b,)``.
    corr
        Conditional correlation of two boxes; 0 with fewer.
    kappa
        (log \\|Ω_CC\\|, K upper triangle, slopes, ln s, r), shape ``(d,)``.
    """

    precision: Floats
    log_det: float
    slopes: Floats
    spread: Floats
    corr: float
    kappa: Jet


def conditional(omega: Jet, points: tuple[int, ...], boxes: tuple[Box, ...]) -> Conditional | None:
    """Split Ω for one pattern; None if its block is not positive definite."""
    at = [*points, *(box.equation for box in boxes)]
    block = omega.value[np.ix_(at, at)]
    scale = np.sqrt(np.maximum(np.diag(block), 1e-300))
    pivot = np.linalg.eigvalsh(block / scale / scale[:, None])[0] if at else 1.0
    if not pivot > _DEFINITE:
        return None
    c, b = len(points), len(boxes)
    ordered = omega[np.ix_(at, at)] if at else omega
    q = omega.first.shape[0]
    parts: list[Jet] = []
    v = ordered[c:, c:]
    K, log_det, slopes = np.zeros((0, 0)), 0.0, np.zeros((b, 0))
    if c:
        inv = jets.inverse(ordered[:c, :c])
        det = jets.log_determinant(ordered[:c, :c])
        K, log_det = inv.value, float(det.value)
        parts += [det, *(inv[k, m] for k in range(c) for m in range(k, c))]
        if b:
            lean = ordered[c:, :c] @ inv
            slopes = lean.value
            parts.append(lean.ravel())
            v = v - lean @ ordered[:c, c:]
    spread = [jets.sqrt(v[i, i]) for i in range(b)]
    parts += [jets.log(s) for s in spread]
    corr = 0.0
    if b == 2:
        r = v[0, 1] * jets.reciprocal(spread[0] * spread[1])
        corr = float(r.value)
        parts.append(r)
    kappa = jets.stack(parts) if parts else jets.constant(np.zeros(0), q)
    return Conditional(K, log_det, slopes, np.array([s.value for s in spread]), corr, kappa)
