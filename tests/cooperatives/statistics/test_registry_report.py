"""Registry reports: folders, extracts, the register, the command line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from cooperatives.small_register import filled
from livelihoods.cli import answer
from livelihoods.cooperatives.statistics import (
    registry_report,
    specialisation_from_register,
    stock_from_register,
)
from livelihoods.errors import DataError, SpecError


def _rows() -> list[dict[str, object]]:
    lives = [
        ("C1", 2018, None, "A", "V1", "rice"),
        ("C2", 2019, 2021, "A", "V1", "rice"),
        ("C3", 2019, None, "B", "V2", "tea"),
        ("C4", 2020, None, "B", "V1", "rice"),
    ]
    return [
        {"cooperative": c, "name": c, "kind": "professional", "registered_on": date(a, 5, 1),
         "ended_on": date(b, 5, 1) if b else None, "city": city, "village": v, "product": p,
         "sector": "crops"}
        for c, a, b, city, v, p in lives
    ]  # fmt: skip


def test_register_extract_and_frame_agree(tmp_path: Path) -> None:
    with filled(tmp_path, cooperatives=_rows()) as office:
        stock = stock_from_register(office, "city", [2018, 2019, 2020, 2021])
        places = specialisation_from_register(office)
    # A: 1, 2, 2, 1; B: 0, 1, 2, 2.
    assert stock.counts.tolist() == [[1, 2, 2, 1], [0, 1, 2, 2]]
    assert places.frame["one_product"].to_list() == [True, False]
    file = tmp_path / "extract.csv"
    pl.DataFrame(_rows()).write_csv(file)
    report = registry_report(file, by=["city"], year=2022)
    assert report.tables[0].stock.counts.tolist() == [[1, 2, 2, 1, 1], [0, 1, 2, 2, 2]]
    assert report.places is not None
    assert not report.printed
    assert len(registry_report(file).tables) == 2  # city and sector, guessed


def test_guangxi_folder(shared: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder, page = shared / "tables" / "guangxi", tmp_path / "stats.html"
    assert answer(["cooperative", "stats", str(folder), "--html", str(page)]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "2018 is not there" in out
    assert "Leasing, business services has 1,150 fewer than at the common rate" in out
    assert "The total of 2016 is 31722 here and 31397 in table1_totals" in out
    assert "the fastest by rate is Laibin with 310.4 %" in out
    assert "text_claims.csv: no counts by year" in out
    assert page.read_text(encoding="utf-8").count("<svg") == 5


def test_commands_and_refusals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    filled(tmp_path, cooperatives=_rows()).close()
    register = str(tmp_path / "office.duckdb")
    assert answer(["cooperative", "stats", register, "--by", "city", "--language", "zh"]) == 0
    assert "一村一品" in capsys.readouterr().out
    assert answer(["cooperative", "stats", register, "--by", "parish"]) == 2
    assert "parish" in capsys.readouterr().err
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="neither a printed table"):
        registry_report(other)
    with pytest.raises(DataError, match="neither a printed table"):
        registry_report(_empty(tmp_path))
    table = tmp_path / "t.csv"
    table.write_text("c,2019,2020\nx,1,2\n")
    with pytest.raises(SpecError, match="not before"):
        registry_report(table, base=2020, year=2019)


def _empty(tmp_path: Path) -> Path:
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder
