"""cooperative close, statement, calendar, benefit and rights from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from cooperatives.small_register import filled, hand_year
from livelihoods.cli import answer


@pytest.fixture
def office(tmp_path: Path) -> str:
    filled(tmp_path, **hand_year()).close()
    return str(tmp_path / "office.duckdb")


def test_a_year_from_preview_to_statement(
    office: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "papers"
    assert answer(["cooperative", "close", office, "C1", "2025", "--preview"]) == 0
    assert "nothing was posted" in capsys.readouterr().out
    assert answer(["cooperative", "statement", office, "C1", "2025", str(out)]) == 2
    assert "has not closed 2025" in capsys.readouterr().err
    day = ["--on", "2026-02-01", "--assembly", "2026-03-20", "--folder", str(out)]
    assert answer(["cooperative", "close", office, "C1", "2025", *day]) == 0
    said = capsys.readouterr().out
    assert "Wrote 3 files" in said
    assert "486.00" in said  # 60 % of 810.00: test_surplus.test_a_year_by_hand
    assert answer(["cooperative", "close", office, "C1", "2025"]) == 2
    assert "closed 2025 already" in capsys.readouterr().err
    one = ["--member", "a", "--format", "html", "--language", "zh"]
    assert answer(["cooperative", "statement", office, "C1", "2025", str(out), *one]) == 0
    assert "个文件" in capsys.readouterr().out
    assert sorted(path.name for path in out.iterdir()) == [
        "disclosure-2025.docx",
        "disclosure-2025.html",
        "disclosure-2025.xlsx",
        "statement-2025-a.html",
    ]


def test_the_calendar_leaves_with_1_if_something_is_overdue(
    office: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["cooperative", "calendar", office, "C1", "2025", "--on"]
    assert answer([*asked, "2026-01-15"]) == 0
    assert answer([*asked, "2026-12-01"]) == 1
    assert "overdue" in capsys.readouterr().out


def test_benefit_and_rights(
    office: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    csv = tmp_path / "households.csv"
    asked = ["cooperative", "benefit", office, "C1", "2025", "--csv", str(csv)]
    assert answer(asked) == 0
    assert "Worth of joining" in capsys.readouterr().out
    assert csv.read_text("utf-8").splitlines()[0].startswith("household,members,price_premium")
    assert answer(["cooperative", "rights", office, "C1", "2025"]) == 0
    assert "Who gains from which rule?" in capsys.readouterr().out
    assert answer(["cooperative", "rights", office, "all", "2025", "--language", "zh"]) == 0
    assert "产权主体类型" in capsys.readouterr().out
    assert answer(["cooperative", "rights", office, "C9", "2025"]) == 2
