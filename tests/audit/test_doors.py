"""The audit from files, tables and the command line; and what it says of bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from audit.reading import examine_pages, page
from livelihoods import words
from livelihoods.audit import audit
from livelihoods.audit.grid import read_grids
from livelihoods.audit.guess import to_toml
from livelihoods.audit.paper import read_paper
from livelihoods.audit.to_document import to_document
from livelihoods.cli import answer
from livelihoods.errors import DataError, SpecError
from livelihoods.report.to_html import to_html

LINES = "row,2015,2016\nTotal,100,150\nGrowth rate,---,40%\n"


def test_command_leaves_with_one_on_contradiction(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "growth.csv").write_text(LINES, encoding="utf-8")
    page_file, data = tmp_path / "a.html", tmp_path / "a.json"
    assert (
        answer(
            ["audit", str(tmp_path / "growth.csv"), "--html", str(page_file), "--json", str(data)]
        )
        == 1
    )
    assert "the growth is 50 %, not 40%" in capsys.readouterr().out
    assert "<script" not in page_file.read_text(encoding="utf-8")
    assert json.loads(data.read_text(encoding="utf-8"))["counts"]["inconsistent"] == 1


def test_command_on_a_clean_table_says_which_rules_spoke(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "growth.csv").write_text(LINES.replace("40%", "50%"), encoding="utf-8")
    assert answer(["audit", str(tmp_path / "growth.csv")]) == 0
    printed = capsys.readouterr().out
    assert "No disagreement" in printed
    assert "growth" in printed


def test_guess_can_be_read_back(tmp_path: Path) -> None:
    (tmp_path / "growth.csv").write_text(LINES, encoding="utf-8")
    specs = [p.spec for p in audit(tmp_path / "growth.csv").paper.pages]
    (tmp_path / "paper.toml").write_text(to_toml(specs), encoding="utf-8")
    assert read_paper(tmp_path / "paper.toml").tables == tuple(specs)
    assert len(audit(tmp_path / "paper.toml").findings) == 1


def test_word_and_excel_files_are_read(tmp_path: Path) -> None:
    import docx
    import xlsxwriter

    lines = [line.split(",") for line in LINES.strip().splitlines()]
    document = docx.Document()
    table = document.add_table(len(lines), 3)
    with xlsxwriter.Workbook(tmp_path / "t.xlsx") as book:
        sheet = book.add_worksheet()
        for i, line in enumerate(lines):
            for j, text in enumerate(line):
                table.cell(i, j).text = text
                sheet.write_string(i, j, text)
    document.save(str(tmp_path / "t.docx"))
    for name in ("t.docx", "t.xlsx"):
        assert len(audit(tmp_path / name, {"table": []}).findings) == 1


def test_merged_and_ragged_and_unknown_cells_are_reported_and_the_rest_audited(
    tmp_path: Path,
) -> None:
    (tmp_path / "t.csv").write_text(
        "row,2015,2016\nTotal,100,150\nGrowth rate,---,40%\nNote 7 ?,1 ? 2\n", encoding="utf-8"
    )
    done = audit(tmp_path / "t.csv")
    assert done.paper.pages[0].grid.ragged == (4,)
    assert [item["text"] for item in done.to_dict()["unread"]] == ["1 ? 2"]
    assert len(done.findings) == 1


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("t.pdf", b"%PDF", "audit.unknown_file"),
        ("t.csv", b"one,two\n", "audit.no_table"),
        ("t.xlsx", b"no workbook", "audit.unreadable_file"),
        ("t.csv", b"\xff\xfe\x00\x81", "audit.unreadable_file"),
        ("t.csv", b"", "audit.no_table"),
    ],
)
def test_bad_files(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError) as caught:
        audit(tmp_path / name)
    assert caught.value.code in (code, "audit.no_table")


def test_bad_specs(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(LINES, encoding="utf-8")
    with pytest.raises(SpecError, match="kind"):
        audit(tmp_path / "t.csv", {"table": [{"id": "t", "kind": "regresion"}]})
    with pytest.raises(SpecError, match="absent"):
        audit(tmp_path / "t.csv", {"table": [{"id": "absent", "kind": "growth"}]})
    (tmp_path / "p.toml").write_text("format = ", encoding="utf-8")
    with pytest.raises(SpecError, match=r"p\.toml"):
        audit(tmp_path / "p.toml")
    with pytest.raises(DataError, match="nowhere"):
        audit(tmp_path / "nowhere.csv")


def test_text_from_tables_is_harmless_in_the_page() -> None:
    nasty = "<script>alert(1)</script>"
    lines = [["row", "2015", "2016"], [nasty, "100", "150"], ["Growth rate", "---", "40%"]]
    html = to_html(to_document(examine_pages(page(lines, kind="growth"))))
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_it_speaks_chinese() -> None:
    lines = [["row", "2015", "2016"], ["Total", "100", "150"], ["Growth rate", "---", "40%"]]
    with words.use_language("zh"):
        done = examine_pages(page(lines, kind="growth"))
        assert "增长率为 50%" in done.findings[0].sentence()
        assert "严重程度" in done.summary().to_text()


def test_own_regression_tables_come_out_clean() -> None:
    import livelihoods as lv
    from livelihoods.datasets import shanxi_like

    survey = shanxi_like()
    results = [
        lv.ols(
            f"{outcome} ~ freq_1 + value_1 + age + gender + education + region",
            survey,
            vcov="classical",
        )
        for outcome in ("capital", "income")
    ]
    table = lv.regression_table(results)
    spec = {
        "id": table.id,
        "kind": "regression",
        "n": 312,
        "parentheses": "t",
        "errors": "classical",
        "same_rows": True,
        "dummies": ["gender", "region"],
    }
    done = audit(table, {"table": [spec]})
    assert done.clean, done
    spoke = {v.rule for v in done.verdicts if v.checked}
    assert {"proportional_errors", "stars", "r_squared_and_f"} <= spoke


def test_the_room_is_called_whoever_imported_it_first(tmp_path: Path) -> None:
    import importlib

    import livelihoods as lv

    (tmp_path / "growth.csv").write_text(LINES, encoding="utf-8")
    importlib.import_module("livelihoods.audit.grid")
    assert len(lv.audit(tmp_path / "growth.csv").findings) == 1
    assert lv.audit.Finding is type(audit(tmp_path / "growth.csv").findings[0])


def test_reading_never_changes_the_file(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(LINES, encoding="utf-8")
    before = path.read_bytes()
    read_grids(path)
    assert path.read_bytes() == before
