"""A year closed from the register: hand-worked figures, refusals, leavers, one transaction."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cooperatives.small_register import (
    ACCOUNTS,
    CHARTER,
    asset,
    delivery,
    filled,
    hand_year,
    member,
    paid_in,
    post,
)
from livelihoods.cooperatives import Charter, close_year, closed_year, preview
from livelihoods.cooperatives.closing import closing_entries
from livelihoods.errors import DataError, RefusedError


def test_the_hand_worked_year_is_posted_once(tmp_path: Path) -> None:
    # Surplus by art. 52 of the accounting system: 3,000 + 0 − 1,500 − 50 − 400 − 50 + 100 − 40 − 60
    # = 1,000.00. Division: test_surplus.test_a_year_by_hand (law, arts. 42-44).
    with filled(tmp_path, **hand_year()) as register:
        plan = close_year(register, "C1", 2025, closed_on=date(2026, 2, 1))
        assert (plan.book.accounts.surplus, plan.book.accounts.losses) == (100_000, 10_000)
        assert plan.book.accounts.subsidy_property == 20_000  # A3 is gone, A4 memo, A5 later
        assert plan.book.accounts.donated_property == 10_000
        assert plan.book.trade.non_member == 70_000  # art. 41: apart, returned to nobody
        frame = plan.tidy()
        assert frame["patronage_cents"].to_list() == [24_300, 16_200, 8_100]
        assert frame["residual_cents"].to_list() == [16_200, 13_500, 2_700]
        assert frame["reserve_credit_cents"].to_list() == [4_500, 3_000, 1_500]
        assert register.value("SELECT count(*) FROM closings") == 1
        assert register.table("distributions", "C1").height == 3
        assert (
            register.value(
                "SELECT amount_cents FROM reserve_movements WHERE receipt = 'closing-2025'"
            )
            == 9_000
        )
        with pytest.raises(DataError) as caught:
            close_year(register, "C1", 2025)
        assert caught.value.code == "cooperatives.closing_twice"
        again = closed_year(register, "C1", 2025)
        assert again.split == plan.split
        assert again.closed_on == date(2026, 2, 1)
        assert [note.code for note in plan.notes] == ["cooperatives.closing_memo_assets"]


def test_the_entries_balance(tmp_path: Path) -> None:
    # Accounting system: Dr331 Cr332, Dr332 Cr322, Dr332 Cr221, Dr332 Cr222, Dr221/222 Cr301.
    charter = {**CHARTER, "conversion": 0.25}
    with filled(tmp_path, **hand_year(charters=[charter])) as register:
        plan = close_year(register, "C1", 2025)
        found = {
            entry.what: (entry.debit, entry.credit, entry.amount) for entry in closing_entries(plan)
        }
        assert found["surplus"] == (331, 332, 100_000)
        assert found["reserve"] == (332, 322, 9_000)
        assert found["patronage"] == (332, 221, 48_600)
        assert found["residual"] == (332, 222, 32_400)
        # A quarter of 24,300, 16,200, 8,100 and of the totals 40,500, 29,700, 10,800, rounded down.
        assert found["patronage_converted"] == (221, 301, 6_075 + 4_050 + 2_025)
        assert found["residual_converted"] == (222, 301, 10_125 + 7_425 + 2_700 - 12_150)
        # 100,000 − 9,000 − 81,000 = 10,000, and the loss of 10,000 is covered: nothing is left.
        assert plan.left_undistributed == 0
        kept = register.frame(
            "SELECT member, amount_cents FROM contributions WHERE movement = 'converted'"
        )
        assert dict(kept.iter_rows()) == {"a": 10_125, "b": 7_425, "c": 2_700}


def test_the_next_year_counts_what_this_one_converted_and_credited(tmp_path: Path) -> None:
    charter = {**CHARTER, "conversion": 0.25}
    following = {**ACCOUNTS, "year": 2026, "losses_cents": 0, "opening_undistributed_cents": 0}
    rows = hand_year(charters=[charter], year_accounts=[ACCOUNTS, following])
    rows["patronage"] = [*rows["patronage"], delivery("R9", "a", 1_000, day=date(2026, 5, 5))]
    with filled(tmp_path, **rows) as register:
        close_year(register, "C1", 2025)
        plan = preview(register, "C1", 2026)
        assert [m.contribution for m in plan.book.members] == [60_125, 37_425, 2_700]
        assert [m.reserve_share for m in plan.book.members] == [4_500, 13_000, 1_500]
        assert plan.book.other_reserve == 0
        # The year that was closed is worked out without its own postings.
        assert [m.contribution for m in closed_year(register, "C1", 2025).book.members] == [
            50_000,
            30_000,
            0,
        ]


def test_leavers(tmp_path: Path) -> None:
    # Art. 28: trade until the exit is returned; contribution was paid back; no head, no conversion.
    rows = hand_year(
        exits=[
            {
                "member": "b",
                "left_on": date(2025, 9, 30),
                "how": "withdrawal",
                "paid_out_on": date(2025, 10, 30),
            }
        ],
        charters=[{**CHARTER, "conversion": 1.0}],
    )
    rows["contributions"] = [
        *rows["contributions"],
        paid_in("E3", "b", 30_000, movement="returned", day=date(2025, 10, 30)),
    ]
    rows["patronage"] = [*rows["patronage"], delivery("R9", "b", 5_000, day=date(2025, 10, 1))]
    with filled(tmp_path, **rows) as register:
        plan = preview(register, "C1", 2025)
        gone = plan.split.share("b")
        assert gone.patronage == 16_200  # a day later he was no member: R9 does not count
        assert (gone.residual, gone.converted) == (0, 0)
        codes = [note.code for note in plan.notes]
        assert "cooperatives.closing_outside_membership" in codes
        assert "cooperatives.closing_leavers" in codes
        assert plan.book.trade.outside == 5_000
        # F + G = 300.00 over the two heads that are left: 500 + 150 : 150.
        assert [m.counts_per_head for m in plan.book.members] == [True, False, True]
        weights = [share.residual_weight for share in plan.split.shares]
        assert weights == [65_000, 0, 15_000]


def test_a_loss_year_distributes_nothing(tmp_path: Path) -> None:
    loss = {**ACCOUNTS, "operating_expense_cents": 400_000}
    with filled(tmp_path, **hand_year(year_accounts=[loss])) as register:
        plan = close_year(register, "C1", 2025)
        assert plan.split.distributable == 0
        assert plan.tidy()["total_cents"].to_list() == [0, 0, 0]
        assert {entry.what for entry in closing_entries(plan)} == {"loss"}
        # Loss of 1,500.00 with the 100.00 of earlier years is carried forward.
        assert plan.left_undistributed == -160_000
        assert "cooperatives.nothing_to_distribute" in [note.code for note in plan.notes]


def test_a_charter_below_the_floor_is_refused_and_nothing_posted(tmp_path: Path) -> None:
    charter = {**CHARTER, "patronage_share": 0.5}
    with filled(tmp_path, **hand_year(charters=[charter])) as register:
        assert "cooperatives.below_floor" in [n.code for n in preview(register, "C1", 2025).notes]
        with pytest.raises(RefusedError) as caught:
            close_year(register, "C1", 2025)
        assert caught.value.code == "cooperatives.closing_below_floor"
        assert register.table("closings").is_empty()
        assert register.table("distributions").is_empty()


def test_what_cannot_be_closed_is_named(tmp_path: Path) -> None:
    rows = hand_year()
    rows["patronage"] = [delivery("R5", None, 70_000, trade="non_member")]
    with filled(tmp_path, **rows) as register:
        for cooperative, year, code in (
            ("C9", 2025, "closing_unknown"),
            ("C1", 2023, "closing_no_accounts"),
            ("C1", 2025, "no_patronage"),
        ):
            with pytest.raises(DataError) as caught:
                close_year(register, cooperative, year)
            assert caught.value.code == f"cooperatives.{code}"
        with pytest.raises(DataError, match="not over"):
            close_year(register, "C1", 2025, closed_on=date(2025, 6, 30))
        with pytest.raises(DataError, match="has not closed 2025"):
            closed_year(register, "C1", 2025)
        assert register.table("closings").is_empty()


def test_years_are_closed_in_their_order(tmp_path: Path) -> None:
    earlier = {**ACCOUNTS, "year": 2024}
    with filled(tmp_path, **hand_year(year_accounts=[earlier, ACCOUNTS])) as register:
        close_year(register, "C1", 2025)
        with pytest.raises(DataError) as caught:
            close_year(register, "C1", 2024)
        assert caught.value.code == "cooperatives.closing_later"


def test_a_ledger_changed_after_the_closing_is_named(tmp_path: Path) -> None:
    with filled(tmp_path, **hand_year()) as register:
        close_year(register, "C1", 2025)
        post(register, patronage=[delivery("R9", "c", 60_000)])
        with pytest.raises(DataError, match="ledger has changed"):
            closed_year(register, "C1", 2025)


def test_what_the_register_leaves_open_is_said(tmp_path: Path) -> None:
    accounts = {k: v for k, v in ACCOUNTS.items() if k not in ("finance_cents", "losses_cents")}
    rows = hand_year(year_accounts=[accounts])
    rows["assets"] = [
        *rows["assets"],
        asset("A6", "G9", 1),
        asset("A7", "G2", 50, grant_cents=None),
    ]
    rows["reserve_movements"] = [
        *rows["reserve_movements"],
        {**rows["reserve_movements"][0], "receipt": "V2"},
    ]
    del rows["charters"]
    with filled(tmp_path, **rows) as register:
        found = {
            note.code.removeprefix("cooperatives.closing_"): note
            for note in preview(register, "C1", 2025).notes
        }
    assert found["no_charter"].severity == "warning"
    assert found["empty_lines"].values["lines"] == ["Finance", "Losses to cover"]
    assert found["opening_loss"].values == {"opening": "-100.00", "losses": "0.00"}
    assert found["unknown_grants"].values["assets"] == ["A6"]
    assert found["whole_assets"].values["assets"] == ["A7"]
    assert found["reserve_unquantified"].values["amount"] == "100.00"


def test_inputs_count_where_the_charter_says_so(tmp_path: Path) -> None:
    bought = {
        "receipt": "I1",
        "trade": "member",
        "member": "c",
        "day": date(2025, 3, 1),
        "item": "urea",
        "unit": "bag",
        "quantity": 4,
        "value_cents": 20_000,
    }
    with filled(tmp_path, **hand_year(inputs=[bought])) as register:
        only = preview(register, "C1", 2025)
        both = preview(register, "C1", 2025, Charter(counted="deliveries_inputs"))
    assert [sum(d.value for d in m.deliveries) for m in only.book.members] == [
        30_000,
        20_000,
        10_000,
    ]
    assert [sum(d.value for d in m.deliveries) for m in both.book.members] == [
        30_000,
        20_000,
        30_000,
    ]


@settings(max_examples=12)
@given(
    st.lists(st.tuples(st.integers(1, 10**7), st.integers(0, 10**7)), min_size=1, max_size=6),
    st.integers(1, 10**9),
    st.fractions(Fraction(3, 5), 1, max_denominator=20),
)
def test_every_cent_of_a_closing_is_posted_once(
    rows: list[tuple[int, int]], income: int, theta: Fraction
) -> None:
    names = [f"m{place}" for place in range(len(rows))]
    tables = hand_year(
        members=[member(name) for name in names],
        contributions=[
            paid_in(f"E{n}", n, cents + 1) for n, (_, cents) in zip(names, rows, strict=True)
        ],
        patronage=[delivery(f"R{n}", n, cents) for n, (cents, _) in zip(names, rows, strict=True)],
        year_accounts=[{**ACCOUNTS, "operating_income_cents": income}],
    )
    tables["opening_reserve_shares"] = [
        {"member": "m0", "day": date(2024, 12, 31), "amount_cents": 10_000}
    ]
    with TemporaryDirectory() as folder, filled(Path(folder), **tables) as register:
        charter = Charter(patronage_share=theta, reserve_rate=Fraction(1, 10))
        close_year(register, "C1", 2025, charter)
        closing = register.table("closings").row(0, named=True)
        sums = register.frame(
            "SELECT CAST(sum(patronage_cents) AS BIGINT), CAST(sum(residual_cents) AS BIGINT), "
            "CAST(sum(reserve_credit_cents) AS BIGINT) FROM distributions"
        ).row(0)
    assert sums == (closing["patronage_cents"], closing["residual_cents"], closing["reserve_cents"])
    assert sums[0] + sums[1] == closing["distributable_cents"]
    assert sums[0] >= Fraction(3, 5) * closing["distributable_cents"]
