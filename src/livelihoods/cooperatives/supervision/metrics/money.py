"""Surplus as declared, signatures, and what looks like banking."""

from __future__ import annotations

from livelihoods.cooperatives.supervision.metrics.model import Metric

METRICS = (
    # What the cooperative says it distributed is judged; where it closed with this program, that.
    Metric(
        "patronage_share",
        "WITH said AS (SELECT cooperative, year, patronage_cents, residual_cents "
        "FROM declared_distributions UNION ALL SELECT d.cooperative, d.year, d.patronage_cents, "
        "d.residual_cents FROM distributions d ANTI JOIN declared_distributions x "
        "ON x.cooperative = d.cooperative AND x.year = d.year), latest AS (SELECT cooperative, "
        "max(year) AS year FROM said WHERE year <= $year GROUP BY cooperative) "
        "SELECT s.cooperative, CAST(sum(s.patronage_cents) AS BIGINT) AS num, "
        "CAST(sum(s.patronage_cents + s.residual_cents) AS BIGINT) AS den, "
        "CAST(s.year AS VARCHAR) AS evidence FROM said s JOIN latest l "
        "ON l.cooperative = s.cooperative AND l.year = s.year GROUP BY s.cooperative, s.year",
    ),
    Metric(
        "single_signature_share",
        "WITH signed AS (SELECT cooperative, signed_by, CAST(sum(amount_cents) FILTER "
        "(second_signature IS NULL OR second_signature = signed_by) AS BIGINT) AS alone, "
        "CAST(sum(amount_cents) AS BIGINT) AS total FROM cash WHERE signed_by IS NOT NULL "
        "GROUP BY ALL) SELECT cooperative, coalesce(max(alone), 0) AS num, "
        "CAST(sum(total) AS BIGINT) AS den, arg_max(signed_by, coalesce(alone, 0)) AS evidence "
        "FROM signed GROUP BY cooperative",
    ),
    Metric(
        "fixed_returns",
        "WITH paid AS (SELECT cooperative, receipt FROM payments WHERE kind = 'fixed_return' "
        "UNION ALL SELECT cooperative, receipt FROM contributions WHERE promised_return > 0) "
        "SELECT c.cooperative, count(p.receipt) AS num, 1 AS den, "
        "count(p.receipt)::VARCHAR AS evidence FROM alive c "
        "LEFT JOIN paid p ON p.cooperative = c.cooperative GROUP BY c.cooperative",
    ),
    Metric(
        "lent_outside",
        "SELECT c.cooperative, CAST(coalesce(sum(l.amount_cents), 0) AS BIGINT) AS num, 1 AS den, "
        "string_agg(l.loan, ', ' ORDER BY l.loan) AS evidence FROM alive c LEFT JOIN loans l "
        "ON l.cooperative = c.cooperative AND l.direction = 'lent' "
        "AND l.party_kind IN ('outside_person', 'company') GROUP BY c.cooperative",
    ),
    Metric(
        "private_account_share",
        "SELECT cooperative, CAST(coalesce(sum(amount_cents) FILTER (account = 'private'), 0) "
        "AS BIGINT) AS num, CAST(sum(amount_cents) AS BIGINT) AS den, '' AS evidence "
        "FROM cash GROUP BY cooperative",
    ),
)
