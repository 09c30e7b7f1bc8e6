"""Money asked in bands: the law behind grouped answers, by maximum likelihood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import log_ndtr

from livelihoods.numerics.special import chi2_tail, normal_density
from livelihoods.typing import Floats

Law = Literal["normal", "lognormal"]
_STEPS = 100
_TOLERANCE = 1e-10


@dataclass(frozen=True, slots=True)
class BandFit:
    """A law fitted to banded answers.

    Attributes
    ----------
    law
        ``"normal"`` for the amount, ``"lognormal"`` for its logarithm being normal.
    mu, sigma
        Mean and standard deviation of the amount (or of its logarithm).
    mean, median
        Of the amount, in money.
    mean_se
        Standard error of ``mean`` by the delta method on the observed information.
    loglik
        Σ n_b ln P_b.
    chi2, df, p_value
        Pearson's goodness of fit; df = bands − 3, and p is NaN when that is below 1.
    """

    law: Law
    mu: float
    sigma: float
    mean: float
    median: float
    mean_se: float
    loglik: float
    chi2: float
    df: int
    p_value: float


def fit_bands(low: Floats, high: Floats, counts: Floats, law: Law = "lognormal") -> BandFit | None:
    """Fit a law to counts in bands by maximum likelihood (interval regression on a constant).

    Maximises Σ n_b ln[Φ((h_b − μ)/σ) − Φ((l_b − μ)/σ)], which is concave in (1/σ, μ/σ)
    (Burridge 1981), by Newton's method.

    Parameters
    ----------
    low, high
        Ends of the bands, shape ``(b,)``; −inf or 0 below and inf above for open bands.
    counts
        Answers in each band (weights allowed), shape ``(b,)``.
    law
        The lognormal needs ends that are not negative.

    Returns
    -------
    BandFit or None
        None if the answers do not determine two parameters (fewer than three bands in use), or
        the law does not fit the ends.
    """
    if np.count_nonzero(counts > 0) < 3:
        return None
    lo, hi = low.astype(np.float64), high.astype(np.float64)
    if law == "lognormal":
        if np.any(hi <= 0) or np.any(lo[np.isfinite(lo)] < 0):
            return None
        with np.errstate(divide="ignore"):
            lo, hi = np.log(np.where(np.isfinite(lo), lo, 0.0)), np.log(hi)
    finite = np.concatenate([lo[np.isfinite(lo)], hi[np.isfinite(hi)]])
    centre, scale = float(finite.mean()), float(finite.std())
    theta = _newton((lo - centre) / scale, (hi - centre) / scale, counts.astype(np.float64))
    if theta is None:
        return None
    a, b = theta
    mu, sigma = centre + scale * b / a, scale / a
    return _finished(lo, hi, counts.astype(np.float64), law, mu, sigma)


def _newton(lo: Floats, hi: Floats, n: Floats) -> tuple[float, float] | None:
    """Maximise over (a, b) = (1/σ, μ/σ) of standardised ends."""
    theta = np.array([1.0, 0.0])
    value, gradient, hessian = _derivatives(lo, hi, n, theta)
    for _ in range(_STEPS):
        step = np.linalg.solve(hessian, gradient)
        size = 1.0
        while size > 1e-8:
            trial = theta - size * step
            if trial[0] > 0:
                found = _derivatives(lo, hi, n, trial)
                if found[0] >= value - 1e-12 * abs(value):
                    break
            size /= 2.0
        else:
            return None
        theta, (value, gradient, hessian) = trial, found
        if float(np.max(np.abs(size * step))) < _TOLERANCE:
            return float(theta[0]), float(theta[1])
    return None


def _log_probability(zl: Floats, zh: Floats) -> Floats:
    """Return ln[Φ(zh) − Φ(zl)] without cancellation in the upper tail."""
    flip = zl > 0
    lower, upper = np.where(flip, -zh, zl), np.where(flip, -zl, zh)
    top, bottom = log_ndtr(upper), log_ndtr(lower)
    with np.errstate(divide="ignore"):
        return np.asarray(top + np.log1p(-np.exp(bottom - top)))


def _ends(a: float, b: float, ends: Floats) -> tuple[Floats, Floats, Floats]:
    """Return z, the end (0 where infinite) and φ(z) of one side of the bands."""
    finite = np.isfinite(ends)
    z = np.where(finite, a * np.where(finite, ends, 0.0) - b, ends)
    return z, np.where(finite, ends, 0.0), np.where(finite, normal_density(z), 0.0)


def _derivatives(lo: Floats, hi: Floats, n: Floats, theta: Floats) -> tuple[float, Floats, Floats]:
    a, b = float(theta[0]), float(theta[1])
    zl, xl, fl = _ends(a, b, lo)
    zh, xh, fh = _ends(a, b, hi)
    logp = _log_probability(zl, zh)
    p = np.exp(logp)
    used = n > 0
    if not np.all(np.isfinite(logp[used])):
        return -np.inf, np.zeros(2), -np.eye(2)
    pa, pb = fh * xh - fl * xl, fl - fh
    kl, kh = np.where(np.isfinite(zl), zl, 0.0) * fl, np.where(np.isfinite(zh), zh, 0.0) * fh
    paa, pab, pbb = kl * xl**2 - kh * xh**2, kh * xh - kl * xl, kl - kh
    q = np.where(used, n / np.where(p > 0, p, 1.0), 0.0)
    r = np.where(used, q / np.where(p > 0, p, 1.0), 0.0)
    gradient = np.array([np.sum(q * pa), np.sum(q * pb)])
    off = np.sum(q * pab - r * pa * pb)
    hessian = np.array([[np.sum(q * paa - r * pa**2), off], [off, np.sum(q * pbb - r * pb**2)]])
    return float(np.sum(n[used] * logp[used])), gradient, hessian


def _finished(lo: Floats, hi: Floats, n: Floats, law: Law, mu: float, sigma: float) -> BandFit:
    theta = np.array([1.0 / sigma, mu / sigma])
    value, _, hessian = _derivatives(lo, hi, n, theta)
    covariance = np.linalg.inv(-hessian)
    # μ = b/a, σ = 1/a
    jacobian = np.array([[-mu * sigma, sigma], [-(sigma**2), 0.0]])
    spread = jacobian @ covariance @ jacobian.T
    mean, slope = mu, np.array([1.0, 0.0])
    median = mu
    if law == "lognormal":
        mean, median = float(np.exp(mu + sigma**2 / 2.0)), float(np.exp(mu))
        slope = np.array([mean, mean * sigma])
    p = np.exp(_log_probability(_ends(theta[0], theta[1], lo)[0], _ends(theta[0], theta[1], hi)[0]))
    expected = n.sum() * p
    chi2 = float(np.sum((n - expected) ** 2 / np.maximum(expected, 1e-300)))
    df = int(n.size) - 3
    tail = chi2_tail(chi2, df) if df > 0 else float("nan")
    se = float(np.sqrt(slope @ spread @ slope))
    return BandFit(law, mu, sigma, mean, median, se, value, chi2, df, tail)


def grouped_median(low: Floats, high: Floats, counts: Floats) -> float:
    """Return the median of banded answers, interpolated within its band; NaN in an open band."""
    total = np.cumsum(counts)
    half = total[-1] / 2.0
    band = int(np.searchsorted(total, half))
    before = total[band - 1] if band else 0.0
    if not np.isfinite(low[band]) or not np.isfinite(high[band]):
        return float("nan")
    return float(low[band] + (half - before) / counts[band] * (high[band] - low[band]))
