r"""What every row contributes to the error of a matching estimate.

A matching estimate is linear in the outcomes, :math:`\sum_i a_i y_i`. Around the arms' mean
outcomes given the score, :math:`m_1(p)` and :math:`m_0(p)`, its error is a sum over rows of

.. math:: \psi_i = f_i\,[m_1(p_i) - m_0(p_i) - \hat\tau] + a_i\,[y_i - m_{d_i}(p_i)]

with :math:`f_i` the row's share in the estimand (Abadie and Imbens 2012, JASA 107, 833; the sum of
squares is their 2006 variance; Otsu and Rai 2017, JASA 112, 1720, draw the same terms, which is
valid for nearest neighbours where the bootstrap of rows is not). An estimated score takes away what
:math:`\psi` has in common with the score's own equations and, for ATT and ATU, moves the population
averaged over (Abadie and Imbens 2016, Econometrica 84, 781).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from livelihoods.estimate.matching.model import Matching
from livelihoods.estimate.matching.prepare import Prepared
from livelihoods.estimate.matching.spec import WEIGHTING, MahalanobisSpec, MatchSpec
from livelihoods.estimate.matching.weigh import weigh_sample
from livelihoods.typing import Bools, Floats

if TYPE_CHECKING:
    from livelihoods.estimate.matching.result import MatchingResult

_DEGREE = 3  # of the polynomial in the log odds of the score


def row_influence(result: MatchingResult) -> Floats:
    """Return each row's contribution to the error of each outcome's effect, shape ``(k, n)``.

    Exact influence functions for weighting; the linear form above for matching.
    """
    spec, ready = result.spec, result.ready
    if isinstance(spec.method, WEIGHTING):
        return weigh_sample(spec, ready, spec.support)[1]
    return matching_influence(spec, ready, result.matching)


def matching_influence(spec: MatchSpec, ready: Prepared, matching: Matching) -> Floats:
    """Return the linear form of a matching on a score or on covariates, shape ``(k, n)``."""
    sample = ready.sample
    on_covariates = isinstance(spec.method, MahalanobisSpec)
    basis = _covariates(sample.X) if on_covariates else _powers(sample.logit)
    lines = _arm_means(basis, sample.outcomes, sample.treated, sample.weights)
    total = matching.focal.sum()
    own = np.where(sample.treated, lines[0], lines[1])
    sign = np.where(sample.treated, 1.0, -1.0)
    load = sign * (matching.focal + matching.donor) / total
    share = matching.focal / total
    apart = lines[0] - lines[1] - matching.estimates[:, None]
    noise = (sample.outcomes - own) * _freedom(sample.treated, basis.shape[1])
    influence = apart * share + noise * load
    if ready.propensity.link == "given" or on_covariates:
        return np.asarray(influence)
    return _with_estimated_score(spec, ready, matching, np.asarray(influence))


def _powers(logit: Floats) -> Floats:
    spread = float(logit.std()) or 1.0
    return np.asarray(np.vander((logit - logit.mean()) / spread, _DEGREE + 1, increasing=True))


def _covariates(X: Floats) -> Floats:
    return np.column_stack([np.ones(X.shape[0]), X])


def _arm_means(basis: Floats, y: Floats, treated: Bools, weights: Floats) -> Floats:
    """Mean outcome given the basis in each arm, at every row: shape ``(2, k, n)``."""
    fitted = np.empty((2, *y.shape))
    for place, arm in enumerate((treated, ~treated)):
        rows = np.flatnonzero(arm)
        # Few rows bear few powers: one for each ten rows, at least a mean.
        width = int(np.clip(rows.size // 10, 1, basis.shape[1]))
        root = np.sqrt(weights[rows])[:, None]
        slopes = np.linalg.lstsq(basis[rows, :width] * root, y[:, rows].T * root, rcond=None)[0]
        fitted[place] = (basis[:, :width] @ slopes).T
    return fitted


def _freedom(treated: Bools, width: int) -> Floats:
    """Undo what fitting a line takes from the residuals of each arm, shape ``(n,)``."""
    factor = np.ones(treated.shape[0])
    for arm in (treated, ~treated):
        n = int(arm.sum())
        used = int(np.clip(n // 10, 1, width))
        factor[arm] = np.sqrt(n / max(n - used, 1))
    return factor


def _with_estimated_score(
    spec: MatchSpec, ready: Prepared, matching: Matching, influence: Floats
) -> Floats:
    """Take away the part explained by the score's equations; add what moves the population."""
    sample, propensity = ready.sample, ready.propensity
    model = propensity.model(ready.design.X)
    assert model is not None  # a given score has returned before
    equations = model.X * propensity.residual[:, None]
    slopes = np.linalg.lstsq(equations, influence.T, rcond=None)[0]
    influence = influence - (equations @ slopes).T
    if spec.estimand == "ATE":
        return np.asarray(influence)
    lines = _arm_means(ready.design.X, sample.outcomes, sample.treated, sample.weights)
    apart = lines[0] - lines[1] - matching.estimates[:, None]
    on = sample.weights * ~matching.off_support
    gradient = (apart * (model.density * on)) @ model.X / matching.focal.sum()
    moved = gradient @ model.covariance @ equations.T
    return np.asarray(influence + (moved if spec.estimand == "ATT" else -moved))
