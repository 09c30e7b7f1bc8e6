"""A cooperative's sources of finance, loans, cash and year, read from the register.

Money comes out in yuan: the register keeps whole cents.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from livelihoods.cooperatives.finance.cash import CashShock, CashStress, cash_stress
from livelihoods.cooperatives.finance.loans import (
    DayCount,
    Flow,
    effective_rate,
    year_fraction,
)
from livelihoods.cooperatives.finance.price_shocks import Enterprise
from livelihoods.cooperatives.finance.sources import (
    FinanceSource,
    FinanceSources,
    SourceKind,
    finance_sources,
)
from livelihoods.cooperatives.finance.wording import say
from livelihoods.errors import DataError
from livelihoods.notes import Note

if TYPE_CHECKING:
    from livelihoods.cooperatives.register import Register

_KIND_OF: dict[str, SourceKind] = {
    "bank": "bank_loan",
    "member": "member_loan",
    "officer": "member_loan",
}

# What the shocks of a first look are; give others where these do not fit.
USUAL_SHOCKS: Mapping[str, CashShock] = {
    "late": CashShock(delay=2),
    "fifth_less": CashShock(income=0.2),
    "dearer": CashShock(spending=0.1),
}


def check_cooperative(register: Register, cooperative: str) -> None:
    """Refuse a cooperative that the register does not have.

    Raises
    ------
    DataError
        Unknown.
    """
    if not register.value("SELECT count(*) FROM cooperatives WHERE cooperative = ?", [cooperative]):
        raise DataError("cooperatives.finance.no_cooperative", cooperative=cooperative)


def loans_from_register(
    register: Register,
    on: date,
    cooperative: str | None = None,
    *,
    day_count: DayCount = "actual/365",
) -> pl.DataFrame:
    """Return the loans taken by one cooperative or by all, with what they cost.

    Returns
    -------
    polars.DataFrame
        ``cooperative, loan, party_kind, day, amount, outstanding`` (on the day), ``rate`` (of the
        contract), ``effective_rate``, ``basis``: ``"recorded"`` where the loan is repaid and all
        flows are recorded, ``"due"`` where the rest is taken to be paid on its due day with
        interest at the contract's rate since the last payment, ``"none"`` where neither is known.
    """
    where = "" if cooperative is None else " AND cooperative = ?"
    given = [on] if cooperative is None else [on, cooperative]
    loans = register.frame(
        f"SELECT * FROM loans WHERE direction = 'borrowed' AND day <= ?{where} "
        "ORDER BY cooperative, loan",
        given,
    )
    paid = register.frame(
        f"SELECT cooperative, loan, day, principal_cents, interest_cents FROM loan_payments "
        f"WHERE day <= ?{where} ORDER BY cooperative, loan, day",
        given,
    )
    payments: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in paid.iter_rows(named=True):
        payments.setdefault((row["cooperative"], row["loan"]), []).append(row)
    rows = [
        _loan(row, payments.get((row["cooperative"], row["loan"]), []), day_count)
        for row in loans.iter_rows(named=True)
    ]
    kinds = {
        "cooperative": pl.String, "loan": pl.String, "party_kind": pl.String, "day": pl.Date,
        "amount": pl.Float64, "outstanding": pl.Float64, "rate": pl.Float64,
        "effective_rate": pl.Float64, "basis": pl.String,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=kinds)


def _loan(
    loan: Mapping[str, Any], payments: list[dict[str, Any]], day_count: DayCount
) -> dict[str, Any]:
    """Return one loan with its effective rate, from what is recorded and what is due."""
    amount, fee = loan["amount_cents"], loan["fee_cents"] or 0
    left = amount - sum(row["principal_cents"] for row in payments)
    flows = [Flow(loan["day"], float(amount - fee))]
    flows += [
        Flow(row["day"], -float(row["principal_cents"] + row["interest_cents"])) for row in payments
    ]
    rate = _number(loan["yearly_rate"])
    basis = "recorded" if left <= 0 else "none"
    if left > 0 and rate is not None and loan["due_on"] is not None:
        since = payments[-1]["day"] if payments else loan["day"]
        due = max(loan["due_on"], since)
        interest = left * rate * year_fraction(since, due, day_count)
        flows.append(Flow(due, -(left + interest)))
        basis = "due"
    return {
        "cooperative": loan["cooperative"],
        "loan": loan["loan"],
        "party_kind": loan["party_kind"],
        "day": loan["day"],
        "amount": amount / 100,
        "outstanding": max(left, 0) / 100,
        "rate": rate,
        "effective_rate": _rate(flows, day_count) if basis != "none" else None,
        "basis": basis,
    }


def _rate(flows: list[Flow], day_count: DayCount) -> float | None:
    """Return the effective rate; None where the recorded flows have none (a forgiven loan)."""
    try:
        return effective_rate(flows, day_count)
    except DataError:
        return None


def sources_from_register(
    register: Register, cooperative: str, on: date, *, day_count: DayCount = "actual/365"
) -> FinanceSources:
    """Return where a cooperative's money came from, as it stands on a day.

    Contributions and reserve are net of what was returned or used; subsidies are what was received
    and not returned; loans are what is outstanding, at their effective rate.

    Raises
    ------
    DataError
        An unknown cooperative, or no money at all.
    """
    check_cooperative(register, cooperative)
    sources: list[FinanceSource] = []
    for kind, query in _FUNDS.items():
        amount = register.value(query, [cooperative, on]) or 0
        if amount > 0:
            sources.append(FinanceSource(say(f"kind_{kind}"), kind, float(amount) / 100))
    loans = loans_from_register(register, on, cooperative, day_count=day_count)
    for row in loans.filter(pl.col("outstanding") > 0).iter_rows(named=True):
        kind = _KIND_OF.get(row["party_kind"], "other")
        rate = row["effective_rate"] if row["effective_rate"] is not None else row["rate"]
        sources.append(FinanceSource(row["loan"], kind, row["outstanding"], rate=rate))
    return finance_sources(sources, day_count=day_count)


_FUNDS: dict[SourceKind, str] = {
    "contributions": "SELECT sum(CASE WHEN movement = 'returned' THEN -amount_cents "
    "ELSE amount_cents END) FROM contributions WHERE cooperative = ? AND day <= ?",
    "reserve": "SELECT sum(CASE WHEN movement = 'extracted' THEN amount_cents "
    "ELSE -amount_cents END) FROM reserve_movements WHERE cooperative = ? AND day <= ?",
    "subsidy": "SELECT sum(CASE WHEN step = 'received' THEN amount_cents "
    "WHEN step = 'returned' THEN -amount_cents ELSE 0 END) FROM grant_movements "
    "WHERE cooperative = ? AND day <= ?",
}


def cash_from_register(
    register: Register,
    cooperative: str,
    year: int,
    *,
    opening: float | None = None,
    shocks: Mapping[str, CashShock] | None = None,
    credit_line: float = 0.0,
) -> CashStress:
    """Return the cash path of a recorded year, and under shocks.

    Parameters
    ----------
    opening
        Cash at the start of the year in yuan; if left out, what the recorded entries of all
        earlier years add up to, which is right only if the books begin with the cooperative.
    shocks
        See :class:`~livelihoods.cooperatives.finance.cash.CashShock`; ``USUAL_SHOCKS`` if left out.
    credit_line
        In yuan.

    Notes
    -----
    Entries on private accounts are not the cooperative's cash: they are left out and counted.

    Raises
    ------
    DataError
        An unknown cooperative, or a year without an entry.
    """
    check_cooperative(register, cooperative)
    rows = register.frame(
        "SELECT month(day) AS month, direction, sum(amount_cents)::BIGINT AS cents FROM cash "
        "WHERE cooperative = ? AND year(day) = ? AND account <> 'private' GROUP BY 1, 2",
        [cooperative, year],
    )
    if not rows.height:
        raise DataError("cooperatives.finance.no_cash", cooperative=cooperative, year=year)
    flows = {"in": np.zeros(12), "out": np.zeros(12)}
    for row in rows.iter_rows(named=True):
        flows[row["direction"]][row["month"] - 1] = row["cents"] / 100
    start = _opening(register, cooperative, year) if opening is None else opening
    named = shocks or {say(f"shock_{name}"): shock for name, shock in USUAL_SHOCKS.items()}
    months = [f"{year}-{month:02d}" for month in range(1, 13)]
    found = cash_stress(
        start,
        flows["in"].tolist(),
        flows["out"].tolist(),
        shocks=named,
        credit_line=credit_line,
        months=months,
    )
    notes = [*found.notes]
    if opening is None:
        values = {"opening": f"{start:,.2f}", "year": year}
        notes.append(Note("cooperatives.finance.opening_added_up", "caution", values))
    private = register.value(
        "SELECT count(*) FROM cash WHERE cooperative = ? AND year(day) = ? AND account = 'private'",
        [cooperative, year],
    )
    if private:
        notes.append(Note("cooperatives.finance.private_cash", "serious", {"n": int(private)}))
    return CashStress(
        found.months, found.paths, found.frame, found.opening, found.floor, found.credit_line,
        found.cover, tuple(notes),
    )  # fmt: skip


def _opening(register: Register, cooperative: str, year: int) -> float:
    cents = register.value(
        "SELECT sum(CASE WHEN direction = 'in' THEN amount_cents ELSE -amount_cents END) FROM cash "
        "WHERE cooperative = ? AND year(day) < ? AND account <> 'private'",
        [cooperative, year],
    )
    return float(cents or 0) / 100


def enterprise_from_register(register: Register, cooperative: str, year: int) -> Enterprise:
    """Return the numbers of a year like the recorded one, for :func:`solvency`.

    Equity is assets less liabilities at its end; the volume is its operating income at an index
    price of 1, so the unit cost is operating expense over operating income; taxes,
    administration and finance costs are fixed; the debt service is what falls due in the next
    year; the cash is what the recorded entries add up to.

    Raises
    ------
    DataError
        An unknown cooperative; no accounts, assets, liabilities or income of that year.
    """
    check_cooperative(register, cooperative)
    rows = register.frame(
        "SELECT * FROM year_accounts WHERE cooperative = ? AND year = ?", [cooperative, year]
    )
    if not rows.height:
        raise DataError("cooperatives.finance.no_accounts", cooperative=cooperative, year=year)
    row = rows.row(0, named=True)
    needed = ("total_assets_cents", "liabilities_cents", "operating_income_cents")
    if any(row[name] is None for name in needed) or not row["operating_income_cents"]:
        raise DataError("cooperatives.finance.no_accounts", cooperative=cooperative, year=year)
    income = row["operating_income_cents"] / 100
    fixed = sum(row[f"{name}_cents"] or 0 for name in ("taxes", "administration", "finance"))
    due = register.frame(
        "SELECT * FROM loans WHERE cooperative = ? AND direction = 'borrowed' "
        "AND year(due_on) = ? AND day <= ?",
        [cooperative, year + 1, date(year, 12, 31)],
    )
    service = sum(_due(register, loan, date(year, 12, 31)) for loan in due.iter_rows(named=True))
    return Enterprise(
        equity=(row["total_assets_cents"] - row["liabilities_cents"]) / 100,
        price=1.0,
        volume=income,
        unit_cost=row["operating_expense_cents"] / row["operating_income_cents"],
        fixed_cost=max(fixed, 0) / 100,
        debt_service=service,
        cash=max(_opening(register, cooperative, year + 1), 0.0),
    )


def _due(register: Register, loan: Mapping[str, Any], on: date) -> float:
    """Return principal outstanding on a day and a year's interest on it, in yuan."""
    paid = register.value(
        "SELECT sum(principal_cents) FROM loan_payments "
        "WHERE cooperative = ? AND loan = ? AND day <= ?",
        [loan["cooperative"], loan["loan"], on],
    )
    left = max(loan["amount_cents"] - int(paid or 0), 0) / 100
    days = 366 if calendar.isleap(loan["due_on"].year) else 365
    span = (loan["due_on"] - on).days / days
    return float(left * (1.0 + (_number(loan["yearly_rate"]) or 0.0) * span))


def _number(value: Decimal | float | None) -> float | None:
    return None if value is None else float(value)
