"""The commands of the register, as somebody types them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cooperatives.register.small import BASE, put
from livelihoods.cli import answer

LEDGER = (
    "合作社编号,单据号,交易对象,成员编号,日期,产品,单位,数量,金额（元）\n"
    "C1,R1,成员,M1,2024年5月1日,水稻,千克,1200,3600.00\n"
    "C1,R2,成员,M2,2024-05-02,水稻,千克,-5,2401.50\n"
)


@pytest.fixture
def office(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    path = tmp_path / "office.duckdb"
    assert answer(["cooperative", "init", str(path)]) == 0
    for table, text in BASE.items():
        file = put(tmp_path, f"{table}.csv", text)
        assert answer(["cooperative", "import", str(path), str(file), "--author", "Li"]) == 0
    capsys.readouterr()
    return path


def test_import_names_what_it_did(
    office: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = put(tmp_path, "产品交售.csv", LEDGER)
    call = ["cooperative", "import", str(office), str(file)]
    assert answer(call) == 1
    told = capsys.readouterr().out
    assert "Nothing was posted; the register is as it was." in told
    assert "Volume is negative: -5." in told
    assert (tmp_path / "产品交售.rejects.csv").is_file()
    assert answer([*call, "--on-reject", "keep_good", "--language", "zh"]) == 1
    told = capsys.readouterr().out
    assert "已记入 1 行，批次为 5。" in told
    assert "产品交售.rejects-2.csv" in told
    fixed = (tmp_path / "产品交售.rejects.csv").read_text("utf-8-sig").replace("-5", "5")
    mended = put(tmp_path, "产品交售.rejects.csv", fixed)
    assert answer(["cooperative", "import", str(office), str(mended)]) == 0
    assert "Posted 1 row as batch 6." in capsys.readouterr().out
    assert answer(["cooperative", "import", str(office), str(mended)]) == 0
    assert "This file was imported before, as batch 6" in capsys.readouterr().out


def test_correct_and_trail(
    office: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, "patronage.csv", LEDGER.replace("-5", "5"))
    answer(["cooperative", "import", str(office), str(tmp_path / "patronage.csv")])
    file = put(tmp_path, "fix.csv", "cooperative,receipt,value,更正原因\nC1,R1,3500,重称\n")
    call = ["cooperative", "correct", str(office), str(file), "--table", "产品交售"]
    assert answer([*call, "--author", "王"]) == 0
    assert "Corrected 1 entry as batch 6." in capsys.readouterr().out
    assert answer(["cooperative", "trail", str(office), "--last", "1"]) == 0
    told = capsys.readouterr().out
    assert "王" in told
    assert "Li" not in told
    key = ["--table", "patronage", "--key", "cooperative=C1", "--key", "receipt=R1"]
    assert answer(["cooperative", "trail", str(office), *key]) == 0
    told = capsys.readouterr().out
    assert "3,600.00" in told
    assert "3,500.00" in told
    assert answer(["cooperative", "trail", str(office), *key[:3], "cooperative=C1"]) == 2
    assert answer(["cooperative", "trail", str(office), *key[:-1], "receipt=R9"]) == 0
    assert "Nothing was ever posted" in capsys.readouterr().out


def test_template(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "sheets.xlsx"
    assert answer(["cooperative", "template", str(out), "patronage"]) == 0
    assert answer(["cooperative", "template", str(out)]) == 2
    assert "exists already" in capsys.readouterr().err
    assert answer(["--language", "zh", "cooperative", "template", str(tmp_path / "csv")]) == 0
    assert (tmp_path / "csv" / "产品交售.csv").is_file()
