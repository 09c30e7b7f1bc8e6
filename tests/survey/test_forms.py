"""Questionnaires give the codebook: XLSForm and Wenjuanxing."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter

import livelihoods as lv
from livelihoods.errors import DataError
from livelihoods.survey.forms import _bounds, match_columns


def workbook(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for place, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if cell is not None:
                        sheet.write(place, column, cell)
    return path


LABELS = ("label::English (en)", "label::中文 (zh)")


def form(folder: Path) -> Path:
    return workbook(
        folder / "form.xlsx",
        {
            "survey": [
                [
                    "type",
                    "name",
                    "label::English (en)",
                    "label::中文 (zh)",
                    "constraint",
                    "appearance",
                ],
                ["start", "start", None, None, None, None],
                ["begin_group", "hh", "Household", "家庭", None, None],
                ["integer", "age", "<b>Age</b> of\nhead", "户主年龄", ". > 14 and . <= 110", None],
                ["decimal", "land", "Land", "耕地", ".>=0", None],
                ["select_one yn", "member", "Member?", "是否社员", None, None],
                ["select_one five", "trust", "Trust", "信任", None, "likert"],
                ["select_multiple crop", "crops", "Crops", "作物", None, None],
                ["note", "thanks", "Thanks", "谢谢", None, None],
                ["end_group", None, None, None, None, None],
            ],
            "choices": [
                ["list_name", "name", *LABELS],
                ["yn", 1, "Yes", "是"],
                ["yn", 0, "No", "否"],
                ["yn", -99, "Refused", "拒答"],
                ["five", 1, "None", "完全不信任"],
                ["five", 5, "Full", "完全信任"],
                ["crop", "maize", "Maize", "玉米"],
                ["crop", "rice", "Rice", "水稻"],
            ],
        },
    )


def test_an_xlsform_gives_the_codebook(tmp_path: Path) -> None:
    book = lv.read_xlsform(form(tmp_path)).variables
    assert list(book) == ["age", "land", "member", "trust", "crops", "crops/maize", "crops/rice"]
    assert book["age"].label == {"en": "Age of head", "zh": "户主年龄"}
    assert (book["age"].low, book["age"].high, book["land"].low) == (15, 110, 0)
    assert book["member"].values == {"en": {"1": "Yes", "0": "No"}, "zh": {"1": "是", "0": "否"}}
    assert book["member"].missing == {"-99": "Refused"}
    assert (book["member"].scale, book["trust"].scale) == ("nominal", "ordinal")
    assert book["crops/rice"].label == {"en": "Crops: Rice", "zh": "作物: 水稻"}
    assert book["crops/rice"].question == "crops"


def test_an_export_is_read_with_its_form(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text(
        "hh/age,hh/member,hh/crops,hh/crops/maize,_uuid\n41,1,maize,1,a\n200,-99,,0,b\n"
    )
    survey = lv.read_survey(tmp_path / "data.csv", form(tmp_path))
    assert survey.frame["hh/member"].to_list() == [1, None]
    assert survey.missing.row(0) == (1, "hh/member", "-99", "Refused")
    assert survey.codebook.label("hh/crops/maize") == "Crops: Maize"
    assert survey.sources("hh/crops/maize") == ("crops",)
    checked = lv.data_check(survey)
    assert [note.where.rows for note in checked.notes if "range" in note.code] == [(1,)]


def test_columns_of_other_exports_match(tmp_path: Path) -> None:
    book = lv.read_xlsform(form(tmp_path))
    names = ["hh-age", "hh.land", "crops_maize", "hh:member", "crops", "instanceID"]
    matched = match_columns(book, names).variables
    assert {name: entry.question for name, entry in matched.items()} == {
        "hh-age": "age",
        "hh.land": "land",
        "crops_maize": "crops",
        "hh:member": "member",
        "crops": "crops",
    }


@pytest.mark.parametrize(
    ("constraint", "bounds"),
    [
        (". >= 0 and . <= 120", (0, 120)),
        (".>0 and .<10", (1, 9)),
        (". >= 0 or . = -99", (None, None)),
        (". <= ${hh_size}", (None, None)),
        ("${a}.b > 3", (None, None)),
        ("", (None, None)),
    ],
)
def test_constraints(constraint: str, bounds: tuple[float | None, float | None]) -> None:
    assert _bounds(constraint, whole=True) == bounds


def test_what_is_no_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not an XLSForm"):
        lv.read_xlsform(workbook(tmp_path / "a.xlsx", {"answers": [["a"], [1]]}))
    with pytest.raises(DataError, match="not an XLSForm"):
        lv.read_xlsform(workbook(tmp_path / "b.xlsx", {"survey": [["a"], [1]]}))
    with pytest.raises(DataError, match="no file"):
        lv.read_xlsform(tmp_path / "absent.xlsx")


def wenjuanxing(folder: Path) -> Path:
    return workbook(
        folder / "wjx.xlsx",
        {
            "Sheet1": [
                ["序号", "提交答卷时间", "所用时间", "来源", "来自IP", "1、您的性别",
                 "2、您种植的作物(水稻)", "2、(玉米)",
                 "3、对下列说法的看法—信任合作社", "3、愿意出资"],
                [1, "2023/5/1 9:02:03", "123秒", "微信", "10.0.0.1(山西)", "男", 1, 0, 5, 4],
                [2, "2023/5/1 19:22:33", "45秒", "微信", "10.0.0.2(山西)", "(跳过)", -3, -3, -2, 2],
            ]
        },
    )  # fmt: skip


def test_wenjuanxing_exports_get_short_names(tmp_path: Path) -> None:
    survey = lv.read_wenjuanxing(wenjuanxing(tmp_path))
    assert survey.frame.columns == [
        "serial", "submitted", "seconds", "source", "ip", "q1", "q2_1", "q2_2", "q3_1", "q3_2",
    ]  # fmt: skip
    assert survey.frame["seconds"].to_list() == [123, 45]
    assert survey.frame["q2_1"].to_list() == [1, None]
    assert survey.frame["q1"].to_list() == ["男", None]
    assert survey.codebook.label("q1") == "您的性别"
    assert survey.codebook.label("q2_1") == "您种植的作物：水稻"
    assert survey.codebook.label("q3_1") == "对下列说法的看法：信任合作社"
    assert survey.sources("q2_2") == ("q2",)
    assert survey.missing.select("variable", "code", "label").rows() == [
        ("q1", "(跳过)", "跳过"),
        ("q2_1", "-3", "跳过"),
        ("q2_2", "-3", "跳过"),
        ("q3_1", "-2", "未作答"),
    ]
    plain = lv.read_survey(wenjuanxing(tmp_path))
    assert plain.notes[-1].code == "survey.wenjuanxing"
