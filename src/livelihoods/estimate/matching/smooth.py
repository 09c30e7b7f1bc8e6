"""Radius, kernel and local linear matching: smooths of the donors' outcomes over the score."""

from __future__ import annotations

from typing import Literal

import numpy as np

from livelihoods.estimate.matching.model import Found, Group
from livelihoods.estimate.matching.spec import KernelSpec, LocalLinearSpec
from livelihoods.numerics.local import Kernel, LocalFit, dual_weights, local_fit
from livelihoods.numerics.neighbors import nearest
from livelihoods.numerics.windows import Tied, tie
from livelihoods.typing import Floats, Ints

# lpoly's Epanechnikov reaches sqrt(5) bandwidths to either side.
_STATA_REACH = 5.0**0.5
# Beyond this a line in its window amplifies rounding by more than 1e-12 of the outcome.
ILL_POSED = 4.5e3


def find_radius(focal: Group, donors: Group, caliper: float, *, weigh: bool = True) -> Found:
    """Serve every focal unit with the mean of all donors within the caliper."""
    return _smooth(focal, donors, caliper, "uniform", 0, weigh=weigh)


def find_kernel(focal: Group, donors: Group, spec: KernelSpec, *, weigh: bool = True) -> Found:
    """Serve every focal unit with the kernel-weighted mean of the donors near it."""
    return _smooth(focal, donors, spec.bandwidth, spec.kernel, 0, weigh=weigh)


def find_local_linear(
    focal: Group, donors: Group, spec: LocalLinearSpec, *, weigh: bool = True
) -> Found:
    """Serve every focal unit with the intercept of a kernel-weighted line at its score."""
    if spec.local_linear == "psmatch2":
        return _as_psmatch2(focal, donors, spec.bandwidth)
    return _smooth(focal, donors, spec.bandwidth, spec.kernel, 1, weigh=weigh)


def sorted_donors(donors: Group) -> tuple[Ints, Tied, Floats, Floats]:
    """Order donors by score and tie equal ones: order, groups, weights, weighted outcomes."""
    # Equal scores are added up: their order among themselves is of no consequence.
    order = np.argsort(donors.distance)
    tied = tie(donors.distance[order])
    weights = donors.weights[order]
    return order, tied, tied.add_up(weights), tied.add_up(donors.outcomes[:, order] * weights)


def _smooth(
    focal: Group,
    donors: Group,
    bandwidth: float,
    kernel: Kernel,
    degree: Literal[0, 1],
    *,
    weigh: bool,
) -> Found:
    order, tied, weights, weighted = sorted_donors(donors)
    turn = np.argsort(focal.distance)
    queries = focal.distance[turn]
    fit = local_fit(tied.points, weights, weighted, queries, bandwidth, kernel, degree)
    fitted = np.empty_like(fit.fitted)
    fitted[:, turn] = fit.fitted
    counts = np.empty(queries.shape[0], dtype=np.int64)
    lo, hi = fit.edges
    counts[turn] = np.where(fit.found, np.maximum(tied.start[hi] - tied.start[lo], 1), 0)
    used = None
    if weigh:
        dual = dual_weights(tied.points, queries, focal.weights[turn], fit, bandwidth, kernel)
        used = np.empty(donors.distance.shape[0])
        used[order] = tied.spread(dual) * donors.weights[order]
    return Found(fitted, used, counts, _facts(fit, degree))


def _facts(fit: LocalFit, degree: int) -> dict[str, float]:
    if degree == 0:
        return {}
    return {
        "single_means": float((fit.found & ~fit.line).sum()),
        "ill_posed": float((fit.condition > ILL_POSED).sum()),
        "condition": float(fit.condition.max(initial=1.0)),
    }


def _as_psmatch2(focal: Group, donors: Group, bandwidth: float) -> Found:
    """Smooth at every donor's own score, then give each focal unit its nearest donor's smooth."""
    order, tied, weights, weighted = sorted_donors(donors)
    smooth = local_fit(
        tied.points, weights, weighted, tied.points, bandwidth * _STATA_REACH, "epanechnikov", 1
    )
    matches = nearest(focal.distance, tied.points, ties="first")
    fitted = np.full((donors.outcomes.shape[0], focal.distance.shape[0]), np.nan)
    fitted[:, matches.query] = smooth.fitted[:, matches.block]
    used = np.zeros(donors.distance.shape[0])
    # psmatch2 counts the match for the first donor (in the data) of its score.
    first = np.minimum.reduceat(order, tied.start[:-1])
    used[first] = matches.given(focal.weights)
    return Found(fitted, used, np.ones(focal.distance.shape[0], dtype=np.int64),
                 _facts(smooth, 1))  # fmt: skip
