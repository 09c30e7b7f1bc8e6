"""Review with rewards: schemes as data, blind reviewers, ranks with their intervals, two lists."""

from livelihoods.cooperatives.review.agreement import cohen_kappa, krippendorff_alpha
from livelihoods.cooperatives.review.lists import LeadingLists, leading_lists
from livelihoods.cooperatives.review.ranking import rank_intervals
from livelihoods.cooperatives.review.rewards import (
    Given,
    allocate_rewards,
    officers_on,
    rewards_table,
)
from livelihoods.cooperatives.review.round import ReviewRound, review_round
from livelihoods.cooperatives.review.scheme import Scheme, scheme, schemes

__all__ = [
    "Given",
    "LeadingLists",
    "ReviewRound",
    "Scheme",
    "allocate_rewards",
    "cohen_kappa",
    "krippendorff_alpha",
    "leading_lists",
    "officers_on",
    "rank_intervals",
    "review_round",
    "rewards_table",
    "scheme",
    "schemes",
]
