"""What joining is worth: what a member has from the cooperative over selling outside.

    benefit = price premium + input saving + service saving + patronage return + dividend
              + rent + wage − fees

each in cents, from the register alone. What the register does not show stays empty: an unknown
part is never taken for zero, and a total with an unknown part is empty too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl

from livelihoods import words
from livelihoods.cooperatives.cents import cents_text
from livelihoods.cooperatives.linkage.people import members_of, quoted
from livelihoods.notes import Note

if TYPE_CHECKING:
    from livelihoods.cooperatives.register import Register
    from livelihoods.tables import Table

PARTS: dict[str, int] = {
    "price_premium": 1,
    "input_saving": 1,
    "service_saving": 1,
    "patronage": 1,
    "dividend": 1,
    "rent": 1,
    "wage": 1,
    "fees": -1,
}
_SPAN = "WHERE cooperative = ? AND trade = 'member' AND day BETWEEN ? AND ?"
_PRICES = (
    "SELECT member, CAST(sum(value_cents) AS BIGINT), "
    "CAST(coalesce(sum(value_cents) FILTER (quoted IS NOT NULL), 0) AS BIGINT), "
    "CAST(coalesce(sum(value_cents - coalesce(deduction_cents, 0)) "
    "FILTER (quoted IS NOT NULL), 0) AS BIGINT), "
    "coalesce(sum(CAST(volume AS DECIMAL(18,6)) * quoted), 0), "
    "count(*) FILTER (deduction_cents IS NULL) "
    f"FROM ({quoted('(SELECT * FROM patronage ' + _SPAN + ')')}) GROUP BY member ORDER BY member"
)
_INPUTS = (
    "SELECT member, count(*) FILTER (outside_value_cents IS NULL), count(*), "
    "CAST(coalesce(sum(outside_value_cents - value_cents), 0) AS BIGINT) "
    f"FROM inputs {_SPAN} GROUP BY member ORDER BY member"
)
_SERVICES = (
    "SELECT member, count(*) FILTER (outside_charge_cents IS NULL OR charge_cents IS NULL), "
    "count(*), CAST(coalesce(sum(outside_charge_cents - charge_cents), 0) AS BIGINT) "
    f"FROM services {_SPAN} GROUP BY member ORDER BY member"
)
_PAYMENTS = (
    "SELECT member, kind, CAST(sum(amount_cents) AS BIGINT) FROM payments "
    "WHERE cooperative = ? AND day BETWEEN ? AND ? GROUP BY member, kind ORDER BY member, kind"
)
_CONTRACTED = (
    "SELECT DISTINCT member, kind FROM contracts WHERE cooperative = ? AND from_on <= ? "
    "AND (until_on IS NULL OR until_on >= ?) ORDER BY member, kind"
)
_SHARES = (
    "SELECT member, patronage_cents, residual_cents FROM {} WHERE cooperative = ? AND year = ?"
)


@dataclass(slots=True)
class _Found:
    """What was found so far: part -> member -> cents, None for unknown."""

    parts: dict[str, dict[str, int | None]] = field(default_factory=dict)
    coverage: dict[str, float] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Benefit:
    """What joining was worth in a year, household by household.

    Attributes
    ----------
    cooperative, year
        Which.
    frame
        One row a member: ``member, household, class``, the parts of ``PARTS`` with ``_cents``
        (null where the register does not show them), ``total_cents`` (null if a part is unknown),
        ``known_cents`` (of the parts that are known), ``missing`` (list of parts) and
        ``price_coverage`` (share of the deliveries' value with a quotation to compare).
    source
        Where returns and dividends come from: ``"closing"``, ``"payments"``, ``"declared"``, or
        "" if nowhere.
    notes
        What must be said.
    """

    cooperative: str
    year: int
    frame: pl.DataFrame
    source: str
    notes: tuple[Note, ...]

    def tidy(self) -> pl.DataFrame:
        """Return one row a member."""
        return self.frame

    def by_household(self) -> pl.DataFrame:
        """Return one row a household; its total is empty if that of a member is."""
        names = [*(f"{part}_cents" for part in PARTS), "total_cents"]
        known = [
            pl.when(pl.col(name).null_count() == 0).then(pl.col(name).sum()).alias(name)
            for name in names
        ]
        return self.frame.group_by("household", maintain_order=True).agg(
            pl.col("member").count().alias("members"), *known, pl.col("known_cents").sum()
        )

    def by_class(self, conf_level: float = 0.95) -> pl.DataFrame:
        """Return mean and interval of each part and the total by class of member."""
        from livelihoods.cooperatives.linkage.classes import by_class

        return by_class(self.frame, [*PARTS, "total", "known"], conf_level)

    def summary(self) -> Table:
        """Return the parts by class as a table for a person."""
        from livelihoods.cooperatives.linkage.to_tables import benefit_table

        return benefit_table(self)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for a record."""
        return {
            "cooperative": self.cooperative,
            "year": self.year,
            "source": self.source,
            "by_class": self.by_class().to_dicts(),
            "notes": [note.to_dict() for note in self.notes],
        }

    def __repr__(self) -> str:
        return self.summary().to_text()


def benefit_from_register(register: Register, cooperative: str, year: int) -> Benefit:
    """Return what joining was worth to each member in a year.

    The price premium is what deliveries brought after deductions less what the same volume would
    have brought at the market's quotation for that product, grade and unit (the last one, not
    older than two weeks), over the deliveries that have one. Inputs and services are compared with
    the outside price that stands beside them in the ledger.

    Raises
    ------
    DataError
        If there is no such cooperative, or nobody was a member in the year.
    """
    members, notes = members_of(register, cooperative, year)
    names = members["member"].to_list()
    found = _Found(notes=list(notes))
    span = [cooperative, date(year, 1, 1), date(year, 12, 31)]
    _prices(register, span, names, found)
    _savings(register, _INPUTS, span, names, "input_saving", found)
    _savings(register, _SERVICES, span, names, "service_saving", found)
    paid = _payments(register, span, names, found)
    source = _returns(register, cooperative, year, names, paid, found)
    return Benefit(
        cooperative,
        year,
        _frame(members, found),
        source,
        (*found.notes, *_completeness(names, found)),
    )


def _prices(register: Register, span: list[object], names: list[str], found: _Found) -> None:
    premium: dict[str, int | None] = dict.fromkeys(names, 0)
    silent = 0
    for member, whole, matched, net, outside, empty in register.frame(_PRICES, span).iter_rows():
        silent += empty
        if member in premium:
            premium[member] = net - round(outside) if matched else None
            found.coverage[member] = matched / whole if whole else 0.0
    if silent:
        found.notes.append(Note("linkage.deductions_empty", "caution", {"n": silent}))
    found.parts["price_premium"] = premium


def _savings(
    register: Register, query: str, span: list[object], names: list[str], part: str, found: _Found
) -> None:
    """Add what was saved on inputs or services: nothing bought is 0, no outside price unknown."""
    saved: dict[str, int | None] = dict.fromkeys(names, 0)
    in_part = 0
    for member, unknown, rows, cents in register.frame(query, span).iter_rows():
        if member in saved:
            saved[member] = None if unknown == rows else cents
            in_part += 0 < unknown < rows
    if in_part:
        found.notes.append(Note(f"linkage.{part}_in_part", "caution", {"n": in_part}))
    found.parts[part] = saved


def _payments(
    register: Register, span: list[object], names: list[str], found: _Found
) -> Mapping[str, dict[str, int]]:
    """Add rent, wage and fees; return all payments by kind and member."""
    paid: dict[str, dict[str, int]] = {}
    for member, kind, cents in register.frame(_PAYMENTS, span).iter_rows():
        paid.setdefault(kind, {})[member] = cents
    contracted: dict[str, dict[str, None]] = {}
    for member, kind in register.frame(_CONTRACTED, [span[0], span[2], span[1]]).iter_rows():
        contracted.setdefault(kind, {})[member] = None

    def part(kinds: tuple[str, ...], contracts: tuple[str, ...]) -> Callable[[str], int | None]:
        def cents(member: str) -> int | None:
            seen = [paid[kind][member] for kind in kinds if member in paid.get(kind, {})]
            owed = any(member in contracted.get(kind, {}) for kind in contracts)
            return None if owed and not seen else sum(seen)

        return cents

    rent = part(("land_rent", "trust"), ("land_rent", "land_trust"))
    wage = part(("wage",), ("wage",))
    fees = part(("fee",), ())
    found.parts["rent"] = {name: rent(name) for name in names}
    found.parts["wage"] = {name: wage(name) for name in names}
    found.parts["fees"] = {name: fees(name) for name in names}
    if any(found.parts["rent"].values()) or any(found.parts["wage"].values()):
        found.notes.append(Note("linkage.rent_in_full", "caution", {}))
    fixed = sum(paid.get("fixed_return", {}).values())
    if fixed:
        values = {"amount": cents_text(fixed)}
        found.notes.append(Note("linkage.fixed_returns", "warning", values))
    return paid


def _returns(
    register: Register,
    cooperative: str,
    year: int,
    names: list[str],
    paid: Mapping[str, dict[str, int]],
    found: _Found,
) -> str:
    """Add returns and dividends from the closing, else as paid, else as declared."""
    given = [cooperative, year]
    closed = bool(
        register.value("SELECT count(*) FROM closings WHERE cooperative = ? AND year = ?", given)
    )
    tables = {"closing": "distributions", "declared": "declared_distributions"}
    rows = {
        source: {r[0]: r[1:] for r in register.frame(_SHARES.format(table), given).iter_rows()}
        for source, table in tables.items()
    }
    if closed:
        source = "closing"
    elif paid.get("patronage") or paid.get("dividend"):
        source = "payments"
    else:
        source = "declared" if rows["declared"] else ""
    for place, part in enumerate(("patronage", "dividend")):
        if source == "payments":
            own = paid.get(part, {})
            found.parts[part] = {name: own.get(name, 0) for name in names}
        else:
            held = rows.get(source, {})
            empty = None if source == "" else 0
            found.parts[part] = {n: held[n][place] if n in held else empty for n in names}
    if source in ("payments", "declared"):
        found.notes.append(Note(f"linkage.returns_{source}", "caution", {"year": year}))
    elif source == "":
        found.notes.append(Note("linkage.returns_unknown", "warning", {"year": year}))
    return source


def _frame(members: pl.DataFrame, found: _Found) -> pl.DataFrame:
    rows = []
    for member, household, group in members.select("member", "household", "class").iter_rows():
        own = {part: found.parts[part][member] for part in PARTS}
        missing = [part for part, cents in own.items() if cents is None]
        known = sum(PARTS[part] * cents for part, cents in own.items() if cents is not None)
        rows.append(
            {
                "member": member,
                "household": household,
                "class": group,
                **{f"{part}_cents": cents for part, cents in own.items()},
                "total_cents": None if missing else known,
                "known_cents": known,
                "missing": missing,
                "price_coverage": found.coverage.get(member),
            }
        )
    types: dict[str, Any] = {f"{part}_cents": pl.Int64 for part in (*PARTS, "total", "known")}
    types |= {"missing": pl.List(pl.String), "price_coverage": pl.Float64}
    return pl.DataFrame(rows, schema_overrides=types)


def _completeness(names: list[str], found: _Found) -> list[Note]:
    notes = []
    for part in PARTS:
        unknown = sum(cents is None for cents in found.parts[part].values())
        if unknown:
            name = words.text(f"linkage.part_{part}")
            values = {"part": name, "n": unknown, "of": len(names)}
            notes.append(Note("linkage.part_unknown", "warning", values))
    shares = [found.coverage[name] for name in names if 0 < found.coverage.get(name, 0) < 1]
    if shares:
        values = {"n": len(shares), "share": f"{sum(shares) / len(shares):.0%}"}
        notes.append(Note("linkage.price_in_part", "caution", values))
    return notes
