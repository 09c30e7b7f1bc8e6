"""Numbers as papers print them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelihoods.audit.printed import numbers_in, read_cell, read_number

# Written by hand: text -> form, values, decimals, stars.
FORMS = [
    ("0.223*** (3.287)", "estimate", ["0.223", "3.287"], [3, 3], [3, 0]),
    ("29/9.29", "pair", ["29", "9.29"], [0, 2], [0, 0]),
    ("3.64", "number", ["3.64"], [2], [0]),
    ("64%", "number", ["64"], [0], [0]),
    ("1,234.5", "number", ["1234.5"], [1], [0]),
    ("−0.105 (−1.259)", "estimate", ["-0.105", "-1.259"], [3, 3], [0, 0]),
    ("(3.287)", "number", ["3.287"], [3], [0]),
    ("0.000***", "number", ["0"], [3], [3]),
    ("13/4.16 3.19", "list", ["13", "4.16", "3.19"], [0, 2, 2], [0, 0, 0]),
    ("1.2e-5", "number", ["0.000012"], [6], [0]),
    ("[0.10, 0.20]", "pair", ["0.1", "0.2"], [2, 2], [0, 0]),
    ("０．２２３＊＊＊", "number", ["0.223"], [3], [3]),
    ("---", "empty", [], [], []),
    ("", "empty", [], [], []),
    ("Yes", "text", [], [], []),
    ("N=166", "text", [], [], []),
    ("12-15 ?", "unread", [], [], []),
]


@pytest.mark.parametrize(("text", "form", "values", "decimals", "stars"), FORMS)
def test_forms(
    text: str, form: str, values: list[str], decimals: list[int], stars: list[int]
) -> None:
    cell = read_cell(text)
    assert cell.form == form
    assert [number.value for number in cell.numbers] == [Fraction(value) for value in values]
    assert [number.decimals for number in cell.numbers] == decimals
    assert [number.stars for number in cell.numbers] == stars


def test_bounds_and_brackets() -> None:
    small = read_number("<0.001")
    assert small is not None
    assert (small.interval().low, small.interval().high) == (0, Fraction(1, 1000))
    assert read_cell("(3.287)").bracketed
    assert not read_cell("3.287").bracketed


def test_numbers_in_a_sentence() -> None:
    sentence = "In 2020 the total reached 49,595, 5.5% higher; Table3a has x2 and −1.5."
    assert [number.text for number in numbers_in(sentence)] == ["2020", "49,595", "5.5%", "-1.5"]


@given(st.text(max_size=40))
def test_any_text_is_read_without_failing(text: str) -> None:
    cell = read_cell(text)
    assert cell.form in {"number", "estimate", "pair", "list", "empty", "text", "unread"}
    assert bool(cell.numbers) == (cell.form in {"number", "estimate", "pair", "list"})


@given(st.decimals(min_value=-(10**6), max_value=10**6, places=3), st.integers(0, 3))
def test_what_is_printed_is_read(value: object, count: int) -> None:
    number = read_number(f"{value:,}{'*' * count}")
    assert number is not None
    assert (number.value, number.decimals, number.stars) == (Fraction(str(value)), 3, count)
