"""Corrections are new entries beside withdrawals; the trail tells who, when, what."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from cooperatives.register.small import put
from livelihoods import words
from livelihoods.cooperatives.register import (
    Import,
    Register,
    correct_file,
    history,
    import_file,
    trail,
)
from livelihoods.cooperatives.register.trail import history_table, trail_table
from livelihoods.errors import DataError, SpecError

LEDGER = (
    "cooperative,receipt,trade,member,day,product,grade,unit,volume,value\n"
    "C1,R1,member,M1,2024-05-01,rice,A,kg,10,30\n"
    "C1,R2,member,M2,2024-05-02,rice,A,kg,20,60\n"
    "C1,R3,non_member,,2024-05-03,rice,B,kg,5,15\n"
)
HEAD = "cooperative,receipt,value,更正原因\n"


@pytest.fixture
def filled(register: Register, tmp_path: Path) -> Register:
    assert import_file(register, put(tmp_path, "patronage.csv", LEDGER)).posted == 3
    return register


def correct(register: Register, folder: Path, text: str, table: str = "patronage") -> Import:
    return correct_file(register, put(folder, f"{table}.csv", text), author="chair")


def codes(done: Import) -> list[tuple[int, str]]:
    return done.reasons.select("line", "code").rows()


def values(register: Register) -> dict[str, int]:
    return dict(register.table("patronage").select("receipt", "value_cents").rows())


def test_a_correction_is_a_new_entry(filled: Register, tmp_path: Path) -> None:
    done = correct(filled, tmp_path, HEAD + "C1,R2,66.60,weighed again\n")
    assert (done.posted, done.rejected) == (1, 0)
    assert values(filled) == {"R1": 3000, "R2": 6660, "R3": 1500}
    # What the file does not give is carried over.
    row = filled.table("patronage").filter(pl.col("receipt") == "R2").row(0, named=True)
    assert (row["member"], row["grade"], str(row["volume"])) == ("M2", "A", "20.000000")
    told = history(filled, "patronage", {"cooperative": "C1", "receipt": "R2"})
    assert told["value_cents"].to_list() == [6000, 6660]
    assert told["holds"].to_list() == [False, True]
    assert told["withdrawn_reason"].to_list() == ["weighed again", None]
    assert told["author"].to_list() == ["", "chair"]
    last = trail(filled).row(-1, named=True)
    assert (last["kind"], last["rows"], last["withdrawn"]) == ("correct", 1, 1)


def test_an_entry_can_only_go(filled: Register, tmp_path: Path) -> None:
    text = "合作社编号,单据号,更正方式,更正原因\nC1,R3,冲销,不是本社收购\n"
    assert correct(filled, tmp_path, text).posted == 1
    assert values(filled) == {"R1": 3000, "R2": 6000}
    # What was taken back is not posted again by the old file.
    again = import_file(filled, put(tmp_path, "patronage.csv", LEDGER + "\n"))
    assert (again.posted, again.known, again.notes) == (0, 3, ())
    assert "R3" not in values(filled)


def test_what_changes_nothing_is_known(filled: Register, tmp_path: Path) -> None:
    done = correct(filled, tmp_path, HEAD + "C1,R2,60,again\n")
    assert (done.batch, done.posted, done.known) == (None, 0, 1)
    assert filled.value("SELECT count(*) FROM book.withdrawals") == 0


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("C1,R7,1,x", "no_entry"),
        ("C1,R2,1,", "no_reason"),
        ("C1,R2,-1,x", "negative"),
        ("C1,R2,0.001,x", "fraction_of_cent"),
        ("C1,R1,5,x", "conflicting_lines"),
        ("C1,R2,,x", "required"),
    ],
)
def test_a_wrong_correction_takes_all_back(
    filled: Register, tmp_path: Path, row: str, code: str
) -> None:
    before = values(filled)
    done = correct(filled, tmp_path, HEAD + f"C1,R1,31,weighed again\n{row}\n")
    assert codes(done) == [(3, code)]
    assert (done.batch, done.posted) == (None, 0)
    assert values(filled) == before
    assert filled.value("SELECT count(*) FROM book.withdrawals") == 0


def test_corrections_are_checked_like_imports(filled: Register, tmp_path: Path) -> None:
    head = "cooperative,receipt,member,day,Reason for the correction\n"
    done = correct(filled, tmp_path, head + "C1,R1,M9,2024-05-01,x\nC1,R2,M2,2025-01-01,x\n")
    assert codes(done) == [(2, "unknown_member"), (3, "after_leaving")]


def test_a_member_with_deliveries_cannot_just_go(filled: Register, tmp_path: Path) -> None:
    text = "cooperative,member,correction,correction_reason\nC1,M1,withdraw,double\n"
    assert codes(correct(filled, tmp_path, text, "members"))[0] == (2, "still_referred")


def test_a_day_of_joining_stays_before_the_deliveries(filled: Register, tmp_path: Path) -> None:
    head = "cooperative,member,joined_on,correction_reason\n"
    late = correct(filled, tmp_path, head + "C1,M1,2024-06-01,typo\n", "members")
    assert codes(late) == [(2, "entries_outside_members")]
    fine = correct(filled, tmp_path, head + "C1,M1,2024-04-01,typo\n", "members")
    assert fine.posted == 1


def test_a_promise_stays_above_what_was_received(register: Register, tmp_path: Path) -> None:
    head = "cooperative,receipt,grant,day,step,amount\n"
    path = put(tmp_path, "grant_movements.csv", head + "C1,S1,G1,2023-06-01,received,700\n")
    assert import_file(register, path).posted == 1
    head = "cooperative,grant,promised,correction_reason\n"
    low = correct(register, tmp_path, head + "C1,G1,699.99,typo\n", "grants")
    assert codes(low) == [(2, "promise_exceeded")]
    assert correct(register, tmp_path, head + "C1,G1,700,typo\n", "grants").posted == 1


def test_an_entry_of_a_closed_year_stays(filled: Register, tmp_path: Path) -> None:
    names = ("surplus", "reserve", "distributable", "other_base", "patronage", "residual")
    close = pl.DataFrame(
        {"cooperative": ["C1"], "year": [2024], "closed_on": ["2025-01-31"], "base": ["year"],
         "charter": ["{}"], **{f"{name}_cents": [0] for name in names}}
    )  # fmt: skip
    with filled.post("close") as posting:
        posting.append("closings", close)
    head = "cooperative,receipt,day,correction_reason\n"
    done = correct(filled, tmp_path, head + "C1,R1,2023-05-01,wrong year\n")
    assert codes(done) == [(2, "closed_year")]
    assert values(filled)["R1"] == 3000


def test_corrections_need_a_column_of_reasons(filled: Register, tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        correct(filled, tmp_path, "cooperative,receipt,value\nC1,R1,1\n")
    assert caught.value.code == "cooperatives.correct_lacks"


def test_the_history_asks_for_the_whole_key(filled: Register) -> None:
    with pytest.raises(SpecError, match="receipt"):
        history(filled, "patronage", {"receipt": "R1"})
    assert history(filled, "产品交售", {"cooperative": "C1", "receipt": "nil"}).height == 0


def test_the_tables_speak_both_languages(filled: Register, tmp_path: Path) -> None:
    correct(filled, tmp_path, HEAD + "C1,R2,66.60,weighed again\n")
    for language, title in (("en", "Deliveries"), ("zh", "产品交售")):
        with words.use_language(language):
            shown = trail_table(filled).to_text()
            assert title in shown
            told = history_table(filled, "patronage", {"cooperative": "C1", "receipt": "R2"})
            assert "66.60" in told.to_text()
            assert "weighed again" in told.to_text()
