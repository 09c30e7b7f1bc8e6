"""Small registers for tests: one cooperative, its members and a year, every figure worked by hand.

The year of ``hand_year``: surplus 1,000.00, losses 100.00, reserve 10 % → 90.00, D = 810.00. Trade
300 : 200 : 100 (a, b, c). F = 200.00 and G = 100.00, three heads. It is the year of
``test_surplus.test_a_year_by_hand``, kept in a register.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import polars.selectors as cs

from livelihoods.cooperatives.register import Register, create_register, shape

C = "C1"
Rows = Sequence[dict[str, Any]]


def filled(path: Path, **tables: Rows) -> Register:
    """Make a register and post rows; ``cooperative`` is filled in where the table has it."""
    register = create_register(path / "office.duckdb")
    post(register, **tables)
    return register


def post(register: Register, **tables: Rows) -> None:
    with register.post("import") as batch:
        for table, rows in tables.items():
            given = {"cooperative": C} if "cooperative" in shape(table).names else {}
            frame = pl.DataFrame([{**given, **row} for row in rows], infer_schema_length=None)
            batch.append(table, frame.select(~cs.by_dtype(pl.Null)))


def delivery(receipt: str, member: str | None, cents: int, **other: Any) -> dict[str, Any]:
    return {
        "receipt": receipt,
        "trade": "member",
        "member": member,
        "day": date(2025, 8, 1),
        "product": "rice",
        "unit": "kg",
        "volume": 100,
        "value_cents": cents,
        **other,
    }


def paid_in(receipt: str, member: str, cents: int, **other: Any) -> dict[str, Any]:
    return {
        "receipt": receipt,
        "member": member,
        "day": date(2020, 2, 1),
        "kind": "money",
        "movement": "paid_in",
        "amount_cents": cents,
        **other,
    }


def member(number: str, **other: Any) -> dict[str, Any]:
    return {"member": number, "kind": "farmer", "joined_on": date(2020, 1, 1), **other}


COOPERATIVE = {"name": "Rice", "kind": "professional", "registered_on": date(2020, 1, 1)}
ACCOUNTS = {
    "year": 2025,
    "operating_income_cents": 300_000,
    "investment_income_cents": 0,
    "operating_expense_cents": 150_000,
    "taxes_cents": 5_000,
    "administration_cents": 40_000,
    "finance_cents": 5_000,
    "other_income_cents": 10_000,
    "other_expense_cents": 4_000,
    "income_tax_cents": 6_000,
    "losses_cents": 10_000,
    "opening_undistributed_cents": -10_000,
    "transfers_in_cents": 0,
}
CHARTER = {
    "valid_from": date(2020, 1, 1),
    "patronage_share": 0.6,
    "basis": "value",
    "counted": "deliveries",
    "pooling": "pooled",
    "reserve_rate": 0.1,
    "reserve_by": "transaction",
    "base": "year",
    "conversion": 0.0,
}


def hand_year(**changes: Rows) -> dict[str, Rows]:
    return {
        "cooperatives": [COOPERATIVE],
        "charters": [CHARTER],
        "members": [
            member("a", name="Ah Hua"),
            member("b", name="Lao Li"),
            member("c", name="Xiao Wu"),
        ],
        "contributions": [paid_in("E1", "a", 50_000), paid_in("E2", "b", 30_000)],
        "opening_reserve_shares": [
            {"member": "b", "day": date(2024, 12, 31), "amount_cents": 10_000}
        ],
        "reserve_movements": [
            {
                "receipt": "V1",
                "day": date(2024, 12, 31),
                "movement": "extracted",
                "amount_cents": 10_000,
            }
        ],
        "patronage": [
            delivery("R1", "a", 20_000),
            delivery("R2", "a", 10_000, product="tea"),
            delivery("R3", "b", 20_000),
            delivery("R4", "c", 10_000),
            delivery("R5", None, 70_000, trade="non_member"),
            delivery("R6", "c", 99_999, day=date(2024, 12, 31)),
        ],
        "grants": [
            {
                "grant": "G1",
                "kind": "subsidy",
                "promised_on": date(2022, 1, 1),
                "promised_cents": 1,
            },
            {
                "grant": "G2",
                "kind": "donation",
                "promised_on": date(2022, 1, 1),
                "promised_cents": 1,
            },
        ],
        "assets": [
            asset("A1", "G1", 20_000),
            asset("A2", "G2", 10_000),
            asset("A3", "G1", 7_777, disposed_on=date(2025, 3, 1)),
            asset("A4", "G1", 5_555, poverty_relief=True),
            asset("A5", "G1", 3_333, bought_on=date(2026, 1, 1)),
        ],
        "year_accounts": [ACCOUNTS],
        **changes,
    }


def asset(name: str, grant: str, cents: int, **other: Any) -> dict[str, Any]:
    return {
        "asset": name,
        "name": name,
        "bought_on": date(2023, 1, 1),
        "cost_cents": 2 * cents,
        "grant": grant,
        "grant_cents": cents,
        "poverty_relief": False,
        "disposed_on": None,
        **other,
    }
