"""Averages of predictions with their gradients in all parameters, σ and ρ included.

A prediction depends on the parameters through a few scalars a row (``moments``): the means of one
or two equations, and through σ, ρ and cut points. Its gradient is therefore one weighted sum of
regressors an equation; the covariance of the errors comes with exact derivatives from its jets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from livelihoods.estimate.mixed_process.errors import Errors, errors_at
from livelihoods.estimate.mixed_process.moments import (
    HIGH,
    HIGH2,
    LOW,
    LOW2,
    MU,
    MU2,
    RHO,
    SD,
    SD2,
    Moment,
    moment,
    moment_slopes,
)

if TYPE_CHECKING:
    from livelihoods.estimate.mixed_process.arrays import Layout
    from livelihoods.estimate.mixed_process.build import Built
    from livelihoods.estimate.mixed_process.fit import Fit
    from livelihoods.estimate.mixed_process.regressors import Regressors
    from livelihoods.typing import Bools, Floats


@dataclass(frozen=True, slots=True)
class Range:
    """Bounds on y*: numbers (infinite if open), or cut points by number (−1 if not a cut)."""

    low: float | Floats = -np.inf
    high: float | Floats = np.inf
    low_cut: int = -1
    high_cut: int = -1


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a moment of one equation, perhaps given a range of another."""

    kind: Moment
    equation: int
    within: Range = Range()
    given: int | None = None
    condition: Range = Range()

    @property
    def equations(self) -> list[int]:
        """Equations whose regressors are needed."""
        return [self.equation] if self.given is None else [self.equation, self.given]


@dataclass(frozen=True, slots=True)
class Frame:
    """A fitted system on given regressors: means of every equation, and the errors.

    Attributes
    ----------
    phi, layout, errors
        Parameters, their places, the covariance with derivatives.
    X
        Regressors by equation.
    mu
        Reduced-form means, shape ``(J, n)``; ``own`` is xβ + offset without latent regressors.
    own
        Shape ``(J, n)``.
    known
        Rows on which each mean is known, shape ``(J, n)``.
    """

    phi: Floats
    layout: Layout
    errors: Errors
    X: tuple[Floats, ...]
    mu: Floats
    own: Floats
    known: Bools


def framed(built: Built, fit: Fit, found: Regressors) -> Frame:
    """Evaluate the means of every equation."""
    errors = errors_at(fit.phi, fit.layout)
    own = []
    for j, X in enumerate(found.X):
        start = fit.layout.beta[j].start
        eta = X @ fit.phi[start : start + X.shape[1]]
        offset = built.system.equations[j].offset
        own.append(eta if offset is None else eta + offset)
    stacked = np.stack(own)
    known = np.stack(found.known)
    if errors.feed is None:
        return Frame(fit.phi, fit.layout, errors, found.X, stacked, stacked, known)
    A = errors.feed.value
    leaning = A != 0.0
    whole = np.stack([known[leaning[j]].all(axis=0) for j in range(len(own))])
    return Frame(fit.phi, fit.layout, errors, found.X, A @ stacked, stacked, whole)


def known_rows(frame: Frame, question: Question) -> Bools:
    """Rows on which a question has an answer."""
    return np.asarray(frame.known[question.equations].all(axis=0), dtype=np.bool_)


def inner_values(frame: Frame, question: Question, rows: Bools) -> Floats:
    """Return the scalars a row that the moment depends on; see :mod:`.moments`."""
    omega = frame.errors.omega.value
    j = question.equation
    n = int(rows.sum())
    inner = np.empty((4 if question.given is None else 9, n))
    inner[MU], inner[SD] = frame.mu[j, rows], np.sqrt(omega[j, j])
    inner[LOW], inner[HIGH] = _range(frame, j, question.within, rows)
    if question.given is not None:
        k = question.given
        inner[MU2], inner[SD2] = frame.mu[k, rows], np.sqrt(omega[k, k])
        inner[LOW2], inner[HIGH2] = _range(frame, k, question.condition, rows)
        inner[RHO] = omega[j, k] / np.sqrt(omega[j, j] * omega[k, k])
    return inner


def _range(
    frame: Frame, j: int, wanted: Range, rows: Bools
) -> tuple[Floats | float, Floats | float]:
    cuts = frame.phi[frame.layout.cuts[j]]
    low = wanted.low[rows] if isinstance(wanted.low, np.ndarray) else wanted.low
    high = wanted.high[rows] if isinstance(wanted.high, np.ndarray) else wanted.high
    if wanted.low_cut >= 0:
        low = float(cuts[wanted.low_cut])
    if wanted.high_cut >= 0:
        high = float(cuts[wanted.high_cut])
    return low, high


def answer(frame: Frame, question: Question, rows: Bools) -> Floats:
    """Return the prediction on some rows."""
    return moment(question.kind, inner_values(frame, question, rows))


def average(frame: Frame, question: Question, rows: Bools, weight: Floats) -> tuple[float, Floats]:
    """Return Σ w·prediction and its gradient in φ, shape ``(p,)``.

    Parameters
    ----------
    rows
        Rows that count, shape ``(n,)``.
    weight
        Of those rows, shape ``(rows.sum(),)``; usually summing to one.
    """
    inner = inner_values(frame, question, rows)
    value = float(weight @ moment(question.kind, inner))
    slopes = moment_slopes(question.kind, inner) * weight
    gradient = np.zeros(frame.layout.size)
    _mean_part(frame, question.equation, slopes[MU], rows, gradient)
    _cut_part(frame, question.equation, question.within, slopes[LOW], slopes[HIGH], gradient)
    omega, at = frame.errors.omega, frame.layout.error_places
    j = question.equation
    sd = np.sqrt(omega.value[j, j])
    in_sd = omega.first[:, j, j] / (2.0 * sd)
    errors = slopes[SD].sum() * in_sd
    if question.given is not None:
        k = question.given
        _mean_part(frame, k, slopes[MU2], rows, gradient)
        _cut_part(frame, k, question.condition, slopes[LOW2], slopes[HIGH2], gradient)
        sd2 = np.sqrt(omega.value[k, k])
        in_sd2 = omega.first[:, k, k] / (2.0 * sd2)
        rho = omega.value[j, k] / (sd * sd2)
        in_rho = omega.first[:, j, k] / (sd * sd2) - rho * (in_sd / sd + in_sd2 / sd2)
        errors = errors + slopes[SD2].sum() * in_sd2 + slopes[RHO].sum() * in_rho
    if at.size:
        gradient[at] += errors
    return value, gradient


def _mean_part(frame: Frame, j: int, slope: Floats, rows: Bools, gradient: Floats) -> None:
    """μ_j = Σ_k A_jk η_k; ∂μ/∂γ_ab = A e_a μ_b."""
    layout, feed = frame.layout, frame.errors.feed
    for k, X in enumerate(frame.X):
        factor = (1.0 if j == k else 0.0) if feed is None else float(feed.value[j, k])
        if factor:
            start = layout.beta[k].start
            gradient[start : start + X.shape[1]] += factor * (slope @ X[rows])
    if feed is not None:
        for a, b, place in layout.feeds:
            gradient[place] += float(feed.value[j, a]) * float(slope @ frame.mu[b, rows])


def _cut_part(
    frame: Frame, j: int, wanted: Range, low: Floats, high: Floats, gradient: Floats
) -> None:
    start = frame.layout.cuts[j].start
    if wanted.low_cut >= 0:
        gradient[start + wanted.low_cut] += float(low.sum())
    if wanted.high_cut >= 0:
        gradient[start + wanted.high_cut] += float(high.sum())
