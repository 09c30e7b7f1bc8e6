"""Who the members are: arts. 12, 19, 20, 22, 24 of the law."""

from __future__ import annotations

from livelihoods.cooperatives.supervision.metrics.model import MICRO, Metric

_ENTITIES = "('enterprise', 'institution', 'organisation', 'public_unit', 'cooperative')"

METRICS = (
    Metric(
        "members",
        "SELECT c.cooperative, coalesce(h.n, 0) AS num, (h.n IS NOT NULL)::INT AS den, "
        "'' AS evidence FROM alive c LEFT JOIN heads h USING (cooperative)",
    ),
    Metric(
        "farmer_share",
        "SELECT cooperative, count(*) FILTER (kind = 'farmer') AS num, count(*) AS den, "
        "count(*) FILTER (kind <> 'farmer') || '/' || count(*) AS evidence "
        "FROM standing GROUP BY cooperative",
    ),
    Metric(
        "entity_members",
        f"SELECT cooperative, count(*) FILTER (kind IN {_ENTITIES}) AS num, 1 AS den, "
        f"string_agg(member, ', ' ORDER BY member) FILTER (kind IN {_ENTITIES}) AS evidence "
        "FROM standing GROUP BY cooperative",
    ),
    Metric(
        "entity_share",
        f"SELECT cooperative, count(*) FILTER (kind IN {_ENTITIES}) AS num, count(*) AS den, "
        f"string_agg(member, ', ' ORDER BY member) FILTER (kind IN {_ENTITIES}) AS evidence "
        "FROM standing GROUP BY cooperative",
    ),
    Metric(
        "public_function_members",
        "SELECT cooperative, count(*) FILTER (kind = 'public_unit') AS num, 1 AS den, "
        "string_agg(member, ', ' ORDER BY member) FILTER (kind = 'public_unit') AS evidence "
        "FROM standing GROUP BY cooperative",
    ),
    Metric(
        "additional_vote_share",
        f"SELECT h.cooperative, CAST(coalesce(v.votes, 0) * {MICRO} AS BIGINT) AS num, "
        f"h.n * {MICRO} AS den, v.holders AS evidence FROM heads h LEFT JOIN ("
        "SELECT cooperative, sum(votes) AS votes, string_agg(member, ', ' ORDER BY member) "
        "AS holders FROM additional_votes WHERE from_on <= $as_of "
        "AND (until_on IS NULL OR until_on > $as_of) GROUP BY cooperative) v USING (cooperative)",
    ),
    # An entry of which nobody wrote down how it was decided is missing evidence, not a breach.
    Metric(
        "entries_without_vote",
        "SELECT cooperative, count(*) FILTER (voted_in = false) AS num, "
        "(count(*) FILTER (voted_in IS NOT NULL) > 0)::INT AS den, "
        "string_agg(member, ', ' ORDER BY member) FILTER (voted_in = false) AS evidence "
        "FROM standing GROUP BY cooperative",
    ),
)
