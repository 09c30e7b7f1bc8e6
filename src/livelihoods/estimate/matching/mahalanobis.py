"""Nearest-neighbour matching in the covariates, within a caliper of the score."""

from __future__ import annotations

from livelihoods.estimate.matching.model import Found, Group
from livelihoods.estimate.matching.nearest import found_from
from livelihoods.estimate.matching.spec import MahalanobisSpec
from livelihoods.numerics.metric import nearest_points


def find_mahalanobis(focal: Group, donors: Group, spec: MahalanobisSpec, caliper: float) -> Found:
    """Match every focal unit to its nearest donors in Mahalanobis distance; ties are averaged."""
    matches = nearest_points(
        focal.coordinates,
        donors.coordinates,
        neighbors=spec.neighbors,
        query_scores=focal.distance,
        candidate_scores=donors.distance,
        caliper=caliper,
    )
    return found_from(matches, focal, donors)
