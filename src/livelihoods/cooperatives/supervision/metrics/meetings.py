"""Assemblies, decisions, offices, filings: arts. 17, 30-33, 40 of the law, and mere form."""

from __future__ import annotations

from livelihoods.cooperatives.supervision.metrics.model import MICRO, Metric

_SPECIAL = "('charter', 'merger', 'split', 'dissolution', 'union')"


def _majority(name: str, special: bool) -> Metric:
    """Return a metric of the votes for what an assembly passed, in its total of votes."""
    which = f"matter {'' if special else 'NOT '}IN {_SPECIAL}"
    return Metric(
        name,
        f"SELECT cooperative, CAST(coalesce(votes_for, 0) * {MICRO} AS BIGINT) AS num, "
        f"CAST(coalesce(total_votes, 0) * {MICRO} AS BIGINT) AS den, resolution AS evidence "
        f"FROM resolutions WHERE body = 'assembly' AND passed AND {which} AND year(day) = $year",
    )


def _officers(name: str, condition: str) -> Metric:
    """Return a count of people in office of whom something holds."""
    return Metric(
        name,
        f"SELECT cooperative, count(DISTINCT person) FILTER ({condition}) AS num, 1 AS den, "
        f"string_agg(DISTINCT person, ', ' ORDER BY person) FILTER ({condition}) AS evidence "
        "FROM office o GROUP BY cooperative",
    )


_EXECUTIVE = "('chair', 'director', 'manager', 'accountant', 'cashier')"
_SUPERVISOR = "o.role IN ('supervisor', 'supervisor_head')"

METRICS = (
    Metric(
        "assembly_quorum",
        "SELECT cooperative, coalesce(present, 0) AS num, "
        "CASE WHEN present IS NULL THEN 0 ELSE coalesce(entitled, 0) END AS den, "
        "assembly AS evidence FROM held",
    ),
    _majority("ordinary_majority", special=False),
    _majority("special_majority", special=True),
    # Who never recorded an assembly keeps no record: that is judged as missing evidence.
    Metric(
        "assemblies_in_year",
        "SELECT c.cooperative, count(h.assembly) AS num, "
        "(any_value(a.cooperative) IS NOT NULL)::INT AS den, '' AS evidence FROM alive c "
        "LEFT JOIN (SELECT DISTINCT cooperative FROM assemblies) a USING (cooperative) "
        "LEFT JOIN held h ON h.cooperative = c.cooperative "
        "WHERE year(c.registered_on) < $year GROUP BY c.cooperative",
    ),
    Metric(
        "days_to_extraordinary_assembly",
        "SELECT cooperative, date_diff('day', asked_on, day) AS num, 1 AS den, "
        "assembly AS evidence FROM held WHERE kind = 'extraordinary' AND asked_on IS NOT NULL",
    ),
    # Supervisors may ask as well; a meeting without a count of members says nothing of this rule.
    Metric(
        "extraordinary_request_share",
        "SELECT cooperative, coalesce(asked_by, 0) AS num, "
        "CASE WHEN asked_by IS NULL THEN 0 ELSE n END AS den, assembly AS evidence "
        "FROM held JOIN heads USING (cooperative) WHERE kind = 'extraordinary'",
    ),
    Metric(
        "representatives_share",
        "SELECT cooperative, coalesce(entitled, 0) AS num, "
        "CASE WHEN entitled IS NULL THEN 0 ELSE n END AS den, assembly AS evidence "
        "FROM held JOIN heads USING (cooperative) WHERE kind = 'representative'",
    ),
    Metric(
        "representatives",
        "SELECT cooperative, coalesce(entitled, 0) AS num, (entitled IS NOT NULL)::INT AS den, "
        "assembly AS evidence FROM held WHERE kind = 'representative'",
    ),
    Metric(
        "disclosure_days",
        "SELECT cooperative, coalesce(date_diff('day', accounts_shown_on, day), 0) AS num, "
        "(accounts_shown_on IS NOT NULL)::INT AS den, assembly AS evidence "
        "FROM held WHERE kind = 'ordinary'",
    ),
    Metric(
        "unsigned_minutes",
        "SELECT cooperative, count(*) FILTER (minutes AND minutes_signed = false) AS num, "
        "(count(minutes) > 0)::INT AS den, string_agg(assembly, ', ' ORDER BY assembly) "
        "FILTER (minutes AND minutes_signed = false) AS evidence FROM held GROUP BY cooperative",
    ),
    Metric(
        "decisions_without_minutes",
        "SELECT cooperative, count(*) FILTER (minutes = false) AS num, "
        "(count(minutes) > 0)::INT AS den, string_agg(resolution, ', ' ORDER BY resolution) "
        "FILTER (minutes = false) AS evidence FROM resolutions "
        "WHERE body = 'assembly' AND year(day) = $year GROUP BY cooperative",
    ),
    _officers(
        "supervisors_in_office",
        f"{_SUPERVISOR} AND EXISTS (SELECT 1 FROM office x WHERE x.cooperative = o.cooperative "
        f"AND x.person = o.person AND x.role IN {_EXECUTIVE})",
    ),
    _officers(
        "supervisors_kin",
        f"{_SUPERVISOR} AND EXISTS (SELECT 1 FROM kin k JOIN office x "
        "ON x.cooperative = k.cooperative AND x.person IN (k.person, k.related) "
        "WHERE k.cooperative = o.cooperative AND o.person IN (k.person, k.related) "
        f"AND x.person <> o.person AND x.role IN {_EXECUTIVE})",
    ),
    _officers("supervisors_paid", f"{_SUPERVISOR} AND coalesce(o.salary_cents, 0) > 0"),
    _officers("public_officials", "o.public_official"),
    # The office receives the reports itself: none on its desk is none filed.
    Metric(
        "annual_reports_missing",
        "SELECT c.cooperative, count(*) FILTER (f.filed_on IS NULL OR f.filed_on > $as_of) AS num, "
        "1 AS den, string_agg(CAST(y.due AS VARCHAR), ', ' ORDER BY y.due) "
        "FILTER (f.filed_on IS NULL OR f.filed_on > $as_of) AS evidence "
        "FROM alive c CROSS JOIN (SELECT unnest([1, 2]) AS back) b "
        "CROSS JOIN LATERAL (SELECT year($as_of) - b.back "
        "- (month($as_of) < 7)::INT AS due) y "
        "LEFT JOIN filings f ON f.cooperative = c.cooperative AND f.year = y.due "
        "AND f.filing = 'annual_report' "
        "WHERE year(c.registered_on) <= y.due GROUP BY c.cooperative",
    ),
)
