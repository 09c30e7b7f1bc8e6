"""A subsidy followed: promised, paid, received, spent, into which asset, to how many members."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from livelihoods import words
from livelihoods.cooperatives.cents import cents_text
from livelihoods.cooperatives.register import Register
from livelihoods.cooperatives.supervision.judge import Asked
from livelihoods.cooperatives.supervision.metrics import COMMON
from livelihoods.tables.model import Column, Row, Table, integer, percent, text

_QUERY = f"""WITH {COMMON}, moved AS (
  SELECT cooperative, "grant",
    CAST(coalesce(sum(amount_cents) FILTER (step = 'paid'), 0) AS BIGINT) AS paid,
    CAST(coalesce(sum(amount_cents) FILTER (step = 'received'), 0) AS BIGINT) AS received,
    CAST(coalesce(sum(amount_cents) FILTER (step = 'spent'), 0) AS BIGINT) AS spent,
    min(day) FILTER (step = 'received') AS received_on,
    list(DISTINCT asset ORDER BY asset) FILTER (step = 'spent' AND asset IS NOT NULL) AS named
  FROM grant_movements WHERE day <= $as_of GROUP BY ALL),
booked AS (
  SELECT a.cooperative, a."grant", CAST(sum(a.grant_cents) AS BIGINT) AS in_assets,
    string_agg(a.asset, ', ' ORDER BY a.asset) AS assets
  FROM assets a WHERE a."grant" IS NOT NULL GROUP BY ALL),
shared AS (
  SELECT a.cooperative, a."grant", CAST(sum(q.amount_cents) AS BIGINT) AS quantified,
    count(DISTINCT q.member) AS holders, count(DISTINCT q.amount_cents) AS amounts
  FROM member_quotas q JOIN assets a
    ON a.cooperative = q.cooperative AND a.asset = q.asset
  WHERE q.day <= $as_of GROUP BY ALL)
SELECT g.cooperative, g."grant", g.kind, g.giver, g.promised_on, g.promised_cents AS promised,
  g.due_on, coalesce(m.paid, 0) AS paid, coalesce(m.received, 0) AS received, m.received_on,
  coalesce(m.spent, 0) AS spent, coalesce(b.in_assets, 0) AS in_assets,
  coalesce(b.assets, '') AS assets, coalesce(s.quantified, 0) AS quantified,
  coalesce(s.holders, 0) AS holders, coalesce(h.n, 0) AS members,
  coalesce(s.amounts, 0) <= 1 AS equal_shares
FROM grants g
LEFT JOIN moved m ON m.cooperative = g.cooperative AND m."grant" = g."grant"
LEFT JOIN booked b ON b.cooperative = g.cooperative AND b."grant" = g."grant"
LEFT JOIN shared s ON s.cooperative = g.cooperative AND s."grant" = g."grant"
LEFT JOIN heads h ON h.cooperative = g.cooperative
WHERE g.promised_on <= $as_of
ORDER BY g.cooperative, g."grant"
"""


@dataclass(frozen=True, slots=True)
class GrantTrail:
    """Every grant of a register from promise to member share.

    Attributes
    ----------
    frame
        One row a grant: ``cooperative, grant, kind, giver, promised_on, promised, due_on, paid,
        received, received_on, spent, in_assets, assets, quantified, holders, members,
        equal_shares``; money in cents.
    as_of
        The day.
    """

    frame: pl.DataFrame
    as_of: date

    def tidy(self) -> pl.DataFrame:
        """Return the trail as a frame, one row a grant."""
        return self.frame

    def unsettled(self) -> GrantTrail:
        """Return the grants that are short, late, not followed to an asset or not quantified."""
        frame = self.frame
        late = [(_days_late(row, self.as_of) or 0) > 0 for row in frame.iter_rows(named=True)]
        gap = (
            (pl.col("received") < pl.col("promised"))
            | (pl.col("in_assets") < pl.col("spent"))
            | (pl.col("quantified") == 0)
            | pl.Series(late, dtype=pl.Boolean)
        )
        return GrantTrail(frame.filter(gap), self.as_of)

    def summary(self) -> Table:
        """Return promised, received, in assets and with members, grant by grant, in yuan."""
        amounts = ("promised", "received", "spent", "in_assets", "quantified")
        rows = [
            Row(
                (
                    text(row["cooperative"]),
                    text(row["grant"]),
                    *(text(cents_text(row[name])) for name in amounts),
                    percent(row["received"] / row["promised"] if row["promised"] else None, 0),
                    integer(_days_late(row, self.as_of)),
                    integer(row["holders"]),
                )
            )
            for row in self.frame.iter_rows(named=True)
        ]
        heads = ("cooperative", "grant", *amounts, "received_share", "days_late", "holders")
        return Table(
            "grant-trail",
            words.text("cooperatives.grant_trail_title", day=self.as_of.isoformat()),
            tuple(
                Column(
                    name,
                    words.text(f"cooperatives.grant_trail_{name}"),
                    "left" if name in ("cooperative", "grant") else "right",
                )
                for name in heads
            ),
            tuple(rows),
            legend=(words.text("cooperatives.grant_trail_legend"),),
            language=words.language(),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the trail as plain data."""
        return {"as_of": self.as_of.isoformat(), "grants": self.frame.to_dicts()}

    def __repr__(self) -> str:
        return repr(self.summary())


def grant_trail(register: Register, as_of: date, cooperative: str | None = None) -> GrantTrail:
    """Follow each subsidy and donation from promise to payment, asset and member share.

    Parameters
    ----------
    register
        An open register.
    as_of
        The day.
    cooperative
        One cooperative; default: all.
    """
    frame = register.frame(_QUERY, {"as_of": as_of, "year": Asked(as_of).year})
    if cooperative is not None:
        frame = frame.filter(pl.col("cooperative") == cooperative)
    return GrantTrail(frame, as_of)


def _days_late(row: dict[str, Any], as_of: date) -> int | None:
    """Return days past the date agreed, 0 if in time; None without such a date."""
    if row["due_on"] is None:
        return None
    waited: int = ((row["received_on"] or as_of) - row["due_on"]).days
    return max(waited, 0)
