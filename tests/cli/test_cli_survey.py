"""The commands ``codebook`` and ``data-check``."""

from __future__ import annotations

from pathlib import Path

import pytest

import livelihoods as lv
from livelihoods.cli import answer


def data(folder: Path) -> Path:
    path = folder / "households.csv"
    path.write_text("hh,age,under15,size\n1,40,2,4\n2,999,5,3\n3,51,0,2\n4,33,1,4\n")
    return path


def test_codebook_is_written_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = data(tmp_path)
    page = tmp_path / "book.html"
    assert answer(["codebook", str(path), "--html", str(page)]) == 0
    assert "households.codebook.toml" in capsys.readouterr().out
    written = tmp_path / "households.codebook.toml"
    assert "999 on 1 row" in written.read_text()
    assert lv.read_survey(path, written).frame.equals(lv.read_survey(path).frame)
    assert "<script" not in page.read_text()
    assert answer(["codebook", str(path)]) == 2
    assert "exists already" in capsys.readouterr().err


def test_data_check_names_rows_and_leaves_with_its_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = data(tmp_path)
    page = tmp_path / "check.html"
    rule = "under15 > size"
    arguments = ["data-check", str(path), "--impossible", rule, "--html", str(page)]
    table = tmp_path / "rows.csv"
    assert answer([*arguments, "--csv", str(table)]) == 0
    assert "survey.suspect_code,warning,age,2\n" in table.read_text()
    said = capsys.readouterr().out
    assert "age is 999 on 1 row (2)" in said
    assert rule in said
    assert "households.csv" in page.read_text()
    book = tmp_path / "book.toml"
    book.write_text('[variables.hh]\nrole = "id"\n')
    path.write_text(path.read_text() + "4,35,1,4\n")
    assert answer(["--language", "zh", "data-check", str(path), "--codebook", str(book)]) == 1
    assert "严重" in capsys.readouterr().out


def test_bad_input_leaves_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(["data-check", str(tmp_path / "absent.csv")]) == 2
    assert answer(["codebook", str(data(tmp_path)), "--html", str(tmp_path / "no" / "x")]) == 2
    assert answer(["data-check", str(data(tmp_path)), "--impossible", "import os"]) == 2
    assert "cannot be read" in capsys.readouterr().err
