"""Kinds of linkage, what joining is worth and the squeeze, by hand and on a county with truth."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from cooperatives.small_register import delivery, filled, hand_year, member, post
from livelihoods.cooperatives import (
    Register,
    benefit_from_register,
    close_year,
    demo_county,
    linkage_from_register,
    market_linkage_from_register,
    open_register,
    squeeze_from_register,
)
from livelihoods.errors import DataError

QUOTE = {
    "market": "x",
    "product": "rice",
    "unit": "kg",
    "day": date(2025, 7, 28),
    "price_cents": 190,
}


def test_worth_of_joining_by_hand(tmp_path: Path) -> None:
    # a delivers 100 kg rice for 200.00 less 5.00, quoted at 1.90 → 195 − 190 = 5.00; tea has no
    # quotation. Inputs 18.00 against 20.00 outside → 2.00; ploughing 9.00 against 10.00 → 1.00.
    # Return 243.00 and remainder 162.00 (test_surplus); rent 30.00, wage 40.00, fee 3.00.
    rows = hand_year(
        quotations=[QUOTE, {**QUOTE, "day": date(2025, 8, 20), "price_cents": 900}],
        inputs=[
            {
                "receipt": "I1",
                "trade": "member",
                "member": "a",
                "day": date(2025, 3, 1),
                "item": "urea",
                "unit": "bag",
                "quantity": 1,
                "value_cents": 1_800,
                "outside_value_cents": 2_000,
            }
        ],
        services=[
            {
                "receipt": "S1",
                "trade": "member",
                "member": "a",
                "day": date(2025, 3, 1),
                "stage": "before",
                "service": "ploughing",
                "charge_cents": 900,
                "outside_charge_cents": 1_000,
            }
        ],
        payments=[
            {
                "receipt": f"P{n}",
                "member": "a",
                "day": date(2025, 6, 1),
                "kind": k,
                "amount_cents": c,
            }
            for n, (k, c) in enumerate((("land_rent", 3_000), ("wage", 4_000), ("fee", 300)))
        ],
        contracts=[
            {"contract": "K", "member": "b", "kind": "land_rent", "from_on": date(2024, 1, 1)}
        ],
    )
    rows["patronage"] = [
        delivery("R1", "a", 20_000, deduction_cents=500, own_harvest=400),
        delivery("R2", "a", 10_000, product="tea", deduction_cents=0),
        delivery("R3", "b", 20_000, deduction_cents=0, day=date(2025, 10, 1)),
        delivery("R4", "c", 10_000, deduction_cents=0),
        delivery("R5", None, 70_000, trade="non_member", partner="trader", deduction_cents=0),
    ]
    with filled(tmp_path, **rows) as register:
        before = benefit_from_register(register, "C1", 2025)
        assert before.source == ""  # not closed: returns are unknown, not zero
        assert before.frame["patronage_cents"].to_list() == [None] * 3
        assert before.frame["total_cents"].to_list() == [None] * 3
        close_year(register, "C1", 2025)
        found = benefit_from_register(register, "C1", 2025)
        a, b, c = found.frame.iter_rows(named=True)
        parts = ("price_premium", "input_saving", "service_saving", "patronage", "dividend")
        assert [a[f"{part}_cents"] for part in parts] == [500, 200, 100, 24_300, 16_200]
        assert [a[f"{part}_cents"] for part in ("rent", "wage", "fees")] == [3_000, 4_000, 300]
        assert a["total_cents"] == 500 + 200 + 100 + 24_300 + 16_200 + 3_000 + 4_000 - 300
        assert a["price_coverage"] == pytest.approx(2 / 3)  # rice 200.00 of 300.00
        # b's quotation is six weeks old, his rent contract has no payment: both unknown.
        assert b["missing"] == ["price_premium", "rent"]
        assert b["total_cents"] is None
        assert b["known_cents"] == 16_200 + 13_500
        assert c["price_premium_cents"] == 10_000 - 19_000
        joined = linkage_from_register(register, "C1", 2025).frame
        assert joined["kinds"].to_list()[0] == [
            "spot",
            "patronage",
            "dividend",
            "land_rent",
            "wage",
            "service",
        ]
        assert joined["kinds"].to_list()[1] == ["spot", "patronage", "dividend", "land_rent"]
        assert joined["covered"].to_list() == [0.25, None, None]
        codes = [note.code for note in found.notes]
        assert "linkage.part_unknown" in codes
        assert "linkage.rent_in_full" in codes
        assert "Ah Hua" not in repr(found)  # the table is by class, not by member


def test_households_add_up_and_classes_follow_office(tmp_path: Path) -> None:
    people = [member("a", household="H1"), member("b", household="H1"), member("c")]
    chair = {"person": "a", "member": "a", "role": "chair", "from_on": date(2020, 1, 1)}
    with filled(tmp_path, **hand_year(members=people, officers=[chair])) as register:
        close_year(register, "C1", 2025)
        found = benefit_from_register(register, "C1", 2025)
    assert found.frame["class"].to_list() == ["core", "common", "common"]
    assert "linkage.class_from_office" in [note.code for note in found.notes]
    homes = found.by_household()
    assert homes["household"].to_list() == ["H1", "c"]
    assert homes["patronage_cents"].to_list() == [24_300 + 16_200, 8_100]
    assert homes["total_cents"].to_list() == [None, None]  # no quotation at all: unknown


def test_nobody_and_nowhere_are_named(tmp_path: Path) -> None:
    with filled(tmp_path, **hand_year()) as register:
        for function in (benefit_from_register, linkage_from_register, squeeze_from_register):
            with pytest.raises(DataError):
                function(register, "C9", 2025)
            with pytest.raises(DataError):
                function(register, "C1", 2010)
        assert (
            market_linkage_from_register(register, "C1", 2025).notes[0].code == "linkage.no_sales"
        )
        quiet = squeeze_from_register(register, "C1", 2021)
        assert quiet.contrasts["rows"].sum() == 0
        assert "linkage.no_deliveries" in [note.code for note in quiet.notes]
        with pytest.raises(DataError, match="quotation"):
            quiet.plot()


def test_the_cooperatives_own_sales(tmp_path: Path) -> None:
    sale = {
        "receipt": "V1",
        "day": date(2025, 8, 1),
        "buyer_kind": "supermarket",
        "linkage": "order",
        "product": "rice",
        "unit": "kg",
        "volume": 100,
        "value_cents": 20_900,
        "brand": True,
    }
    with filled(tmp_path, **hand_year(quotations=[QUOTE], sales=[sale])) as register:
        post(register, sales=[{**sale, "receipt": "V2", "linkage": "spot", "product": "tea"}])
        found = market_linkage_from_register(register, "C1", 2025).frame
    # 209.00 for 100 kg quoted at 1.90 is 10 % over the market; tea has no quotation.
    assert found["over_market"].to_list() == [pytest.approx(0.1), None]
    assert found["share"].to_list() == [0.5, 0.5]


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> tuple[Register, dict[str, list[str]]]:
    path = tmp_path_factory.mktemp("county") / "county.duckdb"
    made = demo_county(path, seed=3, cooperatives=80, members=3_200, ledger_rows=100_000)
    truth: dict[str, list[str]] = {}
    for cooperative, trouble in made.planted.iter_rows():
        truth.setdefault(trouble, []).append(cooperative)
    return open_register(path, read_only=True), truth


def test_planted_squeezes_are_found(county: tuple[Register, dict[str, list[str]]]) -> None:
    # county/ledger.py plants: common members paid 10 % less; related parties 15 % more; from
    # September on 6 % more deducted from common members.
    register, truth = county
    for cooperative in truth["squeeze-price"]:
        found = squeeze_from_register(register, cooperative, 2024)
        line = found.contrasts.row(0, named=True)
        assert line["squeezed"]
        assert line["estimate"] == pytest.approx(np.log(0.9), abs=0.015)
        assert found.shortfall_cents["core"] > 0
        assert "common members / core members" in found.plot().alt
    for cooperative in truth["squeeze-related"]:
        found = squeeze_from_register(register, cooperative, 2024)
        market = {
            row["group"]: row["estimate"] for row in found.against_market.iter_rows(named=True)
        }
        assert market["related"] - market["common"] == pytest.approx(np.log(1.15), abs=0.02)
    for cooperative in truth["squeeze-deduction"]:
        found = squeeze_from_register(register, cooperative, 2024)
        rows = found.by_month.filter(found.by_month["group"] == "common")
        late = rows.filter(rows["month"] >= 10)["deduction"].mean()
        early = rows.filter(rows["month"] <= 8)["deduction"].mean()
        assert late - early == pytest.approx(0.06, abs=0.01)


def test_where_nothing_is_planted_hardly_anything_is_found(
    county: tuple[Register, dict[str, list[str]]],
) -> None:
    # Intervals of 95 %, six contrasts, and a least size: a false finding in under a tenth.
    register, truth = county
    planted = {name for names in truth.values() for name in names}
    clean = [f"C{n:05d}" for n in range(1, 81) if f"C{n:05d}" not in planted][:20]
    false = [
        name
        for name in clean
        if squeeze_from_register(register, name, 2024).contrasts["squeezed"].any()
    ]
    assert len(false) <= 2
