"""Three types of owners compared across a register: returns, patronage share, price paid.

What counts is what was distributed: the year's closing where the register has one, else what the
cooperative declared. One cooperative is one observation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods.cooperatives.linkage.people import IN_OFFICE, quoted
from livelihoods.cooperatives.rights.owner_types import (
    Holding,
    OwnerRule,
    measures_of,
    owner_rule,
)
from livelihoods.errors import DataError
from livelihoods.notes import Note
from livelihoods.numerics.groups import welch
from livelihoods.numerics.multiplicity import holm
from livelihoods.numerics.special import t_critical
from livelihoods.typing import Floats

if TYPE_CHECKING:
    from livelihoods.cooperatives.register import Register
    from livelihoods.tables import Table

MEASURED = ("patronage_share", "return_on_capital", "per_member", "price_over_market")
_HOLDINGS = (
    "SELECT m.cooperative, m.member, coalesce(m.class, '') AS class, m.kind, "
    f"{IN_OFFICE}, "
    "coalesce(c.paid, 0) AS paid FROM members AS m "
    "LEFT JOIN exits AS x USING (cooperative, member) "
    "LEFT JOIN (SELECT cooperative, member, CAST(sum(CASE movement WHEN 'returned' "
    "THEN -amount_cents ELSE amount_cents END) AS BIGINT) AS paid FROM contributions "
    "WHERE day <= ? GROUP BY cooperative, member) AS c USING (cooperative, member) "
    "WHERE m.joined_on <= ? AND (x.left_on IS NULL OR x.left_on >= ?) "
    "ORDER BY m.cooperative, m.member"
)
_SHARES = (
    "SELECT cooperative, CAST(sum(patronage_cents) AS BIGINT), "
    "CAST(sum(residual_cents) AS BIGINT) FROM {} WHERE year = ? "
    "GROUP BY cooperative ORDER BY cooperative"
)
_PRICES = (
    "SELECT cooperative, CAST(sum(value_cents - coalesce(deduction_cents, 0)) AS BIGINT), "
    "sum(CAST(volume AS DECIMAL(18,6)) * quoted) FROM ("
    + quoted("(SELECT * FROM patronage WHERE trade = 'member' AND day BETWEEN ? AND ?)")
    + ") WHERE quoted IS NOT NULL GROUP BY cooperative ORDER BY cooperative"
)


@dataclass(frozen=True, slots=True)
class OwnerTypes:
    """Cooperatives by type of owner, and what sets the types apart.

    Attributes
    ----------
    year
        The year.
    frame
        One row a cooperative: ``cooperative, owner_type``, the rule's measures, and ``MEASURED``:
        patronage share of what was distributed, remainder over contributions, yuan distributed a
        member, net price over the quotation less 1; null where the register does not show it.
    comparison
        One row a measure and type: ``measure, owner_type, n, mean, std_error, conf_low,
        conf_high``.
    differences
        One row a measure and pair of types (second less first): ``estimate, std_error, p_value,
        p_holm, conf_low, conf_high``; Welch's errors, Holm over the pairs of a measure.
    rule
        The declared rule.
    notes
        What must be said.
    """

    year: int
    frame: pl.DataFrame
    comparison: pl.DataFrame
    differences: pl.DataFrame
    rule: OwnerRule
    notes: tuple[Note, ...]

    def tidy(self) -> pl.DataFrame:
        """Return one row a measure and type."""
        return self.comparison

    def summary(self) -> Table:
        """Return the comparison as a table for a person."""
        from livelihoods.cooperatives.rights.to_tables import owner_types_table

        return owner_types_table(self)

    def difference_table(self) -> Table:
        """Return the tested differences between the types."""
        from livelihoods.cooperatives.rights.to_tables import differences_table

        return differences_table(self)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for a record."""
        return {
            "year": self.year,
            "comparison": self.comparison.to_dicts(),
            "differences": self.differences.to_dicts(),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        return f"{self.summary().to_text()}\n{self.difference_table().to_text()}"


def owner_types_from_register(
    register: Register, year: int, rule: OwnerRule | None = None, conf_level: float = 0.95
) -> OwnerTypes:
    """Sort a register's cooperatives into types of owners and compare them.

    Parameters
    ----------
    register
        An open register.
    year
        The year compared.
    rule
        Declared rule; None takes the packaged one.
    conf_level
        Level of the intervals.

    Raises
    ------
    DataError
        If nobody was a member anywhere in the year.
    """
    chosen = rule or owner_rule()
    first, last = date(year, 1, 1), date(year, 12, 31)
    holdings: dict[str, list[Holding]] = {}
    for name, _, group, kind, officer, paid in register.frame(
        _HOLDINGS, [last, first, last, last, last]
    ).iter_rows():
        core = group == "core" or (not group and officer)
        farmer = kind in ("farmer", "cooperative")
        holdings.setdefault(name, []).append(Holding(paid, core, farmer))
    if not holdings:
        raise DataError("cooperatives.no_members")
    shared = _shared(register, year)
    prices = {row[0]: row[1:] for row in register.frame(_PRICES, [first, last]).iter_rows()}
    rows = [
        _row(name, tuple(own), shared.get(name), prices.get(name), chosen)
        for name, own in holdings.items()
    ]
    types: dict[str, Any] = dict.fromkeys(MEASURED, pl.Float64)
    frame = pl.DataFrame(rows, schema_overrides=types, infer_schema_length=None)
    notes = [Note("rights.declared_rule", "info", {"rule": chosen.source})]
    silent = [row["cooperative"] for row in rows if row["patronage_share"] is None]
    if silent:
        values = {"n": len(silent), "of": len(rows), "year": year}
        notes.append(Note("rights.nothing_shown", "warning", values))
    kinds = [kind.id for kind in chosen.type]
    return OwnerTypes(
        year,
        frame,
        _comparison(frame, kinds, conf_level),
        _differences(frame, kinds, conf_level),
        chosen,
        tuple(notes),
    )


def _shared(register: Register, year: int) -> dict[str, tuple[int, int]]:
    """Return what each cooperative distributed: closings go before declarations."""
    found: dict[str, tuple[int, int]] = {}
    for table in ("declared_distributions", "distributions"):
        rows = register.frame(_SHARES.format(table), [year])
        found |= {name: (patronage, residual) for name, patronage, residual in rows.iter_rows()}
    return found


def _row(
    name: str,
    members: tuple[Holding, ...],
    shared: tuple[int, int] | None,
    price: tuple[int, Any] | None,
    rule: OwnerRule,
) -> dict[str, Any]:
    measures = measures_of(members)
    capital = sum(m.contribution for m in members)
    row: dict[str, Any] = {"cooperative": name, "owner_type": rule.classify(measures)}
    row |= {key: float(value) for key, value in measures.items()}
    row |= dict.fromkeys(MEASURED)
    if shared and sum(shared):
        row["patronage_share"] = shared[0] / sum(shared)
        row["return_on_capital"] = shared[1] / capital if capital else None
        row["per_member"] = sum(shared) / len(members) / 100
    if price and price[1]:
        row["price_over_market"] = float(price[0] / price[1]) - 1
    return row


def _values(frame: pl.DataFrame, kind: str, measure: str) -> Floats:
    own = frame.filter(pl.col("owner_type") == kind)[measure].drop_nulls()
    return own.to_numpy().astype(np.float64)


def _comparison(frame: pl.DataFrame, kinds: list[str], conf_level: float) -> pl.DataFrame:
    rows = []
    for measure in MEASURED:
        for kind in kinds:
            x = _values(frame, kind, measure)
            row: dict[str, Any] = {"measure": measure, "owner_type": kind, "n": x.size}
            row |= dict.fromkeys(("mean", "std_error", "conf_low", "conf_high"))
            if x.size:
                row["mean"] = float(x.mean())
            if x.size > 1:
                error = float(x.std(ddof=1) / np.sqrt(x.size))
                half = t_critical(conf_level, x.size - 1.0) * error
                row |= {
                    "std_error": error,
                    "conf_low": row["mean"] - half,
                    "conf_high": row["mean"] + half,
                }
            rows.append(row)
    types = dict.fromkeys(("mean", "std_error", "conf_low", "conf_high"), pl.Float64)
    return pl.DataFrame(rows, schema_overrides=types)


def _differences(frame: pl.DataFrame, kinds: list[str], conf_level: float) -> pl.DataFrame:
    rows: list[dict[str, Any]] = []
    for measure in MEASURED:
        own: list[dict[str, Any]] = []
        for one, other in combinations(kinds, 2):
            a, b = _values(frame, one, measure), _values(frame, other, measure)
            row: dict[str, Any] = {"measure": measure, "first": one, "second": other}
            row |= dict.fromkeys(_TESTED)
            if min(a.size, b.size) > 1:
                row |= _welch(a, b, conf_level)
            own.append(row)
        _adjust(own)
        rows += own
    return pl.DataFrame(rows, schema_overrides=dict.fromkeys(_TESTED, pl.Float64))


_TESTED = ("estimate", "std_error", "p_value", "p_holm", "conf_low", "conf_high")


def _welch(a: Floats, b: Floats, conf_level: float) -> Mapping[str, float | None]:
    found = welch(a, b)
    if not found.std_error > 0:
        return {"estimate": found.estimate}
    half = t_critical(conf_level, found.df) * found.std_error
    return {
        "estimate": found.estimate,
        "std_error": found.std_error,
        "p_value": found.p_value,
        "conf_low": found.estimate - half,
        "conf_high": found.estimate + half,
    }


def _adjust(rows: list[dict[str, Any]]) -> None:
    tested = [row for row in rows if row["p_value"] is not None]
    if tested:
        adjusted = holm(np.array([row["p_value"] for row in tested]))
        for row, p in zip(tested, adjusted.tolist(), strict=True):
            row["p_holm"] = p
