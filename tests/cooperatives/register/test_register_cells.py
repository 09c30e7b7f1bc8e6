"""Cells of text become exact values or a reason. Expected values are written by hand."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelihoods.cooperatives.cents import cents_text
from livelihoods.cooperatives.register.cells import parse
from livelihoods.cooperatives.register.mapping import TableMap
from livelihoods.cooperatives.register.reasons import Reasons
from livelihoods.cooperatives.register.schema import Column, choices, shapes


def read(
    cells: list[str | None], column: Column, how: TableMap | None = None
) -> tuple[list[object], list[str]]:
    reasons = Reasons("patronage")
    text = pl.Series(cells, dtype=pl.String)
    lines = pl.Series(range(len(cells)), dtype=pl.Int64)
    values = parse(text, lines, column, how or TableMap("patronage"), reasons)
    return values.to_list(), reasons.frame()["code"].to_list()


MONEY = Column("value_cents", "money")


@pytest.mark.parametrize(
    ("cell", "cents"),
    [
        ("3600", 360_000),
        ("3600.5", 360_050),
        ("3,600.50", 360_050),
        ("￥3600.50元", 360_050),
        ("¥ 12", 1_200),
        ("１２３．４５", 12_345),
        ("0.29", 29),  # 0.29 * 100 is 28.999... in floating point
        ("1.10", 110),
        ("12.500", 1_250),
        ("9999999999999.99", 999_999_999_999_999),
        ("-", None),
        ("  ", None),
    ],
)
def test_money_is_exact(cell: str, cents: int | None) -> None:
    assert read([cell], MONEY) == ([cents], [])


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("12.345", "fraction_of_cent"),
        ("0.001", "fraction_of_cent"),
        ("-5", "negative"),
        ("(5.00)", "negative"),
        ("1,23", "not_a_number"),
        ("12.34.5", "not_a_number"),
        ("1e5", "not_a_number"),
        ("=1+1", "not_a_number"),
        ("1.2万", "not_a_number"),
        ("nan", "ok"),
        ("inf", "not_a_number"),
        ("9" * 20, "too_large"),
    ],
)
def test_money_that_is_none_is_said(cell: str, code: str) -> None:
    assert read([cell], MONEY) == ([None], [] if code == "ok" else [code])


def test_a_signed_amount_may_be_negative() -> None:
    column = Column("finance_cents", "money", signed=True)
    assert read(["-5", "(1,000.00)"], column) == ([-500, -100_000], [])


def test_a_decimal_comma_is_declared() -> None:
    how = TableMap("patronage", decimal=",")
    assert read(["1.234,50", "12,5", "7", "1.234"], MONEY, how)[0] == [123_450, 1_250, 700, 123_400]
    assert read(["12.5"], MONEY, how) == ([None], ["not_a_number"])


@pytest.mark.parametrize(
    "cell",
    ["2024-05-01", "2024/5/1", "2024.5.1", "2024年5月1日", "20240501", "2024-05-01 00:00:00",
     "45413", "２０２４-５-１", " 2024-5-01 "],
)  # fmt: skip
def test_days_in_their_usual_spellings(cell: str) -> None:
    # 45413 is Excel's number of 2024-05-01: 45 413 days after 1899-12-30.
    assert date(1899, 12, 30) + timedelta(45413) == date(2024, 5, 1)
    assert read([cell], Column("day", "date")) == ([date(2024, 5, 1)], [])


def test_days_that_are_none() -> None:
    cells = ["2024-02-30", "2024-13-01", "yesterday", "5/1/24", "1850-01-01", "123456"]
    values, codes = read(cells, Column("day", "date"))
    assert values == [None] * 6
    # Lines 3 and 4: a year 5 and a year 1850.
    assert codes == ["not_a_date"] * 3 + ["date_range"] * 2 + ["not_a_date"]


def test_a_declared_form_of_dates_goes_before() -> None:
    how = TableMap("patronage", date_format="%d/%m/%Y")
    cells = ["01/05/2024", "2024-05-01", "13/13/2024"]
    values, codes = read(cells, Column("day", "date"), how)
    assert values == [date(2024, 5, 1), date(2024, 5, 1), None]
    assert codes == ["not_a_date"]


def test_shares_rates_and_quantities() -> None:
    share, rate = Column("patronage_share", "share"), Column("yearly_rate", "rate")
    assert read(["0.6", "60%", "60 ％", "33.3333%"], share)[0] == [
        Decimal("0.6"), Decimal("0.6"), Decimal("0.6"), Decimal("0.333333"),
    ]  # fmt: skip
    assert read(["60"], share) == ([None], ["above_most"])
    assert read(["0.05", "5%", "5"], rate) == (
        [Decimal("0.05"), Decimal("0.05"), None],
        ["above_most"],
    )
    quantity = Column("volume", "quantity")
    assert read(["1,234.567891"], quantity) == ([Decimal("1234.567891")], [])
    assert read(["1.2345678"], quantity) == ([None], ["too_fine"])
    assert read(["1234567890123"], quantity) == ([None], ["too_large"])
    assert read(["-1"], quantity) == ([None], ["negative"])


def test_counts_years_flags() -> None:
    assert read(["5", "5.0", "5.5"], Column("n", "count")) == ([5, 5, None], ["not_whole"])
    assert read(["2024", "2024年度", "24"], Column("y", "year"))[0] == [2024, 2024, None]
    cells = ["是", "否", "Yes", "no", "TRUE", "0", "√", "maybe"]
    values, codes = read(cells, Column("f", "flag"))
    assert values == [True, False, True, False, True, False, True, None]
    assert codes == ["not_yes_no"]


def test_a_choice_is_its_code_or_either_word() -> None:
    column = Column("demonstration", "choice", "demonstration")
    cells = ["county", "县级", "None", "无", "Ｎａｔｉｏｎａｌ", "world"]
    values, codes = read(cells, column)
    assert values == ["county", "county", "none", "none", "national", None]
    assert codes == ["unknown_choice"]


def test_no_word_of_a_list_means_two_codes() -> None:
    lists = {c.choices for t in shapes().values() for c in t.columns if c.kind == "choice"}
    for name in sorted(lists):
        column = Column("x", "choice", name, required=True)
        for language in ("en", "zh"):
            found = choices(name, language)
            assert read(list(found.values()), column) == (list(found), []), name


def test_identifiers_that_a_spreadsheet_spoilt() -> None:
    column = Column("member", "id", required=True)
    assert read(["4.50102E+17"], column) == ([None], ["shortened"])
    assert read(["a\x07b"], column)[1] == ["control"]
    assert read(["x" * 101], column)[1] == ["too_long"]
    assert read([None], column)[1] == ["required"]


@given(st.integers(0, 10**15 - 1), st.booleans(), st.booleans())
def test_cents_survive_being_written(cents: int, grouped: bool, signed: bool) -> None:
    text = cents_text(cents)
    assert read([text if grouped else text.replace(",", "")], MONEY) == ([cents], [])


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_days_survive_being_written(day: date) -> None:
    cells = [day.isoformat(), f"{day.year}年{day.month}月{day.day}日", f"{day:%Y%m%d}"]
    assert read([*cells], Column("day", "date"))[0] == [day] * 3


@given(st.lists(st.text(max_size=20), max_size=5))
def test_any_text_is_a_value_or_a_reason(cells: list[str]) -> None:
    for table in ("patronage", "members"):
        for column in shapes()[table].columns:
            values, reasons = read(list(cells), column)
            assert len(values) == len(cells)
            # What cannot be read is empty, and every such cell that holds anything has its reason.
            lost = [c for c, v in zip(cells, values, strict=True) if v is None and c.strip()]
            assert len(reasons) >= len(lost)
