"""Sheets to fill: same bytes, every column, an empty one imports as nothing."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from livelihoods import words
from livelihoods.cooperatives.register import (
    create_register,
    heading,
    import_file,
    shapes,
    write_templates,
)
from livelihoods.cooperatives.register.recognise import fold, recognise_columns, recognise_table
from livelihoods.errors import OutputError, SpecError

IMPORTED = [table for table in shapes().values() if table.posted_by == "import"]


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_the_same_bytes_each_time(tmp_path: Path, language: str) -> None:
    first, second = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    write_templates(first, language)
    write_templates(second, language)
    assert first.read_bytes() == second.read_bytes()
    with pytest.raises(OutputError):
        write_templates(first, language)


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_an_empty_template_is_no_rows(tmp_path: Path, language: str) -> None:
    (path,) = write_templates(tmp_path / "all.xlsx", language)
    with create_register(tmp_path / "office.duckdb") as register:
        done = import_file(register, path)
        assert [one.table for one in done.tables] == [table.name for table in IMPORTED]
        assert (done.batch, done.posted, done.rejected, done.notes) == (None, 0, 0, ())
        for file in write_templates(tmp_path / "csv", language):
            done = import_file(register, file)
            assert (done.batch, done.rejected) == (None, 0)


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_filled_template_is_posted(tmp_path: Path, language: str) -> None:
    (path,) = write_templates(tmp_path / "all.xlsx", language, ["members", "合作社", "Deliveries"])
    book = openpyxl.load_workbook(path)
    title = {table.name: table.title[language] for table in IMPORTED}
    rows = {
        "cooperatives": {"cooperative": "C1", "name": "甲", "kind": "professional",
                         "registered_on": "2018-01-01", "bank_account": "是"},
        "members": {"cooperative": "C1", "member": "0001", "kind": "农民",
                    "joined_on": "2020-01-01"},
        "patronage": {"cooperative": "C1", "receipt": "1", "trade": "member", "member": "0001",
                      "day": "2024-05-01", "product": "茶", "unit": "kg", "volume": 2.5,
                      "value_cents": 99.9},
    }  # fmt: skip
    for table, given in rows.items():
        names = shapes()[table].names
        for name, value in given.items():
            book[title[table]].cell(3, names.index(name) + 1, value)
    book.save(path)
    with create_register(tmp_path / "office.duckdb") as register:
        done = import_file(register, path)
        assert (done.posted, done.rejected) == (3, 0), done.reasons["reason"].to_list()
        assert register.table("patronage")["value_cents"].to_list() == [9990]
        assert register.table("members")["member"].to_list() == ["0001"]


def test_a_workbook_explains_and_offers(tmp_path: Path) -> None:
    (path,) = write_templates(tmp_path / "all.xlsx", "zh", ["patronage"])
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["填表说明", "产品交售", "选项"]
    sheet = book["产品交售"]
    assert [cell.value for cell in sheet[1]][:3] == ["合作社编号*", "单据号*", "交易对象*"]
    assert "必填" in sheet["A2"].value
    assert sheet.freeze_panes == "C3"
    rules = {str(rule.sqref).split(":")[0]: rule for rule in sheet.data_validations.dataValidation}
    assert rules["C3"].type == "list"
    assert rules["F3"].type == "date"
    assert sheet.column_dimensions["A"].number_format == "@" or sheet["A3"].number_format == "@"
    listed = [cell.value for row in book["选项"].iter_rows(min_row=2) for cell in row]
    assert {"成员", "非成员", "关联方", "member"} <= set(listed)


def test_every_heading_is_recognised() -> None:
    titles = [fold(title) for table in shapes().values() for title in table.title.values()]
    assert len(set(titles)) == len(titles)
    for table in shapes().values():
        for title in (table.name, *table.title.values()):
            assert recognise_table(title) == table.name
            assert len(title) <= 31  # the longest name of a sheet
        for language in words.LANGUAGES:
            names = [heading(table.name, name, language) for name in table.names]
            assert list(recognise_columns(table, names, "x").values()) == list(table.names)
            starred = [f" {name.upper()} *" for name in names]
            assert list(recognise_columns(table, starred, "x").values()) == list(table.names)


def test_an_unknown_table_or_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError):
        write_templates(tmp_path / "a.xlsx", "en", ["weather"])
    with pytest.raises(SpecError):
        write_templates(tmp_path / "a.xlsx", "en", ["closings"])
    with pytest.raises(SpecError):
        write_templates(tmp_path / "a.xlsx", "fr")
    blocked = tmp_path / "file"
    blocked.write_text("x")
    with pytest.raises(OutputError):
        write_templates(blocked, "en")
    assert not (tmp_path / "a.xlsx").exists()
