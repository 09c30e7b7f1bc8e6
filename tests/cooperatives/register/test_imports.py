"""Imports: recognised, checked row by row, idempotent, whole or not at all."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from cooperatives.register.small import put
from livelihoods import words
from livelihoods.cooperatives.register import Import, Register, create_register, import_file
from livelihoods.cooperatives.register.rejects import _cell
from livelihoods.errors import DataError, SpecError

HEAD = "合作社编号,单据号,交易对象,成员编号,日期,产品,单位,数量,金额（元）\n"
ROWS = (
    "C1,R1,成员,M1,2024年5月1日,水稻,千克,1200,3600.00\n"
    'C1,R2,成员,M2,2024/5/2,水稻,千克,800.5,"2,401.50"\n'
    "C1,R3,非成员,,2024-05-03,水稻,千克,10,￥30\n"
)


def codes(done: Import) -> list[tuple[int, str]]:
    return done.reasons.select("line", "code").rows()


def deliver(register: Register, folder: Path, rows: str, **options: object) -> Import:
    path = put(folder, "产品交售.csv", HEAD + rows)
    return import_file(register, path, on_reject="keep_good", **options)  # type: ignore[arg-type]


def test_a_chinese_ledger_is_posted_to_the_cent(register: Register, tmp_path: Path) -> None:
    done = deliver(register, tmp_path, ROWS, author="李")
    assert (done.posted, done.known, done.rejected) == (3, 0, 0)
    assert register.value("SELECT CAST(sum(value_cents) AS BIGINT) FROM patronage") == 603_150
    rows = register.table("patronage")
    assert rows["trade"].to_list() == ["member", "member", "non_member"]
    assert rows["volume"].cast(pl.String).to_list() == ["1200.000000", "800.500000", "10.000000"]
    trail = register.frame("SELECT author, source, rows, rejected FROM book.batches")
    assert trail.rows()[-1] == ("李", "产品交售.csv", 3, 0)


def test_a_heading_that_says_cents_means_cents(register: Register, tmp_path: Path) -> None:
    rows = "C1,R1,member,M1,2024-05-01,rice,kg,5,300\nC1,R2,member,M1,2024-05-01,rice,kg,5,3.5\n"
    path = put(tmp_path, "patronage.csv", HEAD.replace("金额（元）", "value_cents") + rows)
    done = import_file(register, path, on_reject="keep_good")
    assert register.table("patronage")["value_cents"].to_list() == [300]
    assert codes(done) == [(3, "fraction_of_cent")]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig", "utf-16"])
def test_encodings(register: Register, tmp_path: Path, encoding: str) -> None:
    path = put(tmp_path, "ledger.csv", HEAD + ROWS, encoding)
    assert import_file(register, path, table="patronage").posted == 3


def test_the_same_file_posts_nothing_and_says_so(register: Register, tmp_path: Path) -> None:
    deliver(register, tmp_path, ROWS)
    before = register.value("SELECT count(*) FROM book.batches")
    again = deliver(register, tmp_path, ROWS)
    assert (again.batch, again.posted, again.known) == (None, 0, 3)
    assert [note.code for note in again.notes] == ["cooperatives.import_seen"]
    assert register.value("SELECT count(*) FROM book.batches") == before


def test_an_overlapping_file_posts_only_what_is_new(register: Register, tmp_path: Path) -> None:
    deliver(register, tmp_path, ROWS)
    changed = ROWS.replace("3600.00", "3600.01") + "C1,R4,成员,M1,2024-05-04,水稻,千克,1,3\n"
    done = deliver(register, tmp_path, changed)
    assert (done.posted, done.known, done.rejected) == (1, 2, 1)
    assert codes(done) == [(2, "conflicting_entry")]
    assert register.value("SELECT count(*) FROM patronage") == 4


def test_after_rejects_the_same_file_can_be_finished(register: Register, tmp_path: Path) -> None:
    rows = ROWS + "C1,R9,成员,M9,2024-05-04,水稻,千克,1,3\n"
    assert deliver(register, tmp_path, rows).rejected == 1
    member = "cooperative,member,kind,joined_on\nC1,M9,farmer,2020-01-01\n"
    import_file(register, put(tmp_path, "members.csv", member))
    done = deliver(register, tmp_path, rows)
    assert (done.posted, done.known) == (1, 3)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("C1,R1,member,M1,2024-05-01,rice,kg,-5,3", "negative"),
        ("C1,R1,member,M1,2024-05-01,rice,kg,5,-3", "negative"),
        ("C9,R1,member,M1,2024-05-01,rice,kg,5,3", "unknown_cooperatives"),
        ("C1,R1,member,M7,2024-05-01,rice,kg,5,3", "unknown_member"),
        ("C2,R1,member,M2,2024-05-01,rice,kg,5,3", "unknown_member"),
        ("C1,R1,member,M1,2019-12-31,rice,kg,5,3", "before_joining"),
        ("C1,R1,member,M2,2024-07-01,rice,kg,5,3", "after_leaving"),
        ("C1,R1,member,M1,2024-05-01,rice,kg,5,3.005", "fraction_of_cent"),
        ("C1,R1,member,M1,2024-05-01,rice,,5,3", "required"),
        ("C1,,member,M1,2024-05-01,rice,kg,5,3", "required"),
        ("C1,R1,friend,M1,2024-05-01,rice,kg,5,3", "unknown_choice"),
        ("C1,R1,non_member,M1,2024-05-01,rice,kg,5,3", "non_member_named"),
        ("C1,R1,member,,2024-05-01,rice,kg,5,3", "member_unnamed"),
        ("C1,R1,member,M1,soon,rice,kg,5,3", "not_a_date"),
        ("C1,R1,member,M1,2024-05-01,rice,kg,many,3", "not_a_number"),
    ],
)
def test_a_bad_row_is_rejected_with_its_reason(
    register: Register, tmp_path: Path, row: str, code: str
) -> None:
    good = "C1,R0,member,M1,2024-05-01,rice,kg,5,3\n"
    done = deliver(register, tmp_path, good + row + "\n")
    assert codes(done) == [(3, code)]
    assert (done.posted, done.rejected) == (1, 1)
    for language in words.LANGUAGES:
        with words.use_language(language):
            sentence = done.reasons["reason"][0]
            assert sentence
            assert "{" not in sentence


def test_the_days_of_joining_and_leaving_belong_to_membership(
    register: Register, tmp_path: Path
) -> None:
    rows = "C1,R1,member,M2,2020-01-01,rice,kg,5,3\nC1,R2,member,M2,2024-06-30,rice,kg,5,3\n"
    assert deliver(register, tmp_path, rows).posted == 2


def test_duplicates_in_the_file(register: Register, tmp_path: Path) -> None:
    row = "C1,R1,member,M1,2024-05-01,rice,kg,5,3\n"
    other = "C1,R2,member,M1,2024-05-01,rice,kg,{},3\n"
    done = deliver(register, tmp_path, row * 3 + other.format(1) + other.format(2))
    assert codes(done) == [
        (3, "repeated_line"),
        (4, "repeated_line"),
        (5, "conflicting_lines"),
        (6, "conflicting_lines"),
    ]
    assert done.posted == 1


def test_a_member_who_left_is_still_paid_what_is_due(register: Register, tmp_path: Path) -> None:
    text = (
        "cooperative,receipt,member,day,kind,movement,amount\n"
        "C1,K1,M2,2024-12-01,money,returned,500\nC1,K2,M2,2024-12-01,money,paid_in,500\n"
    )
    done = import_file(register, put(tmp_path, "contributions.csv", text), on_reject="keep_good")
    assert codes(done) == [(3, "after_leaving")]


def test_nobody_leaves_before_the_last_delivery(register: Register, tmp_path: Path) -> None:
    deliver(register, tmp_path, ROWS)
    text = "cooperative,member,left_on,how\nC1,M1,2024-04-30,death\n"
    done = import_file(register, put(tmp_path, "exits.csv", text))
    assert codes(done) == [(2, "entries_outside_exits")]


GRANT = "cooperative,receipt,grant,day,step,amount\n"


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        # G1 promises 1,000 yuan.
        ([("received", 600), ("received", 400), ("spent", 1000)], {}),
        ([("received", 1000.01)], {0: "received_over_promised"}),
        ([("paid", 1200)], {0: "paid_over_promised"}),
        ([("paid", 500), ("received", 600)], {1: "received_over_paid"}),
        ([("received", 500), ("spent", 500.01)], {1: "spent_over_received"}),
        ([("spent", 300), ("received", 500)], {}),  # the order of lines is immaterial
        ([("received", 500), ("spent", 400), ("returned", 200)], {2: "returned_over_received"}),
    ],
)
def test_a_subsidy_balances(
    register: Register, tmp_path: Path, rows: list[tuple[str, float]], wrong: dict[int, str]
) -> None:
    lines = [f"C1,S{n},G1,2023-06-01,{step},{amount}\n" for n, (step, amount) in enumerate(rows)]
    path = put(tmp_path, "grant_movements.csv", GRANT + "".join(lines))
    done = import_file(register, path, on_reject="keep_good")
    assert codes(done) == [(line + 2, code) for line, code in wrong.items()]


def test_a_subsidy_balances_over_files(register: Register, tmp_path: Path) -> None:
    first = put(tmp_path, "grant_movements.csv", GRANT + "C1,S1,G1,2023-06-01,received,700\n")
    assert import_file(register, first).posted == 1
    more = put(tmp_path, "grant_movements.csv", GRANT + "C1,S2,G1,2023-07-01,received,301\n")
    done = import_file(register, more)
    assert codes(done) == [(2, "received_over_promised")]
    assert "300.00" in done.reasons["reason"][0]


def test_a_closed_year_stays_closed(register: Register, tmp_path: Path) -> None:
    close = pl.DataFrame(
        {
            "cooperative": ["C1"], "year": [2024], "closed_on": ["2025-01-31"], "base": ["year"],
            "charter": ["{}"], "surplus_cents": [0], "reserve_cents": [0],
            "distributable_cents": [0], "other_base_cents": [0], "patronage_cents": [0],
            "residual_cents": [0],
        }
    )  # fmt: skip
    with register.post("close") as posting:
        posting.append("closings", close)
    done = deliver(register, tmp_path, "C1,R1,member,M1,2024-05-01,rice,kg,5,3\n")
    assert codes(done) == [(2, "closed_year")]
    assert deliver(register, tmp_path, "C2,R1,member,M1,2024-05-01,rice,kg,5,3\n").posted == 1


def test_refuse_all_posts_nothing_and_says_so(register: Register, tmp_path: Path) -> None:
    path = put(tmp_path, "patronage.csv", HEAD + ROWS + "C1,R9,成员,M9,2024-05-01,a,b,1,1\n")
    done = import_file(register, path, rejects=tmp_path / "bad.csv")
    assert (done.batch, done.posted, done.rejected) == (None, 0, 1)
    assert [note.code for note in done.notes] == ["cooperatives.import_refused"]
    assert register.value("SELECT count(*) FROM book.patronage") == 0
    assert Path(done.rejects[0]).is_file()


def test_the_rejects_can_be_mended_and_imported(register: Register, tmp_path: Path) -> None:
    rows = ROWS + "C1,R9,成员,M9,2024-05-01,\"=cmd|' /C calc'!A0\",千克,-1,1\n"
    done = deliver(register, tmp_path, rows, rejects=tmp_path / "bad.csv")
    raw = Path(done.rejects[0]).read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    head, bad = csv.reader(io.StringIO(raw.decode("utf-8-sig")))
    assert head[-2:] == ["Line in the source", "Why it was rejected"]
    assert bad[5] == "'=cmd|' /C calc'!A0"  # text that would run is neutralised
    assert bad[7] == "-1"  # a number stays one
    assert bad[-2] == "5"
    mended = raw.decode("utf-8-sig").replace("-1", "1").replace("M9", "M1")
    again = import_file(register, put(tmp_path, "patronage.csv", mended))
    assert (again.posted, again.rejected) == (1, 0)


def test_a_mapping_file_names_what_is_meant(register: Register, tmp_path: Path) -> None:
    mapping = put(
        tmp_path,
        "map.toml",
        """
        table = "产品交售"
        date_format = "%d.%m.%Y"
        decimal = ","
        ignore = ["经手人"]
        [columns]
        receipt = "小票"
        day = "交货日"
        value_cents = "货款"
        [constants]
        cooperative = "C1"
        unit = "kg"
        [values.trade]
        "社员" = "member"
        "外人" = "non_member"
        [values.product]
        "谷" = "rice"
        """,
    )
    text = (
        "小票;交易对象;成员编号;交货日;产品;数量;货款;经手人\n"
        "1;社员;M1;01.05.2024;谷;1.200,5;3.600,25;王\n2;外人;;02.05.2024;谷;1;3;王\n"
    )
    done = import_file(register, put(tmp_path, "随便.csv", text), mapping=mapping)
    assert (done.posted, done.notes) == (2, ())
    rows = register.table("patronage")
    assert rows["value_cents"].to_list() == [360_025, 300]
    assert rows["product"].to_list() == ["rice", "rice"]
    assert rows["unit"].to_list() == ["kg", "kg"]


@pytest.mark.parametrize(
    ("text", "code", "nearest"),
    [
        ('table = "patronage"\ncolums = 1', "mapping_key", "columns"),
        ('table = "patronage"\n[columns]\nvolum = "x"', "mapping_key", "volume"),
        ('table = "patronage"\ndecimal = ";"', "mapping_value", None),
        ('table = "nothing"', "unknown_table", None),
        ('table = "closings"', "import_closed_table", None),
        ('sheet = "x"', "mapping_value", None),
        ("table = ", "mapping_toml", None),
        ('table = "patronage"\n[columns]\nreceipt = "none"', "mapping_heading", None),
    ],
)
def test_a_wrong_mapping_file_is_named(
    register: Register, tmp_path: Path, text: str, code: str, nearest: str | None
) -> None:
    mapping, file = put(tmp_path, "map.toml", text), put(tmp_path, "a.csv", HEAD + ROWS)
    with pytest.raises((SpecError, DataError)) as caught:
        import_file(register, file, mapping=mapping)
    assert caught.value.code == f"cooperatives.{code}"
    assert caught.value.values.get("nearest") == nearest


def test_headings_that_fail_are_named(register: Register, tmp_path: Path) -> None:
    lacking = put(tmp_path, "patronage.csv", "cooperative,receipt\nC1,R1\n")
    with pytest.raises(DataError, match="missing"):
        import_file(register, lacking)
    slip = put(tmp_path, "patronage.csv", HEAD.replace("单据号", "单据号码") + ROWS)
    with pytest.raises(DataError) as caught:
        import_file(register, slip)
    assert caught.value.code == "cooperatives.heading_near"
    twice = put(tmp_path, "patronage.csv", HEAD.replace("产品", "Receipt") + ROWS)
    with pytest.raises(DataError) as caught:
        import_file(register, twice)
    assert caught.value.code == "cooperatives.heading_twice"
    unknown = put(tmp_path, "thing.csv", "a,b\n1,2\n")
    with pytest.raises(DataError) as caught:
        import_file(register, unknown)
    assert caught.value.code == "cooperatives.import_no_table"
    stranger = put(tmp_path, "patronage.csv", HEAD[:-1] + ",天气\n" + ROWS.replace("\n", ",晴\n"))
    done = import_file(register, stranger)
    assert [note.code for note in done.notes] == ["cooperatives.columns_unread"]


def workbook(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return path


SHEETS: dict[str, list[list[object]]] = {
    "产品交售": [
        ["合作社编号", "单据号", "交易对象", "成员编号", "日期", "产品", "单位", "数量", "金额"],
        ["C1", 1, "成员", "M1", 45413, "水稻", "kg", 0.1 + 0.2, 36.1],
        ["C1", 2, "成员", "M8", 45413, "水稻", "kg", 1, 36.1],
    ],
    "Members": [["cooperative", "member", "kind", "joined_on"], ["C1", "M1", "农民", 43831]],
    "Cooperatives": [
        ["cooperative", "name", "kind", "registered_on"],
        ["C1", "Rice", "professional", "2018-01-01"],
    ],
    "Diary": [["Monday", "Monday"], ["rain", "sun", "wind"]],
    "Empty": [],
}


def test_a_workbook_is_posted_in_the_order_of_references(tmp_path: Path) -> None:
    path = workbook(tmp_path / "all.xlsx", SHEETS)
    with create_register(tmp_path / "office.duckdb") as register:
        done = import_file(register, path, on_reject="keep_good")
        assert [one.table for one in done.tables] == ["cooperatives", "members", "patronage"]
        assert codes(done) == [(3, "unknown_member")]
        assert [note.code for note in done.notes] == ["cooperatives.sheet_unread"]
        # A cell of 0.1 + 0.2 is 0.3 there: workbooks are read to nine decimals.
        assert register.table("patronage")["volume"].cast(pl.String)[0] == "0.300000"
        assert register.value("SELECT count(*) FROM book.batches") == 1


def test_a_sheet_that_lacks_a_column_stops_the_whole_workbook(tmp_path: Path) -> None:
    path = workbook(tmp_path / "all.xlsx", {**SHEETS, "合作社": [["编号", "x"], ["C1", "y"]]})
    with create_register(tmp_path / "office.duckdb") as register:
        with pytest.raises(DataError) as caught:
            import_file(register, path)
        assert caught.value.code == "cooperatives.import_lacks"
        assert register.value("SELECT count(*) FROM book.batches") == 0


def test_summary_and_dict_say_the_same(register: Register, tmp_path: Path) -> None:
    done = deliver(register, tmp_path, ROWS + "C1,R9,成员,M9,2024-05-01,a,b,1,1\n")
    plain = done.to_dict()
    assert plain["tables"][0] == {
        "table": "patronage", "source": "产品交售.csv", "rows": 4, "posted": 3, "known": 0,
        "rejected": 1,
    }  # fmt: skip
    assert [cell.value for cell in done.summary().rows[0].cells][2:] == [4, 3, 0, 1]
    assert "M9" in repr(done.reasons_summary())


def test_an_unknown_option_is_refused(register: Register, tmp_path: Path) -> None:
    path = put(tmp_path, "patronage.csv", HEAD + ROWS)
    with pytest.raises(SpecError, match="refuse_all"):
        import_file(register, path, on_reject="maybe")  # type: ignore[arg-type]


@given(st.text(max_size=30))
def test_no_cell_of_the_rejects_is_a_formula(text: str) -> None:
    written = _cell(text)
    bare = written.lstrip()
    assert not bare.startswith(("=", "@", "\t", "\r"))
    if bare.startswith(("+", "-")):
        assert all(letter in "+-0123456789.,%" for letter in bare)
