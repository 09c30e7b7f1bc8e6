"""Nearest-neighbour matching on the score."""

from __future__ import annotations

import numpy as np

from livelihoods.estimate.matching.model import Found, Group
from livelihoods.estimate.matching.spec import NearestSpec
from livelihoods.numerics.neighbors import Matches, matched_mask, nearest, nearest_once
from livelihoods.typing import Floats


def find_nearest(focal: Group, donors: Group, spec: NearestSpec, caliper: float) -> Found:
    """Match every focal unit to its nearest donors; their mean, by their weights, serves it."""
    return found_from(match_nearest(focal.distance, donors.distance, spec, caliper), focal, donors)


def match_nearest(focal: Floats, donors: Floats, spec: NearestSpec, caliper: float) -> Matches:
    """Return the pairs that :func:`find_nearest` averages."""
    if spec.replace:
        return nearest(focal, donors, neighbors=spec.neighbors, caliper=caliper, ties=spec.ties)
    return nearest_once(focal, donors, neighbors=spec.neighbors, caliper=caliper, order=spec.order)


def found_from(matches: Matches, focal: Group, donors: Group) -> Found:
    """Turn pairs into counterfactual means and donor weights."""
    blocks = matches.blocks
    weight = blocks.add_up(donors.weights)
    total = matches.total(weight)
    mask = matched_mask(matches)
    share = np.where(mask, focal.weights / np.where(mask, total, 1.0), 0.0)
    sums = matches.total(blocks.add_up(donors.outcomes * donors.weights))
    fitted = np.where(mask, sums / np.where(mask, total, 1.0), np.nan)
    used = blocks.spread(matches.given(share)) * donors.weights
    counts = matches.total(blocks.size.astype(np.float64)).astype(np.int64)
    return Found(fitted, used, counts)
