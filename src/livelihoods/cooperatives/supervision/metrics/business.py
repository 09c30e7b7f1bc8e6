"""Whether there is any business, and whether the members have a part in it."""

from __future__ import annotations

from livelihoods.cooperatives.supervision.metrics.model import Metric

_TRADED = (
    "traded AS (SELECT cooperative, day FROM patronage UNION ALL SELECT cooperative, day FROM "
    "services UNION ALL SELECT cooperative, day FROM sales), "
    "last_business AS (SELECT cooperative, max(day) AS day FROM traded WHERE day <= $as_of "
    "GROUP BY cooperative), "
    # Who hands in no accounts at all has holes in the register, which is another class.
    "heard AS (SELECT cooperative FROM year_accounts UNION SELECT cooperative FROM filings)"
)
_YEARS = "date_diff('day', {since}, $as_of) // 365"


def _with(tables: str, query: str) -> str:
    """Put common tables before a query; the judge knows how to join them to its own."""
    return f"WITH {tables} {query}"


METRICS = (
    Metric(
        "consecutive_years_without_business",
        _with(
            _TRADED,
            "SELECT c.cooperative, "
            f"{_YEARS.format(since='coalesce(b.day, c.registered_on)')} AS num, "
            "(b.day IS NOT NULL OR h.cooperative IS NOT NULL)::INT AS den, "
            "coalesce(CAST(b.day AS VARCHAR), '') AS evidence FROM alive c "
            "LEFT JOIN last_business b USING (cooperative) LEFT JOIN heard h USING (cooperative)",
        ),
    ),
    Metric(
        "years_never_traded",
        _with(
            _TRADED,
            "SELECT c.cooperative, CASE WHEN b.day IS NULL THEN "
            f"{_YEARS.format(since='c.registered_on')} ELSE 0 END AS num, "
            "(b.day IS NOT NULL OR h.cooperative IS NOT NULL)::INT AS den, '' AS evidence "
            "FROM alive c LEFT JOIN last_business b USING (cooperative) "
            "LEFT JOIN heard h USING (cooperative)",
        ),
    ),
    Metric(
        "years_since_last_trade",
        _with(
            _TRADED,
            f"SELECT cooperative, {_YEARS.format(since='b.day')} AS num, 1 AS den, "
            "CAST(b.day AS VARCHAR) AS evidence FROM alive "
            "JOIN last_business b USING (cooperative)",
        ),
    ),
    Metric(
        "members_trading_share",
        _with(
            "acting AS (SELECT cooperative, member FROM patronage WHERE trade = 'member' "
            "UNION SELECT cooperative, member FROM inputs WHERE trade = 'member' "
            "UNION SELECT cooperative, member FROM services WHERE trade = 'member')",
            "SELECT h.cooperative, count(a.member) AS num, CASE WHEN count(a.member) = 0 "
            "AND NOT EXISTS (SELECT 1 FROM patronage p WHERE p.cooperative = h.cooperative) "
            "THEN 0 ELSE any_value(h.n) END AS den, count(a.member) || '/' || any_value(h.n) "
            "AS evidence FROM heads h LEFT JOIN acting a "
            "ON a.cooperative = h.cooperative GROUP BY h.cooperative",
        ),
    ),
    Metric(
        "members_attending_share",
        "SELECT h.cooperative, count(DISTINCT t.member) AS num, "
        "CASE WHEN count(t.member) = 0 THEN 0 ELSE any_value(h.n) END AS den, "
        "count(DISTINCT t.member) || '/' || any_value(h.n) AS evidence "
        "FROM heads h LEFT JOIN attendance t ON t.cooperative = h.cooperative "
        "GROUP BY h.cooperative",
    ),
    Metric(
        "open_complaints",
        "SELECT c.cooperative, count(p.complaint) AS num, 1 AS den, "
        "string_agg(p.complaint, ', ' ORDER BY p.complaint) AS evidence FROM alive c "
        "LEFT JOIN complaints p ON p.cooperative = c.cooperative AND p.day <= $as_of "
        "AND p.founded IS DISTINCT FROM false GROUP BY c.cooperative",
    ),
    Metric(
        "inspections_without_business",
        "SELECT c.cooperative, count(i.inspection) AS num, 1 AS den, "
        "string_agg(i.inspection, ', ' ORDER BY i.inspection) AS evidence FROM alive c "
        "LEFT JOIN inspections i ON i.cooperative = c.cooperative AND i.day <= $as_of "
        "AND i.finding IN ('no_premises', 'no_business', 'stopped', 'no_participation') "
        "AND i.mended_on IS NULL GROUP BY c.cooperative",
    ),
    Metric(
        "evidence_missing",
        _with(
            ", ".join(
                f"has_{table} AS (SELECT DISTINCT cooperative FROM {table})"
                for table in ("members", "year_accounts", "assemblies", "filings")
            )
            + ", has_ledger AS (SELECT DISTINCT cooperative FROM patronage "
            "UNION SELECT cooperative FROM sales)",
            "SELECT c.cooperative, (m.cooperative IS NULL)::INT + (y.cooperative IS NULL)::INT "
            "+ (a.cooperative IS NULL)::INT + (f.cooperative IS NULL)::INT "
            "+ (l.cooperative IS NULL)::INT AS num, 1 AS den, concat_ws(', ', "
            "CASE WHEN m.cooperative IS NULL THEN 'members' END, "
            "CASE WHEN y.cooperative IS NULL THEN 'year_accounts' END, "
            "CASE WHEN a.cooperative IS NULL THEN 'assemblies' END, "
            "CASE WHEN f.cooperative IS NULL THEN 'filings' END, "
            "CASE WHEN l.cooperative IS NULL THEN 'patronage, sales' END) AS evidence "
            "FROM alive c LEFT JOIN has_members m USING (cooperative) "
            "LEFT JOIN has_year_accounts y USING (cooperative) "
            "LEFT JOIN has_assemblies a USING (cooperative) "
            "LEFT JOIN has_filings f USING (cooperative) "
            "LEFT JOIN has_ledger l USING (cooperative)",
        ),
    ),
)
