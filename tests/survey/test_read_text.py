"""Delimited text and workbooks as they arrive: encodings, separators, decimal marks, types."""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import assume, given
from hypothesis import strategies as st

import livelihoods as lv
from livelihoods.errors import DataError
from livelihoods.survey.read_csv import decode, find_separator
from livelihoods.survey.restore import EMPTY_MARKS


def read(folder: Path, content: bytes, name: str = "data.csv", **options: str) -> lv.Survey:
    path = folder / name
    path.write_bytes(content)
    return lv.read_survey(path, **options)


CHINESE = "村庄,收入\n红旗村,1200\n新民村,900\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_chinese_text_is_read_whatever_its_encoding(tmp_path: Path, encoding: str) -> None:
    survey = read(tmp_path, CHINESE.encode(encoding))
    assert survey.frame.to_dict(as_series=False) == {
        "村庄": ["红旗村", "新民村"],
        "收入": [1200, 900],
    }
    said = [note.values["encoding"] for note in survey.notes if note.code == "survey.csv_chosen"]
    expected = {"gb18030": ["gb18030"], "gbk": ["gb18030"], "utf-16": ["utf-16"]}
    assert said == expected.get(encoding, [])


def test_western_text_is_not_mistaken_for_chinese() -> None:
    text = "région;forêt;année\nQuébec;1,5;été\nGénève;2,5;mêlé\n"
    assert decode(text.encode("cp1252"), "x") == (text, "cp1252")


def test_semicolons_and_decimal_commas(tmp_path: Path) -> None:
    survey = read(tmp_path, b"id;x;big;w\n1;1,5;1.234,5;a,b\n2;2;-3;c\n")
    assert survey.frame.to_dict(as_series=False) == {
        "id": [1, 2],
        "x": [1.5, 2.0],
        "big": [1234.5, -3.0],
        "w": ["a,b", "c"],
    }
    assert "separated by ;, with decimal mark ," in survey.notes[0].sentence()


def test_separators_are_found_or_declared(tmp_path: Path) -> None:
    assert [find_separator(f"a{s}b\n1{s}2\n") for s in ",;\t|"] == [",", ";", "\t", "|"]
    assert find_separator('a;b\n"1,2";"3,4"\n') == ";"
    assert read(tmp_path, b"sep=|\na|b\n1|2\n").frame.row(0) == (1, 2)
    assert read(tmp_path, b"a|b\n1,5|2\n", separator="|", decimal=",").frame.row(0) == (1.5, 2)


def test_dates_numbers_and_marks(tmp_path: Path) -> None:
    survey = read(
        tmp_path,
        b"day,start,money,iso,word,long\n"
        b'2023-05-01,2023/5/1 9:02:03,"1,234",NA,NA,123456789012345678\n'
        b'2023-05-02,2023-05-01T10:22:33.000+03:00,"12",KE,yes,123456789012345679\n'
        b",2023-05-01 10:22,.,UG,no,1\n",
    )
    assert survey.frame.to_dict(as_series=False) == {
        "day": [dt.date(2023, 5, 1), dt.date(2023, 5, 2), None],
        "start": [
            dt.datetime(2023, 5, 1, 9, 2, 3),
            dt.datetime(2023, 5, 1, 10, 22, 33),
            dt.datetime(2023, 5, 1, 10, 22),
        ],
        "money": [1234, 12, None],
        "iso": ["NA", "KE", "UG"],
        "word": [None, "yes", "no"],
        "long": ["123456789012345678", "123456789012345679", "1"],
    }
    assert [(note.code, note.where.variables) for note in survey.notes] == [
        ("survey.thousands", ("money",)),
        ("survey.marks_empty", ("money",)),
        ("survey.na_is_code", ("iso",)),
        ("survey.marks_empty", ("word",)),
        ("survey.kept_as_text", ("long",)),
    ]


def test_identifiers_keep_their_spelling(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,x\n1.0,1.0\nNA,2.0\n")
    book = lv.Codebook({"id": lv.Variable("id", scale="identifier")})
    assert lv.read_survey(path, book).frame.to_dict(as_series=False) == {
        "id": ["1.0", "NA"],
        "x": [1, 2],
    }


def test_short_and_long_lines(tmp_path: Path) -> None:
    survey = read(tmp_path, b"a,b,c\n1,2,3\n4,5\n6,7,8\n")
    assert survey.frame["c"].to_list() == [3, None, 8]
    assert survey.notes[0].where.rows == (1,)
    with pytest.raises(DataError, match="line 3 does not have the 2 fields"):
        read(tmp_path, b"a,b\n1,2\n1,2,3\n")


def test_separators_and_empty_lines_at_the_end_are_no_data(tmp_path: Path) -> None:
    for content in (b"a,b\n1,2,\n3,4,\n\n\n", b"a,b,\n1,2,\n3,4,\n", b"a,b\r\n1,2\r\n3,4\r\n,\r\n"):
        survey = read(tmp_path, content)
        assert survey.frame.to_dict(as_series=False) == {"a": [1, 3], "b": [2, 4]}
        assert survey.notes == ()


def test_blank_rows_leave_and_the_others_keep_their_numbers(tmp_path: Path) -> None:
    survey = read(tmp_path, b"a,b\n1,2\n\n3,4\n,\n5\n")
    assert survey.rows.tolist() == [0, 2, 4]
    assert {note.code: note.where.rows for note in survey.notes} == {
        "survey.short_lines": (4,),
        "survey.blank_rows": (1, 3),
    }
    assert [(step.before, step.after) for step in survey.sample_flow.steps] == [(5, 3)]
    assert read(tmp_path, b"a\n1\n\n3\n").frame["a"].to_list() == [1, None, 3]


def test_full_width_digits_and_numbers_as_names(tmp_path: Path) -> None:
    survey = read(tmp_path, "a,b\n１２,一２\n３．５,x\n".encode())
    assert survey.frame.to_dict(as_series=False) == {"a": [12.0, 3.5], "b": ["一２", "x"]}
    assert [note.code for note in survey.notes] == ["survey.full_width"]
    assert read(tmp_path, b"1,2\n3,4\n").notes[0].code == "survey.numeric_names"


def test_place_codes_of_a_real_file_stay_text(shared: Path) -> None:
    # data/README.md: the four place columns are codes such as 1.10, not numbers.
    book = {name: lv.Variable(name, scale="identifier") for name in ("district", "subcounty")}
    survey = lv.read_survey(shared / "data" / "uganda_maize_2019.csv", lv.Codebook(book))
    assert survey.frame.shape == (1527, 82)
    places = survey.frame.select("district", "subcounty", "parish", "village")
    assert set(places.dtypes) == {pl.String}
    # README: 64 villages, 25 parishes, 3 districts.
    assert [places[c].n_unique() for c in ("village", "parish", "district")] == [64, 25, 3]


def workbook(path: Path, rows: list[list[object]], second: bool = False) -> Path:
    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd hh:mm:ss"}) as book:
        sheet = book.add_worksheet("answers")
        for place, row in enumerate(rows):
            for column, cell in enumerate(row):
                if cell is not None:
                    sheet.write(place, column, cell)
        if second:
            book.add_worksheet("other").write(0, 0, "x")
    return path


def test_workbooks(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        [
            ["Household survey 2023"],
            [],
            ["id", "x", "day", "code", "ok"],
            [1, 1.5, dt.datetime(2023, 5, 1, 10, 2, 3), "007", True],
            [2, None, dt.datetime(2023, 5, 2), "1.10", False],
        ],
        second=True,
    )
    survey = lv.read_survey(path)
    assert survey.frame.to_dict(as_series=False) == {
        "id": [1, 2],
        "x": [1.5, None],
        "day": [dt.datetime(2023, 5, 1, 10, 2, 3), dt.datetime(2023, 5, 2)],
        "code": ["007", "1.10"],
        "ok": [True, False],
    }
    codes = [note.code for note in survey.notes]
    assert codes == ["survey.header_row", "survey.sheet_chosen", "survey.kept_as_text"]
    with pytest.raises(DataError, match="no sheet nowhere"):
        lv.read_survey(path, sheet="nowhere")


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([["a", "a"], [1, 2]], "survey.duplicate_columns"),
        ([["a", None, "b"], [1, 2, 3]], "survey.unnamed_columns"),
        ([["a", "b"], [1, 2, 3]], "survey.unnamed_columns"),
        ([["a", "b"]], "survey.no_rows"),
        ([], "survey.empty_file"),
    ],
)
def test_bad_workbooks(tmp_path: Path, rows: list[list[object]], code: str) -> None:
    with pytest.raises(DataError) as caught:
        lv.read_survey(workbook(tmp_path / "a.xlsx", rows))
    assert caught.value.code == code


def test_a_file_that_only_says_it_is_a_workbook(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="could not be read as xlsx"):
        read(tmp_path, b"a,b\n1,2\n", "a.xlsx")


@given(content=st.binary(max_size=300))
def test_any_bytes_give_a_survey_or_a_teaching_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    try:
        survey = lv.read_survey(path)
    except DataError as error:
        said = [error.message("en"), error.message("zh")]
    else:
        said = [str(survey.frame.height or ""), str(survey.frame.width or "")]
    assert all(said)


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r"), max_size=6)


@given(
    rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=12),
    separator=st.sampled_from([",", ";", "\t", "|"]),
)
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], separator: str
) -> None:
    """Every answer comes back as it was, as the number it spells, or as missing if it is blank."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, quoting=csv.QUOTE_ALL)
    writer.writerows([["a", "b", "c"], *rows])
    path = tmp_path_factory.getbasetemp() / "written.csv"
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    try:
        survey = lv.read_survey(path, separator=separator, decimal=".")
    except DataError as error:
        assume(error.code != "survey.no_rows")
        raise
    marked = {row for note in survey.notes for row in note.where.rows}
    left = [
        row for at, row in enumerate(rows) if at not in survey.rows and any(map(str.strip, row))
    ]
    assert all(set(row) <= {"", *EMPTY_MARKS} for row in left)
    for place, got in zip(survey.rows.tolist(), survey.frame.iter_rows(), strict=True):
        for value, cell in zip(got, rows[place], strict=True):
            if value is None:
                assert not cell.strip() or place in marked
            elif isinstance(value, str):
                assert value == cell
            elif isinstance(value, bool | dt.date):
                assert str(value)[:5].lower() == cell.strip().replace("/", "-")[:5].lower()
            elif isinstance(value, int | float):
                assert float(value) == float(cell.replace(",", ""))
