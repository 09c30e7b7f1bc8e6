"""Money and risk read from a register, and from a risk file; the command line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from cooperatives.small_register import C, filled
from livelihoods.cli import answer
from livelihoods.cooperatives.finance import (
    CashShock,
    JointShock,
    cash_from_register,
    enterprise_from_register,
    loans_from_register,
    read_risk,
    risk_from,
    risk_from_register,
    run_risk,
    sources_from_register,
)
from livelihoods.cooperatives.register import Register
from livelihoods.errors import DataError, SpecError

END = date(2024, 12, 31)


@pytest.fixture
def office(tmp_path: Path) -> Register:
    """One cooperative with contributions, reserve, a grant, two loans, cash and accounts."""
    loan = {"direction": "borrowed", "party_kind": "bank"}
    cash = [
        ("2023-06-01", "in", 500_00, "bank", "sale"),
        ("2024-02-01", "out", 300_00, "cash", "inputs"),
        ("2024-09-01", "in", 900_00, "bank", "sale"),
        ("2024-10-01", "out", 700_00, "bank", "purchase"),
        ("2024-10-02", "in", 50_00, "private", "interest"),
    ]
    return filled(
        tmp_path,
        cooperatives=[{"name": "one", "kind": "professional", "registered_on": date(2020, 1, 1)}],
        members=[{"member": "a", "kind": "farmer", "joined_on": date(2020, 1, 1)}],
        contributions=[
            {"member": "a", "receipt": "k1", "kind": "money", "movement": "paid_in",
             "day": date(2020, 1, 1), "amount_cents": 4000_00},
            {"member": "a", "receipt": "k2", "kind": "money", "movement": "returned",
             "day": date(2023, 1, 1), "amount_cents": 1000_00},
        ],
        reserve_movements=[{"receipt": "r1", "day": date(2023, 12, 31), "movement": "extracted",
                            "amount_cents": 500_00}],
        grants=[{"grant": "g", "kind": "subsidy", "promised_on": date(2023, 1, 1),
                 "promised_cents": 2000_00}],
        grant_movements=[{"receipt": "gm", "grant": "g", "day": date(2023, 5, 1),
                          "step": "received", "amount_cents": 1500_00}],
        loans=[
            {**loan, "loan": "paid", "day": date(2022, 1, 1), "amount_cents": 1000_00,
             "fee_cents": 50_00, "yearly_rate": 0.05, "due_on": date(2023, 7, 2)},
            {**loan, "loan": "open", "day": date(2024, 1, 1), "amount_cents": 2000_00,
             "yearly_rate": 0.06, "due_on": date(2025, 12, 31)},
        ],
        loan_payments=[{"receipt": "p1", "loan": "paid", "day": date(2023, 7, 2),
                        "principal_cents": 1000_00, "interest_cents": 200_00}],
        cash=[{"receipt": f"c{i}", "day": date.fromisoformat(day), "direction": way,
               "amount_cents": cents, "account": account, "purpose": purpose}
              for i, (day, way, cents, account, purpose) in enumerate(cash)],
        year_accounts=[{"year": 2024, "operating_income_cents": 10_000_00,
                        "operating_expense_cents": 8000_00, "administration_cents": 500_00,
                        "total_assets_cents": 9000_00, "liabilities_cents": 2000_00}],
    )  # fmt: skip


def test_loans_have_their_effective_rates(office: Register) -> None:
    with office:
        rows = {row["loan"]: row for row in loans_from_register(office, END).iter_rows(named=True)}
    # 950 received, 1,200 repaid 547 days later; the second: 2,000 and interest for 730 days at 6 %.
    assert rows["paid"]["effective_rate"] == pytest.approx((1200 / 950) ** (365 / 547) - 1)
    assert (rows["paid"]["outstanding"], rows["paid"]["basis"]) == (0.0, "recorded")
    assert rows["open"]["effective_rate"] == pytest.approx(1.12**0.5 - 1, abs=1e-9)
    assert (rows["open"]["outstanding"], rows["open"]["basis"]) == (2000.0, "due")


def test_sources_are_net_and_dated(office: Register) -> None:
    with office:
        found = sources_from_register(office, C, END)
        before = sources_from_register(office, C, date(2022, 6, 30))
    amounts = dict(zip(found.frame["kind"], found.frame["amount"], strict=True))
    assert amounts == {"contributions": 3000.0, "reserve": 500.0, "subsidy": 1500.0,
                       "bank_loan": 2000.0}  # fmt: skip
    assert dict(zip(before.frame["kind"], before.frame["amount"], strict=True)) == {
        "contributions": 4000.0, "bank_loan": 1000.0,
    }  # fmt: skip


def test_cash_of_a_year(office: Register) -> None:
    with office:
        found = cash_from_register(office, C, 2024, shocks={"late": CashShock(delay=1)})
    # Opening 500; February −300, September +900, October −700; private interest is not cash.
    assert found.opening == 500.0
    assert found.paths["calm"][[0, 1, 8, 9]].tolist() == [500.0, 200.0, 1100.0, 400.0]
    assert found.paths["late"][[8, 9]].tolist() == [200.0, 400.0]
    codes = [note.code.rpartition(".")[2] for note in found.notes]
    assert codes == ["opening_added_up", "private_cash"]


def test_year_as_an_enterprise(office: Register) -> None:
    with office:
        firm = enterprise_from_register(office, C, 2024)
    assert (firm.equity, firm.volume, firm.unit_cost, firm.fixed_cost) == (7000, 10_000, 0.8, 500)
    # The open loan falls due in 2025: 2,000 and 365 days of interest at 6 %.
    assert firm.debt_service == pytest.approx(2120.0)
    assert firm.cash == 400.0


def test_report_says_what_it_cannot_see(office: Register) -> None:
    with office:
        whole = risk_from_register(office, C, 2024, joint=JointShock(0.2, 0.1))
        part = risk_from_register(office, C, 2023)
        with pytest.raises(DataError, match="no cooperative X"):
            risk_from_register(office, "X", 2024)
        with pytest.raises(DataError, match="no cash entry"):
            cash_from_register(office, C, 2019)
    assert list(whole.parts) == ["sources", "cash", "solvency"]
    assert list(part.parts) == ["sources", "cash"]
    assert "Solvency could not be looked at" in repr(part)
    assert len(part.document().blocks) == 7  # the note, and heading, table, figure twice


RISK = """
[[sources]]
name = "bank"
kind = "bank_loan"
amount = 100
loan = { principal = 100, start = 2025-01-01, months = 12, nominal_rate = 0.1, repayment = "flat" }
[cash]
opening = 10
income = [1, 20]
spending = [15, 2]
[cash.shocks]
late = { delay = 1 }
[solvency.enterprise]
equity = 5
price = 1
volume = 10
unit_cost = 0.9
[solvency.joint]
price_cv = 0.2
volume_cv = 0.1
[harvest]
market = { price = 1, volume = 10, elasticity = 0.5 }
[harvest.instruments]
revenue_insurance = { coverage = 0.9, subsidy = 0.5 }
[fund]
target = 0.1
[fund.spec]
members = 10
loss = 100
probability = 0.1
correlation = 0.1
premium = 12
reserve = 100
seasons = 3
"""


def test_risk_file_builds_the_same_results(tmp_path: Path) -> None:
    file = tmp_path / "risk.toml"
    file.write_text(RISK)
    report = run_risk(read_risk(file))
    assert list(report.parts) == ["sources", "cash", "solvency", "harvest", "fund"]
    bank = report.parts["sources"].tidy()
    assert 0.18 < bank["rate"][0] < 0.21  # flat 10 %: see test_loans
    assert report.to_dict()["parts"]["cash"]["paths"]["late"] == [-5.0, -6.0]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("opening = 10", "opening = 10\nopenings = 3", "cash.openings"),
        ('kind = "bank_loan"', 'kind = "gift"', "sources.0.kind"),
        ("amount = 100", "amount = 100\nrate = 0.1", "rate as well"),
        ("elasticity = 0.5", "elasticity = 0", "elasticity"),
        ("revenue_insurance", "hail_insurance", "harvest.instruments"),
    ],
)
def test_bad_risk_files(tmp_path: Path, old: str, new: str, told: str) -> None:
    file = tmp_path / "risk.toml"
    file.write_text(RISK.replace(old, new))
    with pytest.raises(SpecError, match=told):
        run_risk(read_risk(file))


def test_command(tmp_path: Path, office: Register, capsys: pytest.CaptureFixture[str]) -> None:
    office.close()
    register, page = str(tmp_path / "office.duckdb"), tmp_path / "risk.html"
    assert answer(["cooperative", "risk", register, C, "--year", "2024", "--html", str(page)]) == 0
    assert "Months short" in capsys.readouterr().out
    assert "<svg" in page.read_text(encoding="utf-8")
    file = tmp_path / "risk.toml"
    file.write_text(RISK)
    docx = tmp_path / "r.docx"
    assert answer(["cooperative", "risk", str(file), "--docx", str(docx), "--language", "zh"]) == 0
    assert "收入保险" in capsys.readouterr().out
    assert docx.read_bytes()[:2] == b"PK"
    for wrong in (
        [register],
        [register, "X", "--year", "2024"],
        [register, C, "--year", "2024", "--price-cv", "0.2"],
        [str(file), C],
        [str(tmp_path / "absent.toml")],
    ):
        assert answer(["cooperative", "risk", *wrong]) == 2
        told = capsys.readouterr()
        assert (told.out, "Traceback" in told.err) == ("", False)
    with pytest.raises(SpecError, match="asks for nothing"):
        risk_from({})
    file.write_text("[cash")
    with pytest.raises(DataError, match="not TOML"):
        read_risk(file)
