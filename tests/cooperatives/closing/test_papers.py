"""What is printed of a closing: nobody else's figures on a statement, all of them in the plan."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from datetime import date
from pathlib import Path

import pytest

from cooperatives.small_register import CHARTER, filled, hand_year, member, paid_in
from livelihoods import words
from livelihoods.cooperatives import ClosingPlan, close_year, closed_year, preview
from livelihoods.cooperatives.cents import cents_text
from livelihoods.cooperatives.closing import (
    disclosure_file,
    member_statement,
    write_disclosure,
    write_statements,
)
from livelihoods.errors import DataError, OutputError


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> ClosingPlan:
    # Odd amounts, so that no member's figure is another's by chance; the last one has left.
    rows = hand_year(
        charters=[{**CHARTER, "conversion": 0.25}],
        members=[
            member("M-1011", name="Ah Hua"),
            member("M-2022", name="Lao Li"),
            member("M-3033", name="Xiao Wu"),
            member("M-4044", name="Da Ming"),
        ],
        contributions=[
            paid_in("E1", "M-1011", 51_237),
            paid_in("E2", "M-2022", 30_719),
            paid_in("E3", "M-3033", 8_353),
        ],
        opening_reserve_shares=[
            {"member": "M-2022", "day": date(2024, 12, 31), "amount_cents": 9_931}
        ],
        exits=[{"member": "M-4044", "left_on": date(2025, 9, 30), "how": "withdrawal"}],
    )
    names = {"a": "M-1011", "b": "M-2022", "c": "M-3033"}
    rows["patronage"] = [
        {
            **row,
            "member": names.get(str(row["member"])),
            "value_cents": int(row["value_cents"]) + 17,
        }
        for row in rows["patronage"]
    ]
    last = {**rows["patronage"][0], "receipt": "R8", "member": "M-4044", "value_cents": 4_447}
    rows["patronage"] = [*rows["patronage"], last]
    with filled(tmp_path_factory.mktemp("papers"), **rows) as register:
        return close_year(register, "C1", 2025, closed_on=date(2026, 2, 1))


def said(path: Path) -> str:
    """Return everything a file says, whatever its form: as it stands, and without its tags.

    Pages set the two sides of a decimal point apart; without tags the number is whole again.
    """
    if path.suffix == ".html":
        raw = path.read_text("utf-8")
    else:
        with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as parts:
            named = sorted(parts.namelist())
            raw = "\n".join(parts.read(name).decode("utf-8", "replace") for name in named)
    cells = re.sub(r"</(td|th|p|w:tc|w:p|si)>", " ", raw)
    return raw + re.sub(r"<[^>]+>", "", cells)


def own_figures(plan: ClosingPlan, name: str) -> set[str]:
    account, share = plan.book.member(name), plan.split.share(name)
    cents = {
        account.contribution,
        account.reserve_share,
        sum(d.value for d in account.deliveries),
        share.patronage,
        share.residual,
        share.total,
        share.converted,
        share.cash,
        share.reserve_credit,
        *(d.value for d in account.deliveries),
    }
    return {cents_text(amount) for amount in cents if amount}


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_statement_never_shows_another_member(
    plan: ClosingPlan, tmp_path: Path, language: str
) -> None:
    files = write_statements(plan, tmp_path, language=language)
    assert len(files) == 8
    mine = {name: own_figures(plan, name) for name in plan.book.people}
    for name in plan.book.people:
        for path in (p for p in files if name.lower() in p.name):
            text = re.sub(r"\s+", " ", said(path))
            assert name in text
            for other, person in plan.book.people.items():
                if other == name:
                    continue
                assert other not in text
                assert other.lower() not in path.name
                assert person.name not in text
                for figure in mine[other] - mine[name]:
                    assert not re.search(rf"(?<![\d,.]){re.escape(figure)}(?!\d)", text), figure


def test_the_arithmetic_on_the_page_is_right(plan: ClosingPlan) -> None:
    # Every line "a × b ÷ c" on every statement gives its amount to the cent (rounding rule: ≤ 1).
    for name in plan.book.people:
        table = member_statement(plan, name, "en").blocks[0]
        for row in table.rows:  # type: ignore[union-attr]
            found = re.fullmatch(r"([\d,.]+) × ([\d,.]+) ÷ ([\d,.]+)", str(row.cells[1].value))
            if found:
                a, b, c = (float(part.replace(",", "")) for part in found.groups())
                assert row.cells[2].value == pytest.approx(a * b / c, abs=0.0101)


def test_statements_name_articles_and_say_who_left(plan: ClosingPlan, tmp_path: Path) -> None:
    (path,) = write_statements(plan, tmp_path, ["M-4044"], ("html",), "zh")
    page = path.read_text("utf-8")
    assert "第44条第1项" in page
    assert "2025-09-30" in page
    with pytest.raises(DataError, match="M-9999"):
        write_statements(plan, tmp_path, ["M-9999"])
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(OutputError) as caught:
        write_statements(plan, blocked / "below", ["M-1011"])
    assert caught.value.code == "cooperatives.not_written"


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_the_disclosure_file_shows_every_share_and_no_name(
    plan: ClosingPlan, tmp_path: Path, language: str
) -> None:
    files = write_disclosure(plan, tmp_path, date(2026, 3, 20), language)
    assert [path.suffix for path in files] == [".docx", ".html", ".xlsx"]
    page = said(files[1])
    assert "2026-03-05" in page  # 15 days before the assembly of 20 March, art. 40
    for name, person in plan.book.people.items():
        assert name in page
        for path in files:
            assert person.name not in said(path)
    total = cents_text(plan.split.distributable)
    assert total in page


def test_a_loss_year_discloses_the_loss_plan(tmp_path: Path) -> None:
    from cooperatives.small_register import ACCOUNTS

    loss = {**ACCOUNTS, "operating_expense_cents": 400_000}
    with filled(tmp_path, **hand_year(year_accounts=[loss])) as register:
        found = disclosure_file(preview(register, "C1", 2025), language="en")
    sentences = [getattr(block, "text", "") for block in found.blocks]
    assert any("-1,600.00" in sentence and "art. 29" in sentence for sentence in sentences)
    assert "Preview" in member_statement(preview_of(tmp_path), "a", "en").subtitle


def preview_of(folder: Path) -> ClosingPlan:
    from livelihoods.cooperatives import open_register

    with open_register(folder / "office.duckdb", read_only=True) as register:
        return preview(register, "C1", 2025)


def test_the_same_closing_gives_the_same_bytes(plan: ClosingPlan, tmp_path: Path) -> None:
    one = write_statements(plan, tmp_path / "1", ["M-1011"])
    two = write_statements(plan, tmp_path / "2", ["M-1011"])
    assert [p.read_bytes() for p in one] == [p.read_bytes() for p in two]


@pytest.mark.slow
@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_statement_is_one_page(
    plan: ClosingPlan, tmp_path: Path, soffice: str, language: str
) -> None:
    (path,) = write_statements(plan, tmp_path, ["M-1011"], ("docx",), language)
    subprocess.run(
        [soffice, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), str(path)],
        check=True,
        capture_output=True,
    )
    if shutil.which("pdfinfo") is None:
        pytest.skip("pdfinfo is not here")
    told = subprocess.run(
        ["pdfinfo", str(path.with_suffix(".pdf"))], check=True, capture_output=True, text=True
    )
    assert re.search(r"Pages:\s+1\b", told.stdout)


def test_volume_by_product_is_told_as_a_share(tmp_path: Path) -> None:
    charter = {**CHARTER, "basis": "volume", "pooling": "per_product"}
    with filled(tmp_path, **hand_year(charters=[charter])) as register:
        close_year(register, "C1", 2025)
        made = member_statement(closed_year(register, "C1", 2025), "a", "en").blocks[0]
    # Rice 500.00 of 600.00 by volume, a third of it; tea 100.00, all a's: 5/6 · 1/3 + 1/6 = 4/9.
    lines = [str(row.cells[1].value) for row in made.rows]  # type: ignore[union-attr]
    assert "486.00 × 44.444444 %" in lines
