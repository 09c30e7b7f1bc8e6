"""Matching on the propensity score, and what can be said about it honestly."""

from livelihoods.estimate.matching.compare import MatchComparison, compare_matches
from livelihoods.estimate.matching.match import match, match_spec
from livelihoods.estimate.matching.result import MatchingResult
from livelihoods.estimate.matching.spec import MatchSpec
from livelihoods.estimate.matching.summary import matching_table

__all__ = [
    "MatchComparison",
    "MatchSpec",
    "MatchingResult",
    "compare_matches",
    "match",
    "match_spec",
    "matching_table",
]
