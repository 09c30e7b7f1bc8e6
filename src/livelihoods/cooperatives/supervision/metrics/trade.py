"""Shapes of a ledger that somebody may have invented, and prices that squeeze common members."""

from __future__ import annotations

from livelihoods.cooperatives.supervision.metrics.model import Metric

# Too few deliveries make any share extreme; below this many the ledger is not judged.
_ENOUGH = 40


def _class_gap(name: str, column: str, per: str, when: str) -> Metric:
    """Compare common with core members within strata, weighted by what common members deliver.

    ``Σ_s common_s / Σ_s (per_common,s · core_s / per_core,s)``: 1 where both classes get the same.
    Cents are rounded once a stratum, so that sums stay whole numbers.
    """
    return Metric(
        name,
        f"WITH classed AS (SELECT p.cooperative, {when} AS season, p.product, p.grade, "
        "year(p.day) AS y, month(p.day) AS mo, "
        f"sum({column}) FILTER (m.class = 'common') AS common, "
        f"sum({per}) FILTER (m.class = 'common') AS common_base, "
        f"sum({column}) FILTER (m.class = 'core') AS core, "
        f"sum({per}) FILTER (m.class = 'core') AS core_base, "
        "count(*) FILTER (m.class = 'common') AS n FROM patronage p JOIN members m "
        "ON m.cooperative = p.cooperative AND m.member = p.member "
        "WHERE p.trade = 'member' GROUP BY ALL) "
        "SELECT cooperative, CAST(sum(common) AS BIGINT) AS num, CASE WHEN sum(n) < "
        f"{_ENOUGH} THEN 0 ELSE CAST(sum(round(common_base::DOUBLE * core::DOUBLE "
        "/ core_base::DOUBLE)::BIGINT) AS BIGINT) END AS den, "
        "season AS evidence FROM classed "
        "WHERE common IS NOT NULL AND core_base > 0 GROUP BY cooperative, season",
    )


METRICS = (
    Metric(
        "unsplit_trade",
        "SELECT cooperative, count(*) FILTER (trade = 'member' AND member IS NULL) AS num, "
        "1 AS den, '' AS evidence FROM patronage GROUP BY cooperative",
    ),
    Metric(
        "year_end_share",
        "SELECT cooperative, CAST(coalesce(sum(value_cents) FILTER (month(day) = 12 "
        "AND day(day) > 21), 0) AS BIGINT) AS num, "
        f"CASE WHEN count(*) < {_ENOUGH} THEN 0 ELSE CAST(sum(value_cents) AS BIGINT) END AS den, "
        "'' AS evidence FROM patronage GROUP BY cooperative",
    ),
    Metric(
        "round_share",
        "SELECT cooperative, count(*) FILTER (value_cents % 100000 = 0) AS num, "
        f"CASE WHEN count(*) < {_ENOUGH} THEN 0 ELSE count(*) END AS den, "
        "'' AS evidence FROM patronage GROUP BY cooperative",
    ),
    Metric(
        "top_member_share",
        "WITH own AS (SELECT cooperative, member, CAST(sum(value_cents) AS BIGINT) AS v, "
        "count(*) AS n FROM patronage WHERE member IS NOT NULL GROUP BY ALL) "
        "SELECT cooperative, max(v) AS num, CASE WHEN sum(n) < "
        f"{_ENOUGH} THEN 0 ELSE CAST(sum(v) AS BIGINT) END AS den, "
        "arg_max(member, v) AS evidence FROM own GROUP BY cooperative",
    ),
    _class_gap("common_price_ratio", "p.value_cents", "CAST(p.volume * 1000 AS BIGINT)", "''"),
    _class_gap(
        "common_kept_ratio",
        "p.value_cents - coalesce(p.deduction_cents, 0)",
        "p.value_cents",
        "'Q' || quarter(p.day)",
    ),
    Metric(
        "related_price_ratio",
        "WITH cells AS (SELECT p.cooperative, p.product, p.grade, year(p.day) AS y, "
        "month(p.day) AS mo, sum(p.value_cents) FILTER (p.trade = 'related') AS related, "
        "sum(CAST(p.volume * 1000 AS BIGINT)) FILTER (p.trade = 'related') AS related_base, "
        "sum(p.value_cents) FILTER (p.trade = 'member') AS own, "
        "sum(CAST(p.volume * 1000 AS BIGINT)) FILTER (p.trade = 'member') AS own_base "
        "FROM patronage p GROUP BY ALL) SELECT cooperative, CAST(sum(related) AS BIGINT) AS num, "
        "CAST(sum(round(related_base::DOUBLE * own::DOUBLE / own_base::DOUBLE)::BIGINT) "
        "AS BIGINT) AS den, '' AS evidence FROM cells "
        "WHERE related IS NOT NULL AND own_base > 0 GROUP BY cooperative",
    ),
)
