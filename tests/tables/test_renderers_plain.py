"""Text, HTML and CSV print the same numbers, aligned and harmless."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelihoods.notes import Note
from livelihoods.tables import (
    BLANK,
    Cell,
    Column,
    Row,
    Spanner,
    Table,
    integer,
    interval,
    number,
    p_value,
    percent,
    text,
    with_notes,
    with_number,
)
from livelihoods.tables.format import clean_text, fixed, probability, unique
from livelihoods.tables.to_text import width, wrap
from tables.tablehelp import read_html

HOSTILE = [
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "\\input{/etc/passwd} $x_1$ 50% & #",
    "a\x00b\x07c\x1b[31m",
    "line\nbreak\ttab\u2028sep",
    "👩‍🌾 合作社",
    "\u202eevil\u202c שלום",
    "\ud800 lone",
    '" onmouseover="x',
]


@pytest.fixture
def table() -> Table:
    """The first lines of a published regression (Shanxi study, table 10, columns 1 and 2)."""
    return Table(
        "shanxi-10",
        "Collective action and livelihood",
        (Column("term", "", "left"), Column("risk", "(1)"), Column("capital", "(2)")),
        (
            Row((text("参与程度"), number(0.223, stars=3), number(1.012, stars=3))),
            Row((BLANK, number(3.287, wrap="parentheses"), number(7.975, wrap="parentheses"))),
            Row((text("Age"), number(0.030), number(-0.105))),
            Row((text("n"), integer(12312), integer(312)), "statistic", rule_above=True),
        ),
        (Spanner("Livelihood", 1, 3),),
        legend=("t statistics in parentheses.",),
        number=10,
    )


def test_text_aligns_points_and_counts_wide_letters(table: Table) -> None:
    lines = table.to_text().splitlines()
    # 参与程度 takes 8 columns of a terminal, so both points stand where "Age" has them.
    first = next(line for line in lines if "参与程度" in line)
    other = next(line for line in lines if line.startswith("Age"))
    assert width(first[: first.index("0.223") + 1]) == width(other[: other.index("0.030") + 1])
    assert lines[0] == "Table 10  Collective action and livelihood"
    assert lines[1] == "━" * width(lines[1])
    assert "−0.105" in other
    assert "12,312" in table.to_text()


def test_repr_is_the_text_and_caps_long_tables(table: Table) -> None:
    assert repr(table) == table.to_text()
    long = Table("l", "", table.columns, table.rows * 100)
    assert "200 further rows" in repr(long)
    assert len(long.to_text().splitlines()) > 400


def test_html_says_what_the_text_says(table: Table) -> None:
    read = read_html(table.to_html())
    assert read.rows[2:] == [
        ["参与程度", "0.223***", "1.012***"],
        ["(3.287)", "(7.975)"],
        ["Age", "0.030", "−0.105"],
        ["n", "12,312", "312"],
    ]
    assert read.rows[0] == ["", "Livelihood"]
    assert "Table 10" in read.text


def test_html_aligned_sides_have_one_width_a_column(table: Table) -> None:
    page = table.to_html(style=False)
    # Widest head in column 1 is "(3": a digit and a parenthesis of half a digit = 3 halves; in
    # column 2 "−0" = 4. The count below stands centred.
    assert page.count('class="h3"') == 3
    assert page.count('class="h4"') == 3
    # Widest tail is ".223***": a half for the point, three digits, three half stars = 10 halves.
    assert page.count('class="t10"') == 6


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_is_harmless_everywhere(hostile: str) -> None:
    table = Table(
        hostile,
        hostile,
        (Column(hostile, hostile, "left"), Column(hostile, hostile)),
        (Row((text(hostile), text(hostile))), Row((text("x"), number(-1.5)))),
        (Spanner(hostile, 0, 2),),
        legend=(hostile,),
        reading=hostile,
    )
    read = read_html(table.to_html())
    assert "script" not in read.tags
    assert "img" not in read.tags
    assert not [name for name, _ in read.attributes if name.startswith("on")]
    assert read.rows[2][0] == clean_text(hostile)
    for written in (table.to_html(), table.to_text(), table.to_csv()):
        written.encode("utf-8")
        assert "\x1b" not in written
        assert "\x00" not in written
        assert "\u202e" not in written
    rows = list(csv.reader(io.StringIO(table.to_csv())))
    assert len(rows) == 3
    assert all(cell[:1] not in ("=", "+", "@", "\t", "\r") for row in rows for cell in row)
    assert rows[2][1] == "-1.5"


@given(st.text(max_size=30), st.floats(allow_infinity=True, allow_nan=True))
def test_any_text_and_number_survives_html(label: str, value: float) -> None:
    table = Table("t", label, (Column("a"), Column("b")), (Row((text(label), number(value))),))
    read = read_html(table.to_html())
    assert read.rows[0][0] == clean_text(label)
    assert table.to_text()
    back = next(iter(list(csv.reader(io.StringIO(table.to_csv())))[1:]))[1]
    if value == value:
        assert float(back) == pytest.approx(value, rel=1e-11)  # CSV keeps 12 digits


def test_notes_carry_severity_in_words() -> None:
    table = with_notes(
        Table("t", "", (Column("a"),), ()),
        Note("tables.in_columns", "serious", {"columns": "1", "sentence": "Read this."}),
    )
    assert "Serious: " in table.to_text()
    assert "<b>Serious</b>" in table.to_html()


def test_synthetic_data_is_said(table: Table) -> None:
    from dataclasses import replace

    assert "[synthetic data]" in replace(table, synthetic=True).to_text()
    assert "[模拟数据]" in replace(table, synthetic=True, language="zh").to_html()
    assert "表2" in with_number(replace(table, language="zh"), 2).to_text()


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        # By hand from the conventions in livelihoods.tables.model.
        (number(-0.0004), "−0.000"),
        (number(-0.0), "0.000"),
        (number(1234567.891, 1), "1,234,567.9"),
        (number(float("inf")), "∞"),
        (percent(0.4683), "46.83"),
        (p_value(0.0004), "<0.001"),
        (p_value(0.0499), "0.050"),
        (interval(-1, 2, 1), "[−1.0, 2.0]"),
        (integer(-3), "−3"),
        (Cell("x", "text", stars=2), "x**"),
    ],
)
def test_cells_print_by_convention(cell: Cell, shown: str) -> None:
    table = Table("t", "", (Column("a", align="left"),), (Row((cell,)),))
    assert read_html(table.to_html()).rows == [[shown]]


def test_apa_drops_the_leading_zero() -> None:
    table = Table("t", "", (Column("a"),), (Row((p_value(0.032),)),), preset="apa")
    assert ".032" in table.to_text()
    assert "0.032" not in table.to_text()
    assert probability(0.0001, leading_zero=False) == "<.001"


def test_small_helpers() -> None:
    assert fixed(2.5e13, 2) == "2.50e13"
    assert unique(["a", "a", "b", "a"]) == ["a", "a_2", "b", "a_3"]
    assert wrap("合作社" * 4, 12) == ["合作社合作社"] * 2
    assert width("e\u0301") == 1
