"""Subsidies and donations: promised, paid, spent, turned into assets, quantified to members."""

from __future__ import annotations

from livelihoods.cooperatives.supervision.metrics.model import Metric

_STEPS = (
    'WITH stepped AS (SELECT cooperative, "grant", '
    "min(day) FILTER (step = 'received') AS received_on, "
    "coalesce(sum(amount_cents) FILTER (step = 'received'), 0) AS received, "
    "coalesce(sum(amount_cents) FILTER (step = 'spent'), 0) AS spent, "
    "coalesce(sum(amount_cents) FILTER (step = 'returned'), 0) AS returned, "
    "coalesce(sum(m.amount_cents) FILTER (step = 'spent' AND EXISTS (SELECT 1 FROM assets a "
    "WHERE a.cooperative = m.cooperative AND a.asset = m.asset)), 0) AS traced "
    "FROM grant_movements m GROUP BY ALL) "
)
_JOINED = (
    'FROM grants g LEFT JOIN stepped s ON s.cooperative = g.cooperative AND s."grant" = g."grant"'
)

METRICS = (
    Metric(
        "grant_days_late",
        _STEPS + "SELECT g.cooperative, greatest(date_diff('day', g.due_on, "
        'coalesce(s.received_on, $as_of)), 0) AS num, 1 AS den, g."grant" AS evidence '
        f"{_JOINED} WHERE g.due_on IS NOT NULL AND g.due_on <= $as_of",
    ),
    Metric(
        "grant_received_share",
        _STEPS + "SELECT g.cooperative, CAST(coalesce(s.received, 0) AS BIGINT) AS num, "
        'g.promised_cents AS den, g."grant" AS evidence '
        f"{_JOINED} WHERE coalesce(g.due_on, g.promised_on) <= $as_of",
    ),
    Metric(
        "grant_untraced_share",
        _STEPS + "SELECT g.cooperative, CAST(s.spent - s.traced AS BIGINT) AS num, "
        'CAST(s.spent AS BIGINT) AS den, g."grant" AS evidence '
        f"{_JOINED} WHERE s.spent > 0 AND g.kind = 'subsidy'",
    ),
    Metric(
        "grant_overspent",
        _STEPS + "SELECT g.cooperative, CAST(greatest(s.spent + s.returned - s.received, 0) "
        f'AS BIGINT) AS num, 1 AS den, g."grant" AS evidence {_JOINED} WHERE s.spent > 0',
    ),
    Metric(
        "grant_assets_not_quantified",
        "SELECT a.cooperative, count(*) FILTER (q.asset IS NULL) AS num, 1 AS den, "
        "string_agg(a.asset, ', ' ORDER BY a.asset) FILTER (q.asset IS NULL) AS evidence "
        "FROM assets a LEFT JOIN (SELECT DISTINCT cooperative, asset FROM member_quotas) q "
        "ON q.cooperative = a.cooperative AND q.asset = a.asset "
        "WHERE a.grant_cents > 0 AND a.bought_on < $as_of - INTERVAL 180 DAY "
        "GROUP BY a.cooperative",
    ),
    Metric(
        "grants_to_income",
        "SELECT g.cooperative, CAST(sum(g.received) AS BIGINT) AS num, "
        "CAST(greatest(any_value(y.income), 1) AS BIGINT) AS den, "
        'string_agg(g."grant", \', \' ORDER BY g."grant") AS evidence FROM (SELECT cooperative, '
        "\"grant\", sum(amount_cents) AS received FROM grant_movements WHERE step = 'received' "
        "GROUP BY ALL) g JOIN (SELECT cooperative, sum(operating_income_cents) AS income "
        "FROM year_accounts GROUP BY cooperative) y ON y.cooperative = g.cooperative "
        "GROUP BY g.cooperative",
    ),
    Metric(
        "subsidy_property_distributed",
        "SELECT cooperative, 0 AS num, 0 AS den, asset AS evidence FROM assets "
        "JOIN cooperatives c USING (cooperative) "
        "WHERE c.ended_on <= $as_of AND grant_cents > 0",
    ),
)
